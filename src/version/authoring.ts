/**
 * What of a module speaks of workflows: imports of the package, and the calls of `node`, `workflow` and `text`.
 *
 * Owns: recognising them under any local name (`import { node as n }`, `import * as wg`), in source and in a bundle.
 * Leaves to others: what is done with them.
 */
import { bare, keyName, propertyOf, stringValue, walk } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";
import type { Scopes } from "./scope.ts";
import { PACKAGE_NAME } from "./specifiers.ts";

/** Exported name of the package that a call's callee means, e.g. "node"; undefined for any other callee. */
export function packageCallee(callee: SyntaxNode, scopes: Scopes): string | undefined {
  const target = bare(callee);
  if (target.type === "Identifier") {
    const declared = scopes.bindingOf(target)?.declaration;
    return declared?.type === "ImportSpecifier" && importsPackage(target, scopes)
      ? keyName(declared.imported)
      : undefined;
  }
  if (target.type !== "MemberExpression" || target.computed) return undefined;
  const object = bare(target.object);
  if (object.type !== "Identifier" || !importsPackage(object, scopes)) return undefined;
  return scopes.bindingOf(object)?.declaration.type === "ImportNamespaceSpecifier"
    ? keyName(target.property)
    : undefined;
}

function importsPackage(identifier: SyntaxNode, scopes: Scopes): boolean {
  const source = scopes.bindingOf(identifier)?.source;
  return source === PACKAGE_NAME || source?.startsWith(`${PACKAGE_NAME}/`) === true;
}

export interface AuthoringCall {
  readonly kind: "node" | "workflow" | "text";
  /** The CallExpression. */
  readonly call: SyntaxNode;
  /** First argument: options of a node or workflow. */
  readonly options: SyntaxNode | undefined;
  /** Literal id of a node, literal name of a workflow. */
  readonly name: string | undefined;
  /** From the program down to the call's parent. */
  readonly ancestors: readonly SyntaxNode[];
}

/** The call as an authoring call, or undefined. */
export function authoringCall(
  node: SyntaxNode,
  scopes: Scopes,
  ancestors: readonly SyntaxNode[] = [],
): AuthoringCall | undefined {
  if (node.type !== "CallExpression") return undefined;
  const kind = packageCallee(node.callee, scopes);
  if (kind !== "node" && kind !== "workflow" && kind !== "text") return undefined;
  const first = node.arguments[0] as SyntaxNode | undefined;
  const options = first && bare(first);
  const named = kind === "text" ? undefined : propertyOf(options, kind === "node" ? "id" : "name");
  return { kind, call: node, options, name: textOf(named, scopes), ancestors };
}

/** A literal string, or a top-level `const` that holds one. */
function textOf(node: SyntaxNode | undefined, scopes: Scopes): string | undefined {
  if (node?.type !== "Identifier") return stringValue(node);
  const binding = scopes.bindingOf(node);
  return binding?.kind === "const" && binding.top ? stringValue(binding.declaration.init) : undefined;
}

/** All authoring calls of a program, in source order. */
export function authoringCalls(program: SyntaxNode, scopes: Scopes): readonly AuthoringCall[] {
  const found: AuthoringCall[] = [];
  walk(program, (node, ancestors) => {
    if (node.type !== "CallExpression") return;
    const call = authoringCall(node, scopes, [...ancestors]);
    if (call) found.push(call);
  });
  return found;
}
