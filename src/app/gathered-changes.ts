/**
 * Which elements of a gathered set differ between two items, one of each run.
 *
 * R1. Elements are those that lineage finds; the same ones have the same node, path and index.
 * R2. Bounded: a few are named, and how many there are is said. A set that lineage cannot tell has none.
 */
import { parseAddress } from "../model/ids.ts";
import type { EventStore } from "../store/store.ts";
import { lineage, type LineageEntry } from "./operations/lineage.ts";
import { plainValue, previewOf } from "./plain-json.ts";
import type { Workspace } from "./workspace.ts";

export interface ElementChange {
  /** The item that gave it; of one that is gone, in the run before. */
  readonly address: string;
  readonly path: string;
  /** Place in what the item gave, where it gave many. */
  readonly index?: number;
  /** One line each, cut; absent where there was, or is, no such element. */
  readonly before?: string;
  readonly now?: string;
}

export interface GatheredChanges {
  readonly elements: readonly ElementChange[];
  /** All that differ, named or not. */
  readonly total: number;
}

interface Element {
  readonly address: string;
  readonly path: string;
  readonly index: number | undefined;
  readonly text: string | undefined;
}

/** Elements that are named. */
const MAX_NAMED = 5;
const MAX_READ = 10_000;
const PREVIEW_LENGTH = 120;

/** @param before, now addresses of the two items */
export async function gatheredChanges(
  workspace: Workspace,
  of: { readonly before: string; readonly now: string; readonly param: string },
): Promise<GatheredChanges | undefined> {
  const [old, given] = await Promise.all(
    [of.before, of.now].map((address) => elementsOf(workspace, address, of.param)),
  );
  if (!old || !given) return undefined;
  const elements: ElementChange[] = [];
  let total = 0;
  for (const key of new Set([...given.keys(), ...old.keys()])) {
    const [was, is] = [old.get(key), given.get(key)];
    if (was?.text === is?.text) continue;
    total++;
    if (elements.length < MAX_NAMED) elements.push(change(was, is));
  }
  return total === 0 ? undefined : { elements, total };
}

function change(was: Element | undefined, is: Element | undefined): ElementChange {
  const { address, path, index } = (is ?? was)!;
  const shown = (one: Element | undefined): string | undefined =>
    one?.text === undefined ? undefined : previewOf(JSON.stringify(plainValue(one.text)), PREVIEW_LENGTH);
  const [before, now] = [shown(was), shown(is)];
  return {
    address,
    path,
    ...(index === undefined ? {} : { index }),
    ...(before === undefined ? {} : { before }),
    ...(now === undefined ? {} : { now }),
  };
}

/** R1. Undefined: there are more than are read, or they are not items. */
async function elementsOf(
  workspace: Workspace,
  address: string,
  param: string,
): Promise<ReadonlyMap<string, Element> | undefined> {
  const { entries, truncated } = await lineage(workspace, { address, depth: 1, limit: MAX_READ });
  if (truncated) return undefined;
  const elements = new Map<string, Element>();
  for (const entry of entries) {
    for (const { how, index, param: of } of entry.links) {
      if (how !== "gather" || of !== param) continue;
      if (entry.kind !== "item" && entry.kind !== "child") return undefined;
      const { id, node = "", path = "." } = entry;
      const text = await textOf(workspace.store, entry, index);
      elements.set(JSON.stringify([node, path, index]), { address: id, path, index, text });
    }
  }
  return elements.size === 0 ? undefined : elements;
}

async function textOf(store: EventStore, { id }: LineageEntry, index: number | undefined): Promise<string | undefined> {
  const { run, call, item } = parseAddress(id) ?? {};
  if (run === undefined || call === undefined || item === undefined) return undefined;
  if (index === undefined) return (await store.values(run, [{ call, item }]))[0];
  return (await store.list(run, { call, item }, { first: index, count: 1 })).values[0];
}
