/**
 * Items for which an expression over their values is true.
 *
 * R1. Items are looked at in order, a bounded number and for a bounded time per question; the cursor goes on where that ended, and
 *     `scanned` says how many were looked at. Nothing found in a part is not "nothing there".
 */
import { systemClock } from "../../base/clock.ts";
import { parseAddress, type RunId } from "../../model/ids.ts";
import { itemExpression, type ItemExpression, type ItemFacts } from "../find/item-expression.ts";
import { findRun } from "../find-run.ts";
import { limitOf, type Page, type PageRequest } from "../paging.ts";
import { plainValue, type Json } from "../plain-json.ts";
import type { Workspace } from "../workspace.ts";
import { inputReader } from "./item-inputs.ts";
import { listItems, type ItemEntry } from "./list-items.ts";

export interface FindItemsInput extends PageRequest {
  /** A run, a call or an item. */
  readonly run: string;
  /** Only items of this node. */
  readonly node?: string;
  /** See app/find/item-expression.ts. */
  readonly where: string;
}

export interface FindItemsOutput extends Page {
  readonly runId: RunId;
  readonly items: readonly ItemEntry[];
  /** Items that were looked at for this page. */
  readonly scanned: number;
}

const PAGE_ITEMS = 200;
const MAX_SCANNED = 20_000;
const MAX_MS = 2_000;
const MAX_ELEMENTS = 1_000;

export async function findItems(workspace: Workspace, input: FindItemsInput): Promise<FindItemsOutput> {
  const expression = itemExpression(input.where);
  const limit = limitOf(input, { default: 50, max: 1_000 });
  const { run } = await findRun(workspace.store, input.run);
  const facts = await factReader(workspace, run, expression);
  const until = systemClock.perf() + MAX_MS;
  const found: ItemEntry[] = [];
  let { cursor } = input;
  let scanned = 0;
  const { node } = input;
  for (;;) {
    const page = await listItems(workspace, {
      run: input.run,
      values: "preview",
      limit: PAGE_ITEMS,
      ...(node === undefined ? {} : { node }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const [index, entry] of page.items.entries()) {
      scanned++;
      if (expression.fits(await facts(entry))) found.push(entry);
      const isLast = index === page.items.length - 1 && !page.truncated;
      const isFull = found.length >= limit || scanned >= MAX_SCANNED || systemClock.perf() >= until;
      if (isFull && !isLast) return { ...answer(), truncated: true, cursor: placeOf(entry.address) };
    }
    if (!page.truncated || page.cursor === undefined) return { ...answer(), truncated: false };
    ({ cursor } = page);
  }

  function answer(): Pick<FindItemsOutput, "runId" | "items" | "scanned"> {
    return { runId: run.runId, items: found, scanned };
  }
}

function placeOf(address: string): string {
  const { call, item } = parseAddress(address)!;
  return `${call}.${item}`;
}

/** Reads of an item what the expression asks for, and nothing else. */
async function factReader(
  workspace: Workspace,
  run: Awaited<ReturnType<typeof findRun>>["run"],
  { roots }: ItemExpression,
): Promise<(entry: ItemEntry) => Promise<ItemFacts>> {
  const inputs = roots.has("input") ? await inputReader(workspace, run) : undefined;
  return async (entry) => {
    const { call, status, path, attempts, ms, node, error } = entry;
    const item = parseAddress(entry.address)!.item!;
    const value = roots.has("value")
      ? await valueOf(workspace, run.runId, { call, item, size: entry.size })
      : undefined;
    const given = inputs && (await inputs({ call, item }));
    return {
      status,
      path,
      attempts,
      node,
      ...(ms === undefined ? {} : { ms }),
      ...(error === undefined ? {} : { error }),
      ...(value === undefined ? {} : { value }),
      ...(given === undefined
        ? {}
        : {
            input: Object.fromEntries(
              given.flatMap(({ param, value: one }) => (one === undefined ? [] : [[param, one]])),
            ),
          }),
    };
  };
}

async function valueOf(
  { store }: Workspace,
  runId: RunId,
  { call, item, size }: { readonly call: number; readonly item: number; readonly size: number | undefined },
): Promise<Json | undefined> {
  if (size !== undefined) {
    const { values } = await store.list(runId, { call, item }, { first: 0, count: MAX_ELEMENTS });
    return values.map(plainValue);
  }
  const [encoded] = await store.values(runId, [{ call, item }]);
  return encoded === undefined ? undefined : plainValue(encoded);
}
