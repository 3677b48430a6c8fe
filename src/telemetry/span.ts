/**
 * A span: something of a run that took time, as profilers and tracing systems see it.
 *
 * Owns: the shape. Leaves to store/span-line.ts: its ids; to span-log.ts: reading spans out of a log.
 */
import type { RunId } from "../model/ids.ts";
import type { SpanAttributes } from "../store/span-line.ts";

/** "user": opened by node code through @opentelemetry/api. "model": a call of a language model. */
export type SpanKind = "run" | "call" | "item" | "attempt" | "model" | "user";

export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly parentId?: string;
  readonly kind: SpanKind;
  readonly name: string;
  readonly runId: RunId;
  /** `RUN`, `RUN.CALL` or `RUN.CALL.ITEM`. */
  readonly address: string;
  /** Epoch ms, with a fraction. */
  readonly startMs: number;
  /** Absent: it is open. */
  readonly endMs?: number;
  readonly status: "ok" | "error" | "unset";
  /** Of an error. */
  readonly message?: string;
  readonly attributes: SpanAttributes;
}
