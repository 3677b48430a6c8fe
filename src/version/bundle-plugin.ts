/**
 * The bundler plugin: which file is code of the project, which is a package, and what was read on the way.
 *
 * Owns: resolving for one bundle, reading text imports, collecting sources, packages, warnings and inputs.
 * Leaves to `rewrite.ts`: what is changed in a file; to `bundle.ts`: running the bundler.
 *
 * R1. What resolves into a `node_modules` folder is a package and stays outside. A workspace package is a link whose real
 *     path is in no `node_modules`: it is code of the project.
 * R2. A package that another file resolves differently than the workflow file is imported by a specifier that says so.
 * R3. `import "x"` of a package is kept for its effect; `import { y } from "x"` only if `y` is used.
 */
import { existsSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, extname } from "node:path";
import type { PartialResolvedId, Plugin, PluginContext, RolldownMagicString } from "rolldown";
import { WorkgraphError, isWorkgraphError } from "../model/workgraph-error.ts";
import { PackageReader } from "./packages.ts";
import type { InstalledPackage } from "./packages.ts";
import { installedFolder, readSource, storedPath } from "./project.ts";
import { TEXT_SUFFIX, mayNeedRewrite, rewriteOf } from "./rewrite.ts";
import { META_SPECIFIER, PACKAGE_NAME, specifierFrom } from "./specifiers.ts";
import { LineIndex } from "./line-index.ts";
import { parseSource } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

/** Id of the module that names the one export to bundle. */
export const ENTRY_ID = "workgraph-entry";

const BUILTINS: ReadonlySet<string> = new Set(builtinModules);

export interface FoundPackage {
  /** As it stands in the bundle. */
  readonly id: string;
  readonly specifier: string;
  readonly importer: string;
  readonly installed: InstalledPackage | undefined;
}

export interface BundleSubject {
  /** Absolute path of the workflow file. */
  readonly file: string;
  readonly root: string;
  readonly exportName: string;
}

export class BundleCollector {
  readonly packages: PackageReader = new PackageReader();
  /** Packages by the id they have in the bundle. */
  readonly found: Map<string, FoundPackage> = new Map();
  /** Text of each file of the project, by absolute path. */
  readonly sources: Map<string, string> = new Map();
  readonly warnings: string[] = [];
  /** Paths that would be taken instead of a file that was read, if they existed. */
  readonly shadows: Set<string> = new Set();
  /** Why the bundling was given up, when we are the ones who refused. */
  refusal: WorkgraphError | undefined;
  readonly #subject: BundleSubject;
  readonly #bareImports: Map<string, ReadonlySet<string>> = new Map();

  constructor(subject: BundleSubject) {
    this.#subject = subject;
  }

  plugin(): Plugin {
    const collector = this;
    return {
      name: "workgraph",
      resolveId: {
        async handler(specifier, importer, { kind }) {
          if (specifier === ENTRY_ID) return specifier;
          return collector.#guarded(() => collector.#resolve(this, { specifier, importer, kind }));
        },
      },
      load: {
        handler(id) {
          const { file, exportName } = collector.#subject;
          if (id === ENTRY_ID) return `export { ${exportedName(exportName)} } from ${JSON.stringify(file)};`;
          return id.endsWith(TEXT_SUFFIX) ? collector.#guarded(async () => collector.#textModule(id)) : null;
        },
      },
      transform: {
        handler(code, id, { magicString }) {
          if (id === ENTRY_ID || id.startsWith("\0") || id.endsWith(TEXT_SUFFIX)) return null;
          collector.sources.set(id, code);
          if (!magicString || id.endsWith(".json") || !mayNeedRewrite(code)) return null;
          return collector.#guarded(async () => {
            collector.#rewrite({ id, code, target: magicString, program: await parseSource(code, id) });
            // Given as it is, its map would know lines only: two calls on one line would be one place.
            const map = magicString.generateMap({ hires: "boundary" }).toString();
            return { code: magicString.toString(), map };
          });
        },
      },
    };
  }

  /** The bundler changes what is thrown at it; so the original is kept aside. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isWorkgraphError(error)) throw error;
      this.refusal ??= error;
      throw new Error(error.message, { cause: error });
    }
  }

  #textModule(id: string): { code: string; moduleType: "js" } {
    const path = id.slice(0, -TEXT_SUFFIX.length);
    const text = readSource(path);
    this.sources.set(path, text);
    return { code: `export default ${JSON.stringify(text)};`, moduleType: "js" };
  }

  #rewrite(from: {
    readonly id: string;
    readonly code: string;
    readonly target: RolldownMagicString;
    readonly program: SyntaxNode;
  }): void {
    const { id, code, target, program } = from;
    const rewrite = rewriteOf(program, storedPath(id, dirname(this.#subject.file)));
    this.#bareImports.set(id, new Set(rewrite.bareImports));
    const lines = new LineIndex(code);
    for (const { message, offset } of rewrite.warnings) {
      const { line, column } = lines.position(offset);
      this.warnings.push(`${storedPath(id, this.#subject.root)}:${line}:${column} ${message}`);
    }
    for (const { start, end, text } of rewrite.edits) {
      if (start < end) target.overwrite(start, end, text);
      else if (text.endsWith(")()")) target.appendLeft(start, text);
      else target.appendRight(start, text);
    }
    target.append(rewrite.appended);
  }

  async #resolve(
    context: PluginContext,
    from: { readonly specifier: string; readonly importer: string | undefined; readonly kind: string },
  ): Promise<PartialResolvedId | null> {
    const { specifier, importer, kind } = from;
    if (specifier === META_SPECIFIER) return { id: specifier, external: true, moduleSideEffects: false };
    const own = specifier === PACKAGE_NAME || specifier.startsWith(`${PACKAGE_NAME}/`);
    // Neither is a version of its own: the one is the runtime that loads the bundle, the others are Node.
    if (own || specifier.startsWith("node:") || BUILTINS.has(specifier)) {
      return { id: specifier, external: true, moduleSideEffects: false };
    }
    const asText = specifier.endsWith(TEXT_SUFFIX);
    const wanted = asText ? specifier.slice(0, -TEXT_SUFFIX.length) : specifier;
    const resolved = await context.resolve(wanted, importer, { skipSelf: true });
    if (asText) return this.#textFile({ wanted, importer, resolved: resolved?.id });
    if (resolved && installedFolder(resolved.id) === undefined) {
      this.#noteShadows(wanted, resolved.id);
      return resolved;
    }
    if (!resolved && (wanted.startsWith(".") || wanted.startsWith("/"))) return null;
    if (!resolved && kind === "import-statement") throw this.#notInstalled(wanted, importer);
    return this.#package(context, {
      specifier: wanted,
      importer: importer ?? this.#subject.file,
      resolved: resolved?.id,
    });
  }

  #textFile(from: {
    readonly wanted: string;
    readonly importer: string | undefined;
    readonly resolved: string | undefined;
  }): { id: string } {
    const { wanted, importer, resolved } = from;
    if (resolved !== undefined && existsSync(resolved)) return { id: resolved + TEXT_SUFFIX };
    throw new WorkgraphError("WG4003", `text file "${wanted}"${this.#importedBy(wanted, importer)} does not exist`, {
      hint: "The path is relative to the file that names it.",
      ...this.#site(wanted, importer),
    });
  }

  async #package(
    context: PluginContext,
    from: { readonly specifier: string; readonly importer: string; readonly resolved: string | undefined },
  ): Promise<{ id: string; external: true; moduleSideEffects: boolean }> {
    const { specifier, importer, resolved } = from;
    const { file, root } = this.#subject;
    const keep = this.#bareImports.get(importer)?.has(specifier) === true;
    const here = importer === file ? resolved : (await context.resolve(specifier, file, { skipSelf: true }))?.id;
    // Kept imports have an id of their own: the bundler decides per id whether an import may be dropped.
    const long = keep || here !== resolved;
    const id = long ? specifierFrom(storedPath(importer, dirname(file)), specifier) : specifier;
    const installed = resolved === undefined ? undefined : this.packages.packageOf(resolved);
    if (!this.found.has(id)) this.found.set(id, { id, specifier, importer: storedPath(importer, root), installed });
    if (resolved === undefined) {
      this.warnings.push(`package "${specifier}", imported by "${storedPath(importer, root)}", is not installed`);
    }
    return { id, external: true, moduleSideEffects: keep };
  }

  #notInstalled(specifier: string, importer: string | undefined): WorkgraphError {
    const name = specifier.startsWith("@") ? specifier.split("/").slice(0, 2).join("/") : specifier.split("/")[0];
    return new WorkgraphError("WG4003", `"${specifier}"${this.#importedBy(specifier, importer)} cannot be found`, {
      hint: `Install it (npm install ${name}), or correct the name; paths of tsconfig.json are followed.`,
      ...this.#site(specifier, importer),
    });
  }

  #importedBy(specifier: string, importer: string | undefined): string {
    const { site } = this.#site(specifier, importer);
    return site ? `, imported at "${site.file}:${site.line}:${site.column}",` : "";
  }

  #site(specifier: string, importer: string | undefined): { site?: { file: string; line: number; column: number } } {
    const text = importer === undefined ? undefined : this.sources.get(importer);
    if (text === undefined || importer === undefined) return {};
    const at = Math.max(text.indexOf(`"${specifier}"`), text.indexOf(`'${specifier}'`), 0);
    return { site: { file: importer, ...new LineIndex(text).position(at) } };
  }

  /** `./a` that means `a.js` today means `a.ts` once that exists. */
  #noteShadows(specifier: string, resolved: string): void {
    if (!specifier.startsWith(".")) return;
    const [, extension] = /(\.[cm]?jsx?)$/.exec(specifier) ?? [];
    const written = specifier.replace(/^(?:\.{1,2}\/)+/, "");
    const tried = (extension === undefined ? undefined : EXTENSION_ALIASES[extension]) ?? RESOLVED_EXTENSIONS;
    if (extension === undefined && resolved.endsWith(`/${written}`)) return;
    const stem = resolved.slice(0, -extname(resolved).length);
    const stems =
      stem.endsWith("/index") && !/index(?:\.\w+)?$/.test(written) ? [stem.slice(0, -"/index".length), stem] : [stem];
    for (const candidate of stems.flatMap((one) => tried.map((suffix) => one + suffix))) {
      if (candidate === resolved) return;
      this.shadows.add(candidate);
    }
  }
}

/** `export { a as "any text" }` is allowed. */
function exportedName(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name) ? name : JSON.stringify(name);
}

/** What an extension written in an import may stand for, in the order the bundler tries them. */
export const EXTENSION_ALIASES: Readonly<Record<string, readonly string[]>> = {
  ".js": [".ts", ".tsx", ".js"],
  ".mjs": [".mts", ".mjs"],
  ".cjs": [".cts", ".cjs"],
  ".jsx": [".tsx", ".jsx"],
};

/** In the order the bundler tries them. */
export const RESOLVED_EXTENSIONS: readonly string[] = [".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", ".json"];
