/**
 * Running a stored version in this process.
 *
 * Owns: module hooks that load code by hash from memory, and where its imports lead.
 * Leaves to `origin.ts`: positions; to `stored-version.ts`: where code comes from.
 *
 * R1. Code is loaded by hash, never by path: what runs is what was recorded, whatever the files say by now. Changed code has
 *     another hash, so another URL: no restart is needed to run it.
 * R2. Packages are found from the author's file, wherever the data folder is.
 * R3. "agentic-workgraph" means this running instance, for the loaded code and for every package below it: two instances
 *     would not know each other's handles.
 * R4. The hooks are set with the first load. A process that only reads history has none.
 */
import { isBuiltin, registerHooks } from "node:module";
import type { LoadFnOutput, ResolveFnOutput, ResolveHookContext } from "node:module";
import { basename, dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { WorkgraphError, isWorkgraphError } from "../model/workgraph-error.ts";
import { noteAsked } from "./asked-packages.ts";
import type { SourceFile } from "./bundle.ts";
import { firstPosition, loadedCode, registerCode, sourceLine } from "./origin.ts";
import type { LoadedCode } from "./origin.ts";
import { META_SPECIFIER, PACKAGE_NAME, splitSpecifier } from "./specifiers.ts";

const SCHEME = "workgraph:";

export interface BundleToLoad {
  /** Names the code in its URL: the hash of the closure or of the code, or any text without spaces and slashes. */
  readonly hash: string;
  readonly code: string;
  /** Source map as JSON. */
  readonly map: string;
  /** Absolute path of the workflow file. It need not exist any more; its folder is where packages are looked for. */
  readonly originFile: string;
  /** Absolute folder that the map's paths are relative to; by default found by comparing them with `originFile`. */
  readonly root?: string;
  /** For `sourceLine`. */
  readonly sources?: readonly SourceFile[];
}

let packageEntry = new URL(import.meta.url.endsWith(".ts") ? "../index.ts" : "../index.js", import.meta.url).href;
let hooked = false;

/** URL of the module that "agentic-workgraph" means to loaded code; default: the index beside this file. */
export function setPackageEntry(url: string): void {
  packageEntry = url;
}

/** Loads what every version imports, so that the first one that is loaded does not wait for it. */
export async function loadPackageEntry(): Promise<void> {
  await import(packageEntry);
}

/** Loads a version and gives its module. Equal code is loaded once, unless it is asked for "anew": then its modules begin with
 *  state of their own. WG4005 when it throws while loading. */
export async function loadBundle(
  bundle: BundleToLoad,
  how: "shared" | "anew" = "shared",
): Promise<Readonly<Record<string, unknown>>> {
  if (!hooked) registerHooks({ resolve: resolveHook, load: loadHook });
  hooked = true;
  const code = place(bundle, how);
  try {
    return (await import(code.url)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw loadError(error, bundle.originFile);
  }
}

/** Registers the code under a free URL. Equal versions may differ in comments, so in their maps: they get URLs of their own. */
function place(bundle: BundleToLoad, how: "shared" | "anew"): LoadedCode {
  const name = basename(bundle.originFile)
    .replace(/\.[^.]*$/, "")
    .replace(/[^\w.-]/g, "_");
  for (let copy = 1; ; copy++) {
    const url = `${SCHEME}${bundle.hash}${copy === 1 ? "" : `.${copy}`}/${name}.mjs`;
    const known = loadedCode(url);
    const isEqual = known?.code === bundle.code && known.map === bundle.map && known.originFile === bundle.originFile;
    if (known && isEqual && how === "shared") return known;
    if (known) continue;
    const code: LoadedCode = {
      url,
      code: bundle.code,
      map: bundle.map,
      originFile: bundle.originFile,
      root: bundle.root ?? rootByMap(bundle),
      sources: bundle.sources ?? [],
    };
    registerCode(code);
    return code;
  }
}

/** The folder from which one of the map's paths leads to the workflow file. */
function rootByMap(bundle: BundleToLoad): string {
  const { sources } = JSON.parse(bundle.map) as { readonly sources: readonly string[] };
  const file = bundle.originFile.replaceAll("\\", "/");
  const longest = sources
    .filter((source) => file.endsWith(`/${source}`))
    .sort((left, right) => right.length - left.length)[0];
  return longest === undefined
    ? dirname(bundle.originFile)
    : resolve(bundle.originFile, ...longest.split("/").map(() => ".."));
}

function resolveHook(
  specifier: string,
  context: ResolveHookContext,
  next: (specifier: string, context?: Partial<ResolveHookContext>) => ResolveFnOutput,
): ResolveFnOutput {
  noteAsked(specifier);
  if (specifier === PACKAGE_NAME) return next(packageEntry, context);
  // A subpath is found by the package's own export table, from inside the package.
  if (specifier.startsWith(`${PACKAGE_NAME}/`)) return next(specifier, { ...context, parentURL: packageEntry });
  if (loadedCode(specifier)) return ours(specifier);
  const parent = context.parentURL === undefined ? undefined : loadedCode(context.parentURL);
  if (!parent) return next(specifier, context);
  if (specifier === META_SPECIFIER) return ours(`${parent.url}#meta`);
  if (isBuiltin(specifier)) return next(specifier, context);
  const wanted = splitSpecifier(specifier);
  const importer =
    wanted.importer === undefined ? parent.originFile : resolve(dirname(parent.originFile), wanted.importer);
  return next(wanted.specifier, { ...context, parentURL: pathToFileURL(importer).href });
}

function ours(url: string): ResolveFnOutput {
  return { url, format: "module", shortCircuit: true };
}

function loadHook(url: string, context: unknown, next: (url: string, context?: never) => LoadFnOutput): LoadFnOutput {
  if (!url.startsWith(SCHEME)) return next(url, context as never);
  return { format: "module", source: sourceOf(url), shortCircuit: true };
}

function sourceOf(url: string): string {
  const code = loadedCode(url.replace(/#meta$/, ""));
  if (!code) throw new WorkgraphError("WG4007", `no code is loaded for "${url}"`);
  if (url.endsWith("#meta")) return metaSource(code.originFile);
  // The bundler's `require` for CommonJS files of the project: it must look from a real file.
  return code.code.replace(
    "createRequire(import.meta.url)",
    `createRequire(${JSON.stringify(pathToFileURL(code.originFile).href)})`,
  );
}

/** `import.meta` of an author's file, by its path relative to the folder of the workflow file. */
function metaSource(originFile: string): string {
  return [
    'import { createRequire } from "node:module";',
    'import { dirname } from "node:path";',
    'import { fileURLToPath, pathToFileURL } from "node:url";',
    `const origin = ${JSON.stringify(pathToFileURL(originFile).href)};`,
    "export function metaOf(path) {",
    "  const url = new URL(path, origin).href;",
    "  const filename = fileURLToPath(url);",
    "  const resolve = (specifier) => {",
    "    if (/^(?:\\.{0,2}\\/|file:)/.test(specifier)) return new URL(specifier, url).href;",
    "    const found = createRequire(url).resolve(specifier);",
    "    return /^(?:node:|[^/\\\\]+$)/.test(found) ? found : pathToFileURL(found).href;",
    "  };",
    "  return { url, filename, dirname: dirname(filename), resolve, main: false };",
    "}",
  ].join("\n");
}

function loadError(error: unknown, originFile: string): WorkgraphError {
  // An option that `node()` refuses has its own code and place.
  if (isWorkgraphError(error)) return error;
  const isError = error instanceof Error;
  const at = isError && typeof error.stack === "string" ? firstPosition(error.stack) : undefined;
  const site = at ?? { file: originFile, line: 1, column: 1 };
  const line = at && sourceLine(at.file, at.line);
  const thrown = isError ? `${error.name}: ${error.message}` : safeText(error);
  const place = at ? `${at.file}:${at.line}:${at.column}` : originFile;
  return new WorkgraphError("WG4005", `"${place}" failed while it was loaded: ${thrown}${line ? `\n  ${line}` : ""}`, {
    hint: "Only definitions belong at the top level of a workflow file; what may fail belongs into a node.",
    site,
    cause: error,
    ...(line === undefined ? {} : { details: { sourceLine: line } }),
  });
}

function safeText(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "a value that has no text";
  }
}
