/**
 * Call sites: where in loaded code a call was made.
 *
 * Owns: capturing one frame cheaply (2-3 us, per call and never per item) and the registry of mappers that lead from
 * loaded code back to the author's file. Leaves to version/: the source maps.
 *
 * R1. One frame is captured; mapping to the original source is done later and only when asked.
 */
import type { SourceSite } from "../model/workgraph-error.ts";

type Mapper = (site: SourceSite) => SourceSite | undefined;
const mappers: Mapper[] = [];

/** Adds a way to lead a position in loaded code back to its source. */
export function addSiteMapper(mapper: Mapper): void {
  if (mappers.includes(mapper)) return;
  mappers.push(mapper);
  known.clear();
}

/** Positions led back before: a loop makes its calls at one place, and a source map takes 5-15 us to ask (2026-11-22, 2 cores,
 *  Node 24). Loaded code has its hash in its URL, so a position never means another line later. */
const known: Map<string, SourceSite> = new Map();
const MAX_KNOWN = 10_000;

/** The position in the author's source, or the position given when no mapper knows it. */
export function originalSite(site: SourceSite): SourceSite {
  const key = `${site.file}:${site.line}:${site.column}:${site.functionName ?? ""}`;
  let original = known.get(key);
  if (original) return original;
  original = mapped(site);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, original);
  return original;
}

function mapped(site: SourceSite): SourceSite {
  for (const mapper of mappers) {
    const found = mapper(site);
    if (found) return found;
  }
  return site.file.startsWith("file://") ? { ...site, file: decodeURIComponent(new URL(site.file).pathname) } : site;
}

function lastFrame(_error: Error, frames: NodeJS.CallSite[]): NodeJS.CallSite | undefined {
  return frames.at(-1);
}

/** The caller of `above`: the frame just outside that function, or `skip` frames further out. Not mapped. */
export function captureSite(above: (...args: never[]) => unknown, skip = 0): SourceSite | undefined {
  const limit = Error.stackTraceLimit;
  const prepare = Error.prepareStackTrace;
  const holder: { stack?: NodeJS.CallSite } = {};
  try {
    Error.stackTraceLimit = 1 + skip;
    Error.prepareStackTrace = lastFrame as typeof Error.prepareStackTrace;
    Error.captureStackTrace(holder, above);
    const frame = holder.stack;
    const file = frame?.getFileName() ?? undefined;
    if (!frame || file === undefined) return undefined;
    const name = frame.getFunctionName();
    return {
      file,
      line: frame.getLineNumber() ?? 1,
      column: frame.getColumnNumber() ?? 1,
      ...(name ? { functionName: name } : {}),
    };
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = prepare;
  }
}
