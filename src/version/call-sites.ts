/**
 * Where nodes are called, from source alone.
 *
 * Owns: which names are nodes (in the file, or imported from files of the project), their calls, and the branches around them.
 * Leaves to `check.ts`: what is wrong; to readers of a run: which of these it reached.
 *
 * R1. Only names are followed: a node that travels through an array, an object or a parameter has calls that are not listed.
 */
import { dirname, resolve } from "node:path";
import { authoringCall } from "./authoring.ts";
import { sourceFile } from "./discover.ts";
import { readSource } from "./project.ts";
import { scopesOf } from "./scope.ts";
import type { Binding, Scopes } from "./scope.ts";
import { LineIndex } from "./line-index.ts";
import { bare, isFunction, keyName, parseSource, walk } from "./syntax.ts";
import type { Position } from "./line-index.ts";
import type { SyntaxNode } from "./syntax.ts";

export interface Branch {
  readonly kind: "if" | "else" | "case" | "loop" | "catch" | "logical";
  /** Source text of the condition; "" where there is none. */
  readonly condition: string;
  readonly line: number;
}

export interface StaticCallSite extends Position {
  /** Literal id of the node; undefined when it is not literal. */
  readonly nodeId: string | undefined;
  /** The name it is called by. */
  readonly name: string;
  /** Nearest enclosing function that has a name. */
  readonly functionName: string | undefined;
  /** From the outermost to the innermost. */
  readonly branches: readonly Branch[];
}

/** Reads the files of a project: from disk, or those stored with a version. */
export interface SourceReader {
  /** The file that a relative specifier means; undefined when it is none that can be parsed. */
  find(specifier: string, importer: string): string | undefined;
  text(file: string): string;
}

export const DISK: SourceReader = {
  find(specifier, importer) {
    const file = sourceFile(resolve(dirname(importer), specifier));
    return file !== undefined && isCode(file) ? file : undefined;
  },
  text: readSource,
};

export function isCode(file: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(file);
}

/** Calls of node constants in one file, in source order. Throws WG4002 when the text is not valid. */
export async function staticCallSites(text: string, file: string): Promise<readonly StaticCallSite[]> {
  const module = await readModule(text, file);
  const sites: StaticCallSite[] = [];
  walk(module.program, (node, ancestors) => {
    const nodeId = calledNode(node, module);
    if (!nodeId) return;
    sites.push({
      ...module.lines.position(node.start),
      nodeId: nodeId.id,
      name: text.slice(node.callee.start, node.callee.end),
      functionName: functionName(ancestors),
      branches: branchesAround(node, { ancestors, text, lines: module.lines }),
    });
  });
  return sites;
}

export interface NodeName {
  readonly id: string | undefined;
}

/** One parsed file and what its names mean. */
export interface ModuleFacts {
  readonly file: string;
  readonly text: string;
  readonly program: SyntaxNode;
  readonly scopes: Scopes;
  readonly lines: LineIndex;
  /** Variables that hold a node. */
  readonly nodes: ReadonlyMap<Binding, NodeName>;
}

export async function readModule(text: string, file: string, reader: SourceReader = DISK): Promise<ModuleFacts> {
  const program = await parseSource(text, file);
  const scopes = scopesOf(program);
  const nodes = new Map<Binding, NodeName>();
  for (const binding of scopes.top.values()) {
    const node = binding.source === undefined ? ownNode(binding, scopes) : await importedNode(binding, file, reader);
    if (node) nodes.set(binding, node);
  }
  return { file, text, program, scopes, lines: new LineIndex(text), nodes };
}

/** The node that a call expression calls by name; undefined for any other syntax. */
export function calledNode(node: SyntaxNode, module: ModuleFacts): NodeName | undefined {
  if (node.type !== "CallExpression") return undefined;
  const callee = bare(node.callee);
  const binding = callee.type === "Identifier" ? module.scopes.bindingOf(callee) : undefined;
  return binding && module.nodes.get(binding);
}

function ownNode(binding: Binding, scopes: Scopes): NodeName | undefined {
  const { declaration } = binding;
  if (declaration.type !== "VariableDeclarator" || declaration.id.type !== "Identifier" || !declaration.init)
    return undefined;
  const call = authoringCall(bare(declaration.init), scopes);
  return call?.kind === "node" ? { id: call.name } : undefined;
}

async function importedNode(binding: Binding, importer: string, reader: SourceReader): Promise<NodeName | undefined> {
  const specifier = binding.declaration;
  if (!binding.source?.startsWith(".") || specifier.type !== "ImportSpecifier") return undefined;
  const file = reader.find(binding.source, importer);
  if (file === undefined) return undefined;
  const program = await parseSource(reader.text(file), file);
  const scopes = scopesOf(program);
  const local = localName(program, keyName(specifier.imported) ?? "");
  const exported = local === undefined ? undefined : scopes.top.get(local);
  return exported && ownNode(exported, scopes);
}

/** Variable behind an export of the module's own. */
export function localName(program: SyntaxNode, exported: string): string | undefined {
  for (const statement of program.body as readonly SyntaxNode[]) {
    if (statement.type !== "ExportNamedDeclaration" || statement.source) continue;
    for (const specifier of statement.specifiers as readonly SyntaxNode[]) {
      if (keyName(specifier.exported) === exported) return keyName(specifier.local);
    }
    if (statement.declaration?.id?.name === exported) return exported;
    for (const { id } of (statement.declaration?.declarations ?? []) as readonly SyntaxNode[]) {
      if (id.name === exported) return exported;
    }
  }
  return undefined;
}

/** Nearest enclosing function that has a name. */
export function functionName(ancestors: readonly SyntaxNode[]): string | undefined {
  for (let at = ancestors.length - 1; at >= 0; at--) {
    const node = ancestors[at];
    if (!node || !isFunction(node)) continue;
    if (node.id) return node.id.name;
    // `const f = () => ...`, `{ f: () => ... }`, and the function given to `const f = workflow({ ... }, () => ...)`.
    const around = ancestors
      .slice(0, at)
      .findLast((one) => one.type !== "CallExpression" && one.type !== "TSAsExpression");
    if (around?.type === "VariableDeclarator" && around.id.type === "Identifier") return around.id.name;
    if (around?.type === "Property" || around?.type === "MethodDefinition") return keyName(around.key);
  }
  return undefined;
}

/** Branches of the enclosing function that lead to a syntax node, from the outermost to the innermost. */
export function branchesAround(
  node: SyntaxNode,
  from: { readonly ancestors: readonly SyntaxNode[]; readonly text: string; readonly lines: LineIndex },
): readonly Branch[] {
  const chain = [...from.ancestors, node];
  const branches: Branch[] = [];
  const add = (kind: Branch["kind"], at: SyntaxNode, condition?: SyntaxNode | null): void => {
    const text = condition ? from.text.slice(condition.start, condition.end) : "";
    branches.push({ kind, condition: text, line: from.lines.position(at.start).line });
  };
  for (const [index, parent] of from.ancestors.entries()) {
    const child = chain[index + 1];
    // What surrounds the definition of a function is no branch of the function; a callback runs where it stands.
    if (isFunction(parent) && !isArgument(parent, from.ancestors[index - 1])) branches.length = 0;
    switch (parent.type) {
      case "IfStatement":
      case "ConditionalExpression":
        if (child === parent.consequent) add("if", parent, parent.test);
        else if (child === parent.alternate) add("else", parent, parent.test);
        break;
      case "SwitchCase":
        if (child !== parent.test) add("case", parent, parent.test);
        break;
      case "WhileStatement":
      case "DoWhileStatement":
      case "ForStatement":
        if (child === parent.body) add("loop", parent, parent.test);
        break;
      case "ForOfStatement":
      case "ForInStatement":
        if (child === parent.body) add("loop", parent, parent.right);
        break;
      case "CatchClause":
        add("catch", parent);
        break;
      case "LogicalExpression":
        if (child === parent.right) add("logical", parent, parent.left);
        break;
    }
  }
  return branches;
}

function isArgument(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  return parent?.type === "CallExpression" && (parent.arguments as readonly SyntaxNode[]).includes(node);
}
