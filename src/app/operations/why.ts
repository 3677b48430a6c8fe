/**
 * Why an item ran: what differs from the run before it, or where its result was taken from.
 *
 * Owns: the order of the reasons. Leaves to version/closure-diff.ts: what changed in code; to item-inputs.ts: what it was given.
 *
 * R1. An item is compared with the run that its own was made from; where there is none, with the newest run of the workflow
 *     before it.
 * R2. Reasons are facts of the logs and the stored sources. Where they do not tell, that is said.
 */
import type { RunEvent } from "../../model/events.ts";
import { formatAddress, parseAddress, type CallNo, type ItemNo } from "../../model/ids.ts";
import type { ItemStatus } from "../../model/status.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { CallRow, EventStore, RunRow } from "../../store/store.ts";
import type { ClosureDiff } from "../../version/closure-diff.ts";
import { findRun, unknownCall, unknownItem } from "../find-run.ts";
import { gatheredChanges, type GatheredChanges } from "../gathered-changes.ts";
import { modelCallsOf } from "../model-calls.ts";
import { previewOf, type Json } from "../plain-json.ts";
import { shownNotes, type NoteEntry } from "../run-notes.ts";
import type { Workspace } from "../workspace.ts";
import { itemInputs, type ItemInput } from "./item-inputs.ts";

export type WhyReason =
  /** Nothing ran: the result was recorded there. The last one is where it was made. */
  | { readonly kind: "reused"; readonly from: readonly string[] }
  /** Nothing ran: somebody gave the value. */
  | { readonly kind: "set" }
  | ({ readonly kind: "code"; readonly before: string; readonly now: string } & ClosureDiff)
  | { readonly kind: "input"; readonly changes: readonly InputChange[] }
  /** It is never reused: it has an effect, or read this besides its inputs. */
  | { readonly kind: "never reused"; readonly reads: readonly string[] }
  /** The language models that answered are others: model ids, in the order in which they were asked. */
  | { readonly kind: "model"; readonly before: readonly string[]; readonly now: readonly string[] }
  | { readonly kind: "failed before"; readonly address: string }
  | { readonly kind: "named"; readonly names: readonly string[] }
  /** Nothing of the run before stands for it. */
  | { readonly kind: "new" }
  | { readonly kind: "first run" }
  /** Everything was the same, and nobody had asked for reuse. */
  | { readonly kind: "not asked" }
  /** Everything was the same; each recorded result is taken once, and another item took it, or an artifact it read is another. */
  | { readonly kind: "taken" };

export interface InputChange {
  readonly param: string;
  /** One line each, cut; absent where it is not told. */
  readonly before?: string;
  readonly now?: string;
  /** The call that gave it, as `RUN.CALL`. */
  readonly from?: string;
  readonly node?: string;
  /** Of a gathered set: the elements that differ, the first few; `total` counts them all. */
  readonly gathered?: GatheredChanges;
}

export interface WhyOutput {
  readonly address: string;
  readonly node: string;
  readonly status: ItemStatus;
  /** The item it is compared with, or the run where no item stands for it. */
  readonly comparedWith?: string;
  readonly reasons: readonly WhyReason[];
  /** Of it and of its node, newest first; absent where there are none. */
  readonly notes?: readonly NoteEntry[];
}

type Completed = Extract<RunEvent, { type: "item.completed" }>;

interface Place {
  readonly run: RunRow;
  readonly call: CallRow;
  readonly item: ItemNo;
  readonly event: RunEvent | undefined;
}

const PREVIEW_LENGTH = 120;
const MAX_CHAIN = 50;
const PAGE = 5_000;

export async function why(workspace: Workspace, input: { readonly item: string }): Promise<WhyOutput> {
  const { store } = workspace;
  const { run, call, item } = await findRun(store, input.item);
  if (call === undefined || item === undefined)
    throw new WorkgraphError("WG5041", `"${input.item}" names no item`, { hint: "Write an address: RUN.CALL.ITEM." });
  const row = (await store.calls(run.runId)).find((candidate) => candidate.call === call);
  if (!row) throw unknownCall(run, call);
  const [known] = (await store.items(run.runId, { call, item, limit: 1 })).items;
  if (!known) throw unknownItem(run, call, item);
  const place = { run, call: row, item, event: await eventAt(store, run, known.seq) };
  const answer = {
    address: formatAddress(run.runId, call, item),
    node: row.event.node,
    status: known.status,
    ...(await shownNotes(store, { run, node: row.event.node, call, item })),
  };
  const { event } = place;
  if (event?.type === "item.completed" && event.source)
    return { ...answer, reasons: [{ kind: "reused", from: await chainOf(store, event) }] };
  if (event?.type === "item.completed" && event.impure?.includes("set"))
    return { ...answer, reasons: [{ kind: "set" }] };
  const before = await runBefore(store, run);
  if (!before) return { ...answer, reasons: [{ kind: "first run" }] };
  const was = await counterpart(store, before, place);
  return {
    ...answer,
    comparedWith: was ? formatAddress(before.runId, was.call.call, was.item) : before.runId,
    reasons: await reasonsOf(workspace, { place, before, was }),
  };
}

/** Where the result was recorded, and where that was taken from, to the run that made it. */
async function chainOf(store: EventStore, event: Completed): Promise<readonly string[]> {
  const chain: string[] = [];
  let source = event.source;
  while (source && chain.length < MAX_CHAIN) {
    const [runId, call, item] = source;
    chain.push(formatAddress(runId, call, item));
    const run = await store.run(runId);
    const [row] =
      run && run.forgottenAt === undefined ? (await store.items(runId, { call, item, limit: 1 })).items : [];
    const above = run && row ? await eventAt(store, run, row.seq) : undefined;
    source = above?.type === "item.completed" ? above.source : undefined;
  }
  return chain;
}

async function eventAt(store: EventStore, run: RunRow, seq: number): Promise<RunEvent | undefined> {
  const [stored] = await store.events(run.runId, { after: seq - 1, limit: 1, values: "none" });
  return stored?.event;
}

/** R1. */
async function runBefore(store: EventStore, run: RunRow): Promise<RunRow | undefined> {
  if (run.origin) {
    const origin = await store.run(run.origin.run);
    if (origin && origin.forgottenAt === undefined) return origin;
  }
  const { runs } = await store.runs({ workflow: run.workflow, before: run.runId, limit: 20 });
  return runs.find((one) => one.forgottenAt === undefined && one.seq > 1);
}

/** The item that stands for this one: of the same call; or of the same node and given the same; or the same one of that node's. */
async function counterpart(store: EventStore, before: RunRow, place: Place): Promise<Place | undefined> {
  const calls = await store.calls(before.runId);
  const { call, item } = place;
  const ofNode = calls.filter(({ event, superseded }) => event.node === call.event.node && !superseded);
  const same = ofNode.find(({ event }) => event.identity === call.event.identity);
  if (same) {
    const found = await placeOf(store, { run: before, call: same, item });
    if (found) return found;
  }
  const digest = place.event?.type === "item.completed" ? place.event.digest : undefined;
  const equal = digest === undefined ? undefined : await withDigest(store, { run: before, calls: ofNode, digest });
  if (equal) return equal;
  const own = (await store.calls(place.run.runId)).filter(({ event }) => event.node === call.event.node);
  const nth = ofNode[own.findIndex((one) => one.call === call.call)];
  return nth && placeOf(store, { run: before, call: nth, item });
}

async function placeOf(
  store: EventStore,
  { run, call, item }: { readonly run: RunRow; readonly call: CallRow; readonly item: ItemNo },
): Promise<Place | undefined> {
  const [row] = (await store.items(run.runId, { call: call.call, item, limit: 1 })).items;
  return row && { run, call, item, event: await eventAt(store, run, row.seq) };
}

async function withDigest(
  store: EventStore,
  of: { readonly run: RunRow; readonly calls: readonly CallRow[]; readonly digest: string },
): Promise<Place | undefined> {
  const calls = new Map<CallNo, CallRow>(of.calls.map((call) => [call.call, call]));
  for (let after = 0; ;) {
    const page = await store.events(of.run.runId, { after, limit: PAGE, values: "none" });
    for (const { event } of page) {
      const call = event.type === "item.completed" && event.digest === of.digest ? calls.get(event.call) : undefined;
      if (call && event.type === "item.completed") return { run: of.run, call, item: event.item, event };
    }
    const last = page.at(-1);
    if (!last || page.length < PAGE) return undefined;
    after = last.seq;
  }
}

async function reasonsOf(
  workspace: Workspace,
  of: { readonly place: Place; readonly before: RunRow; readonly was: Place | undefined },
): Promise<readonly WhyReason[]> {
  const { place, before, was } = of;
  const { run } = place;
  const reasons: WhyReason[] = [];
  const names = (run.origin?.from ?? []).filter((name) => isNamed(name, place, was));
  if (names.length > 0) reasons.push({ kind: "named", names });
  const code = await codeReason(workspace, { before, run, node: place.call.event.node });
  if (code && was) reasons.push(code);
  const changes = was ? await inputChanges(workspace, was, place) : [];
  if (changes.length > 0) reasons.push({ kind: "input", changes });
  const model = was ? await modelReason(workspace.store, was, place) : undefined;
  if (model) reasons.push(model);
  const takesAll = run.origin?.kind === "continues";
  const impure = was?.event?.type === "item.completed" ? was.event.impure : undefined;
  if (impure && !takesAll) reasons.push({ kind: "never reused", reads: impure });
  const fellShort =
    was && (was.event?.type !== "item.completed" || was.event.fallback === true || was.event.digest === undefined);
  if (fellShort) reasons.push({ kind: "failed before", address: formatAddress(before.runId, was.call.call, was.item) });
  if (reasons.length > 0) return reasons;
  if (!was) return [{ kind: "new" }];
  const asked = run.origin !== undefined && run.origin.kind !== "rerun";
  if (!asked) return [{ kind: "not asked" }];
  return [run.origin.from ? { kind: "named", names: run.origin.from } : { kind: "taken" }];
}

/** What was asked stands where a result was made: of one that was taken over, there. */
async function modelReason(store: EventStore, was: Place, now: Place): Promise<WhyReason | undefined> {
  if (now.run.models === undefined) return undefined;
  const made = was.event?.type === "item.completed" ? (await chainOf(store, was.event)).at(-1) : undefined;
  const at = made === undefined ? undefined : parseAddress(made);
  const before = await modelsOf(store, {
    runId: at?.run ?? was.run.runId,
    call: at?.call ?? was.call.call,
    item: at?.item ?? was.item,
  });
  const asked = await modelsOf(store, { runId: now.run.runId, call: now.call.call, item: now.item });
  if (before.size === 0 || asked.size === 0 || [...asked.keys()].every((identity) => before.has(identity)))
    return undefined;
  return { kind: "model", before: [...new Set(before.values())], now: [...new Set(asked.values())] };
}

/** Model ids that answered an item, by identity. */
async function modelsOf(
  store: EventStore,
  of: Parameters<typeof modelCallsOf>[1],
): Promise<ReadonlyMap<string, string>> {
  return new Map((await modelCallsOf(store, of)).map(({ identity, modelId }) => [identity, modelId]));
}

function isNamed(name: string, place: Place, was: Place | undefined): boolean {
  if (name === place.call.event.node) return true;
  return (
    was !== undefined &&
    (name === formatAddress(was.run.runId, was.call.call, was.item) || name === `${was.run.runId}.${was.call.call}`)
  );
}

async function codeReason(
  { store }: Workspace,
  { before, run, node }: { readonly before: RunRow; readonly run: RunRow; readonly node: string },
): Promise<WhyReason | undefined> {
  if (before.version === run.version || before.manifest === undefined || run.manifest === undefined) return undefined;
  const { loadVersion } = await import("../../version/stored-version.ts");
  const { nodeHash } = await import("../../version/bundle.ts");
  const [old, now] = await Promise.all([loadVersion(store, before.manifest), loadVersion(store, run.manifest)]);
  if (nodeHash(old, node).hash === nodeHash(now, node).hash) return undefined;
  const { closureDiff } = await import("../../version/closure-diff.ts");
  return { kind: "code", before: before.version, now: run.version, ...(await closureDiff(old, now, node)) };
}

async function inputChanges(workspace: Workspace, was: Place, now: Place): Promise<readonly InputChange[]> {
  const digestOf = ({ event }: Place): string | undefined =>
    event?.type === "item.completed" ? event.digest : undefined;
  if (digestOf(was) !== undefined && digestOf(was) === digestOf(now)) return [];
  const [old, given] = await Promise.all(
    [was, now].map(({ run, call, item }) => itemInputs(workspace, { run, call: call.call, item })),
  );
  const changes: InputChange[] = [];
  const names = new Set([...old!, ...given!].map(({ param }) => param));
  for (const param of names) {
    const before = old!.find((one) => one.param === param);
    const after = given!.find((one) => one.param === param);
    const isToldSame = before?.value !== undefined && textOf(before) === textOf(after);
    if (isToldSame) continue;
    const previews = { before: preview(before), now: preview(after) };
    const addresses = { before: addressOf(was), now: addressOf(now) };
    const gathered = after?.how === "gather" ? await gatheredChanges(workspace, { ...addresses, param }) : undefined;
    changes.push({
      param,
      ...(gathered === undefined ? {} : { gathered }),
      ...(previews.before === undefined ? {} : { before: previews.before }),
      ...(previews.now === undefined ? {} : { now: previews.now }),
      ...(after?.from === undefined ? {} : { from: after.from }),
      ...(after?.node === undefined ? {} : { node: after.node }),
    });
  }
  // A set that is not told may be the same; another parameter that is told differs, or the digests do.
  const told = changes.filter(
    ({ before, now: value, gathered }) => before !== undefined || value !== undefined || gathered !== undefined,
  );
  if (told.length > 0) return told;
  return digestOf(was) === undefined || digestOf(now) === undefined ? [] : changes;
}

function addressOf({ run, call, item }: Place): string {
  return formatAddress(run.runId, call.call, item);
}

function textOf(input: ItemInput | undefined): string | undefined {
  return input?.value === undefined ? undefined : JSON.stringify(input.value);
}

function preview(input: ItemInput | undefined): string | undefined {
  const value: Json | undefined = input?.value;
  return value === undefined ? undefined : previewOf(JSON.stringify(value), PREVIEW_LENGTH);
}
