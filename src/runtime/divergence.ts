/**
 * The function asks for something else than the log has.
 *
 * Owns: noticing it, before anything new starts. Leaves to divergence-report.ts: saying it; to run.ts: ending the run.
 *
 * R1. Up to the last recorded segment, a segment makes exactly the calls it made when it was recorded: a new one and a missing
 *     one are divergence. Calls of one segment are committed together; when its commit was cut short, what was lost are its last
 *     calls, so the last segment may make new ones behind all that it recorded.
 * R2. After a resume reopened a failure, what the function asks for may differ from where that failure was delivered: only
 *     segments that were open before it was recorded are compared.
 * R3. Calls that something untracked woke up belong to no segment that could be compared.
 * R4. While recorded calls are missing, the run is behind its log and starts nothing.
 * R5. The order of the calls in a segment is compared only where a check asks for it: a resume is none the worse for another.
 */
import type { CallKind } from "../model/events.ts";
import type { Asked } from "../model/divergence-report.ts";
import type { SourceSite } from "../model/workgraph-error.ts";
import { originalSite } from "../trace/site.ts";
import type { Delivery } from "./delivery.ts";
import type { Recorded, RecordedCall } from "./recorded.ts";

/** A call expression of the function. */
export interface AskedCall {
  readonly kind: CallKind;
  readonly node: string;
  readonly site: SourceSite | undefined;
  /** Plain arguments, encoded. */
  readonly value?: string;
}

export interface Mismatch {
  /** The recorded call that the function did not ask for here; undefined: the log has none. */
  readonly recorded: RecordedCall | undefined;
  /** How the function ended when it was recorded, where that is what differs. */
  readonly recordedEnd?: Asked;
  readonly now: Asked;
  /** Plain arguments of the call that is made now, encoded. */
  readonly nowArgs?: string;
  readonly lastMatching: RecordedCall | undefined;
  readonly segment: number;
  /** The same calls in another order. */
  readonly isReordered: boolean;
}

export interface DivergenceParts {
  readonly recorded: Recorded | undefined;
  readonly delivery: Delivery;
  /** "resume": R1 as it stands. "whole": the log has all that the function did up to here, in this order. */
  readonly against: "resume" | "whole";
  /** Gives the error that is thrown into the call expression. */
  readonly found: (mismatch: Mismatch) => Error;
  /** R4: nothing is missing any more. */
  readonly caughtUp: () => void;
}

const SHOWN_ARGUMENTS = 300;

export class Divergence {
  readonly #parts: DivergenceParts;
  /** Recorded calls that the function has not asked for yet, by segment. A replay asks once per delivery. */
  readonly #missing: Map<number, Set<RecordedCall>> = new Map();
  #missingCalls = 0;
  /** Last segment that is compared. */
  readonly #lastSegment: number;
  #checked = 0;
  #lastMatching: RecordedCall | undefined;
  #found = false;
  #stopped = false;

  constructor(parts: DivergenceParts) {
    this.#parts = parts;
    const { recorded } = parts;
    this.#lastSegment = recorded ? lastCompared(recorded) : -1;
    for (const call of recorded?.calls.values() ?? []) {
      const { segment, untracked } = call.created;
      if (untracked || segment > this.#lastSegment) continue;
      const calls = this.#missing.get(segment);
      if (calls) calls.add(call);
      else this.#missing.set(segment, new Set([call]));
      this.#missingCalls++;
    }
  }

  /** R4. */
  get isBehind(): boolean {
    return this.#missingCalls > 0;
  }

  /** Nothing is compared any more. */
  stop(): void {
    this.#stopped = true;
  }

  claimed(call: RecordedCall): void {
    if (this.#stopped) return;
    const inSegment = this.#missing.get(call.created.segment);
    if (!inSegment?.has(call)) return;
    const [next] = inSegment;
    if (this.#parts.against === "whole" && next !== call) {
      throw this.#report({ recorded: next, now: shownCall(call), isReordered: true });
    }
    inSegment.delete(call);
    this.#lastMatching = call;
    if (--this.#missingCalls === 0 && !this.#found) this.#parts.caughtUp();
  }

  /** R1. Throws into the call expression. */
  newCall(asked: AskedCall): void {
    const { recorded, delivery, against } = this.#parts;
    if (!recorded || !delivery.inSegment || this.#stopped) return;
    const { index } = delivery.segment;
    if (index > this.#lastSegment) return;
    const [missing] = this.#missing.get(index) ?? [];
    if (!missing && index === this.#lastSegment && against === "resume") return;
    const site = asked.site && originalSite(asked.site);
    const now: Asked = {
      what: "call",
      node: asked.node,
      kind: asked.kind,
      ...(site ? { site } : {}),
      ...(asked.value === undefined ? {} : { args: shownArguments(asked.value) }),
    };
    const nowArgs = asked.value === undefined ? {} : { nowArgs: asked.value };
    throw this.#report({ recorded: missing ?? this.#nextMissing(), now, ...nowArgs });
  }

  /** R1. Whether the next delivery may be made. */
  segmentEnds(): boolean {
    const { index } = this.#parts.delivery.segment;
    for (; this.#checked <= index; this.#checked++) {
      const [missing] = this.#missing.get(this.#checked) ?? [];
      if (!missing) continue;
      this.#report({ recorded: missing, now: { what: "nothing" } });
      return false;
    }
    return !this.#found;
  }

  /** The function is done. False when the log has it going on. */
  functionEnds(now: Extract<Asked, { readonly what: "returned" | "threw" }>): boolean {
    const missing = this.#nextMissing();
    if (missing) this.#report({ recorded: missing, now });
    return !this.#found;
  }

  /** Nothing more can be delivered. False when the log has it going on. */
  functionWaits(): boolean {
    const missing = this.#nextMissing();
    if (missing) this.#report({ recorded: missing, now: { what: "nothing" } });
    return !this.#found;
  }

  /** It ended, as it did when it was recorded, but with something else. */
  endsOtherwise(recordedEnd: Asked, now: Asked): void {
    this.#report({ recorded: undefined, recordedEnd, now });
  }

  #nextMissing(): RecordedCall | undefined {
    let first: RecordedCall | undefined;
    for (const calls of this.#missing.values())
      for (const call of calls) if (!first || call.created.call < first.created.call) first = call;
    return first;
  }

  #report(what: {
    readonly recorded: RecordedCall | undefined;
    readonly recordedEnd?: Asked;
    readonly now: Asked;
    readonly nowArgs?: string;
    readonly isReordered?: boolean;
  }): Error {
    const { delivery, found } = this.#parts;
    this.#found = true;
    return found({
      ...what,
      lastMatching: this.#lastMatching,
      segment: delivery.segment.index,
      isReordered: what.isReordered ?? false,
    });
  }
}

/** R2. A segment runs in one turn: a call of it that was recorded before the failure says that all of them were made before. */
function lastCompared(recorded: Recorded): number {
  if (recorded.reopenedSeq === Infinity) return recorded.maxSegment;
  let last = -1;
  for (const { seq, created } of recorded.calls.values())
    if (seq < recorded.reopenedSeq && !created.untracked) last = Math.max(last, created.segment);
  return last;
}

export function shownCall({ created }: RecordedCall): Extract<Asked, { readonly what: "call" }> {
  const { node, kind, call, site } = created;
  return { what: "call", node, kind, call, ...(site ? { site } : {}) };
}

export function shownArguments(encoded: string): string {
  return encoded.length <= SHOWN_ARGUMENTS ? encoded : `${encoded.slice(0, SHOWN_ARGUMENTS)}...`;
}
