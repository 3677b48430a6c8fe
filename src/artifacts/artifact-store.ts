/**
 * Where published folders are: the third interface of storage, beside event logs and blobs.
 *
 * Owns: the shape. Leaves to folder-artifacts.ts: folders on this machine; to engines/: which attempt publishes what.
 *
 * R1. A folder is published whole or not at all: readers see no folder whose files are still being written.
 * R2. An attempt publishes in two moves, so that its result can name what is in the folder: `seal` writes the manifest as the last
 *     file, `publish` puts the folder in its place by one rename.
 * R3. Nothing here asks a database: manifests say everything, and folders open when the history is gone.
 */
import type { ArtifactManifest, ManifestInput, NextInputs } from "../model/manifest.ts";
import type { WorkgraphError } from "../model/workgraph-error.ts";

/** The attempt that a folder is written by. */
export interface AttemptPlace {
  readonly run: string;
  readonly call: number;
  readonly item: number;
  readonly attempt: number;
}

/** What a manifest says besides the files. */
export interface ArtifactFacts {
  readonly name: string;
  readonly kind?: string;
  readonly labels: readonly string[];
  readonly createdAt: number;
  readonly partial: boolean;
  readonly producer: AttemptPlace & { readonly workflow: string; readonly version: string; readonly node: string };
  /** Where the node is written: an absolute file. */
  readonly source?: { readonly file: string; readonly line: number };
  readonly inputs: readonly ManifestInput[];
  readonly nextInputs: NextInputs;
  /** "power-loss": files and folders wait for the disk before they are published. "process": they survive kill -9. */
  readonly durability: "process" | "power-loss";
}

/** A published folder that was found; its files are not verified yet. */
export interface FoundArtifact {
  /** Absolute. */
  readonly folder: string;
  readonly manifest: ArtifactManifest;
}

export interface ResolveOptions {
  /** Absolute folder that a relative path is relative to, besides the project; default the project alone. */
  readonly from?: string;
}

/** What is wrong with one file of a published folder. */
export interface FileProblem {
  readonly path: string;
  readonly what: "missing" | "changed" | "not in the manifest" | "no plain file";
}

/** @param selector of the place it lies in */
export type BrokenManifest = (selector: string, error: WorkgraphError) => void;

export interface Verified {
  readonly files: number;
  readonly sizeBytes: number;
  /** Empty: every file is what the manifest says. At most 100 are told. */
  readonly problems: readonly FileProblem[];
}

export interface ArtifactStore {
  /** An empty folder for an attempt to write to; whatever was left under that place is removed. Absolute. */
  draft(attempt: AttemptPlace, name: string): Promise<string>;
  /** R2. @throws WorkgraphError WG5102 to WG5106 for what cannot be published */
  seal(draft: string, facts: ArtifactFacts, signal?: AbortSignal): Promise<ArtifactManifest>;
  /** R2. Replaces what the same run left there before. @throws WorkgraphError WG5105 when the place is taken by something else */
  publish(draft: string, manifest: ArtifactManifest): Promise<void>;
  /** Takes back what was just published, when it turned out not to count. */
  withdraw(manifest: ArtifactManifest): Promise<void>;
  /** Removes what an attempt has not published. */
  discard(attempt: AttemptPlace): Promise<void>;
  /** The path that a reference carries: relative to the project, with `/`. */
  pathOf(of: { readonly workflow: string; readonly run: string; readonly name: string }): string;

  /** @param selector see selector.ts. @throws WorkgraphError WG5110 none, WG5111 several, WG5113 a broken manifest, WG5115 no selector */
  resolve(selector: string, options?: ResolveOptions): Promise<FoundArtifact>;
  /** Every published folder, newest run first. Folders without a manifest are no artifacts and left out.
   *  @param broken is told what cannot be believed, in place of an error (WG5113) */
  list(broken?: BrokenManifest): AsyncIterable<FoundArtifact>;
  /** Reads every file again. */
  verify(found: FoundArtifact, signal?: AbortSignal): Promise<Verified>;
}
