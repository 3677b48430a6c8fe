/**
 * Logs written by hand, whose profile can be worked out on paper.
 *
 * R1. Times are ms after the run's first event.
 */
import type { Workspace } from "../../src/app/workspace.ts";
import type { InputRef, ParentItem, RunEvent } from "../../src/model/events.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";

export const T0 = 1_000_000;

export function call(
  no: number,
  node: string,
  of: {
    readonly ms?: number;
    readonly kind?: Extract<RunEvent, { type: "call.created" }>["kind"];
    readonly inputs?: Readonly<Record<string, InputRef>>;
    readonly space?: readonly number[];
    readonly segment?: number;
    /** Calls whose delivery opened its segment. */
    readonly after?: readonly number[];
  } = {},
): RunEvent {
  return {
    type: "call.created",
    at: T0 + (of.ms ?? 0),
    call: no,
    kind: of.kind ?? "node",
    node,
    identity: `${no}`,
    segment: of.segment ?? 0,
    inputs: of.inputs ?? {},
    edges: (of.after ?? []).map((from) => ({ from, kind: "dashed" })),
    space: of.space ?? [],
    many: (of.space ?? []).length > 0,
  };
}

export function mapped(from: number): InputRef {
  return { from: "call", call: from, port: 0, how: "item" };
}

export function gathered(from: number): InputRef {
  return { from: "call", call: from, port: 0, how: "gather" };
}

export function started(no: number, items: readonly number[], ms: number, attempt = 1): RunEvent {
  return { type: "items.started", at: T0 + ms, call: no, items, attempts: items.map(() => attempt) };
}

export function completed(no: number, item: number, [from, to]: readonly [number, number], size?: number): RunEvent {
  return {
    type: "item.completed",
    at: T0 + to,
    call: no,
    item,
    attempt: 1,
    from: "running",
    to: "completed",
    ms: to - from,
    ...(size === undefined ? {} : { size }),
  };
}

export function retrying(no: number, item: number, [from, to]: readonly [number, number], delayMs: number): RunEvent {
  const error = { code: "WG2001", kind: "thrown", name: "Error", message: "no" } as never;
  const what = { call: no, item, attempt: 1, from: "running", to: "retrying", ms: to - from, delayMs, error } as const;
  return { type: "item.retrying", at: T0 + to, ...what };
}

export function closed(no: number, ms: number): RunEvent {
  return { type: "call.closed", at: T0 + ms, call: no, status: "completed" };
}

export function ended(ms: number): RunEvent {
  return { type: "run.completed", at: T0 + ms, partial: false };
}

export async function recorded(
  events: readonly RunEvent[],
  of: { readonly store?: Store; readonly runId?: string; readonly parent?: ParentItem; readonly atMs?: number } = {},
): Promise<Store> {
  const store = of.store ?? openMemoryStore();
  const runId = of.runId ?? "R";
  await store.createRun({
    runId,
    project: "p",
    workflow: of.parent ? "child" : "main",
    version: "unversioned",
    tags: {},
    caller: { kind: "test", id: "t" },
    input: "{}",
    createdAt: T0 + (of.atMs ?? 0),
    ...(of.parent ? { parent: of.parent } : {}),
  });
  const { epoch, seq } = await store.acquire(runId);
  await store.append({ runId, epoch, expectedSeq: seq, events: events.map((event) => ({ event })) });
  return store;
}

/** As far as a profile needs one. */
export function workspaceOf(store: Store): Workspace {
  return { store } as Workspace;
}
