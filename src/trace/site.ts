/**
 * Call sites: where in loaded code a call was made.
 *
 * Owns: capturing a call's place and the places that led to it (per call and never per item), and the registry of mappers
 * that lead from loaded code back to the author's file. Leaves to version/: the source maps.
 *
 * R1. Frames are captured; mapping to the original source is done later and only when asked.
 * R2. The way from the workflow function to the call is that of the author's functions, so that a function used from two places
 *     makes calls at two sites. A function that called itself stands in it once: a recursion is one site at every depth.
 * R3. The place where an unnamed function was passed on (`items.map(async (item) => ...)`) says no more than the function's own.
 * R4. After an await the stack begins where the function went on; who had called it stands there as V8 remembers awaits, if at
 *     all. `resumedAt` says where that begins: what was awaited may know better (runtime/call-log.ts).
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
const known: Map<string, Map<string, SourceSite>> = new Map();
const MAX_KNOWN = 10_000;
let places = 0;

/** The position in the author's source, or the position given when no mapper knows it. */
export function originalSite(site: SourceSite): SourceSite {
  // By file first: a key with its name, 80 characters and more, would be put together and hashed at every call.
  const key = `${site.line}:${site.column}:${site.functionName ?? ""}`;
  let original = known.get(site.file)?.get(key);
  if (original) return original;
  original = mapped(site);
  if (places++ >= MAX_KNOWN) {
    known.clear();
    places = 1;
  }
  const inFile = known.get(site.file);
  if (inFile) inFile.set(key, original);
  else known.set(site.file, new Map([[key, original]]));
  return original;
}

/** Of a captured site the place alone: the way that led to it is another one at each call, and the answer is remembered. */
function mapped({ file, line, column, functionName }: SourceSite): SourceSite {
  const named = functionName === undefined ? {} : { functionName };
  for (const mapper of mappers) {
    const found = mapper({ file, line, column, ...named });
    if (found) return found;
  }
  return {
    file: file.startsWith("file://") ? decodeURIComponent(new URL(file).pathname) : file,
    line,
    column,
    ...named,
  };
}

/** A call's place in loaded code, with the places that led to it. */
export interface CapturedSite extends SourceSite {
  /** Nearest first. */
  readonly via?: readonly SourceSite[];
  /** Times that a function which called itself was left out of `via`. */
  readonly depth?: number;
  /** R4. Index in [this site, ...via] of the function that went on after an await; absent: none did. */
  readonly resumedAt?: number;
}

/** Frames asked for, one number after the other until the way is whole: a frame costs 1 us (2026-11-22, 2 cores, Node 24), and a call
 *  straight from the workflow function needs three of them. */
const FRAMES = [4, 16, 400] as const;
const MOST_VIA = 8;
/** Source of this package: where a frame of it stands, the run called the workflow function. */
const OWN_CODE = new URL("../", import.meta.url).href;
const isOurs = (file: string): boolean => file.startsWith(OWN_CODE) && !file.endsWith(".test.ts");

/** The caller of `above`: the frame just outside that function, or `skip` frames further out, and who called it. Not mapped. */
export function captureSite(above: (...args: never[]) => unknown, skip = 0): CapturedSite | undefined {
  const { stackTraceLimit, prepareStackTrace } = Error;
  try {
    Error.prepareStackTrace = asFrames;
    return wholeSite(wayTo(above, skip));
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  }
}

function asFrames(_error: Error, frames: NodeJS.CallSite[]): NodeJS.CallSite[] {
  return frames;
}

function wayTo(above: (...args: never[]) => unknown, skip: number): readonly NodeJS.CallSite[] {
  let frames: readonly NodeJS.CallSite[] = [];
  for (const limit of FRAMES) {
    frames = framesAbove(above, limit + skip);
    if (frames.length < limit + skip || frames.slice(skip).some((frame) => isOurs(frame.getFileName() ?? ""))) break;
  }
  return skip === 0 ? frames : frames.slice(skip);
}

function framesAbove(above: (...args: never[]) => unknown, limit: number): readonly NodeJS.CallSite[] {
  const holder: { stack?: readonly NodeJS.CallSite[] } = {};
  Error.stackTraceLimit = limit;
  Error.captureStackTrace(holder, above);
  return holder.stack ?? [];
}

/** Each question to a frame leaves JavaScript, for 0.1 us and more: none is asked twice. */
function siteOf(frame: NodeJS.CallSite, file: string): SourceSite {
  const functionName = frame.getFunctionName();
  const [line, column] = [frame.getLineNumber() ?? 1, frame.getColumnNumber() ?? 1];
  return functionName ? { file, line, column, functionName } : { file, line, column };
}

/** @param frames innermost first */
function wholeSite(frames: readonly NodeJS.CallSite[]): CapturedSite | undefined {
  const innerFile = frames[0]?.getFileName();
  if (innerFile === undefined || innerFile === null) return undefined;
  const inner = siteOf(frames[0]!, innerFile);
  const path: SourceSite[] = [];
  let depth = 0;
  let resumedAt: number | undefined;
  let isWhole = false;
  for (let i = 0; i < frames.length; i++) {
    const frame = frames[i]!;
    const file = i === 0 ? innerFile : frame.getFileName();
    if (resumedAt === undefined && frame.isAsync()) resumedAt = path.length - 1;
    if (file && isOurs(file)) {
      isWhole = true;
      break;
    }
    if (!file || file.startsWith("node:") || file.includes("/node_modules/")) continue;
    const site = i === 0 ? inner : siteOf(frame, file);
    const before = path.at(-1);
    if (before && before.functionName === undefined) {
      // R3
      if (site.functionName !== undefined) path[path.length - 1] = { ...before, functionName: site.functionName };
      continue;
    }
    const again = site.functionName === undefined ? -1 : path.findIndex((one) => isSameFunction(one, site));
    if (again >= 0) {
      // R2
      depth++;
      path.length = again + 1;
    } else path.push(site);
  }
  if (!isWhole) resumedAt ??= path.length - 1;
  const via = path.slice(1, 1 + MOST_VIA);
  const resumed = resumedAt === undefined || resumedAt < 0 ? undefined : Math.min(resumedAt, via.length);
  if (via.length === 0 && depth === 0) return resumed === undefined ? inner : { ...inner, resumedAt: resumed };
  return {
    ...inner,
    ...(via.length > 0 ? { via } : {}),
    ...(depth > 0 ? { depth } : {}),
    ...(resumed === undefined ? {} : { resumedAt: resumed }),
  };
}

function isSameFunction(a: SourceSite, b: SourceSite): boolean {
  return a.functionName === b.functionName && a.file === b.file;
}
