/**
 * A bundled module cut into the pieces a closure is made of.
 *
 * Owns: one unit per top-level declaration or statement, what it mentions, and what it may do when the module loads.
 * Leaves to `closure.ts`: which units belong to a workflow or node.
 *
 * R1. What a unit may do when the module loads is read by `load-effect.ts`.
 */
import { canonicalParts, unwrapped } from "./canonical.ts";
import type { CanonicalPart } from "./canonical.ts";
import { authoringCall } from "./authoring.ts";
import { loadEffect } from "./load-effect.ts";
import type { LoadEffect } from "./load-effect.ts";
import { stringValue, walk } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";
import { patternNames } from "./scope.ts";
import type { Binding, Scopes } from "./scope.ts";

export interface Unit {
  /** Place in the module, from 0. */
  readonly order: number;
  readonly syntax: SyntaxNode;
  /** The top-level statement that it is, or is a part of. */
  readonly statement: SyntaxNode;
  readonly declares: readonly Binding[];
  readonly parts: readonly CanonicalPart[];
  readonly effect: LoadEffect;
  /** Variables that running it may change, when `effect` is "touches". */
  readonly touched: ReadonlySet<Binding>;
  /** Specifiers named in `import("x")` and `require("x")`. */
  readonly loads: readonly string[];
  /** Id, when the unit is exactly `const x = node({ id: "..." }, ...)`. */
  readonly nodeId: string | undefined;
  /** Ids of nodes made anywhere else in the unit. */
  readonly innerNodeIds: readonly string[];
}

export interface BundleUnits {
  readonly units: readonly Unit[];
  readonly unitOf: ReadonlyMap<Binding, Unit>;
  /** Local variable behind each exported name. */
  readonly exports: ReadonlyMap<string, Binding>;
  /** `import "x"` statements, in order. */
  readonly bareImports: readonly string[];
}

export function unitsOf(program: SyntaxNode, scopes: Scopes): BundleUnits {
  const units: Unit[] = [];
  const unitOf = new Map<Binding, Unit>();
  const exports = new Map<string, Binding>();
  const bareImports: string[] = [];
  const add = (syntax: SyntaxNode, names: readonly SyntaxNode[], statement = syntax): void => {
    const declares = names.flatMap((name) => scopes.bindingOf(name) ?? []);
    const unit = makeUnit({ syntax, statement, declares, order: units.length, scopes });
    units.push(unit);
    for (const binding of declares) unitOf.set(binding, unit);
  };
  for (const statement of program.body as readonly SyntaxNode[]) {
    switch (statement.type) {
      case "ImportDeclaration":
        if (statement.specifiers.length === 0) bareImports.push(statement.source.value);
        break;
      case "ExportNamedDeclaration":
        for (const specifier of statement.specifiers as readonly SyntaxNode[]) {
          const binding = statement.source ? undefined : scopes.bindingOf(specifier.local);
          if (binding) exports.set(specifier.exported.name ?? specifier.exported.value, binding);
        }
        break;
      case "VariableDeclaration":
        for (const declarator of statement.declarations) add(declarator, [...patternNames(declarator.id)], statement);
        break;
      case "FunctionDeclaration":
      case "ClassDeclaration":
        add(statement, statement.id ? [statement.id] : []);
        break;
      case "EmptyStatement":
        break;
      default:
        add(statement, []);
    }
  }
  return { units, unitOf, exports, bareImports };
}

function makeUnit(from: {
  readonly syntax: SyntaxNode;
  readonly statement: SyntaxNode;
  readonly declares: readonly Binding[];
  readonly order: number;
  readonly scopes: Scopes;
}): Unit {
  const { syntax, statement, declares, order, scopes } = from;
  const { effect, touched } = loadEffect(syntax, scopes);
  const made = syntax.type === "VariableDeclarator" && syntax.init ? unwrapped(syntax.init) : undefined;
  const own = made && authoringCall(made, scopes);
  const inner: string[] = [];
  const loads: string[] = [];
  walk(syntax, (node) => {
    const loaded =
      node.type === "ImportExpression"
        ? node.source
        : node.callee?.name === "__require"
          ? node.arguments[0]
          : undefined;
    const specifier = stringValue(loaded);
    if (specifier !== undefined) loads.push(specifier);
    if (node.type !== "CallExpression") return;
    const call = node === made ? undefined : authoringCall(node, scopes);
    if (call?.kind === "node" && call.name !== undefined) inner.push(call.name);
  });
  return {
    order,
    syntax,
    statement,
    declares,
    parts: canonicalParts(syntax, scopes),
    effect,
    touched,
    loads,
    nodeId: own?.kind === "node" ? own.name : undefined,
    innerNodeIds: inner,
  };
}
