/**
 * A bundled module cut into the pieces a closure is made of.
 *
 * Owns: one unit per top-level declaration or statement, what it mentions, and what it may do when the module loads.
 * Leaves to `closure.ts`: which units belong to a workflow or node.
 *
 * R1. A unit that may change something a reached unit can see belongs to the closure, mentioned or not. So each unit that runs
 *     code on loading says what it may touch: nothing of ours ("foreign"), named variables ("touches"), or anything ("world").
 * R2. A declaration made only by calling packages (`const Page = z.object({...})`) is foreign: it counts where it is used.
 *     Otherwise the schema of one node would be part of every other node of the file.
 */
import { canonicalParts, unwrapped } from "./canonical.ts";
import type { CanonicalPart } from "./canonical.ts";
import { authoringCall } from "./authoring.ts";
import { bare, childrenOf, isFunction, keyName, rootOf, stringValue, walk } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";
import { patternNames } from "./scope.ts";
import type { Binding, Scopes } from "./scope.ts";

export type LoadEffect = "none" | "foreign" | "touches" | "world";

export interface Unit {
  /** Place in the module, from 0. */
  readonly order: number;
  readonly syntax: SyntaxNode;
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
  const add = (syntax: SyntaxNode, names: readonly SyntaxNode[]): void => {
    const declares = names.flatMap((name) => scopes.bindingOf(name) ?? []);
    const unit = makeUnit({ syntax, declares, order: units.length, scopes });
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
        for (const declarator of statement.declarations) add(declarator, [...patternNames(declarator.id)]);
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
  readonly declares: readonly Binding[];
  readonly order: number;
  readonly scopes: Scopes;
}): Unit {
  const { syntax, declares, order, scopes } = from;
  const effects = new EffectReader(scopes);
  effects.read(syntax);
  const made = syntax.type === "VariableDeclarator" && syntax.init ? unwrapped(syntax.init) : undefined;
  const own = made && authoringCall(made, scopes);
  const inner: string[] = [];
  const loads: string[] = [];
  walk(syntax, (node) => {
    if (node.type === "ImportExpression")
      loads.push(...(stringValue(node.source) === undefined ? [] : [stringValue(node.source)!]));
    if (node.type !== "CallExpression") return;
    const required = node.callee.name === "__require" ? stringValue(node.arguments[0]) : undefined;
    if (required !== undefined) loads.push(required);
    const call = node === made ? undefined : authoringCall(node, scopes);
    if (call?.kind === "node" && call.name !== undefined) inner.push(call.name);
  });
  return {
    order,
    syntax,
    declares,
    parts: canonicalParts(syntax, scopes),
    effect: effects.effect,
    touched: effects.touched,
    loads,
    nodeId: own?.kind === "node" ? own.name : undefined,
    innerNodeIds: inner,
  };
}

const LEVELS: readonly LoadEffect[] = ["none", "foreign", "touches", "world"];

/** The bundler's own helpers that declare modules: they run nothing of the author's. */
const BUNDLER_HELPER = /^__(?:exportAll|commonJSMin|esmMin|toESM|toCommonJS|require|name)(?:\$\d+)?$/;

/** Methods of arrays, strings, maps and objects that change nothing themselves. */
const READING_METHODS: ReadonlySet<string> = new Set(
  (
    "at concat entries every filter find findIndex flat flatMap forEach has includes indexOf join keys map reduce repeat " +
    "replace replaceAll slice some split startsWith endsWith toLowerCase toReversed toSorted toString toUpperCase trim values"
  ).split(" "),
);

/** Finds out what evaluating a top-level piece of code may do. Bodies of functions that are only defined do nothing. */
class EffectReader {
  effect: LoadEffect = "none";
  readonly touched: Set<Binding> = new Set();
  readonly #scopes: Scopes;

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  read(node: SyntaxNode): void {
    if (isFunction(node)) return;
    switch (node.type) {
      case "VariableDeclarator":
        if (node.init) this.read(unwrapped(node.init));
        return;
      case "ExpressionStatement":
        // A wrapped one is what is left of a declaration that nobody uses (`rewrite.ts`, R2).
        if (unwrapped(node.expression) !== bare(node.expression)) return this.read(unwrapped(node.expression));
        return this.#statement(bare(node.expression));
      case "CallExpression":
      case "NewExpression":
      case "TaggedTemplateExpression":
        return this.#call(node);
      case "AssignmentExpression":
      case "UpdateExpression":
        this.#change(bare(node.left ?? node.argument));
        break;
      case "UnaryExpression":
        if (node.operator === "delete") this.#change(bare(node.argument));
        break;
      case "AwaitExpression":
      case "StaticBlock":
      case "IfStatement":
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "TryStatement":
      case "ThrowStatement":
      case "SwitchStatement":
      case "BlockStatement":
        return this.#raise("world");
      case "MethodDefinition":
        if (node.computed) this.read(node.key);
        return;
      case "PropertyDefinition":
      case "AccessorProperty":
        if (node.computed) this.read(node.key);
        // An instance field runs in the constructor, a static one now.
        if (node.static && node.value) this.read(node.value);
        return;
    }
    for (const child of childrenOf(node)) this.read(child);
  }

  #raise(effect: LoadEffect): void {
    if (LEVELS.indexOf(effect) > LEVELS.indexOf(this.effect)) this.effect = effect;
  }

  #touch(binding: Binding): void {
    this.touched.add(binding);
    this.#raise("touches");
  }

  #statement(node: SyntaxNode): void {
    if (node.type !== "CallExpression") return this.read(node);
    const callee = bare(node.callee);
    const root = rootOf(callee);
    const binding = root && this.#scopes.bindingOf(root);
    const given = (node.arguments as readonly SyntaxNode[]).map((argument) => rootOf(bare(argument)));
    if (binding?.kind === "import") {
      // `dayjs.extend(utc)`: a statement that names a package is there to change it, or what it is given.
      this.#touch(binding);
      for (const name of given) this.#touchName(name);
    } else if (!binding && root?.name === "Object" && given[0]) {
      this.#touchName(given[0]);
    } else {
      this.#call(node);
      if (this.effect !== "touches") this.#raise("world");
    }
    for (const argument of node.arguments) this.read(argument);
  }

  #touchName(name: SyntaxNode | undefined): void {
    const binding = name && this.#scopes.bindingOf(name);
    if (binding && binding.kind !== "import") this.#change(name);
  }

  #call(node: SyntaxNode): void {
    const callee = bare(node.callee ?? node.tag);
    const authoring = authoringCall(node, this.#scopes);
    // The package itself says that defining has no effect; options and function are looked at where the node is used.
    if (authoring && authoring.kind !== "text") return;
    const root = rootOf(callee);
    const binding = root && this.#scopes.bindingOf(root);
    if (!root) {
      // `[1, 2].map(f)` works on a value made here; `(function () {...})()` and `(a || b)()` may do anything.
      if (callee.type === "MemberExpression") this.#raise("foreign");
      else this.#raise("world");
    } else if (BUNDLER_HELPER.test(root.name)) {
      return;
    } else if (!binding || binding.kind === "import") {
      this.#raise("foreign");
    } else if (callee.type === "MemberExpression") {
      if (READING_METHODS.has(keyName(callee.property) ?? "")) this.#raise("foreign");
      else this.#change(callee);
    } else {
      this.#raise("world");
    }
    if (callee.type !== "Identifier") this.read(callee);
    for (const argument of node.arguments ?? []) this.read(argument);
  }

  /** A variable or something inside it is changed: that variable alone, if it holds a value of its own. */
  #change(target: SyntaxNode): void {
    const root = rootOf(target);
    const binding = root && this.#scopes.bindingOf(root);
    if (binding && binding.kind !== "import" && holdsOwnValue(binding)) this.#touch(binding);
    else this.#raise("world");
  }
}

/** False for an alias of something else, such as `const proto = Array.prototype`. */
function holdsOwnValue(binding: Binding): boolean {
  if (binding.kind === "function" || binding.kind === "class") return true;
  const init = binding.declaration.init as SyntaxNode | null | undefined;
  if (!init) return binding.kind === "let" || binding.kind === "var";
  const value = bare(init);
  return value.type !== "Identifier" && value.type !== "MemberExpression" && value.type !== "AwaitExpression";
}
