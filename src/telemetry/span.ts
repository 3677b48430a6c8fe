/**
 * A span: something of a run that took time, as profilers and tracing systems see it.
 *
 * Owns: the shape, and its ids. Leaves to span-log.ts: reading spans out of a log.
 *
 * R1. An id follows from the run, the call, the item and the attempt alone: whoever computes it, and however often, it is the same.
 * R2. All runs below one topmost run are one trace.
 */
import { sha256Hex } from "../base/hash.ts";
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";

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
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

export interface SpanPlace {
  readonly run: RunId;
  readonly call?: CallNo;
  readonly item?: ItemNo;
  readonly attempt?: number;
}

export function traceIdOf(root: RunId): string {
  return sha256Hex(`trace ${root}`).slice(0, 32);
}

export function spanIdOf({ run, call, item, attempt }: SpanPlace): string {
  const place = [run, call, item, attempt].filter((part) => part !== undefined).join(".");
  return sha256Hex(`span ${place}`).slice(0, 16);
}
