/**
 * From a selector to a folder, by looking at folders.
 *
 * Owns: what a selector means, and what is said when nothing or too much is meant.
 *
 * R1. Asked of the folders alone: the answer is the same when there is no history.
 * R2. `latest` is of the newest run (ids sort by time) that published the name, whenever it did so.
 * R3. One that several folders with the same content answer to is not ambiguous: the newest is meant.
 * R4. A run that is written out in full is meant before a label of the same text.
 */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { assertNever } from "../base/assert.ts";
import { nearestName } from "../base/nearest-name.ts";
import { LATEST_LABEL } from "../model/artifact-name.ts";
import { commandLine } from "../model/command-line.ts";
import { selectorOf } from "../model/manifest.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { FoundArtifact } from "./artifact-store.ts";
import { readSelector, type Selector } from "./selector.ts";
import { openFolder, type Shelf } from "./shelf.ts";

export interface FindOptions {
  /** Absolute folders that a relative path may be relative to, in this order. */
  readonly bases: readonly string[];
}

const MAX_CANDIDATES = 10;
/** Runs whose names a mistyped one is compared with. */
const NEAR_RUNS = 100;

export async function findArtifact(shelf: Shelf, text: string, { bases }: FindOptions): Promise<FoundArtifact> {
  const selector = readSelector(text);
  switch (selector.kind) {
    case "name":
      return (
        (await named(shelf, selector, text)) ?? (await folder(bases, text)) ?? (await unknownName(shelf, selector))
      );
    case "at":
      return only(await everywhere(shelf, selector.at), text) ?? missing(text, await nearLabel(shelf, selector.at));
    case "hash":
      return (await byHash(shelf, selector.prefix, text)) ?? (await folder(bases, text)) ?? missing(text);
    case "path":
      return (await folder(bases, selector.path)) ?? missing(text, await nearPath(shelf, selector.path));
    default:
      return assertNever(selector);
  }
}

type Named = Extract<Selector, { readonly kind: "name" }>;

async function named(shelf: Shelf, { workflow, name, at }: Named, text: string): Promise<FoundArtifact | undefined> {
  const open = (run: string): Promise<FoundArtifact | undefined> => openFolder(shelf.folderOf({ workflow, run, name }));
  if (at === undefined || at === LATEST_LABEL) {
    for (const run of await shelf.runs(workflow)) if (await shelf.has({ workflow, run, name })) return open(run);
    return undefined;
  }
  const exact = await open(at);
  if (exact) return exact;
  const runs = await shelf.runs(workflow);
  const begun: FoundArtifact[] = [];
  for (const run of runs) {
    const found = isPrefix(at, run) ? await open(run) : undefined;
    if (found) begun.push(found);
  }
  let labelled: FoundArtifact | undefined;
  for (const run of runs) {
    labelled = await open(run);
    if (labelled?.manifest.labels.includes(at)) break;
    labelled = undefined;
  }
  return only(labelled ? [labelled, ...begun] : begun, text);
}

/** `@X`: of a run whatever it published; of a label the newest of each name. */
async function everywhere(shelf: Shelf, at: string): Promise<readonly FoundArtifact[]> {
  const exact: FoundArtifact[] = [];
  const others = new Map<string, FoundArtifact>();
  let latestRun: string | undefined;
  for await (const found of shelf.all()) {
    const { name, producer, labels } = found.manifest;
    latestRun ??= producer.run;
    if (at === LATEST_LABEL) {
      if (producer.run !== latestRun) break;
      exact.push(found);
    } else if (producer.run === at) exact.push(found);
    else if (isPrefix(at, producer.run)) others.set(found.folder, found);
    else if (labels.includes(at)) {
      const key = `${producer.workflow}/${name}`;
      if (!others.has(key)) others.set(key, found);
    }
  }
  return exact.length > 0 ? exact : [...others.values()];
}

async function byHash(shelf: Shelf, prefix: string, text: string): Promise<FoundArtifact | undefined> {
  const found = new Map<string, FoundArtifact>();
  for await (const one of shelf.all()) {
    const { sha256 } = one.manifest;
    if (sha256.startsWith(prefix) && !found.has(sha256)) found.set(sha256, one);
  }
  return only([...found.values()], text);
}

async function folder(bases: readonly string[], path: string): Promise<FoundArtifact | undefined> {
  const home = path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
  const places = isAbsolute(home) ? [home] : bases.map((base) => resolve(base, home));
  for (const place of places) {
    const found = await openFolder(place);
    if (found) return found;
  }
  return undefined;
}

/** Ids of runs are written in capitals; people need not. */
function isPrefix(at: string, run: string): boolean {
  return run.startsWith(at) || run.startsWith(at.toUpperCase());
}

/** R3. */
function only(found: readonly FoundArtifact[], text: string): FoundArtifact | undefined {
  const [first, ...more] = found;
  if (first === undefined || more.every(({ folder: place }) => place === first.folder)) return first;
  const lines = found
    .slice(0, MAX_CANDIDATES)
    .map(({ manifest }) => `  ${selectorOf(manifest)}  ${manifest.createdAt}  ${manifest.sha256.slice(0, 12)}`);
  if (found.length > MAX_CANDIDATES) lines.push("  ...");
  throw new WorkgraphError("WG5111", `"${text}" may mean ${found.length} artifacts:\n${lines.join("\n")}`, {
    hint: "Write one of them out.",
    details: { candidates: found.slice(0, MAX_CANDIDATES).map(({ manifest }) => selectorOf(manifest)) },
  });
}

async function unknownName(shelf: Shelf, { workflow, name, at }: Named): Promise<never> {
  const text = `${workflow}/${name}${at === undefined ? "" : `@${at}`}`;
  const workflows = await shelf.workflows();
  if (!workflows.includes(workflow)) return missing(text, nearestName(workflow, workflows), workflows);
  const known = new Set<string>();
  const labels = new Set<string>();
  const runs = await shelf.runs(workflow);
  for (const run of runs.slice(0, NEAR_RUNS)) {
    for (const one of await shelf.names(workflow, run)) {
      known.add(one);
      if (one !== name) continue;
      const found = await openFolder(shelf.folderOf({ workflow, run, name }));
      for (const label of found?.manifest.labels ?? []) labels.add(label);
    }
  }
  if (!known.has(name)) {
    const near = nearestName(name, known);
    return missing(
      text,
      near && `${workflow}/${near}`,
      [...known].map((one) => `${workflow}/${one}`),
    );
  }
  const near = nearestName(at ?? "", [...labels, ...runs]);
  return missing(
    text,
    near && `${workflow}/${name}@${near}`,
    [...labels].map((one) => `${workflow}/${name}@${one}`),
  );
}

async function nearLabel(shelf: Shelf, at: string): Promise<string | undefined> {
  const known = new Set<string>();
  for await (const { manifest } of shelf.all())
    for (const label of [...manifest.labels, manifest.producer.run]) known.add(label);
  const near = nearestName(at, known);
  return near && `@${near}`;
}

async function nearPath(shelf: Shelf, path: string): Promise<string | undefined> {
  const workflows = await shelf.workflows();
  return nearestName(path, workflows);
}

function missing(text: string, near?: string, known: readonly string[] = []): never {
  const some = known.slice(0, MAX_CANDIDATES).join(", ");
  throw new WorkgraphError("WG5110", `there is no artifact "${text}"`, {
    hint:
      near !== undefined
        ? `Did you mean "${near}"?`
        : some !== ""
          ? `There is: ${some}${known.length > MAX_CANDIDATES ? ", ..." : ""}.`
          : `"${commandLine("artifacts ls")}" lists what was published.`,
    ...(near === undefined ? {} : { details: { nearest: near } }),
  });
}
