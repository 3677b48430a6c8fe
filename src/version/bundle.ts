/**
 * One workflow of one file, as the code that will run, and its version.
 *
 * Owns: running the bundler for one export, and everything known about the outcome: code, map, sources, packages, hashes.
 * Leaves to `closure.ts`: what a version is; to `stored-version.ts`: keeping it; to `loader.ts`: running it.
 *
 * R1. The bundle depends on the files alone: no absolute path, no time and no environment gets into code or hash.
 * R2. The bundler is loaded on first use: 35-85 ms and 20-60 MB (2026-11-22, 2 cores, Node 24), which an unchanged
 *     workflow does not pay (`version-cache.ts`).
 * R3. Comments and layout survive into neither code nor hash; positions survive in the map.
 */
import type { BundleError, OutputChunk, RolldownLog } from "rolldown";
import { assert } from "../base/assert.ts";
import { WorkgraphError, isWorkgraphError } from "../model/workgraph-error.ts";
import { BundleCollector, ENTRY_ID, EXTENSION_ALIASES, RESOLVED_EXTENSIONS } from "./bundle-plugin.ts";
import { loadBundler } from "./bundler.ts";
import { closureOf } from "./closure.ts";
import type { Closure } from "./closure.ts";
import { chooseWorkflow } from "./discover.ts";
import type { WorkflowExport } from "./discover.ts";
import { hasherName } from "./hasher.ts";
import { packageIdentity } from "./packages.ts";
import { projectRoot, readSource, realFile, settingsFiles, storedPath } from "./project.ts";
import { scopesOf } from "./scope.ts";
import { readSignature } from "./signature.ts";
import type { Parameter } from "./signature.ts";
import { splitSpecifier } from "./specifiers.ts";
import { bundlerText, parseSource, syntaxError } from "./syntax.ts";
import { unitsOf } from "./units.ts";

export interface SourceFile {
  /** Relative to the project folder, with `/`; begins with `../` for a workspace package beside it. */
  readonly path: string;
  readonly text: string;
}

export interface External {
  /** As it is written in the source. */
  readonly specifier: string;
  /** Stored path of a file that imports it. */
  readonly importer: string;
  /** undefined: not installed, or the package of the runtime itself. */
  readonly package: string | undefined;
  readonly version: string | undefined;
  /** `name@version` of all packages below it, sorted. */
  readonly below: readonly string[];
}

export interface NodeVersion {
  readonly id: string;
  readonly hash: string;
  /** The workflow's hash stands in: the node is not a top-level `const x = node(...)` with a literal id. */
  readonly coarse: boolean;
}

export interface Bundle {
  /** Absolute path of the file that was asked for, links resolved. */
  readonly file: string;
  /** Absolute path of the project folder. */
  readonly root: string;
  readonly exportName: string;
  /** Literal name of the workflow, where the source says it. */
  readonly workflowName: string | undefined;
  readonly code: string;
  /** Source map (version 3) as JSON; `sources` are stored paths, contents are in `sources` below. */
  readonly map: string;
  /** Files of the project that were read, sorted by path. More than the closure: a dropped import is among them. */
  readonly sources: readonly SourceFile[];
  readonly externals: readonly External[];
  /** The version: 64 hex digits. */
  readonly closureHash: string;
  readonly nodes: readonly NodeVersion[];
  /** Parameters as the source declares them; undefined where the annotation does not say. */
  readonly signature: readonly Parameter[] | undefined;
  /** Who computed the hash, as `name@version` parts. */
  readonly hasher: string;
  readonly nodeVersion: string;
  readonly warnings: readonly string[];
  /** Absolute paths of every file the outcome depends on, and of files that would change it by coming into being. */
  readonly inputs: readonly string[];
  readonly missing: readonly string[];
}

export interface BundleRequest {
  /** Path of the workflow file. */
  readonly file: string;
  /** Export, or else literal name of a workflow; may be left out when the file exports one. */
  readonly exportName?: string;
}

/**
 * Bundles one workflow. Throws WG4001 (file), WG4002 (syntax), WG4003 (import), WG4004 (which workflow), WG4009 (bundler).
 */
export async function bundleWorkflow(request: BundleRequest): Promise<Bundle> {
  const file = realFile(request.file);
  const chosen = await chooseWorkflow(file, request.exportName);
  const root = projectRoot(file);
  const collector = new BundleCollector({ file, root, exportName: chosen.exportName });
  const { chunk, watched } = await runBundler({ collector, root, file });
  const versions = await versionsOf({ code: chunk.code, exportName: chosen.exportName, collector });
  const defined = collector.sources.get(chosen.file) ?? readSource(chosen.file);
  const settings = settingsFiles(collector.sources.keys(), root);
  const inputs = [...collector.sources.keys(), ...watched, ...settings.present, ...collector.packages.inputs];
  return {
    file,
    root,
    exportName: chosen.exportName,
    workflowName: chosen.name,
    code: chunk.code,
    map: mapText(chunk),
    sources: [...collector.sources]
      .map(([path, text]) => ({ path: storedPath(path, root), text }))
      .sort((left, right) => (left.path < right.path ? -1 : 1)),
    externals: externalsOf(collector, versions.closure),
    closureHash: versions.closure.hash,
    nodes: versions.nodes,
    signature: await signatureOf(defined, chosen),
    hasher: hasherName(),
    nodeVersion: process.versions.node,
    warnings: collector.warnings,
    inputs: [...new Set(inputs)].sort(),
    missing: [...collector.shadows, ...settings.absent, ...collector.packages.missing].sort(),
  };
}

/** The version of each node of the closure, by id. Two nodes with one id: `check` says so, here the first counts. */
export async function nodeHashes(
  bundle: Pick<Bundle, "nodes">,
): Promise<Map<string, { readonly hash: string; readonly coarse: boolean }>> {
  const hashes = new Map<string, { readonly hash: string; readonly coarse: boolean }>();
  for (const { id, hash, coarse } of bundle.nodes) if (!hashes.has(id)) hashes.set(id, { hash, coarse });
  return hashes;
}

/** The version of one node; the workflow's own, marked coarse, for a node whose id the source does not show. */
export function nodeHash(
  bundle: Pick<Bundle, "nodes" | "closureHash">,
  nodeId: string,
): { readonly hash: string; readonly coarse: boolean } {
  const found = bundle.nodes.find(({ id }) => id === nodeId);
  return found ? { hash: found.hash, coarse: found.coarse } : { hash: bundle.closureHash, coarse: true };
}

async function runBundler(from: {
  readonly collector: BundleCollector;
  readonly root: string;
  readonly file: string;
}): Promise<{ readonly chunk: OutputChunk; readonly watched: readonly string[] }> {
  const { rolldown } = await loadBundler();
  const { collector, root, file } = from;
  try {
    await using build = await rolldown({
      input: { workflow: ENTRY_ID },
      cwd: root,
      platform: "node",
      tsconfig: true,
      plugins: [collector.plugin()],
      treeshake: true,
      // An inlined constant would look like a literal: `retries: MAX` must stay a mention of MAX.
      optimization: { inlineConst: false },
      resolve: {
        extensions: [...RESOLVED_EXTENSIONS],
        extensionAlias: Object.fromEntries(
          Object.entries(EXTENSION_ALIASES).map(([written, tried]) => [written, [...tried]]),
        ),
      },
      experimental: { nativeMagicString: true },
      onLog: (_level, log) => noteLog(collector, log),
    });
    const { output } = await build.generate({
      dir: root,
      format: "esm",
      sourcemap: true,
      codeSplitting: false,
      comments: false,
    });
    assert(output[0].type === "chunk", "the bundler gave no chunk");
    return { chunk: output[0], watched: (await build.watchFiles).filter((path) => !path.includes("?")) };
  } catch (error) {
    throw collector.refusal ?? bundlerError({ error, file, sources: collector.sources });
  }
}

/** Said better by our own errors and warnings. */
const SILENT_LOGS: ReadonlySet<string> = new Set(["UNRESOLVED_IMPORT", "EMPTY_IMPORT_META"]);

function noteLog(collector: BundleCollector, log: RolldownLog): void {
  if (log.code === undefined || SILENT_LOGS.has(log.code)) return;
  collector.warnings.push(bundlerText(log.message)[0] ?? log.code);
}

/** Sources are stored paths and their texts are stored by themselves: the map need not repeat them. */
function mapText(chunk: OutputChunk): string {
  assert(chunk.map, "the bundler gave no source map");
  const { version, names, sources, mappings } = chunk.map;
  return JSON.stringify({ version, names, sources: sources.map((source) => source.replace(/\?.*$/, "")), mappings });
}

async function versionsOf(from: {
  readonly code: string;
  readonly exportName: string;
  readonly collector: BundleCollector;
}): Promise<{ readonly closure: Closure; readonly nodes: readonly NodeVersion[] }> {
  const { code, exportName, collector } = from;
  const program = await parseSource(code, "bundle.mjs");
  const scopes = scopesOf(program);
  const bundle = unitsOf(program, scopes);
  const identity = (specifier: string): string | undefined => {
    const found = collector.found.get(specifier);
    return found?.installed && packageIdentity(found.installed);
  };
  const exported = bundle.exports.get(exportName);
  const root = exported && bundle.unitOf.get(exported);
  if (!root)
    throw new WorkgraphError("WG4004", `"${exportName}" has no source of its own to version`, {
      hint: "It is re-exported from a package, or its file always throws before it is made.",
    });
  const closure = closureOf(root, { bundle, scopes, identity });
  const nodes: NodeVersion[] = [];
  for (const unit of closure.units) {
    if (unit.nodeId !== undefined) {
      nodes.push({ id: unit.nodeId, hash: closureOf(unit, { bundle, scopes, identity }).hash, coarse: false });
    }
    for (const id of unit.innerNodeIds) nodes.push({ id, hash: closure.hash, coarse: true });
  }
  return { closure, nodes };
}

function externalsOf(collector: BundleCollector, closure: Closure): readonly External[] {
  return closure.specifiers.flatMap((id) => {
    const found = collector.found.get(id);
    // Modules of Node itself have the version of Node.
    if (!found) return [];
    const { installed } = found;
    return [
      {
        specifier: splitSpecifier(id).specifier,
        importer: found.importer,
        package: installed?.name,
        version: installed?.version,
        below: installed?.below ?? [],
      },
    ];
  });
}

async function signatureOf(text: string, chosen: WorkflowExport): Promise<readonly Parameter[] | undefined> {
  try {
    return await readSignature({ text, file: chosen.file, at: { line: chosen.line } });
  } catch (error) {
    // A signature is for forms and messages; without one the input is plain JSON.
    if (isWorkgraphError(error)) return undefined;
    throw error;
  }
}

function bundlerError(from: {
  readonly error: unknown;
  readonly file: string;
  readonly sources: ReadonlyMap<string, string>;
}): WorkgraphError {
  const { error, file, sources } = from;
  const [first] = (error as Partial<BundleError>).errors ?? [];
  const log = (first ?? error) as RolldownLog & { exporter?: string };
  const at = log.loc?.file ?? log.id ?? file;
  const text = sources.get(at);
  if (log.code === "PARSE_ERROR" && text !== undefined) return syntaxError({ text, file: at, error: log });
  const line = log.loc?.line ?? 1;
  const column = (log.loc?.column ?? 0) + 1;
  const sourceLine = text?.split(/\r?\n/)[line - 1] ?? "";
  const [reason] = bundlerText(String(log.message ?? error));
  const isImport = log.code === "UNRESOLVED_IMPORT" || log.code === "MISSING_EXPORT";
  return new WorkgraphError(isImport ? "WG4003" : "WG4009", `"${at}:${line}:${column}": ${reason}\n  ${sourceLine}`, {
    hint: isImport ? "Correct the path or the imported name." : "The bundler refused this file; its message says why.",
    site: { file: at, line, column },
    cause: error,
    details: { sourceLine },
  });
}
