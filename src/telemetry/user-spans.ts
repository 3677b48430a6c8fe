/**
 * Spans that node code opened, as they are kept: lines beside the log, of the level "span".
 *
 * Owns: reading them back. Leaves to engines/: writing them.
 *
 * R1. A span that names no other hangs below the attempt in which it was opened.
 */
import { decode } from "../model/codec.ts";
import type { RunId } from "../model/ids.ts";
import type { LogLine } from "../store/store.ts";
import { spanIdOf, traceIdOf, type Span } from "./span.ts";

/** What such a line says in its fields; the name is its text. */
export interface KeptSpan {
  readonly spanId: string;
  /** Another one of the same attempt. */
  readonly parentId?: string;
  readonly kind?: "user" | "model";
  /** Epoch ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly status: "ok" | "error" | "unset";
  readonly message?: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

export function userSpan(line: LogLine, of: { readonly runId: RunId; readonly root: RunId }): Span | undefined {
  if (line.level !== "span" || line.fields === undefined) return undefined;
  const { parentId, kind = "user", ...kept } = decode(line.fields) as KeptSpan;
  const { call, item, attempt } = line;
  return {
    traceId: traceIdOf(of.root),
    parentId: parentId ?? spanIdOf({ run: of.runId, call, item, attempt }),
    kind,
    name: line.text,
    runId: of.runId,
    address: `${of.runId}.${call}.${item}`,
    ...kept,
  };
}
