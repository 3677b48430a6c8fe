/**
 * What an expression may be.
 *
 * Owns: the value of each kind of expression, and what well-known functions of the language do with handles.
 * Leaves to `handle-flow.ts`: variables, functions, patterns, and repeating.
 */
import { join, Value, type ObjectSite } from "./abstract-value.ts";
import { packageCallee } from "./authoring.ts";
import type { HandleFlow } from "./handle-flow.ts";
import { bare, isFunction, keyName, stringValue } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

/** Functions of the package that give a handle. */
const HANDLE_MAKERS: ReadonlySet<string> = new Set(["merge", "filter", "race", "sleep", "runSubgraph"]);
/** Those that give a tuple of handles. */
const TUPLE_MAKERS: ReadonlySet<string> = new Set(["zip", "zipBy", "cross"]);
/** Array methods whose callback is a test. */
const TESTING: ReadonlySet<string> = new Set([
  "filter",
  "some",
  "every",
  "find",
  "findIndex",
  "findLast",
  "findLastIndex",
]);
const SAME_ELEMENTS: ReadonlySet<string> = new Set([
  "filter",
  "slice",
  "toSorted",
  "sort",
  "reverse",
  "toReversed",
  "concat",
  "values",
  "splice",
  "toSpliced",
  "with",
  "fill",
]);
const ONE_ELEMENT: ReadonlySet<string> = new Set(["find", "findLast", "at", "pop", "shift"]);
const ASSERTING: ReadonlySet<string> = new Set(["assert", "ok", "invariant"]);

export class ExpressionFlow {
  readonly #flow: HandleFlow;

  constructor(flow: HandleFlow) {
    this.#flow = flow;
  }

  eval(given: SyntaxNode): Value {
    const node = bare(given);
    const value = this.#eval(node);
    this.#flow.values.set(node, value);
    return value;
  }

  #eval(node: SyntaxNode): Value {
    const flow = this.#flow;
    switch (node.type) {
      case "Identifier":
        return node.name === "undefined" ? Value.other() : flow.named(node);
      case "ThisExpression":
        return flow.self ? Value.of(flow.self) : Value.other();
      case "FunctionExpression":
      case "ArrowFunctionExpression": {
        const value = new Value();
        value.functions.add(node);
        if (node.id) flow.put(flow.named(node.id), value);
        flow.enter(node);
        return value;
      }
      case "ClassExpression":
      case "ClassDeclaration":
        return this.#class(node);
      case "ArrayExpression":
        return this.#array(node);
      case "ObjectExpression":
        return this.#object(node);
      case "CallExpression":
        return this.#call(node);
      case "NewExpression":
        return this.#new(node);
      case "MemberExpression": {
        const object = this.eval(node.object);
        if (node.computed) this.eval(node.property);
        return this.field(object, this.memberName(node));
      }
      case "AssignmentExpression":
        return this.#assign(node);
      case "ConditionalExpression":
        this.eval(node.test);
        flow.condition(node.test);
        return join(this.eval(node.consequent), this.eval(node.alternate));
      case "LogicalExpression": {
        const [left, right] = [this.eval(node.left), this.eval(node.right)];
        if (node.operator !== "??") flow.condition(node.left);
        // The left side of `&&` is passed on where it is false, which no handle is.
        return join(node.operator === "&&" && left.isHandle ? new Value() : left, right);
      }
      case "SequenceExpression":
        return (node.expressions as readonly SyntaxNode[]).map((one) => this.eval(one)).at(-1) ?? Value.other();
      case "AwaitExpression":
        return this.awaited(this.eval(node.argument));
      case "UnaryExpression":
        this.eval(node.argument);
        if (node.operator === "!") flow.condition(node.argument);
        return Value.other();
      default:
        return this.#anything(node);
    }
  }

  #anything(node: SyntaxNode): Value {
    for (const field in node) {
      const inner: unknown = node[field];
      for (const one of Array.isArray(inner) ? inner : [inner]) {
        if (typeof one !== "object" || one === null || typeof one.type !== "string") continue;
        const part = bare(one as SyntaxNode);
        if (!/^TS|^TemplateElement$/.test(part.type)) this.#flow.visit(part);
      }
    }
    return Value.other();
  }

  // ---- values

  /** What `await` makes of it. */
  awaited(value: Value): Value {
    const result = new Value();
    result.add(value);
    if (result.handle) {
      result.handle = false;
      result.other = true;
    }
    if (value.promised) {
      result.promised = undefined;
      result.add(value.promised);
    }
    return result;
  }

  /** What stands in a list. */
  elements(value: Value): Value {
    const result = new Value();
    if (value.other || value.handle) result.other = true;
    for (const site of value.objects) {
      for (const [name, field] of site.fields) if (/^\d+$/.test(name)) result.add(field);
      result.add(site.rest);
    }
    return result;
  }

  field(value: Value, name: string | undefined): Value {
    const result = new Value();
    if (value.other || value.handle || value.node || value.promised || value.functions.size + value.classes.size > 0)
      result.other = true;
    for (const site of value.objects) {
      if (name === undefined) {
        for (const field of site.fields.values()) result.add(field);
        result.add(site.rest);
        if (this.#flow.seesMissing) result.other = true;
        continue;
      }
      const known = site.fields.get(name);
      if (known) result.add(known);
      if (!known || site.open) result.add(site.rest);
      if (!known && this.#flow.seesMissing) result.other = true;
    }
    return result;
  }

  memberName(member: SyntaxNode): string | undefined {
    if (!member.computed) return keyName(member.property);
    const key = bare(member.property);
    return stringValue(key) ?? (key.type === "Literal" ? String(key.value) : undefined);
  }

  // ---- objects

  #array(node: SyntaxNode): Value {
    const elements = node.elements as readonly (SyntaxNode | null)[];
    const spreads = elements.some((element) => element?.type === "SpreadElement");
    const site = this.#flow.site(node, spreads ? "list" : "array");
    for (const [i, element] of elements.entries()) {
      if (!element) continue;
      if (element.type === "SpreadElement") this.#flow.put(site.rest, this.elements(this.eval(element.argument)));
      else {
        if (!spreads) site.made.add(String(i));
        this.#flow.put(spreads ? site.rest : site.field(String(i)), this.eval(element));
      }
    }
    return Value.of(site);
  }

  #object(node: SyntaxNode): Value {
    const site = this.#flow.site(node, "object");
    const around = this.#flow.self;
    for (const property of node.properties as readonly SyntaxNode[]) {
      if (property.type === "SpreadElement") {
        const value = this.eval(property.argument);
        for (const from of value.objects)
          for (const [name, field] of from.fields) {
            site.made.add(name);
            this.#flow.put(site.field(name), field);
          }
        if (value.other) for (const field of [...site.fields.values(), site.rest]) this.#flow.put(field, Value.other());
        continue;
      }
      if (property.computed) this.eval(property.key);
      const inner = bare(property.value);
      if (isFunction(inner) && inner.type === "FunctionExpression") this.#flow.self = site;
      const name = property.computed ? undefined : keyName(property.key);
      const value = this.eval(property.value);
      this.#flow.self = around;
      // A getter gives what it returns.
      const given =
        property.kind === "get" ? this.#flow.returned(inner) : property.kind === "set" ? Value.other() : value;
      if (name !== undefined) site.made.add(name);
      this.#flow.put(name === undefined ? site.rest : site.field(name), given);
    }
    return Value.of(site);
  }

  #class(node: SyntaxNode): Value {
    const value = new Value();
    value.classes.add(node);
    const around = this.#flow.self;
    const site = this.#flow.site(node, "object");
    if (node.superClass) {
      this.eval(node.superClass);
      this.#flow.put(site.rest, Value.other());
    }
    this.#flow.self = site;
    for (const member of node.body.body as readonly SyntaxNode[]) {
      if (member.type === "StaticBlock") this.#flow.visit(member);
      else if (member.value) {
        const name = member.computed ? undefined : keyName(member.key);
        const given = this.eval(member.value);
        if (member.static) continue;
        const field = member.kind === "get" ? this.#flow.returned(bare(member.value)) : given;
        if (name !== undefined) site.made.add(name);
        this.#flow.put(name === undefined ? site.rest : site.field(name), field);
      }
    }
    this.#flow.self = around;
    return value;
  }

  #new(node: SyntaxNode): Value {
    const callee = this.eval(node.callee);
    const given = this.#arguments(node);
    if (callee.classes.size === 0) {
      for (const value of given) this.#flow.escape(value);
      return Value.other();
    }
    const result = new Value();
    for (const one of callee.classes) {
      const made = (one.body.body as readonly SyntaxNode[]).find((member) => member.kind === "constructor");
      if (made) this.#flow.bindArguments(made.value, given);
      result.objects.add(this.#flow.site(one, "object"));
    }
    return result;
  }

  #assign(node: SyntaxNode): Value {
    const { operator } = node;
    const right = this.eval(node.right);
    if (operator === "=") {
      this.#flow.bind(node.left, right);
      return right;
    }
    const left = this.eval(node.left);
    if (operator === "&&=" || operator === "||=") this.#flow.condition(node.left);
    const value = /^(&&|\|\||\?\?)=$/.test(operator) ? join(left, right) : Value.other();
    // What is reported here as a handle is not made something else by the same line.
    if (!left.isHandle || operator === "??=") this.#flow.bind(node.left, value);
    return value;
  }

  // ---- calls

  #arguments(node: SyntaxNode): readonly Value[] {
    return (node.arguments as readonly SyntaxNode[]).flatMap((argument) => {
      if (argument.type !== "SpreadElement") return [this.eval(argument)];
      const list = this.eval(argument.argument);
      const named = [...list.objects].flatMap((site) => (site.open ? [] : [...site.fields.values()]));
      return named.length > 0 ? named : [this.elements(list)];
    });
  }

  #call(node: SyntaxNode): Value {
    const callee = bare(node.callee);
    const ours = packageCallee(callee, this.#flow.module.scopes);
    if (ours !== undefined) return this.#packageCall(node, ours);
    this.#testing(node, callee);
    if (callee.type === "MemberExpression") return this.#method(node, callee);
    return this.#apply(this.eval(callee), this.#arguments(node), node);
  }

  #packageCall(node: SyntaxNode, name: string): Value {
    const given = this.#arguments(node);
    for (const value of given) this.#flow.escape(value);
    const second = node.arguments[1] ? this.#flow.values.get(bare(node.arguments[1])) : undefined;
    if (name === "node") {
      for (const fn of second?.functions ?? []) this.#flow.nodeFunctions.add(fn);
      return Value.ofNode();
    }
    if (name === "workflow") for (const fn of second?.functions ?? []) this.#flow.workflowFunctions.add(fn);
    if (name === "filter") for (const fn of second?.functions ?? []) this.#flow.conditionOf(fn);
    if (HANDLE_MAKERS.has(name)) return Value.handle();
    if (!TUPLE_MAKERS.has(name)) return Value.other();
    const site = this.#flow.site(node, "array");
    for (const index of ["0", "1"]) this.#flow.put(site.field(index), Value.handle());
    return Value.of(site);
  }

  /** `Boolean(h)`, `assert(h)`, `assert.ok(h)`, `console.assert(h)`. */
  #testing(node: SyntaxNode, callee: SyntaxNode): void {
    const first = node.arguments[0] as SyntaxNode | undefined;
    if (!first || first.type === "SpreadElement") return;
    const { scopes } = this.#flow.module;
    const isGlobal = (identifier: SyntaxNode, name: string): boolean =>
      identifier.type === "Identifier" && identifier.name === name && !scopes.bindingOf(identifier);
    if (isGlobal(callee, "Boolean")) return this.#flow.condition(first);
    if (callee.type === "MemberExpression") {
      const object = bare(callee.object);
      const method = this.memberName(callee);
      if (method === "assert" && isGlobal(object, "console")) this.#flow.condition(first);
      if (method === "ok" && object.type === "Identifier" && isAssertModule(scopes.bindingOf(object)?.source))
        this.#flow.condition(first);
      return;
    }
    if (callee.type !== "Identifier") return;
    const binding = scopes.bindingOf(callee);
    const imported = binding?.declaration.type === "ImportSpecifier" ? keyName(binding.declaration.imported) : "assert";
    const known = isAssertModule(binding?.source) || (binding?.source !== undefined && callee.name === "invariant");
    if (binding?.source !== undefined && known && ASSERTING.has(imported ?? "")) this.#flow.condition(first);
  }

  #method(node: SyntaxNode, callee: SyntaxNode): Value {
    const name = this.memberName(callee);
    const object = bare(callee.object);
    const global =
      object.type === "Identifier" && !this.#flow.module.scopes.bindingOf(object) ? object.name : undefined;
    if (global !== undefined) return this.#global(node, { object: global, name: name ?? "" });
    const on = this.eval(callee.object);
    this.#flow.values.set(callee, new Value());
    if (callee.computed) this.eval(callee.property);
    const given = this.#arguments(node);
    if (on.handle || on.promised) return this.#promiseMethod(on, given);
    const lists = [...on.objects].filter((site) => site.isArray);
    const own = this.field(on, name);
    if (lists.length > 0 && name !== undefined && own.functions.size === 0)
      return this.#listMethod(node, { name, on, lists, given });
    if (own.functions.size > 0 || own.node) return this.#apply(own, given, node);
    // Nothing is known of it yet, or never will be.
    if (!this.#flow.seesMissing && !on.other) return new Value();
    for (const value of given) this.#flow.escape(value);
    return Value.other();
  }

  #promiseMethod(on: Value, given: readonly Value[]): Value {
    const result = new Value();
    result.promised = new Value();
    for (const value of given)
      for (const fn of value.functions) {
        this.#flow.bindArguments(fn, [this.awaited(on)]);
        result.promised.add(this.awaited(this.#result(fn)));
      }
    result.promised.add(Value.other());
    return result;
  }

  #global(node: SyntaxNode, of: { readonly object: string; readonly name: string }): Value {
    const given = this.#arguments(node);
    const first = given[0] ?? new Value();
    const list = (elements: Value): Value => {
      const site = this.#flow.site(node, "list");
      this.#flow.put(site.rest, elements);
      return Value.of(site);
    };
    const all = (value: Value): Value =>
      join(...[...value.objects].flatMap((site) => [...site.fields.values(), site.rest]));
    switch (`${of.object}.${of.name}`) {
      case "Promise.all": {
        const result = new Value();
        result.promised = list(this.awaited(this.elements(first)));
        return result;
      }
      case "Object.values":
        return list(all(first));
      case "Object.freeze":
      case "Object.seal":
        return first;
      case "Object.assign":
        for (const source of given.slice(1))
          for (const from of source.objects)
            for (const site of first.objects)
              for (const [name, field] of from.fields) this.#flow.put(site.field(name), field);
        return first;
      case "Array.of":
        return list(join(...given));
      case "Array.from": {
        const element = this.elements(first);
        const made = given[1];
        if (!made) return list(element);
        for (const fn of made.functions) this.#flow.bindArguments(fn, [element, Value.other()]);
        return list(join(...[...made.functions].map((fn) => this.#result(fn))));
      }
      default:
        if (of.object !== "console") for (const value of given) this.#flow.escape(value);
        return Value.other();
    }
  }

  #listMethod(
    node: SyntaxNode,
    of: {
      readonly name: string;
      readonly on: Value;
      readonly lists: readonly ObjectSite[];
      readonly given: readonly Value[];
    },
  ): Value {
    const { name, on, lists, given } = of;
    const elements = this.elements(on);
    const callback = given[0];
    const list = (values: Value): Value => {
      const site = this.#flow.site(node, "list");
      this.#flow.put(site.rest, values);
      return Value.of(site);
    };
    if (name === "push" || name === "unshift") {
      for (const site of lists) for (const value of given) this.#flow.put(site.rest, value);
      return Value.other();
    }
    if (name === "reduce" || name === "reduceRight") {
      const held = join(given[1] ?? elements, ...[...(callback?.functions ?? [])].map((fn) => this.#result(fn)));
      for (const fn of callback?.functions ?? []) this.#flow.bindArguments(fn, [held, elements, Value.other(), on]);
      return held;
    }
    for (const fn of callback?.functions ?? []) {
      this.#flow.bindArguments(fn, [elements, Value.other(), on]);
      if (TESTING.has(name)) this.#flow.conditionOf(fn);
    }
    const argument = node.arguments[0] && bare(node.arguments[0]);
    if (TESTING.has(name) && argument?.type === "Identifier" && argument.name === "Boolean") {
      // `handles.filter(Boolean)` tests each of them.
      this.#flow.values.set(argument, elements);
      this.#flow.condition(argument);
    }
    const given0 = join(...[...(callback?.functions ?? [])].map((fn) => this.#result(fn)));
    if (name === "map") return list(given0);
    if (name === "flatMap") return list(given0.objects.size > 0 ? this.elements(given0) : given0);
    if (name === "concat")
      return list(join(elements, ...given.map((value) => (value.objects.size > 0 ? this.elements(value) : value))));
    if (SAME_ELEMENTS.has(name)) return list(elements);
    if (ONE_ELEMENT.has(name)) return this.#flow.seesMissing ? join(elements, Value.other()) : elements;
    return Value.other();
  }

  #apply(callee: Value, given: readonly Value[], node: SyntaxNode): Value {
    const result = new Value();
    if (callee.node) result.handle = true;
    for (const fn of callee.functions) {
      this.#flow.bindArguments(fn, given);
      result.add(this.#result(fn));
    }
    if (callee.other) {
      for (const value of given) this.#flow.escape(value);
      result.other = true;
    }
    // `import("./x.ts")`, `super(...)` and the like.
    if (node.callee.type === "Super" || node.callee.type === "Import") result.other = true;
    return result;
  }

  /** What a call of the function gives. */
  #result(fn: SyntaxNode): Value {
    const returned = this.#flow.returned(fn);
    if (fn.generator) return Value.other();
    if (!fn.async) return returned;
    const result = new Value();
    result.promised = this.awaited(returned);
    return result;
  }
}

function isAssertModule(source: string | undefined): boolean {
  return source === "node:assert" || source === "assert" || source === "node:assert/strict";
}
