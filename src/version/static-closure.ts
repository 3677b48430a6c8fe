/**
 * What a workflow's function can reach in its sources: calls of nodes and combinators, and the places that wait.
 *
 * Owns: which functions belong to a workflow, from source alone and without a disk. Leaves to `call-sites.ts`: nodes and branches of one
 * file; to `static-breaks.ts`: what waits; to analysis/: which of it a run reached.
 *
 * R1. Reachable is what the workflow names, and what that names: functions, also those handed on as callbacks. A node's own function
 *     and other workflows are not entered.
 * R2. Only names are followed: a node that travels through an array, an object or a parameter has calls that are not listed.
 * R3. Where the workflow's own definition is not found by name (made by a factory), everything at the top level counts.
 */
import { posix } from "node:path";
import { authoringCall, packageCallee } from "./authoring.ts";
import type { SourceFile } from "./bundle.ts";
import {
  branchesAround,
  calledNode,
  functionName,
  isCode,
  localName,
  readModule,
  type Branch,
  type ModuleFacts,
  type SourceReader,
} from "./call-sites.ts";
import { breaksOf, type StaticBreak } from "./static-breaks.ts";
import type { Binding } from "./scope.ts";
import { bare, keyName, walk, type SyntaxNode } from "./syntax.ts";

/** What a call is; the package's own functions by their names, `runSubgraph` as "subgraph". */
export type StaticCallKind = "node" | "filter" | "merge" | "zip" | "zipBy" | "cross" | "race" | "sleep" | "subgraph";

export interface ClosureSite {
  /** Stored path of the file. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly kind: StaticCallKind;
  /** Id of the node; the kind for everything else; undefined when the id is not literal. */
  readonly node: string | undefined;
  /** Nearest enclosing function that has a name. */
  readonly functionName: string | undefined;
  /** From the outermost to the innermost. */
  readonly branches: readonly Branch[];
}

export interface StaticClosure {
  /** By file, then in source order. */
  readonly sites: readonly ClosureSite[];
  readonly breaks: readonly StaticBreak[];
}

export interface ClosureRequest {
  readonly sources: readonly SourceFile[];
  /** Stored path of the workflow file. */
  readonly path: string;
  readonly exportName: string;
}

/** Throws WG4002 when a source does not parse. */
export async function staticClosure(request: ClosureRequest): Promise<StaticClosure> {
  const reach = new Reach(request.sources);
  await reach.from(request);
  return reach.found();
}

/** A declaration that belongs to the workflow. */
interface Region {
  readonly module: ModuleFacts;
  readonly node: SyntaxNode;
}

const EXTENSIONS: readonly string[] = ["", ".ts", ".tsx", ".mts", ".js", ".mjs", ".jsx", "/index.ts", "/index.js"];

class StoredSources implements SourceReader {
  readonly #texts: ReadonlyMap<string, string>;

  constructor(sources: readonly SourceFile[]) {
    this.#texts = new Map(sources.map(({ path, text }) => [path, text]));
  }

  find(specifier: string, importer: string): string | undefined {
    if (!specifier.startsWith(".")) return undefined;
    const path = posix.join(posix.dirname(importer), specifier);
    const stem = path.replace(/\.([cm]?)js$/, ".$1ts");
    const found = [...EXTENSIONS.map((extension) => path + extension), stem].find((one) => this.#texts.has(one));
    return found !== undefined && isCode(found) ? found : undefined;
  }

  text(file: string): string {
    return this.#texts.get(file) ?? "";
  }
}

const COMBINATORS: ReadonlyMap<string, StaticCallKind> = new Map([
  ...(["filter", "merge", "zip", "zipBy", "cross", "race", "sleep"] as const).map((kind) => [kind, kind] as const),
  ["runSubgraph", "subgraph"] as const,
]);

class Reach {
  readonly #reader: StoredSources;
  readonly #modules: Map<string, Promise<ModuleFacts>> = new Map();
  readonly #regions: Region[] = [];
  readonly #seen: Set<SyntaxNode> = new Set();
  /** The workflow's own function: what it returns is not awaited. */
  #root: SyntaxNode | undefined;

  constructor(sources: readonly SourceFile[]) {
    this.#reader = new StoredSources(sources);
  }

  async from({ path, exportName }: ClosureRequest): Promise<void> {
    const entry = await this.#module(path);
    const found = await this.#exported(entry, exportName);
    const call = found && authoringCall(bare(found.value), found.module.scopes);
    if (found === undefined || call?.kind !== "workflow") return this.#everything(entry);
    const fn = call.call.arguments[1] as SyntaxNode | undefined;
    this.#root = fn && bare(fn);
    await this.#enter(found.module, found.region, call.call);
    // `workflow({ ... }, main)`: the function is declared elsewhere.
    if (this.#root?.type === "Identifier") {
      const binding = found.module.scopes.bindingOf(this.#root);
      this.#root = binding === undefined ? undefined : functionOf(binding);
    }
  }

  found(): StaticClosure {
    const sites: ClosureSite[] = [];
    const breaks: StaticBreak[] = [];
    for (const region of this.#regions) {
      sites.push(...sitesIn(region));
      breaks.push(...breaksOf({ ...region, root: this.#root }));
    }
    return { sites: sites.toSorted(inSourceOrder), breaks: breaks.toSorted(inSourceOrder) };
  }

  /** R3. */
  async #everything(entry: ModuleFacts): Promise<void> {
    for (const statement of entry.program.body as readonly SyntaxNode[]) await this.#enter(entry, statement);
  }

  #module(path: string): Promise<ModuleFacts> {
    const known = this.#modules.get(path) ?? readModule(this.#reader.text(path), path, this.#reader);
    this.#modules.set(path, known);
    return known;
  }

  /** The declaration behind an export, through lists and re-exports; `value` is what it holds. */
  async #exported(
    module: ModuleFacts,
    exportName: string,
    depth = 0,
  ): Promise<{ readonly module: ModuleFacts; readonly region: SyntaxNode; readonly value: SyntaxNode } | undefined> {
    if (depth > 20) return undefined;
    for (const statement of module.program.body as readonly SyntaxNode[]) {
      if (exportName === "default" && statement.type === "ExportDefaultDeclaration") {
        const value = bare(statement.declaration);
        if (value.type !== "Identifier") return { module, region: statement, value };
        return this.#ofBinding(module, module.scopes.bindingOf(value), depth);
      }
      const source = statement.source?.value as string | undefined;
      if (source === undefined) continue;
      const there = this.#reader.find(source, module.file);
      if (there === undefined) continue;
      if (statement.type === "ExportAllDeclaration" && !statement.exported) {
        const found = await this.#exported(await this.#module(there), exportName, depth + 1);
        if (found) return found;
      }
      if (statement.type !== "ExportNamedDeclaration") continue;
      for (const specifier of statement.specifiers as readonly SyntaxNode[]) {
        if (keyName(specifier.exported) !== exportName) continue;
        return this.#exported(await this.#module(there), keyName(specifier.local) ?? "", depth + 1);
      }
    }
    const local = localName(module.program, exportName);
    return local === undefined ? undefined : this.#ofBinding(module, module.scopes.top.get(local), depth);
  }

  async #ofBinding(
    module: ModuleFacts,
    binding: Binding | undefined,
    depth: number,
  ): Promise<{ readonly module: ModuleFacts; readonly region: SyntaxNode; readonly value: SyntaxNode } | undefined> {
    if (binding === undefined) return undefined;
    const { declaration, source } = binding;
    if (source !== undefined) {
      const there = this.#reader.find(source, module.file);
      if (there === undefined) return undefined;
      const name = declaration.type === "ImportSpecifier" ? (keyName(declaration.imported) ?? "") : "default";
      return this.#exported(await this.#module(there), name, depth + 1);
    }
    const value = declaration.type === "VariableDeclarator" ? (declaration.init as SyntaxNode | null) : declaration;
    return value ? { module, region: declaration, value } : undefined;
  }

  /** @param own a definition that is entered all the same: the workflow itself */
  async #enter(module: ModuleFacts, node: SyntaxNode, own?: SyntaxNode): Promise<void> {
    if (this.#seen.has(node)) return;
    this.#seen.add(node);
    this.#regions.push({ module, node });
    const named: { readonly binding: Binding; readonly member: string | undefined }[] = [];
    walk(node, (each, ancestors) => {
      // R1: nodes and workflows made in here are not entered.
      if (each !== own && isDefinition(each, module)) return false;
      if (each.type !== "Identifier") return undefined;
      const binding = module.scopes.bindingOf(each);
      if (!binding?.top || binding.identifier === each || module.nodes.has(binding)) return undefined;
      const parent = ancestors.at(-1);
      const member =
        parent?.type === "MemberExpression" && parent.object === each ? keyName(parent.property) : undefined;
      named.push({ binding, member });
      return undefined;
    });
    for (const { binding, member } of named) await this.#follow(module, binding, member);
  }

  async #follow(module: ModuleFacts, binding: Binding, member: string | undefined): Promise<void> {
    if (binding.declaration.type === "ImportNamespaceSpecifier") {
      const there = this.#reader.find(binding.source ?? "", module.file);
      if (there === undefined || member === undefined) return;
      const found = await this.#exported(await this.#module(there), member);
      if (found) await this.#enterValue(found);
      return;
    }
    const found = await this.#ofBinding(module, binding, 0);
    if (found) await this.#enterValue(found);
  }

  async #enterValue(found: {
    readonly module: ModuleFacts;
    readonly region: SyntaxNode;
    readonly value: SyntaxNode;
  }): Promise<void> {
    // A definition of its own, which a workflow names but does not contain.
    if (isDefinition(bare(found.value), found.module)) return;
    await this.#enter(found.module, found.region);
  }
}

/** `node(...)`, `workflow(...)`: code of its own. */
function isDefinition(node: SyntaxNode, module: ModuleFacts): boolean {
  const call = authoringCall(node, module.scopes);
  return call !== undefined && call.kind !== "text";
}

function functionOf({ declaration }: Binding): SyntaxNode | undefined {
  if (declaration.type !== "VariableDeclarator") return declaration;
  return declaration.init ? bare(declaration.init) : undefined;
}

function sitesIn({ module, node: region }: Region): readonly ClosureSite[] {
  const found: ClosureSite[] = [];
  walk(region, (node, ancestors) => {
    if (node.type !== "CallExpression") return undefined;
    if (node !== region && isInnerNode(node, module)) return false;
    const what = calledSite(node, module);
    if (what === undefined) return undefined;
    found.push({
      path: module.file,
      ...module.lines.position(node.start),
      ...what,
      functionName: functionName(ancestors),
      branches: branchesAround(node, { ancestors, text: module.text, lines: module.lines }),
    });
    return undefined;
  });
  return found;
}

function isInnerNode(node: SyntaxNode, module: ModuleFacts): boolean {
  return authoringCall(node, module.scopes)?.kind === "node";
}

/** What a call expression is, when it makes a call of the graph. */
export function calledSite(
  node: SyntaxNode,
  module: ModuleFacts,
): { readonly kind: StaticCallKind; readonly node: string | undefined } | undefined {
  const called = calledNode(node, module);
  if (called) return { kind: "node", node: called.id };
  const kind = COMBINATORS.get(packageCallee(node.callee, module.scopes) ?? "");
  return kind && { kind, node: kind };
}

function inSourceOrder(
  a: { readonly path: string; readonly line: number; readonly column: number },
  b: { readonly path: string; readonly line: number; readonly column: number },
): number {
  return (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) || a.line - b.line || a.column - b.column;
}
