/**
 * One run as its profile sees it: when calls were made and closed, when items were ready, ran and were done.
 *
 * Owns: reading that out of a log, and the rule for readiness. Leaves to whoever gives `Needs`: which items an item came from;
 * to profile.ts, profile-path.ts and what-if.ts: what it adds up to.
 *
 * R1. An item is ready at the latest of: its call was made; each item that its mapped arguments came from was done (of a
 *     generator: had yielded that element); each set that it gathers was whole (the call that gives the set closed; of a set of its
 *     own descendants: the last of them was done). Done is when the outcome was recorded.
 * R2. So readiness is never later than the log proves, and what the log does not tell (a rate limit, a pool, a busy process) is
 *     part of the queue wait.
 * R3. Ready is at most the start of the first attempt: starts are measured finer than events are timed.
 * R4. Times are ms after the run's first event.
 */
import { AttemptLog, type Attempt } from "../model/attempt-log.ts";
import type { CallKind, InputRef, RunEvent, StoredEvent } from "../model/events.ts";
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";

/** An item that another one waits for. */
export interface Need {
  readonly call: CallNo;
  readonly item: ItemNo;
  /** Which element of its list. */
  readonly index?: number;
}

/** Which items an item came from. */
export interface Needs {
  /** What this item alone waits for: places of mapped lists, and sets of its own descendants. Combinators are seen through. */
  own(call: CallNo, item: ItemNo): Iterable<Need>;
  /** Calls that give a set which every item of the call gathers. */
  whole(call: CallNo): readonly CallNo[];
  /** What is proven to have flowed into this item through results that the function had awaited. */
  awaited(call: CallNo, item: ItemNo): Iterable<Need>;
}

export interface CallTimes {
  readonly call: CallNo;
  readonly kind: CallKind;
  readonly node: string;
  readonly madeMs: number;
  readonly segment: number;
  /** Calls whose delivery opened the segment in which it was made. */
  readonly openers: readonly CallNo[];
  /** Calls that its arguments are handles of. */
  readonly sources: readonly CallNo[];
  closedMs?: number;
  winner?: number;
}

export interface ItemTimes {
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly attempts: Attempt[];
  /** When its outcome was recorded. */
  doneMs?: number;
  child?: RunId;
}

/** What made an item ready, or a call be made. */
export type Cause =
  | { readonly by: "item"; readonly call: CallNo; readonly item: ItemNo }
  | { readonly by: "made"; readonly call: CallNo }
  | { readonly by: "closed"; readonly call: CallNo };

export interface Ready {
  readonly atMs: number;
  readonly cause: Cause;
}

export class ProfiledRun {
  readonly runId: RunId;
  readonly workflow: string;
  readonly calls: Map<CallNo, CallTimes> = new Map();
  readonly items: Map<CallNo, Map<ItemNo, ItemTimes>> = new Map();
  needs: Needs = { own: () => [], whole: () => [], awaited: () => [] };
  /** Epoch ms. */
  startedAt = 0;
  endMs = 0;
  seq = 0;
  readonly #log: AttemptLog = new AttemptLog();
  /** Of generators: up to which element an item had yielded, and when. */
  readonly #yields: Map<string, { readonly end: number; readonly atMs: number }[]> = new Map();

  constructor(runId: RunId, workflow: string) {
    this.runId = runId;
    this.workflow = workflow;
  }

  get attempts(): readonly Attempt[] {
    return this.#log.attempts;
  }

  /** Times at which nobody ran the run. */
  get breaks(): readonly (readonly [fromMs: number, toMs: number])[] {
    return this.#log.breaks;
  }

  take({ seq, event }: StoredEvent): void {
    this.seq = seq;
    this.#log.take(event);
    this.startedAt = this.#log.startedAt!;
    this.endMs = this.#log.endMs;
    this.#apply(event, event.at - this.startedAt);
  }

  /** All events were taken. */
  end(needs: Needs): void {
    this.needs = needs;
    this.#log.open();
    for (const attempt of this.attempts) this.item(attempt.call, attempt.item).attempts.push(attempt);
  }

  item(call: CallNo, item: ItemNo): ItemTimes {
    let items = this.items.get(call);
    if (!items) this.items.set(call, (items = new Map()));
    let times = items.get(item);
    if (!times) items.set(item, (times = { call, item, attempts: [] }));
    return times;
  }

  /** R1. */
  ready(times: ItemTimes): Ready {
    const { call, item } = times;
    let atMs = this.calls.get(call)?.madeMs ?? 0;
    let cause: Cause = { by: "made", call };
    for (const need of this.needs.own(call, item)) {
      const doneMs = this.doneMs(need);
      if (doneMs === undefined || doneMs < atMs) continue;
      atMs = doneMs;
      cause = { by: "item", call: need.call, item: need.item };
    }
    for (const source of this.needs.whole(call)) {
      const closedMs = this.calls.get(source)?.closedMs;
      if (closedMs === undefined || closedMs < atMs) continue;
      atMs = closedMs;
      cause = { by: "closed", call: source };
    }
    const startMs = times.attempts[0]?.startMs;
    return { atMs: startMs === undefined ? atMs : Math.min(atMs, startMs), cause };
  }

  doneMs({ call, item, index }: Need): number | undefined {
    if (index !== undefined) {
      const yielded = this.#yields.get(`${call}.${item}`)?.find(({ end }) => index < end);
      if (yielded) return yielded.atMs;
    }
    return this.items.get(call)?.get(item)?.doneMs ?? this.calls.get(call)?.closedMs;
  }

  /** Ms of a stretch in which nobody ran the run. */
  downMs(fromMs: number, toMs: number): number {
    return this.breaks.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to, toMs) - Math.max(from, fromMs)), 0);
  }

  #apply(event: RunEvent, atMs: number): void {
    switch (event.type) {
      case "call.created": {
        const { call, kind, node, segment } = event;
        const openers = event.edges.filter((edge) => edge.kind === "dashed" || edge.opened === true);
        this.calls.set(call, {
          call,
          kind,
          node,
          segment,
          madeMs: atMs,
          openers: [...new Set(openers.map(({ from }) => from))],
          sources: [...new Set(Object.values(event.inputs).flatMap(sourceOf))],
        });
        break;
      }
      case "call.closed": {
        const times = this.calls.get(event.call);
        if (!times) break;
        times.closedMs = atMs;
        if (event.winner !== undefined) times.winner = event.winner;
        break;
      }
      case "item.completed":
      case "item.failed":
        this.item(event.call, event.item).doneMs = atMs;
        break;
      case "item.yielded": {
        const key = `${event.call}.${event.item}`;
        const yields = this.#yields.get(key);
        const added = { end: event.first + event.count, atMs };
        if (yields) yields.push(added);
        else this.#yields.set(key, [added]);
        break;
      }
      case "child.created":
        this.item(event.call, event.item).child = event.child;
        break;
      default:
        break;
    }
  }
}

function sourceOf(ref: InputRef): readonly CallNo[] {
  return ref.from === "call" ? [ref.call] : [];
}
