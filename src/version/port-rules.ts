/**
 * Ports that have to be declared: an array-typed parameter of a node takes a whole set, one array value, or items, and types are
 * erased before anything runs.
 *
 * Owns: the finding for a parameter that says nothing. Leaves to the types of `node()`: the same as a compile error.
 *
 * R1. Only what the annotation says in the same file; options that are not literal are taken to declare everything.
 */
import { authoringCalls } from "./authoring.ts";
import type { ModuleFacts } from "./call-sites.ts";
import type { Finding } from "./check.ts";
import { bare, isFunction, keyName, propertyOf, stringValue } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

const MAX_DEPTH = 20;

export function portFindings(module: ModuleFacts): readonly Finding[] {
  const types = namedTypes(module.program);
  const findings: Finding[] = [];
  for (const { kind, call, options, name } of authoringCalls(module.program, module.scopes)) {
    if (kind !== "node" || options?.type !== "ObjectExpression") continue;
    const given = call.arguments[1] && bare(call.arguments[1]);
    const declared = declaredPorts(options);
    if (!declared || !given || !isFunction(given)) continue;
    const parameter = given.params[0] as SyntaxNode | undefined;
    const annotation = (parameter?.type === "AssignmentPattern" ? parameter.left : parameter)?.typeAnnotation;
    for (const member of membersOf(annotation?.typeAnnotation, types)) {
      const port = member.key && keyName(member.key);
      if (port === undefined || declared.has(port) || !isArrayType(member.typeAnnotation?.typeAnnotation, types))
        continue;
      findings.push({
        code: "WG1016",
        severity: "error",
        message: `"${port}" of node "${name ?? "?"}" is an array, and the node does not say how it takes many`,
        file: module.file,
        ...module.lines.position(member.start),
        hint: `Write gather: ["${port}"] to receive the whole set, whole: ["${port}"] when one value is an array, or type it as one element to run once for each.`,
      });
    }
  }
  return findings;
}

/** Names in `gather` and `whole`; undefined when the options do not show them. */
function declaredPorts(options: SyntaxNode): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  if ((options.properties as readonly SyntaxNode[]).some(({ type }) => type === "SpreadElement")) return undefined;
  for (const field of ["gather", "whole"]) {
    const list = propertyOf(options, field);
    if (!list) continue;
    if (list.type !== "ArrayExpression") return undefined;
    for (const element of list.elements as readonly (SyntaxNode | null)[]) {
      const port = stringValue(element && bare(element));
      if (port === undefined) return undefined;
      names.add(port);
    }
  }
  return names;
}

function namedTypes(program: SyntaxNode): ReadonlyMap<string, SyntaxNode> {
  const named = new Map<string, SyntaxNode>();
  for (const statement of program.body as readonly SyntaxNode[]) {
    const declared =
      statement.type === "ExportNamedDeclaration" ? (statement.declaration as SyntaxNode | null) : statement;
    if (declared && /^TS(TypeAlias|Interface)Declaration$/.test(declared.type)) named.set(declared.id.name, declared);
  }
  return named;
}

type Types = ReadonlyMap<string, SyntaxNode>;

function named(type: SyntaxNode, types: Types): SyntaxNode | undefined {
  return type.typeName?.type === "Identifier" ? types.get(type.typeName.name) : undefined;
}

function membersOf(type: SyntaxNode | null | undefined, types: Types, depth = 0): readonly SyntaxNode[] {
  if (!type || depth > MAX_DEPTH) return [];
  switch (type.type) {
    case "TSTypeLiteral":
      return type.members;
    case "TSInterfaceDeclaration":
      return type.body.body;
    case "TSTypeAliasDeclaration":
    case "TSParenthesizedType":
      return membersOf(type.typeAnnotation, types, depth + 1);
    case "TSIntersectionType":
      return (type.types as readonly SyntaxNode[]).flatMap((one) => membersOf(one, types, depth + 1));
    case "TSTypeReference":
      return membersOf(named(type, types), types, depth + 1);
    default:
      return [];
  }
}

/** An array, or a union with one. */
function isArrayType(type: SyntaxNode | null | undefined, types: Types, depth = 0): boolean {
  if (!type || depth > MAX_DEPTH) return false;
  switch (type.type) {
    case "TSArrayType":
    case "TSTupleType":
      return true;
    case "TSTypeOperator":
    case "TSParenthesizedType":
    case "TSTypeAliasDeclaration":
      return isArrayType(type.typeAnnotation, types, depth + 1);
    case "TSUnionType":
      return (type.types as readonly SyntaxNode[]).some((one) => isArrayType(one, types, depth + 1));
    case "TSTypeReference": {
      if (type.typeName?.type === "Identifier" && /^(Readonly)?Array$/.test(type.typeName.name)) return true;
      return isArrayType(named(type, types), types, depth + 1);
    }
    default:
      return false;
  }
}
