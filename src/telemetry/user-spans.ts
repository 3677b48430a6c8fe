/**
 * Spans that node code opened, read back from the lines beside the log.
 *
 * R1. A span that names no other hangs below the attempt in which it was opened.
 */
import { decode } from "../model/codec.ts";
import type { RunId } from "../model/ids.ts";
import { spanIdOf, traceIdOf, type SpanLine } from "../store/span-line.ts";
import type { LogLine } from "../store/store.ts";
import type { Span } from "./span.ts";

export function userSpan(line: LogLine, of: { readonly runId: RunId; readonly root: RunId }): Span | undefined {
  if (line.level !== "span" || line.fields === undefined) return undefined;
  const { parentId, kind = "user", ...told } = decode(line.fields) as SpanLine;
  const { call, item, attempt } = line;
  return {
    traceId: traceIdOf(of.root),
    parentId: parentId ?? spanIdOf({ run: of.runId, call, item, attempt }),
    kind,
    name: line.text,
    runId: of.runId,
    address: `${of.runId}.${call}.${item}`,
    ...told,
  };
}
