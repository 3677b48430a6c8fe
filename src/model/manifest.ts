/**
 * The manifest of a published folder: what is in it, who made it from what. Plain JSON, complete without any database.
 *
 * Owns: its shape, and reading one that may be damaged or hostile. Leaves to artifacts/: files, hashes, where folders are.
 * `docs/manifest.schema.json` says the same for other programs.
 *
 * R1. Paths are relative to the folder, times are texts, nothing names a place on a machine.
 * R2. `sha256` is of the files alone (paths, sizes, hashes): equal files make equal artifacts, whoever made them.
 * R3. A manifest that breaks a rule is refused whole; members that are not known are left alone (a later version added them).
 */
import type { CallNo, ItemNo, RunId } from "./ids.ts";
import { badArtifactName, badFilePath, badLabel, foldName } from "./artifact-name.ts";

export const MANIFEST_SCHEMA = 1;
/** The file of that name at the top of a folder makes it an artifact. */
export const MANIFEST_FILE = "manifest.json";

export interface ManifestFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mediaType: string;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** Who made it. */
export interface ArtifactProducer {
  readonly run: RunId;
  readonly workflow: string;
  /** Closure hash of the code, or "unversioned". */
  readonly version: string;
  readonly node: string;
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly attempt: number;
  /** Where the node is written, relative to the project. */
  readonly source?: { readonly file: string; readonly line: number };
}

/** An artifact that its producer opened. */
export interface ManifestInput {
  readonly asked: string;
  readonly selector: string;
  readonly sha256: string;
}

/** Inputs that prefill a next launch, by name of the workflow. */
export type NextInputs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export interface ArtifactManifest {
  readonly schema: typeof MANIFEST_SCHEMA;
  readonly name: string;
  readonly kind?: string;
  readonly labels: readonly string[];
  /** R2. */
  readonly sha256: string;
  readonly sizeBytes: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Its producer was given an incomplete set: failed items were left out of what it gathered. */
  readonly partial: boolean;
  readonly producer: ArtifactProducer;
  readonly inputs: readonly ManifestInput[];
  readonly nextInputs: NextInputs;
  /** Ordered by path. Last, so that a reader of the file meets what is short first. */
  readonly files: readonly ManifestFile[];
}

/** `workflow/name@RUN`: the selector that means this one artifact. */
export function selectorOf({ name, producer }: Pick<ArtifactManifest, "name" | "producer">): string {
  return `${producer.workflow}/${name}@${producer.run}`;
}

/** The file: two spaces deep, one line for each file of the folder. */
export function manifestText(manifest: ArtifactManifest): string {
  const { files, ...head } = manifest;
  const lines = files.map((file) => `\n    ${JSON.stringify(file)}`).join(",");
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "files": [${lines}${files.length === 0 ? "" : "\n  "}]\n}\n`;
}

export type ReadManifest =
  { readonly ok: true; readonly manifest: ArtifactManifest } | { readonly ok: false; readonly reason: string };

/** R3. @param text of a `manifest.json` */
export function readManifest(text: string): ReadManifest {
  try {
    return { ok: true, manifest: checked(JSON.parse(text) as unknown) };
  } catch (error) {
    return { ok: false, reason: error instanceof Broken ? error.message : `it is no JSON: ${String(error)}` };
  }
}

class Broken extends Error {}

type Fields = Readonly<Record<string, unknown>>;

const HASH = /^[0-9a-f]{64}$/;
const RUN = /^[0-9A-Za-z_-]{1,64}$/;
const WORKFLOW = /^[a-z][a-z0-9_-]{0,63}$/;

function checked(value: unknown): ArtifactManifest {
  const all = fieldsOf(value, "it");
  if (all["schema"] !== MANIFEST_SCHEMA)
    throw new Broken(`"schema" is ${JSON.stringify(all["schema"])}, and this version reads ${MANIFEST_SCHEMA}`);
  const producer = fieldsOf(all["producer"], '"producer"');
  text(producer, "run", RUN);
  text(producer, "workflow", WORKFLOW);
  for (const name of ["version", "node"]) text(producer, name);
  for (const name of ["call", "item", "attempt"]) whole(producer, name);
  named(text(all, "name"), '"name"', badArtifactName);
  if (all["kind"] !== undefined) text(all, "kind");
  for (const label of listOf(all, "labels")) named(String(label), '"labels"', badLabel);
  text(all, "sha256", HASH);
  whole(all, "sizeBytes");
  if (Number.isNaN(Date.parse(text(all, "createdAt")))) throw new Broken('"createdAt" is no time');
  if (typeof all["partial"] !== "boolean") throw new Broken('"partial" is neither true nor false');
  for (const input of listOf(all, "inputs")) {
    const fields = fieldsOf(input, 'an entry of "inputs"');
    text(fields, "asked");
    text(fields, "selector");
    text(fields, "sha256", HASH);
  }
  for (const [name, input] of Object.entries(fieldsOf(all["nextInputs"], '"nextInputs"')))
    fieldsOf(input, `"nextInputs" of "${name}"`);
  checkFiles(listOf(all, "files"), all["sizeBytes"] as number);
  return value as ArtifactManifest;
}

function checkFiles(files: readonly unknown[], totalBytes: number): void {
  const known = new Set<string>();
  let sizeBytes = 0;
  for (const file of files) {
    const fields = fieldsOf(file, 'an entry of "files"');
    const path = text(fields, "path");
    named(path, `the path ${JSON.stringify(path)}`, badFilePath);
    const folded = foldName(path);
    if (folded === MANIFEST_FILE || known.has(folded)) throw new Broken(`the path ${JSON.stringify(path)} comes twice`);
    known.add(folded);
    sizeBytes += whole(fields, "sizeBytes");
    text(fields, "mediaType");
    text(fields, "sha256", HASH);
  }
  if (sizeBytes !== totalBytes) throw new Broken(`"sizeBytes" is ${totalBytes}, and its files have ${sizeBytes}`);
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Broken(`${what} is no object`);
  return value as Fields;
}

function listOf(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new Broken(`"${name}" is no list`);
  return value as readonly unknown[];
}

function text(fields: Fields, name: string, pattern?: RegExp): string {
  const value = fields[name];
  if (typeof value !== "string" || (pattern && !pattern.test(value)))
    throw new Broken(`"${name}" is ${JSON.stringify(value)?.slice(0, 80)}`);
  return value;
}

function whole(fields: Fields, name: string): number {
  const value = fields[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw new Broken(`"${name}" is no whole number`);
  return value as number;
}

function named(value: string, what: string, bad: (value: string) => string | undefined): void {
  const reason = bad(value);
  if (reason !== undefined) throw new Broken(`${what} is not allowed: ${reason}`);
}
