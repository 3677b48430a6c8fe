/**
 * The code of a workflow for a trace: as its files are now, or as a run recorded it. Nothing is stored.
 *
 * R1. An unchanged file is loaded from the version that is stored, without the bundler; any other is bundled and forgotten again.
 */
import { join, resolve } from "node:path";
import type { Project } from "../model/config.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { isWorkflow } from "../define/brand.ts";
import type { RunRow, Store } from "../store/store.ts";
import type { SourceFile } from "../version/bundle.ts";
import { AwaitPlaces } from "../version/await-places.ts";
import { loadBundle } from "../version/loader.ts";
import { storedPath } from "../version/project.ts";
import type { Parameter } from "../version/signature.ts";
import { staticClosure, type StaticClosure } from "../version/static-closure.ts";
import { loadVersion } from "../version/stored-version.ts";
import { requireTrusted } from "../version/trusted-code.ts";
import { VersionCache } from "../version/version-cache.ts";
import type { Target } from "./target.ts";

export interface TracedCode {
  readonly definition: WorkflowDefinition;
  /** Closure hash. */
  readonly version: string;
  /** Absolute folder that the paths of its sources are relative to. */
  readonly root: string;
  /** Stored path of the workflow file. */
  readonly path: string;
  readonly exportName: string;
  readonly signature: readonly Parameter[] | undefined;
  /** What its sources show. */
  readonly source: StaticClosure;
  readonly places: AwaitPlaces;
}

interface Loadable {
  readonly closureHash: string;
  readonly code: string;
  readonly map: string;
  readonly sources: readonly SourceFile[];
  readonly exportName: string;
  readonly path: string;
  readonly file: string;
  readonly root: string;
  readonly signature?: readonly Parameter[] | undefined;
}

/** @param store where versions are looked up; undefined where there is none yet */
export async function currentCode(
  target: Target,
  { project, store }: { readonly project: Project; readonly store: Store | undefined },
): Promise<TracedCode> {
  const cached =
    store && new VersionCache({ path: join(project.dataDir, "versions.json") }).lookup(target.file, target.exportName);
  const stored = cached && store && (await loadVersion(store, cached.manifest).catch(() => undefined));
  if (stored) {
    const root = resolve(target.file, ...stored.path.split("/").map(() => ".."));
    return loaded({ ...stored, file: target.file, root });
  }
  const { bundleWorkflow } = await import("../version/bundle.ts");
  const bundle = await bundleWorkflow(target);
  return loaded({ ...bundle, path: storedPath(bundle.file, bundle.root) });
}

/** WG4008 for a run whose code was in no file. */
export async function recordedCode(
  row: RunRow,
  { project, store }: { readonly project: Project; readonly store: Store },
): Promise<TracedCode> {
  if (row.manifest === undefined) {
    throw new WorkgraphError("WG4008", `run ${row.runId} is unversioned: its code was not in a file`, {
      hint: "What a run did can be shown all the same; its function cannot be called again.",
    });
  }
  await requireTrusted({ store, dataDir: project.dataDir }, row);
  const version = await loadVersion(store, row.manifest);
  const root = resolve(project.root, row.code?.root ?? "");
  return loaded({ ...version, file: resolve(root, version.path), root });
}

async function loaded(from: Loadable): Promise<TracedCode> {
  const { closureHash: hash, code, map, file: originFile, root, sources, exportName, path, signature } = from;
  const module = await loadBundle({ hash, code, map, originFile, root, sources });
  const exported = module[exportName];
  if (!isWorkflow(exported)) {
    throw new WorkgraphError("WG4004", `export "${exportName}" of "${path}" is not a workflow`, {
      hint: 'write export const name = workflow({ name: "name" }, ...)',
    });
  }
  const source = await staticClosure({ sources, path, exportName });
  const places = await AwaitPlaces.of({ code, breaks: source.breaks, root });
  return { definition: exported.definition, version: hash, root, path, exportName, signature, source, places };
}
