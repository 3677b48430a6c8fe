/**
 * How a fault is found: one way for all of them, by what tools answer.
 *
 * Owns: two strategies. Leaves to the tools: everything that is known of runs and code.
 *
 * R1. At most MAX_CALLS calls and MAX_BYTES bytes of answers; what is over counts as not found.
 * R2. Nothing is known of a case but the id of the run that went wrong.
 */
import type { Answer, Json } from "../place.ts";

export const MAX_CALLS = 5;
export const MAX_BYTES = 20 * 1024;

export interface Suspect {
  readonly node: string;
  /** RUN.CALL.ITEM */
  readonly item: string;
  /** Absolute path. */
  readonly file: string;
  readonly line: number;
}

/** Asks a tool, and keeps count. */
export type Ask = (tool: string, args: Json) => Promise<Answer>;

export type Strategy = (run: string, ask: Ask) => Promise<Partial<Suspect>>;

/** Compares with an earlier run that went well; without one, or where that tells too little, goes by the errors. */
export const compareThenErrors: Strategy = async (run, ask) => {
  const { isError, body: parted } = await ask("runs_first_divergence", { b: run });
  if (isError) return byErrors(run, ask);
  const found = suspectOf(parted, run);
  const { kind } = (parted["cause"] ?? {}) as Json;
  // Other inputs differ everywhere: which of the differences does harm, the errors tell.
  if (kind !== "input") return found;
  const failed = await byErrors(run, ask);
  if (failed.item === undefined) return found;
  const { entries } = (await ask("items_lineage", { address: failed.item, limit: 20 })).body;
  const above = rowsOf(entries).filter(({ kind }) => kind === "item" || kind === "child");
  const entry = textOf(above.at(-1)?.["id"], failed.item);
  return callOf(entry) === callOf(found.item ?? "") ? { ...found, item: entry } : failed;
};

/** What always stands at hand: the item that failed last, and where it threw. */
export const lastFailedItem: Strategy = async (run, ask) => {
  const { errors } = (await ask("errors_list", { run, limit: 1_000 })).body;
  return suspectOfError(rowsOf(errors).findLast(({ address }) => typeof address === "string"));
};

/** The first error that an item had of its own. */
async function byErrors(run: string, ask: Ask): Promise<Partial<Suspect>> {
  const { errors } = (await ask("errors_list", { run, limit: 10 })).body;
  const rows = rowsOf(errors);
  return suspectOfError(rows.find(({ address }) => address !== undefined) ?? rows[0]);
}

function suspectOf({ item, first, places }: Json, run: string): Partial<Suspect> {
  const { address, node } = (item ?? {}) as Json;
  const { b, a, node: of } = (first ?? {}) as Json;
  const [place] = rowsOf(places);
  return {
    node: textOf(node, of),
    item: textOf(address, b, a, run),
    ...(place === undefined ? {} : { file: String(place["onDisk"]), line: Number(place["line"]) }),
  };
}

function suspectOfError(error: Json | undefined): Partial<Suspect> {
  // What failed in a child run says so.
  const { address, node, place } = (error?.["origin"] ?? error ?? {}) as Json;
  const { onDisk, line } = (place ?? {}) as Json;
  return {
    ...(node === undefined ? {} : { node: textOf(node) }),
    ...(address === undefined ? {} : { item: textOf(address) }),
    ...(onDisk === undefined ? {} : { file: textOf(onDisk), line: Number(line) }),
  };
}

/** The first of them that is there. */
function textOf(...values: readonly unknown[]): string {
  return values.find((value) => typeof value === "string") ?? "";
}

const callOf = (address: string): string => address.split(".").slice(0, 2).join(".");

function rowsOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
