/**
 * Where handles may be, followed through variables, fields, arrays, parameters and returns of all files of a closure.
 *
 * Owns: the walk over statements, functions and patterns, and repeating it until nothing new is learned.
 * Leaves to `expression-flow.ts`: what an expression may be; to `handle-rules.ts`: what is wrong with it.
 *
 * R1. Order of statements is not looked at: a variable may be whatever is ever assigned to it. So what is only sometimes a
 *     handle (`h = await h`) is never reported.
 * R2. Two rounds of learning: first what arrives, then, when that is all known, where something may be missing.
 * R3. What leaves for unknown code may come back as anything.
 */
import { dirname, resolve } from "node:path";
import { ObjectSite, Value } from "./abstract-value.ts";
import type { ModuleFacts } from "./call-sites.ts";
import { sourceFile } from "./discover.ts";
import { ExpressionFlow } from "./expression-flow.ts";
import type { Binding } from "./scope.ts";
import { bare, childrenOf, isFunction, keyName } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

/** A closure in which values still move after so many rounds is cut there: then less is reported. */
const MAX_ROUNDS = 40;

const EXPRESSION = /(Expression|Literal|Identifier|Function|Class|Template.*)$/;

export class HandleFlow {
  readonly #modules: ReadonlyMap<string, ModuleFacts>;
  readonly #expressions: ExpressionFlow = new ExpressionFlow(this);
  readonly #slots: Map<Binding, Value> = new Map();
  readonly #returns: Map<SyntaxNode, Value> = new Map();
  readonly #sites: Map<SyntaxNode, ObjectSite> = new Map();
  readonly #declared: Map<SyntaxNode, Value> = new Map();
  /** The file a function stands in: its parameters are names there. */
  readonly #homes: Map<SyntaxNode, ModuleFacts> = new Map();
  /** What an expression may be, by its syntax; of the last round. */
  readonly values: Map<SyntaxNode, Value> = new Map();
  /** Expressions that are tested for truth. */
  readonly conditions: Set<SyntaxNode> = new Set();
  /** Discriminants of `switch`. */
  readonly discriminants: Set<SyntaxNode> = new Set();
  /** Which functions a function calls; what modules call as they load under `undefined`. */
  readonly calls: Map<SyntaxNode | undefined, Set<SyntaxNode>> = new Map();
  readonly nodeFunctions: Set<SyntaxNode> = new Set();
  readonly workflowFunctions: Set<SyntaxNode> = new Set();
  /** R2. */
  seesMissing = false;
  module!: ModuleFacts;
  functions: SyntaxNode[] = [];
  self: ObjectSite | undefined;
  #changed = false;

  constructor(modules: ReadonlyMap<string, ModuleFacts>) {
    this.#modules = modules;
    this.#learn();
    this.seesMissing = true;
    this.#learn();
  }

  #learn(): void {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      this.#changed = false;
      for (const module of this.#modules.values()) {
        this.module = module;
        this.visit(module.program);
      }
      if (!this.#changed) return;
    }
  }

  // ---- places

  put(into: Value, value: Value): void {
    if (into.add(value)) this.#changed = true;
  }

  slot(binding: Binding): Value {
    const known = this.#slots.get(binding);
    if (known) return known;
    const made = new Value();
    this.#slots.set(binding, made);
    return made;
  }

  returned(fn: SyntaxNode): Value {
    const known = this.#returns.get(fn);
    if (known) return known;
    const made = new Value();
    this.#returns.set(fn, made);
    return made;
  }

  /** The one site for objects that come from this place of the source. */
  site(node: SyntaxNode, kind: "object" | "array" | "list"): ObjectSite {
    const known = this.#sites.get(node);
    if (known) return known;
    const made = new ObjectSite(kind);
    this.#sites.set(node, made);
    return made;
  }

  called(fn: SyntaxNode, by: SyntaxNode | undefined): void {
    const known = this.calls.get(by) ?? new Set();
    known.add(fn);
    this.calls.set(by, known);
  }

  /** What a name stands for here. */
  named(identifier: SyntaxNode): Value {
    const binding = this.module.scopes.bindingOf(identifier);
    if (!binding) return Value.other();
    return binding.source === undefined ? this.slot(binding) : this.#imported(binding);
  }

  #imported(binding: Binding): Value {
    if (this.module.nodes.has(binding)) return Value.ofNode();
    const { declaration } = binding;
    const there = this.#moduleAt(binding.source!, this.module);
    if (!there) return Value.other();
    if (declaration.type === "ImportNamespaceSpecifier") return Value.of(this.#exports(there, declaration));
    const name = declaration.type === "ImportDefaultSpecifier" ? "default" : (keyName(declaration.imported) ?? "");
    return this.#exported(there, name) ?? Value.other();
  }

  #moduleAt(specifier: string, from: ModuleFacts): ModuleFacts | undefined {
    if (!specifier.startsWith(".")) return undefined;
    const file = sourceFile(resolve(dirname(from.file), specifier));
    return file === undefined ? undefined : this.#modules.get(file);
  }

  #exports(module: ModuleFacts, at: SyntaxNode): ObjectSite {
    const site = this.site(at, "object");
    for (const statement of module.program.body as readonly SyntaxNode[]) {
      for (const name of exportedNames(statement)) {
        const value = this.#exported(module, name);
        if (value) this.put(site.field(name), value);
      }
    }
    return site;
  }

  #exported(module: ModuleFacts, name: string, depth = 0): Value | undefined {
    if (depth > 20) return undefined;
    for (const statement of module.program.body as readonly SyntaxNode[]) {
      if (statement.type === "ExportDefaultDeclaration" && name === "default") {
        const { declaration } = statement;
        const binding = declaration.id && module.scopes.top.get(declaration.id.name);
        return binding ? this.slot(binding) : (this.values.get(bare(declaration)) ?? new Value());
      }
      if (statement.type === "ExportAllDeclaration" && !statement.exported) {
        const there = this.#moduleAt(statement.source.value, module);
        const found = there && this.#exported(there, name, depth + 1);
        if (found) return found;
      }
      if (statement.type !== "ExportNamedDeclaration" || !exportedNames(statement).includes(name)) continue;
      for (const specifier of (statement.specifiers ?? []) as readonly SyntaxNode[]) {
        if (keyName(specifier.exported) !== name) continue;
        const local = keyName(specifier.local) ?? "";
        if (statement.source) {
          const there = this.#moduleAt(statement.source.value, module);
          return there ? this.#exported(there, local, depth + 1) : Value.other();
        }
        return this.#local(module, local);
      }
      return this.#local(module, name);
    }
    return undefined;
  }

  #local(module: ModuleFacts, name: string): Value {
    const binding = module.scopes.top.get(name);
    if (!binding) return Value.other();
    if (binding.source === undefined) return this.slot(binding);
    const here = this.module;
    this.module = module;
    const value = this.#imported(binding);
    this.module = here;
    return value;
  }

  // ---- the walk

  eval(node: SyntaxNode): Value {
    return this.#expressions.eval(node);
  }

  visit(node: SyntaxNode): void {
    switch (node.type) {
      case "VariableDeclarator":
        return this.#declare(node);
      case "FunctionDeclaration":
        return this.#declareFunction(node);
      case "ClassDeclaration":
        if (node.id) this.put(this.named(node.id), this.eval(node));
        return;
      case "ReturnStatement":
        return this.#return(node);
      case "IfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "ForStatement":
        return this.#test(node);
      case "ForOfStatement":
        return this.#forOf(node);
      case "SwitchStatement":
        return this.#switch(node);
      case "CatchClause":
        if (node.param) this.bind(node.param, Value.other());
        return this.visit(node.body);
      case "ForInStatement":
        this.#head(node.left, Value.other());
        this.eval(node.right);
        return this.visit(node.body);
    }
    if (EXPRESSION.test(node.type)) return void this.eval(node);
    for (const child of childrenOf(node)) this.visit(child);
  }

  #declare(declarator: SyntaxNode): void {
    if (!declarator.init) {
      // A head of `for (const x of ...)` is bound by the loop.
      if (!this.#heads.has(declarator)) this.bind(declarator.id, Value.other());
      return;
    }
    this.bind(declarator.id, this.eval(declarator.init));
  }

  #declareFunction(fn: SyntaxNode): void {
    const value = this.#declared.get(fn) ?? new Value();
    this.#declared.set(fn, value);
    value.functions.add(fn);
    if (fn.id) this.put(this.named(fn.id), value);
    this.enter(fn);
  }

  /** The body of a function; its parameters are bound by whoever calls it. */
  enter(fn: SyntaxNode): void {
    this.#homes.set(fn, this.module);
    for (const parameter of fn.params as readonly SyntaxNode[]) this.#defaults(parameter);
    this.functions.push(fn);
    if (fn.body?.type === "BlockStatement") {
      this.visit(fn.body);
      if (mayFallThrough(fn.body)) this.put(this.returned(fn), Value.other());
    } else if (fn.body) this.put(this.returned(fn), this.eval(fn.body));
    this.functions.pop();
  }

  #defaults(pattern: SyntaxNode): void {
    if (pattern.type === "AssignmentPattern") this.bind(pattern.left, this.eval(pattern.right));
  }

  #return(node: SyntaxNode): void {
    const value = node.argument ? this.eval(node.argument) : Value.other();
    const fn = this.functions.at(-1);
    if (fn) this.put(this.returned(fn), value);
  }

  #test(node: SyntaxNode): void {
    if (node.init) this.visit(node.init);
    if (node.test) {
      this.eval(node.test);
      this.condition(node.test);
    }
    for (const part of [node.update, node.consequent, node.alternate, node.body])
      if (part) this.visit(part as SyntaxNode);
  }

  readonly #heads: Set<SyntaxNode> = new Set();

  #forOf(node: SyntaxNode): void {
    const list = this.eval(node.right);
    const element = this.#expressions.elements(list);
    this.#head(node.left, node.await || list.handle ? this.#expressions.awaited(element) : element);
    this.visit(node.body);
  }

  #head(left: SyntaxNode, value: Value): void {
    if (left.type !== "VariableDeclaration") return this.bind(left, value);
    for (const declarator of left.declarations as readonly SyntaxNode[]) {
      this.#heads.add(declarator);
      this.bind(declarator.id, value);
    }
  }

  #switch(node: SyntaxNode): void {
    this.eval(node.discriminant);
    const subject = bare(node.discriminant);
    // `switch (true) { case ready: ... }` tests its cases.
    const testsCases = subject.type === "Literal" && typeof subject.value === "boolean";
    if (!testsCases) this.discriminants.add(subject);
    for (const one of node.cases as readonly SyntaxNode[]) {
      if (one.test) this.eval(one.test);
      if (one.test && testsCases) this.condition(one.test);
      for (const statement of one.consequent as readonly SyntaxNode[]) this.visit(statement);
    }
  }

  /** The expression is tested for truth. */
  condition(given: SyntaxNode): void {
    const node = bare(given);
    if (node.type === "LogicalExpression" && node.operator !== "??") this.condition(node.right);
    else if (node.type === "SequenceExpression") this.condition(node.expressions.at(-1));
    else this.conditions.add(node);
  }

  /** What a function that is used as a test gives. */
  conditionOf(fn: SyntaxNode): void {
    for (const returned of returnsOf(fn)) this.condition(returned);
  }

  // ---- patterns

  bind(given: SyntaxNode, value: Value): void {
    const pattern = bare(given);
    switch (pattern.type) {
      case "Identifier":
        return this.put(this.named(pattern), value);
      case "AssignmentPattern":
        this.bind(pattern.left, this.eval(pattern.right));
        return this.bind(pattern.left, value);
      case "ObjectPattern":
        return this.#bindObject(pattern, value);
      case "ArrayPattern":
        for (const [i, element] of (pattern.elements as readonly (SyntaxNode | null)[]).entries()) {
          if (!element) continue;
          if (element.type === "RestElement") {
            const rest = this.site(element, "list");
            this.put(rest.rest, this.#expressions.elements(value));
            this.bind(element.argument, Value.of(rest));
          } else this.bind(element, this.#expressions.field(value, String(i)));
        }
        return;
      case "MemberExpression": {
        const name = this.#expressions.memberName(pattern);
        for (const site of this.eval(pattern.object).objects) {
          this.put(name === undefined ? site.rest : site.field(name), value);
          // A field that the object was not made with may be missing where it is read.
          if (this.seesMissing && name !== undefined && !site.made.has(name)) this.put(site.field(name), Value.other());
        }
        return;
      }
      case "TSParameterProperty":
        return this.bind(pattern.parameter, value);
    }
  }

  #bindObject(pattern: SyntaxNode, value: Value): void {
    const taken = new Set<string>();
    for (const property of pattern.properties as readonly SyntaxNode[]) {
      if (property.type === "RestElement") {
        const rest = this.site(property, "object");
        for (const site of value.objects)
          for (const [name, field] of site.fields) if (!taken.has(name)) this.put(rest.field(name), field);
        if (value.other) this.put(rest.rest, Value.other());
        this.bind(property.argument, Value.of(rest));
        continue;
      }
      const name = property.computed ? undefined : keyName(property.key);
      if (name !== undefined) taken.add(name);
      this.bind(property.value, this.#expressions.field(value, name));
    }
  }

  /** A call of a function of the source with these arguments. */
  bindArguments(fn: SyntaxNode, given: readonly Value[]): void {
    this.called(fn, this.functions.at(-1));
    this.#at(fn, () => {
      for (const [i, parameter] of (fn.params as readonly SyntaxNode[]).entries()) {
        if (parameter.type === "RestElement") {
          const list = this.site(parameter, "list");
          for (const value of given.slice(i)) this.put(list.rest, value);
          this.bind(parameter.argument, Value.of(list));
          continue;
        }
        const value = given[i] ?? (this.seesMissing ? Value.other() : undefined);
        if (value) this.bind(parameter, value);
      }
    });
  }

  #at(fn: SyntaxNode, bind: () => void): void {
    const here = this.module;
    this.module = this.#homes.get(fn) ?? here;
    bind();
    this.module = here;
  }

  /** R3. */
  escape(value: Value, seen: Set<object> = new Set()): void {
    for (const fn of value.functions) {
      if (seen.has(fn)) continue;
      seen.add(fn);
      this.called(fn, this.functions.at(-1));
      this.#at(fn, () => {
        for (const parameter of fn.params as readonly SyntaxNode[])
          this.bind(parameter.type === "RestElement" ? parameter.argument : parameter, Value.other());
      });
    }
    for (const site of value.objects) {
      if (seen.has(site)) continue;
      seen.add(site);
      for (const field of [...site.fields.values(), site.rest]) {
        this.escape(field, seen);
        if (this.seesMissing) this.put(field, Value.other());
      }
    }
  }
}

function exportedNames(statement: SyntaxNode): readonly string[] {
  if (statement.type !== "ExportNamedDeclaration") return [];
  const listed = ((statement.specifiers ?? []) as readonly SyntaxNode[]).map((one) => keyName(one.exported) ?? "");
  const { declaration } = statement;
  if (declaration?.id) return [...listed, declaration.id.name];
  const declared = ((declaration?.declarations ?? []) as readonly SyntaxNode[]).flatMap(({ id }) => id.name ?? []);
  return [...listed, ...declared];
}

/** Whether the end of a block can be reached: then its function gives undefined there. */
function mayFallThrough(statement: SyntaxNode | null | undefined): boolean {
  switch (statement?.type) {
    case "ReturnStatement":
    case "ThrowStatement":
      return false;
    case "BlockStatement":
      return mayFallThrough(statement.body.at(-1));
    case "IfStatement":
      return !statement.alternate || mayFallThrough(statement.consequent) || mayFallThrough(statement.alternate);
    case "TryStatement":
      return (
        (statement.finalizer ? mayFallThrough(statement.finalizer) : true) &&
        (mayFallThrough(statement.block) || (statement.handler ? mayFallThrough(statement.handler.body) : false))
      );
    default:
      return true;
  }
}

/** Expressions that a function returns itself, not those of functions inside it. */
export function returnsOf(fn: SyntaxNode): readonly SyntaxNode[] {
  if (fn.body?.type !== "BlockStatement") return fn.body ? [fn.body] : [];
  const found: SyntaxNode[] = [];
  const look = (node: SyntaxNode): void => {
    if (isFunction(node)) return;
    if (node.type === "ReturnStatement" && node.argument) found.push(node.argument);
    for (const child of childrenOf(node)) look(child);
  };
  look(fn.body);
  return found;
}
