/**
 * The code of a run: from a file or a stored version to the definition that executes.
 *
 * Owns: bundling (or finding that nothing changed), storing and loading. Leaves to version/: how.
 *
 * R1. What executes is always the stored version, loaded by its hash: a run and its resume load the same thing.
 * R2. Files with unchanged stats are not bundled again, and the bundler is not even loaded; nor where a list of the project's
 *     workflows has bundled them before.
 * R3. A version whose packages are installed in other versions now is not loaded for a resume (WG4006).
 * R4. A child run never executes anything but a part of what its parent was started with. One that no variable of the
 *     module holds, nor a list or object in one, is unversioned.
 * R5. With "one each" no code of a workflow is evaluated while another version of it is loaded (WG6060).
 */
import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { Project } from "../model/config.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import { WorkgraphError, type SourceSite } from "../model/workgraph-error.ts";
import type { CodeOrigin, RunRow, Store } from "../store/store.ts";
import { isWorkflow } from "../define/brand.ts";
import { originalSite } from "../trace/site.ts";
import type { Finding } from "../version/check.ts";
import { gitFacts } from "../version/git.ts";
import { loadBundle, loadPackageEntry } from "../version/loader.ts";
import { PreparedVersions, type PreparedVersion } from "../version/prepared-versions.ts";
import {
  loadVersion,
  storeFacts,
  storeVersion,
  type StoredVersion,
  type VersionFacts,
} from "../version/stored-version.ts";
import { requireTrusted } from "../version/trusted-code.ts";
import { VersionCache } from "../version/version-cache.ts";
import type { Target } from "./target.ts";

/** In place of a closure hash, where the code is in no file. */
export const UNVERSIONED = "unversioned";

/** Of a launch. */
export interface AloneWish {
  /** Only this node of the workflow, on the input. */
  readonly node?: string;
}

export interface LoadedCode {
  readonly definition: WorkflowDefinition;
  /** Closure hash, or "unversioned". */
  readonly version: string;
  readonly manifest?: string;
  readonly facts?: VersionFacts;
  readonly origin?: CodeOrigin;
  /** What the check of its source says; none where it was not looked at (a recorded version, an unversioned workflow). */
  readonly findings?: readonly Finding[];
  /** The same definition in modules of its own. */
  readonly reload?: () => Promise<WorkflowDefinition | undefined>;
}

export class CodeLoader {
  readonly #store: Store;
  readonly #project: Project;
  readonly #cache: VersionCache;
  readonly #prepared: PreparedVersions;
  readonly #children: WeakMap<
    WorkflowDefinition,
    { readonly manifest: string; readonly loading: Promise<LoadedCode> }
  > = new WeakMap();
  readonly #git: Map<string, Promise<CodeOrigin["git"]>> = new Map();
  /** R5: closure hashes by workflow; absent where any may be loaded. */
  readonly #only: Map<string, string> | undefined;

  constructor(store: Store, project: Project, versions: "any" | "one each" = "any") {
    this.#only = versions === "any" ? undefined : new Map();
    this.#store = store;
    this.#project = project;
    this.#cache = new VersionCache({ path: join(project.dataDir, "versions.json") });
    this.#prepared = new PreparedVersions(project.dataDir);
  }

  /** What any code needs, and the store's own first reads. */
  async warmUp(): Promise<void> {
    await loadPackageEntry();
  }

  /** With a node: that node as a workflow of its own. */
  async load(target: Target, { node }: AloneWish = {}): Promise<LoadedCode> {
    return node === undefined ? this.#current(target) : this.#alone(await this.#current(target), target, node);
  }

  /** It executes the code that the workflow would be started with. */
  async #alone(code: LoadedCode, { file }: Target, node: string): Promise<LoadedCode> {
    const { aloneVersion } = await import("../version/alone.ts");
    const version = await aloneVersion(await loadVersion(this.#store, code.manifest!), node);
    const manifest = await storeFacts(this.#store, version);
    const loaded = await this.#loaded(version, { manifest, file, git: code.origin?.git });
    return { ...loaded, findings: code.findings ?? [] };
  }

  /** R1, R2. */
  async #current(target: Target): Promise<LoadedCode> {
    const git = this.#gitOf(dirname(target.file));
    const cached = this.#cache.lookup(target.file, target.exportName);
    const known = cached && (await this.#stored(cached.manifest));
    if (cached && known) {
      const loaded = await this.#loaded(known, { manifest: cached.manifest, file: target.file, git: await git });
      return { ...loaded, findings: cached.findings };
    }
    const made = this.#prepared.find(target.file, target.exportName) ?? (await this.#bundled(target));
    const { bundle, findings, bundledAt } = made;
    const manifest = await storeVersion(this.#store, bundle);
    const isKnown = this.#cache.remember(bundle, {
      manifest,
      bundledAt,
      findings,
      ...(target.exportName === undefined ? {} : { asked: target.exportName }),
    });
    if (isKnown) this.#prepared.forget(bundle);
    const version = await loadVersion(this.#store, manifest);
    return { ...(await this.#loaded(version, { manifest, file: target.file, git: await git })), findings };
  }

  async #bundled(target: Target): Promise<PreparedVersion> {
    const bundledAt = this.#cache.now();
    const { bundleWorkflow } = await import("../version/bundle.ts");
    const { checkBundle } = await import("../version/check.ts");
    const bundle = await bundleWorkflow(target);
    return { bundle, findings: await checkBundle(bundle), bundledAt };
  }

  /** The version a recorded run ran with. R3. */
  async loadRecorded(row: RunRow): Promise<LoadedCode> {
    if (row.manifest === undefined) {
      throw new WorkgraphError(
        "WG4008",
        `run ${row.runId} is unversioned: its code was not in a file, so it cannot be loaded again`,
        {
          hint: "go on with it from the program that started it, or define the workflow in a file",
        },
      );
    }
    await requireTrusted({ store: this.#store, dataDir: this.#project.dataDir }, row);
    const version = await loadVersion(this.#store, row.manifest);
    const root = resolve(this.#project.root, row.code?.root ?? "");
    const file = resolve(root, version.base ?? version.path);
    await this.#requireSamePackages(version, root);
    return this.#loaded(version, { manifest: row.manifest, file, git: undefined });
  }

  /** The code of a child run: the part of its parent's code that it reaches. R4. */
  async loadChild(parent: LoadedCode, definition: WorkflowDefinition): Promise<LoadedCode> {
    const { manifest, origin } = parent;
    const { site: place } = definition;
    if (place === undefined || manifest === undefined) return { definition, version: UNVERSIONED };
    const known = this.#children.get(definition);
    if (known?.manifest === manifest) return known.loading;
    const loading = this.#child({ manifest, origin, definition, place });
    this.#children.set(definition, { manifest, loading });
    loading.catch(() => this.#children.delete(definition));
    return loading;
  }

  async #child(of: {
    readonly manifest: string;
    readonly origin: CodeOrigin | undefined;
    readonly definition: WorkflowDefinition;
    readonly place: SourceSite;
  }): Promise<LoadedCode> {
    const { childVersion } = await import("../version/child-version.ts");
    const parent = await loadVersion(this.#store, of.manifest);
    const root = resolve(this.#project.root, of.origin?.root ?? "");
    const file = resolve(root, parent.base ?? parent.path);
    const version = (await childVersion(parent, of.place)) ?? (await this.#held(parent, { ...of, root, file }));
    if (!version) return { definition: of.definition, version: UNVERSIONED };
    const manifest = await storeFacts(this.#store, version);
    return this.#loaded(version, { manifest, file, git: of.origin?.git });
  }

  /** Made by a function, or standing in an object or list: some variable of the module holds it. */
  async #held(
    parent: StoredVersion,
    of: {
      readonly root: string;
      readonly file: string;
      readonly definition: WorkflowDefinition;
      readonly place: SourceSite;
    },
  ): Promise<StoredVersion | undefined> {
    const { childVersion } = await import("../version/child-version.ts");
    const { holderOf } = await import("../version/held-workflow.ts");
    const { name } = of.definition;
    const isIt = (value: unknown): boolean => isWorkflow(value) && value.definition.name === name;
    const holder = await holderOf(parent, { originFile: of.file, root: of.root, isIt });
    const version = holder && (await childVersion(parent, of.place, holder));
    return version && { ...version, workflowName: name };
  }

  async #stored(manifest: string): Promise<StoredVersion | undefined> {
    // A data folder that was emptied leaves a cache that names what is gone: bundle again.
    return loadVersion(this.#store, manifest).catch(() => undefined);
  }

  async #loaded(
    version: StoredVersion,
    of: { readonly manifest: string; readonly file: string; readonly git: CodeOrigin["git"] | undefined },
  ): Promise<LoadedCode> {
    const root = resolve(of.file, ...(version.base ?? version.path).split("/").map(() => ".."));
    const bundle = {
      hash: version.closureHash,
      code: version.code,
      map: version.map,
      originFile: of.file,
      root,
      sources: version.sources,
    };
    this.#admit(version);
    const module = await loadBundle(bundle).catch(leadToSource);
    const exported = module[version.exportName];
    if (!isWorkflow(exported)) {
      throw new WorkgraphError("WG4004", `export "${version.exportName}" of "${version.path}" is not a workflow`, {
        hint: 'write export const name = workflow({ name: "name" }, ...)',
      });
    }
    return {
      definition: exported.definition,
      version: version.closureHash,
      manifest: of.manifest,
      facts: version,
      origin: { root: relative(this.#project.root, root), ...(of.git ? { git: of.git } : {}) },
      reload: async () => {
        const anew = (await loadBundle(bundle, "anew"))[version.exportName];
        return isWorkflow(anew) ? anew.definition : undefined;
      },
    };
  }

  /** R5. */
  #admit({ path, exportName, workflowName = `${path}#${exportName}`, closureHash }: StoredVersion): void {
    const loaded = this.#only?.get(workflowName) ?? closureHash;
    this.#only?.set(workflowName, loaded);
    if (loaded === closureHash) return;
    throw new WorkgraphError("WG6060", `this process has another version of "${workflowName}" loaded`, {
      hint: "Ask in a process of its own.",
    });
  }

  #gitOf(folder: string): Promise<CodeOrigin["git"]> {
    const known = this.#git.get(folder) ?? gitFacts(folder);
    this.#git.set(folder, known);
    return known;
  }

  async #requireSamePackages(version: StoredVersion, root: string): Promise<void> {
    const changed: string[] = [];
    for (const { package: name, version: recorded, importer } of version.externals) {
      if (name === undefined || recorded === undefined) continue;
      const installed = await installedVersion(name, resolve(root, importer));
      if (installed !== recorded)
        changed.push(`"${name}" ${recorded} (${installed === undefined ? "not installed now" : `now ${installed}`})`);
    }
    if (changed.length === 0) return;
    throw new WorkgraphError(
      "WG4006",
      `the run used other package versions than are installed: ${[...new Set(changed)].join(", ")}`,
      {
        hint: "install the recorded versions and resume again, or start a new run with the code and packages as they are now",
        details: { changed },
      },
    );
  }
}

/** An error of ours that was thrown while the code was loaded names a line of the bundle; the author has the source. */
function leadToSource(error: unknown): never {
  if (error instanceof WorkgraphError && error.site) Object.assign(error, { site: originalSite(error.site) });
  throw error;
}

async function installedVersion(name: string, importer: string): Promise<string | undefined> {
  for (let folder = dirname(importer); ; folder = dirname(folder)) {
    try {
      const { version } = JSON.parse(await readFile(join(folder, "node_modules", name, "package.json"), "utf8")) as {
        version?: string;
      };
      return version;
    } catch {
      if (folder === dirname(folder)) return undefined;
    }
  }
}
