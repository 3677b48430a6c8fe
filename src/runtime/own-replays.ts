/**
 * Replays of a run over the log that it is writing.
 *
 * Owns: which are asked for, and reading the log for them. Leaves to replay.ts: a replay; to replay-check.ts: what a check
 * concludes; to run.ts: what a mismatch does.
 *
 * R1. What a resume reopened is not repeated as it was: such a log is not replayed.
 */
import type { ReplayFinding } from "../model/divergence-report.ts";
import type { Mismatch } from "./divergence.ts";
import { readRecorded } from "./read-recorded.ts";
import { Replay, type FunctionEnd, type ReplayOptions } from "./replay.ts";
import { checkReplay, isCheckable } from "./replay-check.ts";
import type { RunOptions } from "./run-options.ts";
import type { Values } from "./values.ts";

export interface Replayed {
  readonly replay?: readonly ReplayFinding[];
}

export interface OwnReplaysParts {
  readonly options: RunOptions;
  readonly values: Values;
  readonly committed: () => Promise<void>;
}

export class OwnReplays {
  readonly #parts: OwnReplaysParts;

  constructor(parts: OwnReplaysParts) {
    this.#parts = parts;
  }

  get areAtGraphBreaks(): boolean {
    return this.#parts.options.replayEach === "graph break";
  }

  /** What differs up to the point at which so many results have been given to the function. */
  async upTo(deliveries: number): Promise<Mismatch | undefined> {
    const { options, committed } = this.#parts;
    await committed();
    const recorded = await readRecorded(options.store, options.runId);
    if (recorded.reopenedSeq < Infinity) return undefined;
    const outcome = await new Replay({ ...this.#of({ deliveries }), recorded }).follow();
    return outcome.kind === "differs" ? outcome.mismatch : undefined;
  }

  /** What the check after a run found, when one is asked for and the run is no larger than it is for. */
  async after(end: FunctionEnd, size: { readonly events: number; readonly deliveries: number }): Promise<Replayed> {
    const { options, committed } = this.#parts;
    const { replayCheck: check, recorded, version } = options;
    if (!check || (recorded && recorded.reopenedSeq < Infinity) || !isCheckable(check, size)) return {};
    await committed();
    const replay = await checkReplay({ ...this.#of({ end }), version, check });
    return replay.length > 0 ? { replay } : {};
  }

  #of(until: ReplayOptions["until"]): Omit<ReplayOptions, "recorded"> {
    return { ...this.#parts.options, values: this.#parts.values, until };
  }
}
