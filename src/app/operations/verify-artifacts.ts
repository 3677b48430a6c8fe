/** Whether published folders still are what their manifests say. Needs no history. */
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import type { FileProblem, FoundArtifact } from "../../artifacts/artifact-store.ts";
import type { Project } from "../../model/config.ts";
import { MANIFEST_FILE, selectorOf } from "../../model/manifest.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";

export interface VerifyArtifactsInput {
  /** Undefined: all that are in the artifacts folder. */
  readonly selector?: string;
  /** Absolute folder that a relative path is relative to, besides the project. */
  readonly from?: string;
}

export interface VerifiedEntry {
  readonly selector: string;
  readonly ok: boolean;
  readonly files: number;
  readonly sizeBytes: number;
  readonly problems: readonly FileProblem[];
}

export interface VerifyArtifactsOutput {
  readonly ok: boolean;
  readonly artifacts: readonly VerifiedEntry[];
}

/** Of a manifest that cannot be believed nothing else is. */
const NOTHING: Omit<VerifiedEntry, "selector"> = {
  ok: false,
  files: 0,
  sizeBytes: 0,
  problems: [{ path: MANIFEST_FILE, what: "changed" }],
};

export async function verifyArtifacts(
  project: Project,
  { selector, from }: VerifyArtifactsInput,
): Promise<VerifyArtifactsOutput> {
  const store = new FolderArtifacts(project);
  const artifacts: VerifiedEntry[] = [];
  const verify = async (found: FoundArtifact): Promise<void> => {
    const { files, sizeBytes, problems } = await verified(store, found);
    const ok = problems.length === 0;
    artifacts.push({ selector: selectorOf(found.manifest), ok, files, sizeBytes, problems });
  };
  if (selector !== undefined) await verify(await store.resolve(selector, from === undefined ? {} : { from }));
  else {
    const broken = (one: string): void => void artifacts.push({ ...NOTHING, selector: one });
    for await (const found of store.list(broken)) await verify(found);
  }
  return { ok: artifacts.every(({ ok }) => ok), artifacts };
}

/** A manifest that contradicts itself is a finding here, among others. */
async function verified(store: FolderArtifacts, found: FoundArtifact): ReturnType<FolderArtifacts["verify"]> {
  try {
    return await store.verify(found);
  } catch (error) {
    if (!(error instanceof WorkgraphError) || error.code !== "WG5113") throw error;
    const { files, sizeBytes } = found.manifest;
    return { files: files.length, sizeBytes, problems: NOTHING.problems };
  }
}
