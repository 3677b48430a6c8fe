/**
 * The function asks for something else than the log has.
 *
 * Owns: noticing it, before anything new starts. Leaves to run.ts: ending the run as diverged.
 *
 * R1. While the log is ahead, a segment makes exactly the calls it made when it was recorded: a new one and a missing one are
 *     divergence. In the last recorded segment a call may be new (its commit was lost), never missing.
 * R2. After a resume reopened something, what the function asks for may differ: nothing is compared.
 * R3. Calls that something untracked woke up belong to no segment that could be compared.
 */
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Delivery } from "./delivery.ts";
import type { Recorded, RecordedCall } from "./recorded.ts";

export interface DivergenceParts {
  readonly workflow: string;
  readonly recorded: Recorded | undefined;
  readonly delivery: Delivery;
  readonly diverged: (error: WorkgraphError) => void;
}

export class Divergence {
  readonly #parts: DivergenceParts;
  /** Recorded calls that the function has not asked for yet, by segment. A replay asks once per delivery. */
  readonly #missing: Map<number, Set<RecordedCall>> = new Map();
  #checked = 0;

  constructor(parts: DivergenceParts) {
    this.#parts = parts;
    const { recorded } = parts;
    if (!recorded || recorded.reopened) return;
    for (const call of recorded.calls.values()) {
      if (call.created.untracked) continue;
      const { segment } = call.created;
      const calls = this.#missing.get(segment);
      if (calls) calls.add(call);
      else this.#missing.set(segment, new Set([call]));
    }
  }

  claimed(call: RecordedCall): void {
    this.#missing.get(call.created.segment)?.delete(call);
  }

  /** R1. Throws into the call expression. */
  newCall(node: string): void {
    const { recorded, delivery } = this.#parts;
    if (!recorded || recorded.reopened || !delivery.inSegment) return;
    if (delivery.segment.index >= recorded.maxSegment) return;
    throw this.#report(`it called "${node}", which the log does not have at this point`);
  }

  /** R1. Whether the next delivery may be made. */
  segmentEnds(): boolean {
    const { index } = this.#parts.delivery.segment;
    for (; this.#checked <= index; this.#checked++) {
      const [missing] = this.#missing.get(this.#checked) ?? [];
      if (!missing) continue;
      const { node, call } = missing.created;
      this.#report(`it did not call "${node}" (call ${call}), which the log has at this point`);
      return false;
    }
    return true;
  }

  #report(what: string): WorkgraphError {
    const { workflow, delivery, diverged } = this.#parts;
    const error = new WorkgraphError(
      "WG4020",
      `the workflow function of "${workflow}" asked for something else than it did when the run was recorded: ${what}`,
      {
        hint: "look for what differs between two runs of the same code: environment, module state, files, a captured Math.random or Date; move it into a node, or start anew with `workgraph run`",
        details: { what, segment: delivery.segment.index },
      },
    );
    diverged(error);
    return error;
  }
}
