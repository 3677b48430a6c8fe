/**
 * Types of a file as far as a form needs them.
 *
 * Owns: turning an annotation into one of a few simple types, following aliases and interfaces of the same file.
 */
import { keyName } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

export type SimpleType = "string" | "number" | "boolean" | "string[]" | "number[]" | "json";

export interface ReadType {
  readonly type: SimpleType;
  readonly choices?: readonly (string | number | boolean)[];
  /** Of "json": any text is among its members, and the others are objects or lists. */
  readonly text?: true;
  /** `undefined` is among its members. */
  readonly nullable?: boolean;
}

export interface TypeMember {
  readonly name: string;
  readonly optional: boolean;
  readonly type: ReadType;
  readonly typeText: string;
}

/** Aliases may be circular, and a chain this long helps nobody. */
const MAX_DEPTH = 30;

export class TypeReader {
  readonly #text: string;
  readonly #named: ReadonlyMap<string, SyntaxNode>;

  constructor(program: SyntaxNode, text: string) {
    const named = new Map<string, SyntaxNode>();
    for (const statement of program.body as readonly SyntaxNode[]) {
      const declared = (
        statement.type === "ExportNamedDeclaration" ? statement.declaration : statement
      ) as SyntaxNode | null;
      if (declared?.type === "TSTypeAliasDeclaration" || declared?.type === "TSInterfaceDeclaration") {
        if (!declared.typeParameters) named.set(declared.id.name, declared);
      }
    }
    this.#named = named;
    this.#text = text;
  }

  /** Members of an object type; undefined when it is not one that can be read here. */
  members(node: SyntaxNode | null | undefined, depth = 0): readonly TypeMember[] | undefined {
    if (!node || depth > MAX_DEPTH) return undefined;
    switch (node.type) {
      case "TSTypeLiteral":
        return this.#signatures(node.members);
      case "TSParenthesizedType":
        return this.members(node.typeAnnotation, depth + 1);
      case "TSInterfaceDeclaration":
        return this.#interface(node, depth);
      case "TSTypeAliasDeclaration":
        return this.members(node.typeAnnotation, depth + 1);
      case "TSIntersectionType":
        return this.#joined(node.types, depth);
      case "TSTypeReference":
        return this.#reference(node, depth);
      default:
        return undefined;
    }
  }

  #reference(node: SyntaxNode, depth: number): readonly TypeMember[] | undefined {
    const name: unknown = node.typeName.name;
    const [inner] = (node.typeArguments?.params ?? []) as readonly SyntaxNode[];
    if (name === "Readonly" || name === "Required") return this.members(inner, depth + 1);
    if (name === "Partial") return this.members(inner, depth + 1)?.map((member) => ({ ...member, optional: true }));
    return this.members(typeof name === "string" ? this.#named.get(name) : undefined, depth + 1);
  }

  #interface(node: SyntaxNode, depth: number): readonly TypeMember[] | undefined {
    const own = this.#signatures(node.body.body);
    const bases = ((node.extends ?? []) as readonly SyntaxNode[]).map((base) =>
      this.members(this.#named.get(base.expression?.name ?? ""), depth + 1),
    );
    return merged([...bases, own]);
  }

  #joined(types: readonly SyntaxNode[], depth: number): readonly TypeMember[] | undefined {
    return merged(types.map((type) => this.members(type, depth + 1)));
  }

  #signatures(signatures: readonly SyntaxNode[]): readonly TypeMember[] | undefined {
    const members: TypeMember[] = [];
    for (const signature of signatures) {
      const name = signature.key && !signature.computed ? keyName(signature.key) : undefined;
      // An index signature allows any name: no list of parameters describes that.
      if (name === undefined) return undefined;
      const annotation = signature.typeAnnotation?.typeAnnotation as SyntaxNode | undefined;
      const isValue = signature.type === "TSPropertySignature" && annotation;
      members.push({
        name,
        optional: signature.optional === true,
        type: isValue ? this.type(annotation) : { type: "json" },
        typeText: annotation ? this.#text.slice(annotation.start, annotation.end) : "",
      });
    }
    return members;
  }

  type(node: SyntaxNode, depth = 0): ReadType {
    if (depth > MAX_DEPTH) return { type: "json" };
    switch (node.type) {
      case "TSStringKeyword":
      case "TSTemplateLiteralType":
        return { type: "string" };
      case "TSNumberKeyword":
        return { type: "number" };
      case "TSBooleanKeyword":
        return { type: "boolean" };
      case "TSUndefinedKeyword":
        return { type: "json", nullable: true };
      case "TSParenthesizedType":
        return this.type(node.typeAnnotation, depth + 1);
      case "TSLiteralType":
        return literalType(node.literal);
      case "TSArrayType":
        return listOf(this.type(node.elementType, depth + 1));
      case "TSTypeOperator":
        return node.operator === "readonly" ? this.type(node.typeAnnotation, depth + 1) : { type: "json" };
      case "TSUnionType":
        return unionOf((node.types as readonly SyntaxNode[]).map((one) => this.type(one, depth + 1)));
      case "TSTypeReference": {
        const name: unknown = node.typeName.name;
        const [inner] = (node.typeArguments?.params ?? []) as readonly SyntaxNode[];
        if ((name === "Array" || name === "ReadonlyArray") && inner) return listOf(this.type(inner, depth + 1));
        const named = typeof name === "string" ? this.#named.get(name) : undefined;
        return named?.type === "TSTypeAliasDeclaration" ? this.type(named.typeAnnotation, depth + 1) : { type: "json" };
      }
      default:
        return { type: "json" };
    }
  }
}

function merged(parts: readonly (readonly TypeMember[] | undefined)[]): readonly TypeMember[] | undefined {
  const members = new Map<string, TypeMember>();
  for (const part of parts) {
    if (!part) return undefined;
    for (const member of part) members.set(member.name, member);
  }
  return [...members.values()];
}

function listOf(element: ReadType): ReadType {
  if (element.choices || element.nullable) return { type: "json" };
  if (element.type === "string") return { type: "string[]" };
  return element.type === "number" ? { type: "number[]" } : { type: "json" };
}

function literalType(literal: SyntaxNode): ReadType {
  if (literal.type === "UnaryExpression" && literal.operator === "-" && typeof literal.argument.value === "number") {
    return { type: "number", choices: [-literal.argument.value] };
  }
  const value: unknown = literal.value;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    return { type: typeof value as "string" | "number" | "boolean", choices: [value] };
  }
  return { type: "json" };
}

function unionOf(members: readonly ReadType[]): ReadType {
  const nullable = members.some((member) => member.nullable);
  const kept = members.filter((member) => !member.nullable);
  const [first] = kept;
  const flag = nullable ? { nullable } : {};
  if (!first) return { type: "json", ...flag };
  if (kept.length === 1) return { ...first, ...flag };
  if (kept.every((member) => member.choices)) {
    const same = kept.every((member) => member.type === first.type);
    return { type: same ? first.type : "json", choices: kept.flatMap((member) => member.choices ?? []), ...flag };
  }
  // `string | "a"` is any string.
  if (kept.every((member) => member.type === first.type)) return { type: first.type, ...flag };
  const isText =
    kept.some(({ type, choices, text }) => (type === "string" && !choices) || text === true) &&
    kept.every(({ type }) => type === "string" || type === "json");
  return { type: "json", ...(isText ? { text: true as const } : {}), ...flag };
}
