/**
 * The parameters of a workflow, read from its annotation.
 *
 * Owns: names, optionality, defaults and simple types of the one destructured (or annotated) parameter of a workflow function.
 * Leaves to `define/`: schemas, which say more and win; to the command line: flags and forms made from this.
 *
 * R1. Only what the annotation says in the same file: literals, aliases and interfaces. What cannot be read is "json".
 * R2. A default makes a parameter optional, as it does in the language.
 */
import { authoringCalls } from "./authoring.ts";
import { scopesOf } from "./scope.ts";
import { LineIndex } from "./line-index.ts";
import { bare, isFunction, keyName, parseSource, stringValue } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";
import { TypeReader } from "./type-reader.ts";
import type { SimpleType } from "./type-reader.ts";

export interface Parameter {
  readonly name: string;
  readonly type: SimpleType;
  /** Of "json": any text is a value, too (`string | Settings`). */
  readonly text?: true;
  /** Allowed values, for a union of literals. */
  readonly choices?: readonly (string | number | boolean)[];
  readonly required: boolean;
  /** Value used when it is left out, where it is literal. */
  readonly default?: unknown;
  /** The annotation as written. */
  readonly typeText: string;
}

export interface SignatureRequest {
  /** Source text of the file. */
  readonly text: string;
  /** Its name, for messages and for the language. */
  readonly file: string;
  /** The workflow: exported variable, or the line of its `workflow(...)`. Or a node, by its id. */
  readonly at: { readonly exportName: string } | { readonly line: number } | { readonly nodeId: string };
}

/** Parameters of a workflow's or a node's function; undefined when there is no such workflow or its parameter says nothing. */
export async function readSignature(request: SignatureRequest): Promise<readonly Parameter[] | undefined> {
  const program = await parseSource(request.text, request.file);
  const fn = functionAt(program, request);
  const parameter = fn?.params[0] as SyntaxNode | undefined;
  if (!fn) return undefined;
  if (!parameter) return [];
  return parametersOf(parameter, new TypeReader(program, request.text));
}

function functionAt(program: SyntaxNode, request: SignatureRequest): SyntaxNode | undefined {
  const { at } = request;
  const scopes = scopesOf(program);
  const lines = new LineIndex(request.text);
  for (const { kind, call, name, ancestors } of authoringCalls(program, scopes)) {
    if (kind !== ("nodeId" in at ? "node" : "workflow")) continue;
    const holder = ancestors.at(-1);
    const wanted =
      "nodeId" in at
        ? name === at.nodeId
        : "line" in at
          ? lines.position(call.start).line === at.line
          : holder?.type === "ExportDefaultDeclaration"
            ? at.exportName === "default"
            : holder?.type === "VariableDeclarator" && holder.id.name === at.exportName;
    if (!wanted) continue;
    const given = call.arguments[1] && bare(call.arguments[1]);
    if (given && isFunction(given)) return given;
    // `workflow({ ... }, main)` with `function main(...)` or `const main = ...` in the same file.
    const declared = given?.type === "Identifier" ? scopes.bindingOf(given)?.declaration : undefined;
    const named = declared?.type === "VariableDeclarator" && declared.init ? bare(declared.init) : declared;
    return named && isFunction(named) ? named : undefined;
  }
  return undefined;
}

function parametersOf(given: SyntaxNode, types: TypeReader): readonly Parameter[] | undefined {
  const pattern = given.type === "AssignmentPattern" ? given.left : given;
  const members = types.members(pattern.typeAnnotation?.typeAnnotation);
  const defaults = pattern.type === "ObjectPattern" ? defaultsOf(pattern) : new Map<string, SyntaxNode | undefined>();
  if (!members) {
    if (pattern.type !== "ObjectPattern" || pattern.typeAnnotation) return undefined;
    return [...defaults].map(([name, value]) => plainParameter(name, value));
  }
  const whole = given.type === "AssignmentPattern";
  return members
    .map(({ name, optional, type, typeText }) => {
      const value = defaults.get(name);
      const known = value && literalOf(value);
      return {
        name,
        ...type,
        required: !optional && !value && !whole && !type.nullable,
        ...(known ? { default: known.value } : {}),
        typeText,
      };
    })
    .map(({ nullable: _nullable, ...parameter }) => parameter);
}

/** Without an annotation (plain JavaScript) a default still tells a type. */
function plainParameter(name: string, value: SyntaxNode | undefined): Parameter {
  const known = value && literalOf(value);
  const kind = typeof known?.value;
  const type: SimpleType = kind === "string" || kind === "number" || kind === "boolean" ? kind : "json";
  return { name, type, required: !value, ...(known ? { default: known.value } : {}), typeText: "" };
}

function defaultsOf(pattern: SyntaxNode): Map<string, SyntaxNode | undefined> {
  const found = new Map<string, SyntaxNode | undefined>();
  for (const property of pattern.properties as readonly SyntaxNode[]) {
    const name = property.type === "Property" && !property.computed ? keyName(property.key) : undefined;
    if (name !== undefined)
      found.set(name, property.value.type === "AssignmentPattern" ? bare(property.value.right) : undefined);
  }
  return found;
}

/** The value of a literal, an array or an object of literals. */
function literalOf(node: SyntaxNode): { readonly value: unknown } | undefined {
  const text = stringValue(node);
  if (text !== undefined) return { value: text };
  switch (node.type) {
    case "Literal":
      return node.regex || typeof node.bigint === "string" ? undefined : { value: node.value };
    case "UnaryExpression": {
      const inner = literalOf(bare(node.argument));
      return node.operator === "-" && typeof inner?.value === "number" ? { value: -inner.value } : undefined;
    }
    case "ArrayExpression": {
      const values = (node.elements as readonly (SyntaxNode | null)[]).map((one) => one && literalOf(bare(one)));
      return values.every((one) => one) ? { value: values.map((one) => one?.value) } : undefined;
    }
    case "ObjectExpression": {
      const entries: [string, unknown][] = [];
      for (const property of node.properties as readonly SyntaxNode[]) {
        const name = property.type === "Property" && !property.computed ? keyName(property.key) : undefined;
        const inner = name === undefined ? undefined : literalOf(bare(property.value));
        if (name === undefined || !inner) return undefined;
        entries.push([name, inner.value]);
      }
      return { value: Object.fromEntries(entries) };
    }
    default:
      return undefined;
  }
}

/** JSON Schema (2020-12) of a workflow's input, from its parameters. */
export function jsonSchemaOf(parameters: readonly Parameter[]): Readonly<Record<string, unknown>> {
  const properties: [string, unknown][] = [];
  for (const parameter of parameters) {
    const withDefault = parameter.default === undefined ? {} : { default: parameter.default };
    properties.push([parameter.name, { ...typeSchema(parameter), ...withDefault }]);
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: Object.fromEntries(properties),
    required: parameters.filter((parameter) => parameter.required).map((parameter) => parameter.name),
    additionalProperties: false,
  };
}

function typeSchema(parameter: Parameter): Readonly<Record<string, unknown>> {
  const { type, choices, text } = parameter;
  if (type === "json") return choices ? { enum: choices } : text ? { examples: ["some text"] } : {};
  if (type === "string[]") return { type: "array", items: { type: "string" } };
  if (type === "number[]") return { type: "array", items: { type: "number" } };
  return choices ? { type, enum: choices } : { type };
}
