/**
 * Places where a handle is used as if it were its value: text, arithmetic, a property, a list.
 *
 * Owns: which pieces of syntax do that, and what to write instead. Leaves to `handle-rules.ts`: whether what stands there is a handle,
 * and the finding; to `trace/handle.ts`: refusing the same when it happens.
 *
 * R1. Only what the handle itself refuses: `===`, `typeof`, `??` and `instanceof` are fine.
 */
import { bare, keyName, stringValue } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

export interface HandleUse {
  /** What would have to be a value. */
  readonly used: SyntaxNode;
  /** Completes `"page" is a handle, and ...`. */
  readonly what: string;
  /** What to write, given the text of what is used. */
  readonly instead: (text: string) => string;
}

/** What a handle has. */
const OWN: ReadonlySet<string> = new Set(["then", "settled", "constructor", "nodeType", "$$typeof", "asymmetricMatch"]);
const RECKONING: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "**", "<", "<=", ">", ">="]);
const ITSELF = "or pass it on to a node as it is";

/** For those who take a list for an array. */
const OF_LISTS: Readonly<Record<string, string>> = {
  map: "Call a node with it, which runs once for each item, or write",
  forEach: "Call a node with it, which runs once for each item, or write",
  filter: "Choose with filter(items, predicate), or write",
  length: "Hand it to a node that says gather, or write",
};

export function handleUses(node: SyntaxNode): readonly HandleUse[] {
  switch (node.type) {
    case "TemplateLiteral":
      return (node.expressions as readonly SyntaxNode[]).map((used) => value(used, "has no text yet"));
    case "BinaryExpression":
      if (!RECKONING.has(node.operator)) return [];
      return [node.left, node.right].map((used) => value(used, "cannot be reckoned or compared with"));
    case "MemberExpression":
      return property(node);
    case "ForOfStatement":
      if (node.await === true) return [];
      return [listed(node.right, (text) => `Write "for await (const item of ${text})", ${ITSELF}.`)];
    case "SpreadElement":
      return [listed(node.argument, (text) => `Write "await ${text}" (a graph break), ${ITSELF}.`)];
    case "VariableDeclarator":
      return destructured(node);
    case "CallExpression":
      return made(node);
    default:
      return [];
  }
}

function value(used: SyntaxNode, what: string): HandleUse {
  return { used, what, instead: (text) => `Write "await ${text}" (a graph break), ${ITSELF}.` };
}

function listed(used: SyntaxNode, instead: HandleUse["instead"]): HandleUse {
  return { used, what: "cannot be gone through", instead };
}

function property(node: SyntaxNode): readonly HandleUse[] {
  const name = node.computed ? stringValue(bare(node.property)) : keyName(node.property);
  if (name !== undefined && OWN.has(name)) return [];
  // A key that is worked out may be a symbol, which a handle may have.
  if (name === undefined && node.property.type !== "Literal") return [];
  const shown = name ?? String(node.property.value);
  const lead = Object.hasOwn(OF_LISTS, shown) ? OF_LISTS[shown]! : "Write";
  const way = /^[A-Za-z_$][\w$]*$/.test(shown) ? `.${shown}` : "[...]";
  const instead = (text: string): string => `${lead} "(await ${text})${way}" (a graph break), ${ITSELF}.`;
  return [{ used: node.object, what: `has no "${shown}" yet`, instead }];
}

function destructured(node: SyntaxNode): readonly HandleUse[] {
  if (!node.init || !/^(Array|Object)Pattern$/.test(node.id.type)) return [];
  return [value(node.init, "cannot be taken apart")];
}

function made(node: SyntaxNode): readonly HandleUse[] {
  const callee = bare(node.callee);
  const [first] = node.arguments as readonly SyntaxNode[];
  if (!first || first.type === "SpreadElement") return [];
  if (callee.type === "Identifier" && /^(String|Number)$/.test(callee.name)) return [value(first, "has no value yet")];
  if (callee.type !== "MemberExpression" || callee.computed) return [];
  const of = bare(callee.object);
  switch (of.type === "Identifier" ? `${of.name}.${keyName(callee.property)}` : "") {
    case "JSON.stringify":
      return [value(first, "has no JSON yet")];
    case "Promise.all":
    case "Promise.allSettled":
    case "Promise.any":
    case "Promise.race":
      return [listed(first, (text) => `Write "await ${text}", which waits for all of its items, ${ITSELF}.`)];
    case "Array.from":
    case "Object.keys":
    case "Object.values":
    case "Object.entries":
      return [listed(first, (text) => `Write "await ${text}" (a graph break), ${ITSELF}.`)];
    default:
      return [];
  }
}
