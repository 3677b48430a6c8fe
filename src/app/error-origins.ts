/**
 * Of an error of an item that a child run stands for: the error in that run from which it came, however deep.
 *
 * R1. The first final error that an item of the child had of its own is meant; without one, that of the child itself.
 */
import { parseAddress } from "../model/ids.ts";
import type { EventStore, RunRow } from "../store/store.ts";
import { errorEntries, withPlaces, type ErrorEntry, type ErrorOrigin } from "./error-entries.ts";
import type { Workspace } from "./workspace.ts";

const MAX_DEPTH = 16;
/** Errors of one answer whose origin is looked for. */
const MAX_FOLLOWED = 20;
const MAX_CHILDREN = 1_000;

type Parts = Pick<Workspace, "store" | "project">;

export async function withOrigins(
  workspace: Parts,
  run: RunRow,
  errors: readonly ErrorEntry[],
): Promise<readonly ErrorEntry[]> {
  const called = await subgraphCalls(workspace.store, run);
  if (called.size === 0) return errors;
  const children = await childrenOf(workspace.store, run);
  let followed = 0;
  const all: ErrorEntry[] = [];
  for (const error of errors) {
    const { call, item } = parseAddress(error.address ?? "") ?? {};
    const child = call === undefined || !called.has(call) ? undefined : children.get(`${call}.${item ?? 0}`);
    const origin = child && ++followed <= MAX_FOLLOWED ? await originIn(workspace, child, 0) : undefined;
    all.push(origin === undefined ? error : { ...error, origin });
  }
  return all;
}

async function originIn(workspace: Parts, run: RunRow, depth: number): Promise<ErrorOrigin | undefined> {
  const { store } = workspace;
  const entries = await errorEntries(store, run, { limit: 2, attempts: "final" });
  const first = entries.find(({ address }) => address !== undefined) ?? entries[0];
  if (first === undefined) return undefined;
  const { call, item } = parseAddress(first.address ?? "") ?? {};
  const isBelow = call !== undefined && depth < MAX_DEPTH && (await subgraphCalls(store, run)).has(call);
  const child = isBelow ? (await childrenOf(store, run)).get(`${call}.${item ?? 0}`) : undefined;
  const deeper = child && (await originIn(workspace, child, depth + 1));
  if (deeper) return deeper;
  const [{ address = run.runId, node, code, message, place }] = (await withPlaces(workspace, run, [first])) as [
    ErrorEntry,
  ];
  return {
    address,
    ...(node === undefined ? {} : { node }),
    code: code ?? "",
    message,
    ...(place === undefined ? {} : { place }),
  };
}

async function subgraphCalls(store: EventStore, run: RunRow): Promise<ReadonlySet<number>> {
  const calls = await store.calls(run.runId);
  return new Set(calls.filter(({ event }) => event.kind === "subgraph").map(({ call }) => call));
}

/** By call and item of the parent. */
async function childrenOf(store: EventStore, run: RunRow): Promise<ReadonlyMap<string, RunRow>> {
  const { runs } = await store.runs({ parent: run.runId, limit: MAX_CHILDREN });
  return new Map(runs.flatMap((row) => (row.parent ? [[`${row.parent.call}.${row.parent.item}`, row] as const] : [])));
}
