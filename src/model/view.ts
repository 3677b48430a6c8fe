/**
 * What is shown of a run: the outcome of folding its event log.
 *
 * Owns: the shape of a view, and what can be read from one without another event. Leaves to fold.ts: how events change it.
 *
 * R1. A view is plain JSON, so that a server can store one and a browser can go on from it.
 * R2. It holds calls, not items: of items only those that are not completed are kept, by number.
 */
import type { CallKind, EdgeRecord, InputRef } from "./events.ts";
import type { ErrorRecord } from "./error-record.ts";
import type { CallNo, ItemNo } from "./ids.ts";
import type { ModelTotals } from "./llm.ts";
import type { CallStatus, ItemCounts, ItemStatus, LoggedRunStatus } from "./status.ts";
import type { SourceSite } from "./workgraph-error.ts";

/** Up to this event items are told as they stood: for that all events before it are read. */
export const ITEMS_AT_MOST = 200_000;

export interface CallView {
  readonly call: CallNo;
  readonly node: string;
  readonly kind: CallKind;
  readonly title?: string;
  readonly site?: SourceSite;
  readonly inputs: Readonly<Record<string, InputRef>>;
  readonly edges: readonly EdgeRecord[];
  /** Chain of calls in the paths of its items, outermost first; recorded arrays have negative numbers. */
  readonly space: readonly number[];
  readonly many: boolean;
  readonly status: CallStatus;
  /** Items by status. Items that nothing has happened to yet are in no count. */
  readonly counts: ItemCounts;
  /** Elements its handle holds so far: results, or the elements of `many` results. */
  readonly produced: number;
  readonly retries: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** Epoch ms at which its first item started. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** It had not ended when its run did. */
  readonly cutShort?: true;
  /** Sum of the durations of its attempts in ms. */
  readonly busyMs: number;
  /** Status of every item that something happened to and that is not completed. */
  readonly unfinished: Readonly<Record<ItemNo, ItemStatus>>;
  /** Elements that generators which are not completed have yielded, by item. */
  readonly yielded: Readonly<Record<ItemNo, number>>;
}

export interface ErrorView {
  readonly seq: number;
  readonly call?: CallNo;
  readonly item?: ItemNo;
  readonly attempt?: number;
  readonly error: ErrorRecord;
  /** False for an attempt that is tried again. */
  readonly final: boolean;
}

export interface RunView {
  /** Seq of the last event folded in; 0 in an empty view. */
  readonly seq: number;
  readonly workflow: string;
  readonly version: string;
  readonly tags: Readonly<Record<string, string>>;
  /** What the log says; whether an open run is running depends on its owner (model/status.ts). */
  readonly logged: LoggedRunStatus;
  readonly cancelling?: { readonly by: string; readonly reason?: string };
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Times the run was taken up again. */
  readonly resumes: number;
  /** From the last thing recorded to the resume, epoch ms: the times at which nobody ran it. */
  readonly breaks: readonly (readonly [from: number, to: number])[];
  /** Epoch ms of the last event folded in. */
  readonly lastAt: number;
  /** Call n stands at index n - 1. */
  readonly calls: readonly CallView[];
  /** Sum over the calls that are not superseded. */
  readonly counts: ItemCounts;
  readonly retries: number;
  /** What its calls of language models come to, those of superseded calls and failed attempts included; absent where there are none. */
  readonly models?: ModelTotals;
  /** Errors folded in, retried attempts included. */
  readonly errorTotal: number;
  /** The newest of them, oldest first; at most MAX_VIEW_ERRORS. */
  readonly errors: readonly ErrorView[];
}

export const MAX_VIEW_ERRORS = 50;

export const EMPTY_VIEW: RunView = {
  seq: 0,
  workflow: "",
  version: "",
  tags: {},
  logged: "queued",
  createdAt: 0,
  resumes: 0,
  breaks: [],
  lastAt: 0,
  calls: [],
  counts: {},
  retries: 0,
  errorTotal: 0,
  errors: [],
};

export function totalOf(counts: ItemCounts): number {
  let total = 0;
  for (const count of Object.values(counts)) total += count;
  return total;
}

const DONE: readonly ItemStatus[] = ["completed", "reused", "failed", "skipped", "cancelled", "abandoned"];

/** Items that nothing more will happen to. */
export function doneOf(counts: ItemCounts): number {
  let done = 0;
  for (const status of DONE) done += counts[status] ?? 0;
  return done;
}

export interface Expected {
  readonly count: number;
  /** False while what feeds the call may still grow. */
  readonly final: boolean;
}

/** A call further away from its source than this is not followed: its size shows when it starts. */
const MAX_SOURCE_DEPTH = 200;

/** How many items a call will have, as far as the log tells: its own once it is closed, else what its mapped inputs hold. */
export function expectedItems(view: RunView, call: CallView): Expected {
  return expected(view, call, 0);
}

/** What one mapped input holds. `depth`: steps in the paths of its elements; 0 is a single value, given to all items. */
interface Source extends Expected {
  readonly depth: number;
}

function expected(view: RunView, call: CallView, distance: number): Expected {
  const seen = totalOf(call.counts);
  if (call.endedAt !== undefined) return { count: seen, final: true };
  if (distance > MAX_SOURCE_DEPTH) return { count: seen, final: false };
  const sources: Source[] = [];
  for (const input of Object.values(call.inputs)) {
    if (input.from === "list" && input.how === "item") sources.push({ count: input.size, final: true, depth: 1 });
    if (input.from === "call" && input.how === "item") sources.push(sourceOf(view, input.call, distance + 1));
  }
  const joined = join(call.kind, sources);
  return { count: Math.max(joined.count, seen), final: joined.final };
}

function sourceOf(view: RunView, callNo: CallNo, distance: number): Source {
  const call = view.calls[callNo - 1];
  if (call === undefined) return { count: 0, final: false, depth: 0 };
  const depth = call.space.length + (call.many ? 1 : 0);
  const held =
    call.many || call.kind === "filter"
      ? { count: call.produced, final: call.endedAt !== undefined }
      : expected(view, call, distance);
  return { ...held, depth };
}

function join(kind: CallKind, sources: readonly Source[]): Expected {
  if (kind === "cross" || kind === "concat" || kind === "merge") {
    const final = sources.every((source) => source.final);
    const counts = sources.map((source) => source.count);
    if (kind === "cross") return { count: counts.reduce((product, count) => product * count, 1), final };
    return { count: counts.reduce((sum, count) => sum + count, 0), final };
  }
  // Aligned: the deepest source has an item for each of the call's own; others are shared by several of them.
  const depth = Math.max(0, ...sources.map((source) => source.depth));
  const deepest = sources.filter((source) => source.depth === depth);
  if (depth === 0) return { count: 1, final: true };
  return { count: Math.max(...deepest.map((source) => source.count)), final: deepest.every((source) => source.final) };
}

/** All calls of one node, as one line of a live display. */
export interface NodeView {
  readonly node: string;
  readonly title?: string;
  readonly calls: number;
  readonly counts: ItemCounts;
  readonly done: number;
  readonly total: number;
  /** False while the total may still grow. */
  readonly totalFinal: boolean;
  readonly retries: number;
  readonly startedAt?: number;
  /** When its last call ended; absent while one is open. */
  readonly endedAt?: number;
  /** From its first start to its last end, without the times at which nobody ran the run; absent until it has ended. */
  readonly tookMs?: number;
  readonly busyMs: number;
}

/** Nodes and subgraphs in the order of their first call; what only rearranges items (zip, filter, ...) is left out. */
export function nodesOf(view: RunView): readonly NodeView[] {
  const byNode = new Map<string, CallView[]>();
  for (const call of view.calls) {
    if ((call.kind !== "node" && call.kind !== "subgraph") || call.status === "superseded") continue;
    const calls = byNode.get(call.node);
    if (calls === undefined) byNode.set(call.node, [call]);
    else calls.push(call);
  }
  return [...byNode.values()].map((calls) => nodeView(view, calls));
}

function nodeView(view: RunView, calls: readonly CallView[]): NodeView {
  const counts: Partial<Record<ItemStatus, number>> = {};
  const first = calls[0]!;
  let [total, retries, busyMs] = [0, 0, 0];
  let totalFinal = true;
  let [startedAt, endedAt]: (number | undefined)[] = [undefined, 0];
  for (const call of calls) {
    for (const [status, count] of Object.entries(call.counts) as [ItemStatus, number][]) {
      counts[status] = (counts[status] ?? 0) + count;
    }
    const { count, final } = expectedItems(view, call);
    total += count;
    totalFinal &&= final;
    retries += call.retries;
    busyMs += call.busyMs;
    if (call.startedAt !== undefined) startedAt = Math.min(startedAt ?? call.startedAt, call.startedAt);
    endedAt = call.endedAt === undefined || endedAt === undefined ? undefined : Math.max(endedAt, call.endedAt);
  }
  return {
    node: first.node,
    ...(first.title === undefined ? {} : { title: first.title }),
    calls: calls.length,
    counts,
    done: doneOf(counts),
    total,
    totalFinal,
    retries,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(startedAt === undefined || endedAt === undefined ? {} : { tookMs: runMs(view, startedAt, endedAt) }),
    busyMs,
  };
}

/** Ms of a stretch of time in which somebody ran the run. */
export function runMs({ breaks }: Pick<RunView, "breaks">, from: number, to: number): number {
  let ms = to - from;
  for (const [stopped, resumed] of breaks) ms -= Math.max(0, Math.min(to, resumed) - Math.max(from, stopped));
  return Math.max(0, ms);
}
