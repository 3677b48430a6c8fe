/**
 * Source text as a tree.
 *
 * Owns: parsing (by the bundler's own parser, so that what is checked is what is bundled) and walking.
 * Leaves to others: which names mean what (`scope.ts`), what a call of the package is (`authoring.ts`).
 *
 * R1. The parser is loaded on first use: importing this file costs nothing (the parser: 16 ms, 2026-11-22, 2 cores, Node 24).
 */
import { stripVTControlCharacters } from "node:util";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { loadParser } from "./bundler.ts";

/** An ESTree node. Its other fields depend on `type`; code that reads them tests `type` first. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  // The parser's own type package is not a dependency of ours, and a union of 160 interfaces would buy little here.
  // oxlint-disable-next-line no-explicit-any
  readonly [field: string]: any;
}

type Language = "ts" | "tsx" | "js" | "jsx";

function languageOf(file: string): Language {
  if (/\.tsx$/i.test(file)) return "tsx";
  if (/\.[cm]?ts$/i.test(file)) return "ts";
  return /\.jsx$/i.test(file) ? "jsx" : "js";
}

/** The program of one file. Throws WG4002 with line, column and the source line when it is not one. */
export async function parseSource(text: string, file: string): Promise<SyntaxNode> {
  const { parseAst } = await loadParser();
  try {
    return parseAst(text, { lang: languageOf(file) }, file) as unknown as SyntaxNode;
  } catch (error) {
    throw syntaxError({ text, file, error });
  }
}

/** The parser's complaint as WG4002: first line of its message, the place, the line it is about. */
export function syntaxError(from: {
  readonly text: string;
  readonly file: string;
  readonly error: unknown;
}): WorkgraphError {
  const { text, file, error } = from;
  const found = error as {
    readonly message?: string;
    readonly loc?: { readonly line: number; readonly column: number };
  };
  const reason = bundlerText(found.message ?? String(error)).find((line) => !line.startsWith("Parse failed"));
  const line = found.loc?.line ?? 1;
  const column = (found.loc?.column ?? 0) + 1;
  const sourceLine = text.split(/\r?\n/)[line - 1] ?? "";
  return new WorkgraphError(
    "WG4002",
    `"${file}:${line}:${column}" is not valid: ${reason ?? "syntax error"}\n  ${sourceLine}`,
    {
      hint: "Correct the syntax at that place.",
      site: { file, line, column },
      cause: error,
      details: { sourceLine },
    },
  );
}

/** Lines of a message of the bundler, without colours and its own codes. */
export function bundlerText(message: string): readonly string[] {
  const lines = stripVTControlCharacters(message).split("\n");
  return lines.map((line) => line.replace(/^\[[A-Z_]+\]\s*/, "").trim()).filter((line) => line !== "");
}

export function isSyntaxNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

/** Fields that hold a type and nothing that runs. */
const TYPE_FIELDS: ReadonlySet<string> = new Set([
  "typeAnnotation",
  "typeParameters",
  "typeArguments",
  "superTypeArguments",
  "returnType",
  "implements",
]);

/** Nodes that hold a type and nothing that runs. */
const TYPE_NODES: ReadonlySet<string> = new Set([
  "TSTypeAliasDeclaration",
  "TSInterfaceDeclaration",
  "TSDeclareFunction",
]);

/** A dozen passes walk the same tree, and nobody changes one: looked for once, the walks take a third of the time. */
const known: WeakMap<SyntaxNode, readonly SyntaxNode[]> = new WeakMap();

/** What runs below a node, in source order of its fields; types are left out. */
export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  let children = known.get(node);
  if (children === undefined) known.set(node, (children = findChildren(node)));
  return children;
}

function findChildren(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (const field in node) {
    if (TYPE_FIELDS.has(field)) continue;
    const value: unknown = node[field];
    if (Array.isArray(value)) {
      for (const element of value) if (isSyntaxNode(element) && !TYPE_NODES.has(element.type)) children.push(element);
    } else if (isSyntaxNode(value) && !TYPE_NODES.has(value.type)) {
      children.push(value);
    }
  }
  return children;
}

/** Visits a tree from the top. A visitor that returns `false` keeps the walk out of what is below. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => boolean | void,
): void {
  const ancestors: SyntaxNode[] = [];
  const step = (current: SyntaxNode): void => {
    if (visit(current, ancestors) === false) return;
    ancestors.push(current);
    for (const child of childrenOf(current)) step(child);
    ancestors.pop();
  };
  step(node);
}

/** The value without what TypeScript or parentheses put around it: `(x as T)!` is `x`. */
export function bare(node: SyntaxNode): SyntaxNode {
  let inner = node;
  while (
    inner.type === "TSAsExpression" ||
    inner.type === "TSSatisfiesExpression" ||
    inner.type === "TSNonNullExpression" ||
    inner.type === "TSTypeAssertion" ||
    inner.type === "TSInstantiationExpression" ||
    inner.type === "ParenthesizedExpression" ||
    inner.type === "ChainExpression"
  ) {
    inner = inner.expression;
  }
  return inner;
}

export function isFunction(node: SyntaxNode): boolean {
  return (
    node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"
  );
}

/** `a` of `a.b.c`, `a.b().c` and `a`; undefined for what starts with no variable. */
export function rootOf(node: SyntaxNode): SyntaxNode | undefined {
  let at = bare(node);
  for (;;) {
    if (at.type === "MemberExpression") at = bare(at.object);
    else if (at.type === "CallExpression") at = bare(at.callee);
    else return at.type === "Identifier" ? at : undefined;
  }
}

/** The name of a property key or of an imported or exported name: `a`, `"a"` and `1` are one each; undefined when computed. */
export function keyName(key: SyntaxNode): string | undefined {
  if (key.type === "Identifier" || key.type === "PrivateIdentifier") return key.name;
  return key.type === "Literal" ? String(key.value) : undefined;
}

/** The value of a property of an object literal, by name. */
export function propertyOf(object: SyntaxNode | undefined, name: string): SyntaxNode | undefined {
  if (object?.type !== "ObjectExpression") return undefined;
  for (const property of object.properties as readonly SyntaxNode[]) {
    if (property.type === "Property" && !property.computed && keyName(property.key) === name)
      return bare(property.value);
  }
  return undefined;
}

/** Text of a string literal or of a template without holes. */
export function stringValue(node: SyntaxNode | undefined | null): string | undefined {
  if (node?.type === "Literal" && typeof node.value === "string") return node.value;
  if (node?.type === "TemplateLiteral" && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return undefined;
}
