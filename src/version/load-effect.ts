/**
 * What a top-level statement may change when its module loads.
 *
 * Owns: the answer for one statement: nothing, nothing of ours, named variables, or anything.
 * Leaves to `closure.ts`: which statements belong to a workflow because of it.
 *
 * R1. A statement that may change something a closure holds belongs to that closure, mentioned or not.
 * R2. A declaration made by calling packages (`const Page = z.object({...})`) is "foreign": it counts where it is used.
 *     Otherwise the schema of one node would be part of every other node of the file.
 * R3. Functions of the project that run on loading are followed, and so are functions given to a call: it may call them.
 *     What cannot be followed counts as anything.
 */
import { unwrapped } from "./canonical.ts";
import { authoringCall } from "./authoring.ts";
import { bare, childrenOf, isFunction, keyName, rootOf } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";
import type { Binding, Scopes } from "./scope.ts";

export type LoadEffect = "none" | "foreign" | "touches" | "world";

export interface LoadEffects {
  readonly effect: LoadEffect;
  /** Top-level variables whose value it may change; all there is unless `effect` is "world". */
  readonly touched: ReadonlySet<Binding>;
}

export function loadEffect(statement: SyntaxNode, scopes: Scopes): LoadEffects {
  const reader = new EffectReader(scopes);
  reader.read(statement);
  return reader;
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

/** Globals through which the whole process is changed. */
const WORLD_GLOBALS: ReadonlySet<string> = new Set([
  "process",
  "globalThis",
  "global",
  "self",
  "Reflect",
  "eval",
  "Function",
]);

class EffectReader implements LoadEffects {
  effect: LoadEffect = "none";
  readonly touched: Set<Binding> = new Set();
  readonly #scopes: Scopes;
  /** Functions and classes whose body was read; a recursive one is read once. */
  readonly #entered: Set<SyntaxNode> = new Set();

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  read(node: SyntaxNode): void {
    // Defining a function does nothing.
    if (isFunction(node)) return;
    switch (node.type) {
      case "VariableDeclarator":
        if (node.init) this.read(unwrapped(node.init));
        return;
      case "ExpressionStatement": {
        const inner = unwrapped(node.expression);
        // A wrapped one is what is left of a declaration that nobody uses (`rewrite.ts`, R2).
        return inner === bare(node.expression) ? this.#statement(inner) : this.read(inner);
      }
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
      case "ForInStatement":
      case "ForOfStatement":
        // The loop variable is an alias of a member: what the body does to it cannot be followed.
        this.#raise("world");
        break;
      case "AwaitExpression":
      case "ThrowStatement":
        this.#raise("world");
        break;
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

  /** A call whose result nobody takes is there for its effect. */
  #statement(node: SyntaxNode): void {
    const callee = node.type === "CallExpression" ? bare(node.callee) : undefined;
    const root = callee && rootOf(callee);
    const binding = root && this.#scopes.bindingOf(root);
    if (!callee || (!root && callee.type === "MemberExpression")) return this.read(node);
    if (binding?.kind === "import") {
      // `dayjs.extend(utc)`: it concerns whoever uses that package, and what is given.
      this.touched.add(binding);
      this.#raise("touches");
      this.#given(node);
    } else if (root && !binding && root.name === "Object" && node.arguments[0]) {
      // `Object.assign(target, ...)`, `Object.freeze(target)`.
      this.#change(bare(node.arguments[0]));
    } else if (root && !binding) {
      this.#raise("world");
    }
    this.#call(node);
  }

  #call(node: SyntaxNode): void {
    const callee = bare(node.callee ?? node.tag);
    const authoring = authoringCall(node, this.#scopes);
    // The package itself says that defining has no effect; options and function are looked at where the node is used.
    if (authoring && authoring.kind !== "text") return;
    const root = rootOf(callee);
    const binding = root && this.#scopes.bindingOf(root);
    this.#raise("foreign");
    if (isFunction(callee)) {
      this.#enter(callee);
      this.#given(node);
    } else if (!root) {
      // `[1, 2].map(f)` works on a value made here; `(a || b)()` may be anything.
      if (callee.type !== "MemberExpression") this.#raise("world");
    } else if (!binding) {
      if (WORLD_GLOBALS.has(root.name)) this.#raise("world");
    } else if (callee.type === "MemberExpression" && binding.kind !== "import") {
      if (!READING_METHODS.has(keyName(callee.property) ?? "")) this.#change(callee);
    } else if (binding.kind !== "import" && !BUNDLER_HELPER.test(root.name)) {
      this.#callOwn(node, binding);
    }
    if (callee.type !== "Identifier") this.read(callee);
    for (const argument of (node.arguments ?? []) as readonly SyntaxNode[]) {
      if (isFunction(bare(argument))) this.#enter(bare(argument));
      else this.read(argument);
    }
  }

  /** A function or class of the project is run: what its body does counts, and it may change what it is given. */
  #callOwn(node: SyntaxNode, binding: Binding): void {
    const { declaration } = binding;
    const init = declaration.type === "VariableDeclarator" && declaration.init ? bare(declaration.init) : declaration;
    if (isFunction(init)) this.#enter(init);
    else if (init.type === "ClassDeclaration" || init.type === "ClassExpression") this.#construct(init);
    else return this.#raise("world");
    this.#given(node);
  }

  #given(node: SyntaxNode): void {
    for (const argument of (node.arguments ?? []) as readonly SyntaxNode[]) {
      const root = rootOf(bare(argument));
      const binding = root && this.#scopes.bindingOf(root);
      if (!binding || binding.kind === "import") continue;
      const value = binding.declaration.init as SyntaxNode | undefined;
      if (isFunction(binding.declaration)) this.#enter(binding.declaration);
      else if (value && isFunction(bare(value))) this.#enter(bare(value));
      else if (!value || !isPrimitive(bare(value))) this.#change(root);
    }
  }

  #enter(fn: SyntaxNode): void {
    if (this.#entered.has(fn)) return;
    this.#entered.add(fn);
    for (const parameter of fn.params as readonly SyntaxNode[]) this.read(parameter);
    this.read(fn.body);
  }

  #construct(made: SyntaxNode): void {
    if (this.#entered.has(made)) return;
    this.#entered.add(made);
    const base = made.superClass && bare(made.superClass);
    const above = base?.type === "Identifier" ? this.#scopes.bindingOf(base) : undefined;
    if (above?.kind === "class") this.#construct(above.declaration);
    else if (base && above?.kind !== "import") this.#raise("world");
    for (const member of made.body.body as readonly SyntaxNode[]) {
      if (member.type === "MethodDefinition" && member.kind === "constructor") this.#enter(member.value);
      if (member.type === "PropertyDefinition" && !member.static && member.value) this.read(member.value);
    }
  }

  /** A variable, or something inside its value, is changed. */
  #change(target: SyntaxNode): void {
    // `this.x = ...` in a constructor, `[].push(1)`: a value that was made here.
    if (bare(target).type === "ThisExpression" || startsFresh(target)) return;
    const root = rootOf(target);
    const binding = root && this.#scopes.bindingOf(root);
    // What parameters stand for is counted at the call (`#given`).
    if (binding?.kind === "parameter") return;
    if (!binding || binding.kind === "import" || binding.kind === "catch") return this.#raise("world");
    if (binding.kind === "function" || binding.kind === "class") return this.#touch(binding);
    const init = binding.declaration.init as SyntaxNode | null | undefined;
    const made = init ? unwrapped(init) : undefined;
    this.#touch(binding);
    if (made && !this.#ownsValue(made)) this.#raise("world");
  }

  #touch(binding: Binding): void {
    if (!binding.top) return;
    this.touched.add(binding);
    this.#raise("touches");
  }

  /** False for an alias (`const proto = Array.prototype`) and for what the project's own code made: its methods may do anything. */
  #ownsValue(made: SyntaxNode): boolean {
    if (made.type === "Identifier" || made.type === "MemberExpression" || made.type === "AwaitExpression") return false;
    if (made.type !== "CallExpression" && made.type !== "NewExpression") return true;
    if (authoringCall(made, this.#scopes)) return true;
    const root = rootOf(made.callee);
    const binding = root && this.#scopes.bindingOf(root);
    return !binding || binding.kind === "import";
  }
}

function startsFresh(target: SyntaxNode): boolean {
  let at = bare(target);
  while (at.type === "MemberExpression" || at.type === "CallExpression") at = bare(at.object ?? at.callee);
  return (
    at.type === "ThisExpression" ||
    at.type === "NewExpression" ||
    at.type === "ArrayExpression" ||
    at.type === "ObjectExpression"
  );
}

function isPrimitive(node: SyntaxNode): boolean {
  return node.type === "Literal" || node.type === "TemplateLiteral";
}
