/**
 * Where two runs part first: the item, what made it another, and the line to look at.
 *
 * Owns: the one place that is pointed at. Leaves to diff.ts: finding it; to analysis/diff/: the verdict.
 *
 * R1. The place is the cause's where the code shows one (the changed line, the clock that is read, the outside that is asked), otherwise
 *     the line that the item's error came from, otherwise the line that made the call. `how` says which.
 * R2. What is known to differ every time (`except`) hides nothing else.
 */
import { parseAddress } from "../../model/ids.ts";
import type { Store } from "../../store/store.ts";
import { diffSide, type DiffSide } from "../diff/diff-side.ts";
import { findRun } from "../find-run.ts";
import { SourceStanding, type SourcePlace } from "../source-standing.ts";
import type { Workspace } from "../workspace.ts";
import { firstDifference, type DiffCause, type DiffedSide, type DiffFirst } from "./diff.ts";
import { errorEntries } from "./list-errors.ts";
import { listItems, type ItemEntry } from "./list-items.ts";

export interface FirstDivergenceInput {
  /** The earlier run, or the one that was well. */
  readonly a: string;
  readonly b: string;
  /** Nodes whose results differ every time. */
  readonly except?: readonly string[];
}

export interface DivergentPlace extends SourcePlace {
  readonly how: "changed code" | "clock or chance" | "outside" | "error" | "call";
  /** What is declared there, or the name that is mentioned. */
  readonly name?: string;
  /** Of changed code: the lines before and now. */
  readonly before?: readonly string[];
  readonly after?: readonly string[];
}

export interface FirstDivergenceOutput {
  readonly a: DiffedSide;
  readonly b: DiffedSide;
  readonly isSame: boolean;
  readonly first?: Omit<DiffFirst, "cause">;
  /** The item of the second run (of the first, where only that has it). */
  readonly item?: Pick<ItemEntry, "address" | "node" | "path" | "status" | "error">;
  readonly cause?: DiffCause;
  /** Nearest first; the first one is the line to look at. */
  readonly places: readonly DivergentPlace[];
  /** Items that differ in all. */
  readonly itemsTotal: number;
}

const MAX_PLACES = 10;
const MAX_LINES = 20;

export async function firstDivergenceOf(
  workspace: Workspace,
  input: FirstDivergenceInput,
): Promise<FirstDivergenceOutput> {
  const { store } = workspace;
  const sides = { a: await runSide(store, input.a), b: await runSide(store, input.b) };
  const except = input.except === undefined ? {} : { except: new Set(input.except) };
  const { first, items } = await firstDifference(store, { ...sides, limit: 20, ...except });
  const answer = { a: sideOf(sides.a), b: sideOf(sides.b), isSame: first === undefined, itemsTotal: items };
  if (first === undefined) return { ...answer, places: [] };
  const { cause, ...rest } = first;
  const item = await itemAt(workspace, first.b ?? first.a);
  return {
    ...answer,
    first: rest,
    ...(item === undefined ? {} : { item }),
    cause,
    places: await placesOf(workspace, { first, item, b: sides.b }),
  };
}

/** A version alone ran nothing. */
async function runSide(store: Store, reference: string): Promise<DiffSide> {
  const { run } = await findRun(store, reference);
  return diffSide(store, run.runId);
}

function sideOf({ row }: DiffSide): DiffedSide {
  const { runId, workflow, version, status } = row;
  return { kind: "run", runId, workflow, version, status };
}

/** Of a call with one item, that one. */
async function itemAt(workspace: Workspace, address: string | undefined): Promise<FirstDivergenceOutput["item"]> {
  if (address === undefined || parseAddress(address)?.call === undefined) return undefined;
  const { items, truncated } = await listItems(workspace, { run: address, limit: 1 }).catch(() => ({
    items: [],
    truncated: false,
  }));
  const [only] = items;
  if (only === undefined || (truncated && parseAddress(address)?.item === undefined)) return undefined;
  const { node, path, status, error } = only;
  return { address: only.address, node, path, status, ...(error === undefined ? {} : { error }) };
}

/** R1. */
async function placesOf(
  workspace: Workspace,
  of: { readonly first: DiffFirst; readonly item: FirstDivergenceOutput["item"]; readonly b: DiffSide },
): Promise<readonly DivergentPlace[]> {
  const { first, item, b } = of;
  const at = first.b ?? first.a ?? b.row.runId;
  // A child run has code of its own; only what the second run did is pointed at there.
  const { run, call } = await findRun(workspace.store, at);
  const standing = await SourceStanding.of(workspace, run);
  const places: DivergentPlace[] = [];
  const add = (
    site: { readonly file: string; readonly line: number } | undefined,
    how: DivergentPlace["how"],
    more: Pick<DivergentPlace, "name" | "before" | "after"> = {},
  ): void => {
    const place = standing.place(site);
    if (place && places.length < MAX_PLACES) places.push({ how, ...place, ...more });
  };
  const { cause } = first;
  if (cause.kind === "code") {
    for (const { file, line, name, before, after } of cause.hunks)
      add({ file, line }, "changed code", {
        name,
        before: before.slice(0, MAX_LINES),
        after: after.slice(0, MAX_LINES),
      });
  }
  if (cause.kind === "clock or chance" || cause.kind === "outside answer") {
    const how = cause.kind === "outside answer" ? "outside" : cause.kind;
    for (const { file, line, name } of cause.places) add({ file, line }, how, { name });
  }
  if (item?.error !== undefined) {
    const { call: failedCall, item: failed } = parseAddress(item.address)!;
    const [error] = await errorEntries(workspace.store, run, {
      limit: 1,
      attempts: "final",
      matches: (row) => row.call === failedCall && row.item === failed,
    });
    add(error?.site, "error");
  }
  const row =
    call === undefined ? undefined : (await workspace.store.calls(run.runId)).find((one) => one.call === call);
  add(row?.event.site, "call");
  return places;
}
