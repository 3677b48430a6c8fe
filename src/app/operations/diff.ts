/**
 * What differs between two runs or two versions: code, input, shape, results, and where they part first.
 *
 * Owns: putting the answer together, within bounds. Leaves to analysis/diff/: pairing and the verdict; to version/: what code differs.
 *
 * R1. Only event logs and stored versions are read, never the files as they are now.
 * R2. Every list is bounded and says how many there are in all.
 * R3. A difference inside of child runs is followed into them: the verdict is that of the run in which it is.
 */
import {
  alignCalls,
  alignItems,
  type AlignedCalls,
  type AlignedItems,
  type CallPair,
} from "../../analysis/diff/align.ts";
import { firstDivergence, type CodeFacts, type Compared, type Verdict } from "../../analysis/diff/divergence.ts";
import { readRunRecord, type RunRecord } from "../../analysis/diff/run-record.ts";
import { valueChanges, type ValueChange, type ValueChanges } from "../../analysis/diff/value-changes.ts";
import { formatAddress, type RunId } from "../../model/ids.ts";
import type { RunStatus } from "../../model/status.ts";
import type { Store } from "../../store/store.ts";
import type { ClosureDiff, PackageChange } from "../../version/closure-diff.ts";
import type { VersionDiff } from "../../version/version-diff.ts";
import { diffSide, type DiffSide } from "../diff/diff-side.ts";
import { itemChanges, nodeFigures, type ItemChange, type NodeFigures } from "../diff/differences.ts";
import { RunTexts } from "../diff/run-texts.ts";
import type { Workspace } from "../workspace.ts";

export interface DiffInput {
  /** A run, or `WORKFLOW@HASH`. */
  readonly a: string;
  readonly b: string;
  /** Differing items, calls and changes of the input that are told; default 50. */
  readonly limit?: number;
}

export interface DiffedSide {
  readonly kind: "run" | "version";
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  readonly status?: RunStatus;
  readonly durationMs?: number;
}

/** What made the runs part. */
export type DiffCause =
  | ({ readonly kind: "code"; readonly node?: string } & Pick<ClosureDiff, "hunks" | "packages" | "isHashedAnew">)
  | { readonly kind: "input"; readonly changes: readonly ValueChange[]; readonly total: number }
  | Exclude<Verdict, { readonly kind: "code" | "input" | "child runs" }>
  /** A child run that is not there any more, or whose log tells no difference. */
  | { readonly kind: "unknown"; readonly because: string };

export interface DiffFirst {
  readonly what: "result" | "arguments" | "only in a" | "only in b" | "winner" | "output" | "none";
  readonly node?: string;
  readonly param?: string;
  /** `RUN.CALL.ITEM` or `RUN.CALL`. */
  readonly a?: string;
  readonly b?: string;
  /** One line each, cut. */
  readonly before?: string;
  readonly now?: string;
  readonly cause: DiffCause;
}

export interface DiffedCode {
  readonly isOther: boolean;
  readonly files: VersionDiff["files"];
  readonly nodes: VersionDiff["nodes"];
  /** The workflow function, or what it reaches without its nodes, is another. */
  readonly isFunctionOther: boolean;
  readonly packages: readonly PackageChange[];
  readonly isHashedAnew: boolean;
  readonly runtimes?: VersionDiff["runtimes"];
}

export interface DiffedCall {
  readonly address: string;
  readonly node: string;
  readonly kind: string;
}

export interface DiffOutput {
  readonly a: DiffedSide;
  readonly b: DiffedSide;
  /** Nothing differs that is recorded but time. */
  readonly isSame: boolean;
  /** Absent where nothing differs, and of versions. */
  readonly first?: DiffFirst;
  /** Absent where the code of a side was in no file. */
  readonly code?: DiffedCode;
  readonly input?: ValueChanges;
  readonly shape?: {
    readonly calls: { readonly a: number; readonly b: number };
    readonly onlyA: readonly DiffedCall[];
    readonly onlyATotal: number;
    readonly onlyB: readonly DiffedCall[];
    readonly onlyBTotal: number;
  };
  /** Of each node, in the order of the second run. */
  readonly nodes?: readonly NodeFigures[];
  readonly items?: readonly ItemChange[];
  readonly itemsTotal?: number;
}

const DEFAULT_LIMIT = 50;
/** Child runs within child runs that are followed. */
const MAX_DEPTH = 16;
/** Child runs of one run that are looked into although the run itself came to the same. */
const MAX_CHILDREN = 200;

export async function diff({ store }: Pick<Workspace, "store">, input: DiffInput): Promise<DiffOutput> {
  const limit = input.limit ?? DEFAULT_LIMIT;
  const [a, b] = await Promise.all([diffSide(store, input.a), diffSide(store, input.b)]);
  const code = await codeOf(a, b);
  const sides = { a: sideOf(a), b: sideOf(b) };
  if (a.kind === "version" || b.kind === "version")
    return { ...sides, isSame: code?.isOther !== true, ...(code ? { code } : {}) };
  const runs = await compareRuns(store, { a, b, limit });
  const first = await followed(store, { ...runs, a, b, limit }, 0);
  const { calls } = runs.compared;
  const changed = await itemChanges(runs, limit);
  const callsOf = (of: AlignedCalls["onlyA"], run: RunId): readonly DiffedCall[] =>
    of
      .slice(0, limit)
      .map(({ call, created }) => ({ address: `${run}.${call}`, node: created.node, kind: created.kind }));
  return {
    ...sides,
    isSame: first === undefined,
    ...(first ? { first } : {}),
    ...(code ? { code } : {}),
    input: { changes: runs.input.changes, total: runs.input.total },
    shape: {
      calls: { a: runs.compared.a.calls.length, b: runs.compared.b.calls.length },
      onlyA: callsOf(calls.onlyA, a.row.runId),
      onlyATotal: calls.onlyA.length,
      onlyB: callsOf(calls.onlyB, b.row.runId),
      onlyBTotal: calls.onlyB.length,
    },
    nodes: nodeFigures(runs.compared, changed.byNode),
    items: changed.items,
    itemsTotal: changed.total,
  };
}

function sideOf({ row, kind }: DiffSide): DiffedSide {
  const { runId, workflow, version, startedAt, endedAt } = row;
  const isTimed = kind === "run" && startedAt !== undefined && endedAt !== undefined;
  return {
    kind,
    runId,
    workflow,
    version,
    ...(kind === "run" ? { status: row.status } : {}),
    ...(isTimed ? { durationMs: endedAt - startedAt } : {}),
  };
}

async function codeOf(a: DiffSide, b: DiffSide): Promise<DiffedCode | undefined> {
  if (!a.version || !b.version) return undefined;
  const { versionDiff } = await import("../../version/version-diff.ts");
  const { function: own, ...rest } = await versionDiff(a.version, b.version);
  return { ...rest, isFunctionOther: own.hunks.length > 0 };
}

/** Two runs, compared. */
export interface ComparedRuns {
  readonly compared: Compared;
  readonly input: ValueChanges;
  readonly texts: { readonly a: RunTexts; readonly b: RunTexts };
}

interface RunSides {
  readonly a: DiffSide;
  readonly b: DiffSide;
  readonly limit: number;
  /** Nodes whose results are passed over. */
  readonly except?: ReadonlySet<string>;
}

/** Where two runs part first, and nothing else of them. */
export async function firstDifference(
  store: Store,
  sides: RunSides,
): Promise<{ readonly first: DiffFirst | undefined; readonly items: number }> {
  const runs = await compareRuns(store, sides);
  return { first: await followed(store, { ...runs, ...sides }, 0), items: (await itemChanges(runs, 0)).total };
}

async function compareRuns(store: Store, { a, b, limit, except }: RunSides): Promise<ComparedRuns> {
  const [recordA, recordB] = [await readRunRecord(store, a.row), await readRunRecord(store, b.row)];
  const texts = { a: new RunTexts(store, recordA), b: new RunTexts(store, recordB) };
  const calls = alignCalls(recordA, recordB);
  const items = new Map<CallPair, AlignedItems>();
  for (const pair of calls.pairs) items.set(pair, await alignItems(pair, { a: texts.a.pathsOf, b: texts.b.pathsOf }));
  const isOther = recordA.input !== recordB.input;
  const [before, now] = isOther ? await Promise.all([texts.a.input(), texts.b.input()]) : [null, null];
  const input = valueChanges(before, now, limit);
  const compared: Compared = {
    a: recordA,
    b: recordB,
    calls,
    items,
    code: await codeFacts(a, b),
    input: { isOther, changes: input.changes, before, now },
    readers: texts,
    ...(except === undefined ? {} : { except }),
  };
  return { compared, input, texts };
}

async function codeFacts(a: DiffSide, b: DiffSide): Promise<CodeFacts> {
  const [before, now] = [a.version, b.version];
  const nothing = { chance: [], outside: [] };
  if (!before || !now) {
    const isOther = a.row.version !== b.row.version;
    const mentions = async (): Promise<typeof nothing> => nothing;
    return { isVersionOther: isOther, isFunctionOther: isOther, isNodeOther: () => isOther, mentions };
  }
  const { isNodeOther, codeHunks } = await import("../../version/version-diff.ts");
  const { mentionsOf } = await import("../../version/mentions.ts");
  const isVersionOther = before.closureHash !== now.closureHash;
  return {
    isVersionOther,
    isFunctionOther: isVersionOther && (await codeHunks(before, now, undefined)).hunks.length > 0,
    isNodeOther: (node) => isVersionOther && isNodeOther(before, now, node),
    mentions: (node) => mentionsOf(now, node),
  };
}

/** R3. */
async function followed(store: Store, runs: ComparedRuns & RunSides, depth: number): Promise<DiffFirst | undefined> {
  const { compared, texts, a, b } = runs;
  const found = await firstDivergence(compared);
  if (found === undefined || found.what === "none") {
    const within = depth < MAX_DEPTH ? await withinChildren(store, runs, depth) : undefined;
    if (within) return within;
  }
  if (found === undefined) return undefined;
  const { verdict, a: placeA, b: placeB, ...what } = found;
  if (verdict.kind === "child runs") {
    const { limit, except } = runs;
    const children = { a: verdict.a, b: verdict.b, limit, ...(except === undefined ? {} : { except }) };
    const below = depth < MAX_DEPTH ? await ofChildren(store, children, depth) : undefined;
    if (below) return below;
  }
  const [before, now] = await Promise.all([texts.a.preview(found, placeA), texts.b.preview(found, placeB)]);
  return {
    ...what,
    ...(placeA ? { a: addressOf(compared.a, placeA) } : {}),
    ...(placeB ? { b: addressOf(compared.b, placeB) } : {}),
    ...(before === undefined ? {} : { before }),
    ...(now === undefined ? {} : { now }),
    cause: await causeOf(verdict, { a, b, input: runs.input }),
  };
}

/** Child runs may part and come to the same in the end: their parents do not show it. */
async function withinChildren(
  store: Store,
  { compared, limit, except }: ComparedRuns & RunSides,
  depth: number,
): Promise<DiffFirst | undefined> {
  let followed = 0;
  for (const { pairs } of compared.items.values()) {
    for (const { a, b } of pairs) {
      if (a.child === undefined || b.child === undefined || a.child === b.child) continue;
      if (++followed > MAX_CHILDREN) return undefined;
      const below = { a: a.child, b: b.child, limit, ...(except === undefined ? {} : { except }) };
      const found = await ofChildren(store, below, depth);
      if (found && found.what !== "none") return found;
    }
  }
  return undefined;
}

async function ofChildren(
  store: Store,
  of: Omit<RunSides, "a" | "b"> & { readonly a: RunId; readonly b: RunId },
  depth: number,
): Promise<DiffFirst | undefined> {
  const [rowA, rowB] = await Promise.all([store.run(of.a), store.run(of.b)]);
  if (!rowA || !rowB || rowA.forgottenAt !== undefined || rowB.forgottenAt !== undefined) return undefined;
  const [a, b] = await Promise.all([diffSide(store, of.a), diffSide(store, of.b)]);
  const sides = { ...of, a, b };
  return followed(store, { ...(await compareRuns(store, sides)), ...sides }, depth + 1);
}

function addressOf({ row }: RunRecord, { call, item }: { readonly call: number; readonly item?: number }): string {
  return item === undefined ? `${row.runId}.${call}` : formatAddress(row.runId, call, item);
}

async function causeOf(
  verdict: Verdict,
  { a, b, input }: Pick<RunSides, "a" | "b"> & { readonly input: ValueChanges },
): Promise<DiffCause> {
  switch (verdict.kind) {
    case "input":
      return { kind: "input", changes: input.changes, total: input.total };
    case "child runs":
      return { kind: "unknown", because: `the child runs ${verdict.a} and ${verdict.b} tell no more` };
    case "code": {
      const { node } = verdict;
      if (!a.version || !b.version) return { kind: "unknown", because: "the code of one of them was in no file" };
      const { codeHunks } = await import("../../version/version-diff.ts");
      return {
        kind: "code",
        ...(node === undefined ? {} : { node }),
        ...(await codeHunks(a.version, b.version, node)),
      };
    }
    default:
      return verdict;
  }
}
