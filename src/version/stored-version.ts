/**
 * Versions kept as blobs, so that a run can be shown and continued with its own code years later.
 *
 * Owns: the manifest of a version, and reading it back whole or not at all.
 * Leaves to store/: bytes by hash; to `loader.ts`: running the code.
 *
 * R1. A manifest names blobs by hash, so a source file that did not change between versions is stored once.
 * R2. What is read is checked against its hash and its schema; anything missing or damaged is WG4007, never a guess.
 * R3. Paths in a manifest are relative: the folder may move.
 */
import { sha256Hex } from "../base/hash.ts";
import { stableStringify } from "../base/stable-json.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { BlobStore } from "../store/store.ts";
import type { Bundle, External, NodeVersion, SourceFile } from "./bundle.ts";
import { storedPath } from "./project.ts";
import type { Parameter } from "./signature.ts";

export const MANIFEST_SCHEMA = 1;

/** What is known of a version without reading its code. */
export interface VersionFacts {
  /** Stored path of the workflow file. */
  readonly path: string;
  /** Stored path of the file that imports in the code are looked up from, where it is another: the code was taken out of a
   *  bundle of that file. */
  readonly base?: string;
  readonly exportName: string;
  readonly workflowName?: string;
  readonly closureHash: string;
  readonly hasher: string;
  readonly nodeVersion: string;
  readonly nodes: readonly NodeVersion[];
  readonly externals: readonly External[];
  readonly signature?: readonly Parameter[];
  readonly warnings: readonly string[];
}

interface Manifest extends VersionFacts {
  readonly schema: number;
  readonly code: string;
  readonly map: string;
  readonly sources: readonly { readonly path: string; readonly hash: string }[];
}

export interface StoredVersion extends VersionFacts {
  readonly code: string;
  readonly map: string;
  readonly sources: readonly SourceFile[];
}

type StorableBundle = Omit<Bundle, "inputs" | "missing">;

/** Stores a bundle; gives the hash of its manifest. Storing the same bundle again stores nothing new. */
export function storeVersion(blobs: BlobStore, bundle: StorableBundle): Promise<string> {
  return storeFacts(blobs, { ...bundle, path: storedPath(bundle.file, bundle.root) });
}

/** Stores what is known of a version already; gives the hash of its manifest. */
export async function storeFacts(
  blobs: BlobStore,
  bundle: Omit<StoredVersion, "signature" | "workflowName"> & Partial<Pick<Bundle, "signature" | "workflowName">>,
): Promise<string> {
  const put = (text: string): Promise<string> => blobs.putBlob(Buffer.from(text, "utf8"));
  const [code, map] = await Promise.all([put(bundle.code), put(bundle.map)]);
  const sources = await Promise.all(bundle.sources.map(async ({ path, text }) => ({ path, hash: await put(text) })));
  const manifest: Manifest = {
    schema: MANIFEST_SCHEMA,
    path: bundle.path,
    ...(bundle.base === undefined ? {} : { base: bundle.base }),
    exportName: bundle.exportName,
    ...(bundle.workflowName === undefined ? {} : { workflowName: bundle.workflowName }),
    closureHash: bundle.closureHash,
    hasher: bundle.hasher,
    nodeVersion: bundle.nodeVersion,
    nodes: bundle.nodes,
    externals: bundle.externals,
    ...(bundle.signature === undefined ? {} : { signature: bundle.signature }),
    warnings: bundle.warnings,
    code,
    map,
    sources,
  };
  return put(stableStringify(manifest));
}

/** Reads a version back. WG4007 when a part of it is missing or damaged, or a newer release wrote it. */
export async function loadVersion(blobs: BlobStore, manifestHash: string): Promise<StoredVersion> {
  const manifest = readManifest(await blobText(blobs, { hash: manifestHash, part: "manifest" }), manifestHash);
  const { schema: _schema, code, map, sources, ...facts } = manifest;
  const read = (hash: string, part: string): Promise<string> => blobText(blobs, { hash, part });
  const texts = sources.map(async ({ path, hash }) => ({ path, text: await read(hash, `source "${path}"`) }));
  return { ...facts, code: await read(code, "code"), map: await read(map, "map"), sources: await Promise.all(texts) };
}

function readManifest(text: string, hash: string): Manifest {
  let manifest: Partial<Manifest>;
  try {
    manifest = JSON.parse(text) as Partial<Manifest>;
  } catch (cause) {
    throw damaged(`blob "${hash}" is not a manifest of a version`, cause);
  }
  if (typeof manifest.schema !== "number" || typeof manifest.code !== "string" || !Array.isArray(manifest.sources)) {
    throw damaged(`blob "${hash}" is not a manifest of a version`);
  }
  if (manifest.schema > MANIFEST_SCHEMA) {
    throw damaged(
      `version "${hash}" was stored by a newer release (schema ${manifest.schema}, known ${MANIFEST_SCHEMA})`,
    );
  }
  return manifest as Manifest;
}

async function blobText(blobs: BlobStore, wanted: { readonly hash: string; readonly part: string }): Promise<string> {
  const bytes = await blobs.getBlob(wanted.hash);
  if (!bytes) throw damaged(`the ${wanted.part} of a version is not in the store (blob "${wanted.hash}")`);
  if (sha256Hex(bytes) !== wanted.hash)
    throw damaged(`the ${wanted.part} of a version is damaged (blob "${wanted.hash}")`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function damaged(message: string, cause?: unknown): WorkgraphError {
  return new WorkgraphError("WG4007", message, {
    hint: "Restore the data folder from a copy, or start a new run with the code as it is now.",
    cause,
  });
}
