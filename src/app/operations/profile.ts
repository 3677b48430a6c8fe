/** Where the time of a run went, and how long it would have taken otherwise. */
import { flameOf } from "../../analysis/flame.ts";
import { criticalPath } from "../../analysis/profile-path.ts";
import { concurrencyOf, itemProfiles, nodeProfiles } from "../../analysis/profile.ts";
import type { ProfiledRun } from "../../analysis/profile-log.ts";
import { predict, type Change } from "../../analysis/what-if.ts";
import { nearestName } from "../../base/nearest-name.ts";
import { formatAddress, type CallNo, type ItemNo, type RunId } from "../../model/ids.ts";
import { PATH_KINDS, type ItemProfile, type PathKind, type Profile } from "../../model/profile.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { findRun } from "../find-run.ts";
import { limitOf } from "../paging.ts";
import { profileTree } from "../profile-tree.ts";
import type { Workspace } from "../workspace.ts";

const ITEM_ORDERS = ["run", "queue", "retry", "blocked"] as const;

export interface ProfileInput {
  readonly run: string;
  /** Only items of this node. */
  readonly node?: string;
  /** Which items are told first: those that ran longest (default), queued longest, ... */
  readonly by?: (typeof ITEM_ORDERS)[number];
  /** Items told, default 20. */
  readonly limit?: number;
  /** `NODE=N`: with N items of that node in flight. */
  readonly limits?: readonly string[];
  /** Nodes whose awaited results hold nothing back. */
  readonly withoutBreaks?: readonly string[];
  /** Nodes whose gathering waits for no whole set. */
  readonly withoutGathers?: readonly string[];
}

const BUCKETS = 240;
const MAX_PARTS = 200;

/** What does not depend on the question, for each tree that is kept. */
const summed = new WeakMap<ProfiledRun, Omit<Profile, "status" | "items" | "itemsTotal"> & Sums>();

interface Sums {
  readonly all: readonly ItemProfile[];
}

export async function profile({ store }: Workspace, input: ProfileInput): Promise<Profile> {
  const { run } = await findRun(store, input.run);
  const limit = limitOf(input, { default: 20, max: 1_000 });
  const { tree, leftOut } = await profileTree(store, run);
  const top = tree[0]!;
  const change = changeOf(top, input);
  let known = summed.get(top);
  if (!known) summed.set(top, (known = sumsOf(tree, leftOut)));
  const { all, ...sums } = known;
  if (input.node !== undefined) requireNode(sums.nodes, input.node);
  const wanted = input.node === undefined ? all : all.filter(({ node }) => node === input.node);
  const order = `${orderOf(input.by)}Ms` as const;
  const items = wanted.toSorted((a, b) => b[order] - a[order]).slice(0, limit);
  return {
    ...sums,
    status: run.status,
    items: items.map(({ runId, call, item, ...times }) => ({ address: formatAddress(runId, call, item), ...times })),
    itemsTotal: wanted.length,
    ...(change ? { whatIf: predict(top, change) } : {}),
  };
}

function sumsOf(
  tree: readonly ProfiledRun[],
  leftOut: number,
): Omit<Profile, "status" | "items" | "itemsTotal"> & Sums {
  const top = tree[0]!;
  const all = itemProfiles(tree);
  return {
    runId: top.runId,
    workflow: top.workflow,
    seq: top.seq,
    startedAt: top.startedAt,
    durationMs: top.endMs,
    runs: tree.length,
    runsLeftOut: leftOut,
    nodes: nodeProfiles(tree, all),
    criticalPath: pathOf(tree),
    concurrency: concurrencyOf(tree, BUCKETS),
    flame: flameOf(tree, all),
    all,
  };
}

function pathOf(tree: readonly ProfiledRun[]): Profile["criticalPath"] {
  const runs = new Map(tree.map((run) => [run.runId, run]));
  const parts = criticalPath(tree[0]!, (child) => runs.get(child));
  const byKind = Object.fromEntries(PATH_KINDS.map((kind) => [kind, 0])) as Record<PathKind, number>;
  const byNode = new Map<string, number>();
  for (const { kind, fromMs, toMs, node } of parts) {
    byKind[kind] += toMs - fromMs;
    if (node !== undefined) byNode.set(node, (byNode.get(node) ?? 0) + toMs - fromMs);
  }
  const longest = parts.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs)).slice(0, MAX_PARTS);
  const shown = parts.length <= MAX_PARTS ? parts : longest.toSorted((a, b) => a.fromMs - b.fromMs);
  return {
    byKind,
    byNode: [...byNode].map(([node, ms]) => ({ node, ms })).toSorted((a, b) => b.ms - a.ms),
    parts: shown.map(({ call, item, ...part }) => ({
      ...part,
      ...(call === undefined ? {} : { address: placeOf(part.runId, call, item) }),
    })),
    truncated: parts.length > MAX_PARTS,
  };
}

function orderOf(by: string = "run"): (typeof ITEM_ORDERS)[number] {
  const order = ITEM_ORDERS.find((known) => known === by);
  if (order) return order;
  throw new WorkgraphError("WG6114", `items have no time "${by}"`, { hint: `Times: ${ITEM_ORDERS.join(", ")}.` });
}

function placeOf(run: RunId, call: CallNo, item: ItemNo | undefined): string {
  return item === undefined ? `${run}.${call}` : formatAddress(run, call, item);
}

function changeOf(run: ProfiledRun, input: ProfileInput): Change | undefined {
  const { limits = [], withoutBreaks = [], withoutGathers = [] } = input;
  if (limits.length + withoutBreaks.length + withoutGathers.length === 0) return undefined;
  const nodes = [...new Set([...run.calls.values()].map(({ node }) => node))].map((node) => ({ node }));
  for (const node of [...withoutBreaks, ...withoutGathers]) requireNode(nodes, node);
  const asked = limits.map((text): readonly [string, number] => {
    const [, node = "", count = ""] = /^(.+)=(\d+)$/.exec(text.trim()) ?? [];
    if (node === "" || Number(count) < 1) {
      throw new WorkgraphError("WG6111", `"${text}" is no limit of a node`, {
        hint: 'Write NODE=N, such as "scrape_page=16"; N is a whole number from 1.',
      });
    }
    requireNode(nodes, node);
    return [node, Number(count)];
  });
  return {
    limits: new Map(asked),
    withoutBreaks: new Set(withoutBreaks),
    withoutGathers: new Set(withoutGathers),
  };
}

function requireNode(nodes: readonly { readonly node: string }[], name: string): void {
  const names = nodes.map(({ node }) => node);
  if (names.includes(name)) return;
  const near = nearestName(name, names);
  throw new WorkgraphError("WG6110", `the run has no node "${name}"`, {
    hint:
      near === undefined
        ? `Its nodes: ${names
            .slice(0, 10)
            .map((one) => `"${one}"`)
            .join(", ")}.`
        : `Did you mean "${near}"?`,
    ...(near === undefined ? {} : { details: { nearest: near } }),
  });
}
