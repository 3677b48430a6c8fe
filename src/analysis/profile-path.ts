/**
 * The critical path of a run: what its end waited for, back to its beginning.
 *
 * Owns: the walk. Leaves to profile-log.ts: when things were ready.
 *
 * R1. The parts follow each other without a gap and without overlap, from 0 to the end of the run: their sum is its duration.
 * R2. It begins at the item whose outcome was recorded last (a run ends only when nothing of it runs), and goes back: its attempts,
 *     what it waited for between them, how long it was queued, and then what made it ready (profile-log.ts, R1).
 * R3. Where an item was ready because its call was made, the path goes on at the call whose delivery opened the segment. Where the
 *     log names none (the first segment, or one that something untracked began), the rest is the function's.
 * R4. An item that a child run stands for is told by the path of that run, on the same clock.
 */
import { assertNever } from "../base/assert.ts";
import type { CallNo, RunId } from "../model/ids.ts";
import type { PathKind, PathPart } from "../model/profile.ts";
import type { CallTimes, Cause, ItemTimes, ProfiledRun } from "./profile-log.ts";

/** Who an interval is about. */
type About = Omit<PathPart, "kind" | "fromMs" | "toMs" | "runId">;

/** @param childOf the run that stands for an item, when it was read too */
export function criticalPath(
  run: ProfiledRun,
  childOf: (child: RunId) => ProfiledRun | undefined = () => undefined,
): readonly PathPart[] {
  return new Walk(run, childOf).parts();
}

class Walk {
  readonly #run: ProfiledRun;
  readonly #childOf: (child: RunId) => ProfiledRun | undefined;
  /** Latest first. */
  readonly #parts: PathPart[] = [];
  #at: number;
  readonly #last: Map<CallNo, ItemTimes | undefined> = new Map();

  constructor(run: ProfiledRun, childOf: (child: RunId) => ProfiledRun | undefined) {
    this.#run = run;
    this.#childOf = childOf;
    this.#at = run.endMs;
  }

  parts(): readonly PathPart[] {
    let cause = this.#end();
    const seen = new Set<string>();
    while (cause && this.#at > 0) {
      const key = `${cause.by} ${cause.call} ${cause.by === "item" ? cause.item : ""}`;
      // A log that somebody cut or joined may go round in circles.
      if (seen.has(key)) break;
      seen.add(key);
      cause = this.#back(cause);
    }
    this.#to(0, "function");
    return this.#parts.toReversed();
  }

  /** R2. */
  #end(): Cause | undefined {
    let last: ItemTimes | undefined;
    for (const items of this.#run.items.values())
      for (const times of items.values()) if (endOf(times) >= (last ? endOf(last) : 0)) last = times;
    const asleep = [...this.#run.calls.values()].filter(({ kind }) => kind === "sleep");
    const late = asleep.find(({ closedMs }) => closedMs !== undefined && closedMs > (last ? endOf(last) : 0));
    if (late) return { by: "closed", call: late.call };
    if (!last) return undefined;
    // What came after it is the end of the function.
    this.#to(endOf(last), "function");
    return { by: "item", call: last.call, item: last.item };
  }

  #back(cause: Cause): Cause | undefined {
    switch (cause.by) {
      case "item": {
        const times = this.#run.items.get(cause.call)?.get(cause.item);
        return times ? this.#item(times) : { by: "made", call: cause.call };
      }
      case "closed":
        return this.#closed(cause.call);
      case "made":
        return this.#made(cause.call);
      default:
        return assertNever(cause);
    }
  }

  #item(times: ItemTimes): Cause {
    const { call, item } = times;
    const node = this.#run.calls.get(call)?.node;
    const about: About = { call, item, ...(node === undefined ? {} : { node }) };
    this.#to(endOf(times), "runtime", about);
    for (const [i, attempt] of times.attempts.entries().toArray().toReversed()) {
      const of = { ...about, attempt: attempt.attempt };
      if (i === times.attempts.length - 1) this.#to(attempt.endMs, "runtime", of);
      else {
        // Behind the wait that was asked for it is queued again.
        this.#to(attempt.endMs + (attempt.delayMs ?? 0), "queue", about);
        this.#to(attempt.endMs, "retry", of);
      }
      if (!this.#child(times, attempt.startMs)) this.#to(attempt.startMs, "run", of);
    }
    const ready = this.#run.ready(times);
    this.#to(ready.atMs, times.attempts.length === 0 ? "runtime" : "queue", about);
    return ready.cause;
  }

  /** R4. */
  #child(times: ItemTimes, startMs: number): boolean {
    const child = times.child === undefined ? undefined : this.#childOf(times.child);
    if (!child) return false;
    const shiftMs = child.startedAt - this.#run.startedAt;
    const inside = criticalPath(child, this.#childOf);
    const node = this.#run.calls.get(times.call)?.node;
    const about: About = { call: times.call, item: times.item, ...(node === undefined ? {} : { node }) };
    this.#to(Math.max(startMs, shiftMs + child.endMs), "runtime", about);
    for (const part of inside.toReversed()) {
      const fromMs = Math.max(startMs, part.fromMs + shiftMs);
      if (fromMs >= this.#at) continue;
      this.#parts.push({ ...part, fromMs, toMs: this.#at });
      this.#at = fromMs;
    }
    this.#to(startMs, "runtime", about);
    return true;
  }

  #closed(call: CallNo): Cause {
    const times = this.#run.calls.get(call);
    if (times?.kind === "sleep") {
      this.#to(times.closedMs ?? times.madeMs, "runtime", { call });
      this.#to(times.madeMs, "sleep", { call, node: times.node });
      return { by: "made", call };
    }
    const last = this.#lastOf(call, new Set());
    return last ? { by: "item", call: last.call, item: last.item } : { by: "made", call };
  }

  /** R3. */
  #made(call: CallNo): Cause | undefined {
    const times = this.#run.calls.get(call);
    if (!times) return undefined;
    this.#to(times.madeMs, "function", { call, node: times.node });
    const opened = openerOf(this.#run, times);
    if (!opened) return undefined;
    this.#to(opened.closedMs!, "function", { call, node: times.node });
    return { by: "closed", call: opened.call };
  }

  /** The item of a call that was done last; of a combinator: of what it is made of. */
  #lastOf(call: CallNo, above: Set<CallNo>): ItemTimes | undefined {
    if (this.#last.has(call)) return this.#last.get(call);
    if (above.has(call)) return undefined;
    above.add(call);
    let last: ItemTimes | undefined;
    const consider = (times: ItemTimes | undefined): void => {
      if (times && endOf(times) >= (last ? endOf(last) : 0)) last = times;
    };
    for (const times of this.#run.items.get(call)?.values() ?? []) consider(times);
    if (!last) {
      const { sources = [], winner, kind } = this.#run.calls.get(call) ?? {};
      const behind = kind === "race" && winner !== undefined ? sources.slice(winner, winner + 1) : sources;
      for (const source of behind) consider(this.#lastOf(source, above));
    }
    this.#last.set(call, last);
    return last;
  }

  /** What lies between a time and where the walk stands (R1); time in which nobody ran the run is told as such. */
  #to(time: number, kind: PathKind, about: About = {}): void {
    const fromMs = Math.max(0, time);
    for (const [downFrom, downTo] of this.#run.breaks.toReversed()) {
      if (downFrom >= this.#at || downTo <= fromMs) continue;
      this.#push(downTo, kind, about);
      this.#push(Math.max(downFrom, fromMs), "down", {});
    }
    this.#push(fromMs, kind, about);
  }

  #push(fromMs: number, kind: PathKind, about: About): void {
    if (fromMs >= this.#at) return;
    this.#parts.push({ kind, fromMs, toMs: this.#at, runId: this.#run.runId, ...about });
    this.#at = fromMs;
  }
}

/** The call whose delivery let a call be made: the last that closed before. */
export function openerOf(run: ProfiledRun, { openers, madeMs }: CallTimes): CallTimes | undefined {
  let latest: CallTimes | undefined;
  for (const opener of openers) {
    const times = run.calls.get(opener);
    if (times?.closedMs === undefined || times.closedMs > madeMs) continue;
    if (!latest || times.closedMs > latest.closedMs!) latest = times;
  }
  return latest;
}

function endOf({ doneMs, attempts }: ItemTimes): number {
  return Math.max(doneMs ?? 0, attempts.at(-1)?.endMs ?? 0);
}
