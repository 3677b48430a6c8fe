/**
 * When the items of a run ran, as it is told to whoever draws it.
 *
 * Owns: the shape. Leaves to analysis/timeline.ts: reading it out of the log.
 *
 * R1. Times are ms after the run's first event.
 */

/** What became of an attempt. "open": it has no outcome (yet), or its owner died. */
export type SpanOutcome = "completed" | "failed" | "retrying" | "cancelled" | "open";

export const SPAN_OUTCOMES: readonly SpanOutcome[] = ["completed", "failed", "retrying", "cancelled", "open"];

/** Columns of equal length: one attempt each. */
export interface Spans {
  readonly call: number[];
  readonly item: number[];
  readonly attempt: number[];
  readonly startMs: number[];
  readonly endMs: number[];
  /** When it could have started: before it lies what its item waited for, after it the queue. Only where it was asked for. */
  readonly readyMs?: number[];
  /** Index into SPAN_OUTCOMES. */
  readonly outcome: number[];
  readonly lane: number[];
}

export interface TimelineRow {
  readonly node: string;
  readonly calls: readonly number[];
  readonly attempts: number;
  readonly lanes: number;
  readonly spans?: Spans;
  /** In place of spans (R3). */
  readonly buckets?: { readonly ms: number; readonly active: readonly number[]; readonly failed: readonly number[] };
}

/** What a slice of time is told by. "break": the function went on with real values (a graph break). */
export type BandLayer = "completed" | "reused" | "skipped" | "failed" | "retrying" | "break";

export const BAND_LAYERS: readonly BandLayer[] = ["completed", "reused", "skipped", "failed", "retrying", "break"];

/** The whole run in slices of equal length: how often each thing happened in them. */
export interface Band extends Readonly<Record<BandLayer, readonly number[]>> {
  /** Length of a slice. */
  readonly ms: number;
  /** Seq of the last event in a slice or before it. */
  readonly seq: readonly number[];
}

export interface Timeline {
  readonly seq: number;
  readonly startedAt: number;
  readonly endMs: number;
  readonly rows: readonly TimelineRow[];
  /** Times at which nobody ran the run. */
  readonly breaks: readonly (readonly [fromMs: number, toMs: number])[];
  readonly band: Band;
}
