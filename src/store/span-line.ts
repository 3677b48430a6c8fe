/**
 * Spans that node code opened, as lines beside the log: level "span", the name as text, the rest as fields.
 *
 * Owns: what such a line says, and the ids of all spans of a run. Leaves to engines/: writing lines; to telemetry/: the span tree.
 *
 * R1. An id follows from the run, the call, the item and the attempt alone (of one that node code opened: and from how many that
 *     attempt had opened before): whoever computes it, and however often, it is the same.
 */
import { sha256Hex } from "../base/hash.ts";
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";

export interface SpanPlace {
  readonly run: RunId;
  readonly call?: CallNo;
  readonly item?: ItemNo;
  readonly attempt?: number;
  /** Of one that node code opened: how many that attempt opened before. */
  readonly opened?: number;
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** The fields of such a line. */
export interface SpanLine {
  readonly spanId: string;
  /** Another one of the same attempt; absent: it hangs below the attempt. */
  readonly parentId?: string;
  /** Default "user". */
  readonly kind?: "user" | "model";
  /** Epoch ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly status: "ok" | "error" | "unset";
  readonly message?: string;
  readonly attributes: SpanAttributes;
}

/** 32 hexadecimal digits. All runs below one topmost run are one trace. */
export function traceIdOf(root: RunId): string {
  return sha256Hex(`trace ${root}`).slice(0, 32);
}

/** 16 hexadecimal digits. R1. */
export function spanIdOf({ run, call, item, attempt, opened }: SpanPlace): string {
  const place = [run, call, item, attempt, opened].filter((part) => part !== undefined).join(".");
  return sha256Hex(`span ${place}`).slice(0, 16);
}
