/**
 * Where two runs part first: the item, what made it another, and the line to look at.
 *
 * Owns: the one place that is pointed at. Leaves to diff.ts: finding it; to analysis/diff/: the verdict.
 *
 * R1. The place is the cause's where the code shows one (the changed line, the clock that is read, the outside that is asked), otherwise
 *     the line that the item's error came from, otherwise the line that made the call. `how` says which; of several that the cause has,
 *     diff/evidence.ts says which explains the difference best.
 * R2. What is known to differ every time (`except`) hides nothing else.
 */
import { parseAddress } from "../../model/ids.ts";
import type { RunRow, Store } from "../../store/store.ts";
import { baselineOf } from "../diff/baseline.ts";
import { diffSide, type DiffSide } from "../diff/diff-side.ts";
import { otherFields, placesIn, weightOf } from "../diff/evidence.ts";
import { findRun } from "../find-run.ts";
import { plainValue } from "../plain-json.ts";
import { SourceStanding, type SourcePlace } from "../source-standing.ts";
import type { Workspace } from "../workspace.ts";
import { firstDifference, type DiffCause, type DiffedSide, type DiffFirst } from "./diff.ts";
import { errorEntries } from "../error-entries.ts";
import { listItems, type ItemEntry } from "./list-items.ts";

export interface FirstDivergenceInput {
  /** The earlier run, or the one that was well; default: diff/baseline.ts says which. */
  readonly a?: string;
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
  const b = await runSide(store, input.b);
  const a = await runSide(store, input.a ?? (await baselineOf(store, b.row)).runId);
  const sides = { a, b };
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
  // A child run has code of its own; only what the second run did is pointed at there.
  const { run, call } = await findRun(workspace.store, first.b ?? first.a ?? b.row.runId);
  const standing = await SourceStanding.of(workspace, run);
  const fields = await fieldsOf(workspace, first);
  const row =
    call === undefined ? undefined : (await workspace.store.calls(run.runId)).find((one) => one.call === call);
  const thrown = await errorPlaces(workspace, run, item);
  const isAt = ({ file, line }: PointedAt, other: PointedAt | undefined): boolean => {
    const place = standing.place(other);
    return place?.file === file && place.line === line;
  };
  const made = row?.event.site ? [{ how: "call" as const, ...row.event.site }] : [];
  const places: readonly PointedAt[] = [
    ...causePlaces(first.cause)
      .map((place) => ({ place, weight: isAt(place, thrown[0]) ? -1 : weightOf(place.lines, fields) }))
      .toSorted((one, other) => one.weight - other.weight)
      .map(({ place }) => place),
    // Of what was passed the call says more than where it did harm.
    ...(first.what === "arguments" ? [...made, ...thrown] : [...thrown, ...made]),
  ];
  return places
    .flatMap(({ file, line, how, name, before, after }) => {
      const place = standing.place({ file, line });
      const more = { ...(name === undefined ? {} : { name }), ...(before && after ? { before, after } : {}) };
      return place ? [{ how, ...place, ...more }] : [];
    })
    .slice(0, MAX_PLACES);
}

interface PointedAt extends Pick<DivergentPlace, "how" | "name" | "before" | "after"> {
  readonly file: string;
  readonly line: number;
  readonly functionName?: string;
}

function causePlaces(cause: DiffCause): readonly (PointedAt & { readonly lines: readonly string[] })[] {
  switch (cause.kind) {
    case "code":
      return cause.hunks.flatMap(placesIn).map(({ file, line, name, before, after }) => ({
        how: "changed code",
        file,
        line,
        name,
        before: before.slice(0, MAX_LINES),
        after: after.slice(0, MAX_LINES),
        lines: after.length === 0 ? before : after,
      }));
    case "outside answer":
      return [
        ...cause.places.map((place) => ({ how: "outside" as const, ...place, lines: [place.text] })),
        ...(cause.chance ?? []).map((place) => ({ how: "clock or chance" as const, ...place, lines: [place.text] })),
      ];
    case "clock or chance":
      return cause.places.map((place) => ({ how: "clock or chance", ...place, lines: [place.text] }));
    default:
      return [];
  }
}

async function errorPlaces(
  { store }: Workspace,
  run: RunRow,
  item: FirstDivergenceOutput["item"],
): Promise<readonly PointedAt[]> {
  if (item?.error === undefined) return [];
  const at = parseAddress(item.address);
  const [error] = await errorEntries(store, run, {
    limit: 1,
    attempts: "final",
    matches: (row) => row.call === at?.call && row.item === at?.item,
  });
  return error?.site ? [{ how: "error", ...error.site }] : [];
}

/** In which the two results differ, where both are there. */
async function fieldsOf({ store }: Workspace, { what, a, b }: DiffFirst): Promise<ReadonlySet<string>> {
  const values = await Promise.all(
    (what === "result" ? [a, b] : []).map(async (address) => {
      const { run, call, item } = parseAddress(address ?? "") ?? {};
      if (run === undefined || call === undefined || item === undefined) return undefined;
      return (await store.values(run, [{ call, item }]))[0];
    }),
  );
  const [before, now] = values;
  return before === undefined || now === undefined ? new Set() : otherFields(plainValue(before), plainValue(now));
}
