/**
 * The canonical text of one top-level statement: what of it decides how it behaves, and nothing else.
 *
 * Owns: leaving out comments, layout, quotes, number spellings, names of variables, tuning options of `node()` and `workflow()`.
 * Leaves to `closure.ts`: which statements count.
 *
 * R1. Two texts are equal only if the statements behave alike, as far as the tree can tell. When in doubt they differ.
 * R2. A variable's name is no behaviour: locals are numbered in order of appearance, top-level names become references that
 *     the closure numbers. So a name that a bundler picks (`helper$1`) changes nothing.
 * R3. An option is left out only where its value is literal. `retries: MAX` depends on code and stays.
 */
import { bare, isSyntaxNode, keyName } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";
import { authoringCall } from "./authoring.ts";
import type { Binding, Scopes } from "./scope.ts";

/** How a call is made, not what it gives: configuration, not identity. */
const TUNING_OPTIONS: ReadonlySet<string> = new Set([
  "concurrency",
  "retries",
  "timeout",
  "cache",
  "rateLimit",
  "pool",
  "title",
  "description",
  "tags",
  "durability",
  "schedule",
  "webhook",
  "retention",
]);

/** Fields of a node that say where it is or how it was written. */
const SILENT_FIELDS: ReadonlySet<string> = new Set([
  "type",
  "start",
  "end",
  "raw",
  "shorthand",
  "range",
  "loc",
  "directive",
]);

/** Text pieces, and between them the top-level variables they mention. */
export type CanonicalPart = string | Binding;

export function canonicalParts(statement: SyntaxNode, scopes: Scopes): readonly CanonicalPart[] {
  const printer = new Printer(scopes);
  printer.print(statement);
  return printer.finish();
}

class Printer {
  readonly #scopes: Scopes;
  readonly #parts: CanonicalPart[] = [];
  readonly #locals: Map<Binding, number> = new Map();
  #text = "";

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  finish(): readonly CanonicalPart[] {
    if (this.#text !== "") this.#parts.push(this.#text);
    this.#text = "";
    return this.#parts;
  }

  print(given: SyntaxNode): void {
    const node = unwrapped(given);
    switch (node.type) {
      case "Identifier":
        return this.#identifier(node);
      case "Literal":
        this.#text += literalText(node);
        return;
      case "TemplateElement":
        // `raw` is seen by tag functions; `cooked` follows from it.
        this.#text += JSON.stringify(node.value.raw);
        return;
      case "MemberExpression":
        this.#text += node.optional ? "(?." : "(.";
        this.print(node.object);
        if (node.computed) this.print(node.property);
        else this.#text += `:${memberName(node.property)}`;
        this.#text += ")";
        return;
      case "Property":
      case "MethodDefinition":
      case "PropertyDefinition":
      case "AccessorProperty":
        return this.#member(node);
      case "CallExpression":
        return this.#call(node);
      default:
        return this.#node(node);
    }
  }

  #node(node: SyntaxNode): void {
    this.#text += `(${node.type}`;
    for (const field in node) if (!SILENT_FIELDS.has(field)) this.#field(field, node[field]);
    this.#text += ")";
  }

  #field(name: string, value: unknown): void {
    // Absent, false and empty are one: the parser may add such fields without the code having changed.
    if (value === null || value === undefined || value === false) return;
    if (Array.isArray(value) && value.length === 0) return;
    this.#text += ` ${name}=`;
    if (Array.isArray(value)) this.#list(value);
    else if (isSyntaxNode(value)) this.print(value);
    else this.#text += JSON.stringify(value);
  }

  #list(values: readonly unknown[]): void {
    this.#text += "[";
    for (const value of values) {
      if (!isSyntaxNode(value)) this.#text += ",-";
      else if (value.type !== "EmptyStatement") {
        this.#text += ",";
        this.print(value);
      }
    }
    this.#text += "]";
  }

  #identifier(node: SyntaxNode): void {
    const binding = this.#scopes.bindingOf(node);
    if (!binding) {
      this.#text += `@${node.name}`;
    } else if (binding.top) {
      if (this.#text !== "") this.#parts.push(this.#text);
      this.#text = "";
      this.#parts.push(binding);
    } else {
      const known = this.#locals.get(binding);
      const number = known ?? this.#locals.size;
      if (known === undefined) this.#locals.set(binding, number);
      this.#text += `%${number}`;
    }
  }

  #member(node: SyntaxNode): void {
    this.#text += `(${node.type}`;
    for (const field in node) {
      if (SILENT_FIELDS.has(field) || field === "key") continue;
      this.#field(field, node[field]);
    }
    const name = node.computed ? undefined : keyName(node.key);
    this.#text += " key=";
    if (name !== undefined) this.#text += memberName(node.key);
    else this.print(node.key);
    this.#text += ")";
  }

  #call(node: SyntaxNode): void {
    const authoring = authoringCall(node, this.#scopes);
    if (authoring?.options?.type !== "ObjectExpression" || authoring.kind === "text") return this.#node(node);
    const kept = authoring.options.properties.filter((property: SyntaxNode) => !isTuning(property, this.#scopes));
    this.#text += `(${authoring.kind} `;
    this.#list([{ ...authoring.options, properties: kept }, ...node.arguments.slice(1)]);
    this.#text += ")";
  }
}

/** A private name and a public one may be spelled alike; `a` and `"a"` as keys are one. */
function memberName(key: SyntaxNode): string {
  return `${key.type === "PrivateIdentifier" ? "#" : ""}${JSON.stringify(keyName(key))}`;
}

/** The bundler plugin wraps `node(...)` as `(() => node(...))()` so that it can be dropped whole; here that is undone. */
export function unwrapped(node: SyntaxNode): SyntaxNode {
  // A chain keeps its own kind: where `?.` stops short-circuiting is behaviour.
  if (node.type === "ChainExpression") return node;
  const inner = bare(node);
  if (inner.type !== "CallExpression" || inner.arguments.length > 0 || inner.optional) return inner;
  const callee = bare(inner.callee);
  if (callee.type !== "ArrowFunctionExpression" || callee.async || callee.params.length > 0) return inner;
  return callee.body.type === "BlockStatement" ? inner : unwrapped(callee.body);
}

function isTuning(property: SyntaxNode, scopes: Scopes): boolean {
  if (property.type !== "Property" || property.computed || property.method) return false;
  return TUNING_OPTIONS.has(keyName(property.key) ?? "") && isLiteral(property.value, scopes);
}

function isLiteral(given: SyntaxNode, scopes: Scopes): boolean {
  const node = bare(given);
  const all = (nodes: readonly (SyntaxNode | null)[]): boolean =>
    nodes.every((one) => one !== null && isLiteral(one, scopes));
  switch (node.type) {
    case "Literal":
      return true;
    case "TemplateLiteral":
      return all(node.expressions);
    case "UnaryExpression":
      return isLiteral(node.argument, scopes);
    case "BinaryExpression":
      return all([node.left, node.right]);
    case "ArrayExpression":
      return all(node.elements);
    case "ObjectExpression":
      return (node.properties as readonly SyntaxNode[]).every(
        (property) => property.type === "Property" && !property.computed && isLiteral(property.value, scopes),
      );
    case "Identifier":
      return !scopes.bindingOf(node) && (node.name === "undefined" || node.name === "Infinity" || node.name === "NaN");
    default:
      return false;
  }
}

function literalText(node: SyntaxNode): string {
  if (node.regex) return `/${node.regex.pattern}/${sortedFlags(node.regex.flags)}`;
  if (typeof node.bigint === "string") return `${node.bigint}n`;
  return typeof node.value === "number" ? String(node.value) : JSON.stringify(node.value);
}

/** `/x/gi` and `/x/ig` are one. */
function sortedFlags(flags: string): string {
  return flags
    .split("")
    .sort((left, right) => (left < right ? -1 : 1))
    .join("");
}
