/**
 * Which declaration an identifier means.
 *
 * Owns: scopes of one module (imports, `var` hoisting, blocks, parameters, names of function and class expressions).
 * Leaves to others: what a declaration is for.
 *
 * R1. Every identifier that declares or uses a variable is in the map, or it is a global. Property names are neither.
 * R2. Works on TypeScript source and on bundled JavaScript alike; types are not looked at.
 */
import { childrenOf, isFunction, walk } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

export type BindingKind = "import" | "const" | "let" | "var" | "function" | "class" | "parameter" | "catch" | "enum";

export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  /** The declaring identifier. */
  readonly identifier: SyntaxNode;
  /** What declares it: a declarator, function, class, import specifier, catch clause. */
  readonly declaration: SyntaxNode;
  /** Declared at the top level of the module. */
  readonly top: boolean;
  /** Module specifier, of an import. */
  readonly source?: string;
}

export interface Scopes {
  readonly top: ReadonlyMap<string, Binding>;
  bindingOf(identifier: SyntaxNode): Binding | undefined;
}

interface Scope {
  readonly outer: Scope | undefined;
  readonly bindings: Map<string, Binding>;
}

/** Identifiers that a pattern declares. */
export function* patternNames(pattern: SyntaxNode | null | undefined): Generator<SyntaxNode> {
  switch (pattern?.type) {
    case "Identifier":
      yield pattern;
      return;
    case "ObjectPattern":
      for (const property of pattern.properties as readonly SyntaxNode[]) {
        yield* patternNames(property.type === "RestElement" ? property.argument : property.value);
      }
      return;
    case "ArrayPattern":
      for (const element of pattern.elements as readonly (SyntaxNode | null)[]) yield* patternNames(element);
      return;
    case "AssignmentPattern":
      yield* patternNames(pattern.left);
      return;
    case "RestElement":
      yield* patternNames(pattern.argument);
      return;
    case "TSParameterProperty":
      yield* patternNames(pattern.parameter);
      return;
    default:
      return;
  }
}

export function scopesOf(program: SyntaxNode): Scopes {
  const resolver = new Resolver();
  const top: Scope = { outer: undefined, bindings: new Map() };
  resolver.top = top;
  resolver.enter(program.body, top);
  return { top: top.bindings, bindingOf: (identifier) => resolver.resolved.get(identifier) };
}

class Resolver {
  readonly resolved: Map<SyntaxNode, Binding> = new Map();
  top: Scope | undefined;

  /** Body of a module or function: its `var`s are declared here, however deep they stand. */
  enter(statements: readonly SyntaxNode[], scope: Scope): void {
    for (const statement of statements) this.#hoistVars(statement, scope);
    this.#block(statements, scope);
  }

  #block(statements: readonly SyntaxNode[], scope: Scope): void {
    for (const statement of statements) this.#declareStatement(statement, scope);
    for (const statement of statements) this.#visit(statement, scope);
  }

  #declare(scope: Scope, declared: Omit<Binding, "top" | "name">): void {
    const name: string = declared.identifier.name;
    const known = scope.bindings.get(name);
    // `var x; var x` and a parameter declared again are one variable.
    const binding = known ?? { ...declared, name, top: scope === this.top };
    scope.bindings.set(name, binding);
    this.resolved.set(declared.identifier, binding);
  }

  #hoistVars(statement: SyntaxNode, scope: Scope): void {
    walk(statement, (node) => {
      if (isFunction(node) || node.type === "ClassBody" || node.type === "StaticBlock") return false;
      if (node.type === "VariableDeclaration" && node.kind === "var") this.#declareVariables(node, scope);
      return undefined;
    });
  }

  #declareVariables(declaration: SyntaxNode, scope: Scope): void {
    const kind: BindingKind = declaration.kind === "var" || declaration.kind === "let" ? declaration.kind : "const";
    for (const declarator of declaration.declarations as readonly SyntaxNode[]) {
      for (const identifier of patternNames(declarator.id))
        this.#declare(scope, { kind, identifier, declaration: declarator });
    }
  }

  #declareStatement(statement: SyntaxNode, scope: Scope): void {
    switch (statement.type) {
      case "ImportDeclaration":
        if (statement.importKind === "type") return;
        for (const specifier of statement.specifiers as readonly SyntaxNode[]) {
          const source: string = statement.source.value;
          this.#declare(scope, { kind: "import", identifier: specifier.local, declaration: specifier, source });
        }
        return;
      case "ExportNamedDeclaration":
      case "ExportDefaultDeclaration":
        if (statement.declaration) this.#declareStatement(statement.declaration, scope);
        return;
      case "VariableDeclaration":
        if (statement.kind !== "var") this.#declareVariables(statement, scope);
        return;
      case "FunctionDeclaration":
        if (statement.id) this.#declare(scope, { kind: "function", identifier: statement.id, declaration: statement });
        return;
      case "ClassDeclaration":
        if (statement.id) this.#declare(scope, { kind: "class", identifier: statement.id, declaration: statement });
        return;
      case "TSEnumDeclaration":
      case "TSModuleDeclaration":
        if (statement.id?.type === "Identifier") {
          this.#declare(scope, { kind: "enum", identifier: statement.id, declaration: statement });
        }
        return;
      case "LabeledStatement":
        this.#declareStatement(statement.body, scope);
        return;
      default:
        return;
    }
  }

  #function(node: SyntaxNode, outer: Scope): void {
    let around = outer;
    if (node.type === "FunctionExpression" && node.id) {
      around = { outer, bindings: new Map() };
      this.#declare(around, { kind: "function", identifier: node.id, declaration: node });
    }
    const scope: Scope = { outer: around, bindings: new Map() };
    for (const parameter of node.params as readonly SyntaxNode[]) {
      for (const identifier of patternNames(parameter)) {
        this.#declare(scope, { kind: "parameter", identifier, declaration: parameter });
      }
    }
    for (const parameter of node.params as readonly SyntaxNode[]) this.#visit(parameter, scope);
    if (node.body?.type === "BlockStatement") this.enter(node.body.body, scope);
    else if (node.body) this.#visit(node.body, scope);
  }

  #visit(node: SyntaxNode, scope: Scope): void {
    if (isFunction(node)) return this.#function(node, scope);
    switch (node.type) {
      case "Identifier":
        return this.#use(node, scope);
      case "MemberExpression":
        this.#visit(node.object, scope);
        if (node.computed) this.#visit(node.property, scope);
        return;
      case "Property":
      case "MethodDefinition":
      case "PropertyDefinition":
      case "AccessorProperty":
        for (const decorator of (node.decorators ?? []) as readonly SyntaxNode[]) this.#visit(decorator, scope);
        if (node.computed) this.#visit(node.key, scope);
        if (node.value) this.#visit(node.value, scope);
        return;
      case "ImportDeclaration":
      case "ExportAllDeclaration":
      case "BreakStatement":
      case "ContinueStatement":
      case "MetaProperty":
        return;
      case "ExportNamedDeclaration":
        if (node.declaration) this.#visit(node.declaration, scope);
        if (node.source) return;
        for (const specifier of node.specifiers as readonly SyntaxNode[]) {
          if (specifier.local.type === "Identifier") this.#use(specifier.local, scope);
        }
        return;
      case "LabeledStatement":
        return this.#visit(node.body, scope);
      case "TSEnumDeclaration":
        for (const member of (node.body?.members ?? []) as readonly SyntaxNode[]) {
          if (member.initializer) this.#visit(member.initializer, scope);
        }
        return;
      case "TSModuleDeclaration":
        if (node.body) this.#visit(node.body, scope);
        return;
      case "BlockStatement":
        return this.#block(node.body, { outer: scope, bindings: new Map() });
      case "TSModuleBlock":
      case "StaticBlock":
        return this.enter(node.body, { outer: scope, bindings: new Map() });
      case "SwitchStatement":
        return this.#switch(node, scope);
      case "CatchClause":
        return this.#catch(node, scope);
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        return this.#loop(node, scope);
      case "ClassExpression":
        return this.#class(node, scope);
      default:
        for (const child of childrenOf(node)) this.#visit(child, scope);
    }
  }

  #use(identifier: SyntaxNode, scope: Scope): void {
    for (let at: Scope | undefined = scope; at; at = at.outer) {
      const binding = at.bindings.get(identifier.name);
      if (!binding) continue;
      this.resolved.set(identifier, binding);
      return;
    }
  }

  #switch(node: SyntaxNode, outer: Scope): void {
    this.#visit(node.discriminant, outer);
    const scope: Scope = { outer, bindings: new Map() };
    const cases = node.cases as readonly SyntaxNode[];
    for (const one of cases) for (const statement of one.consequent) this.#declareStatement(statement, scope);
    for (const one of cases) for (const child of childrenOf(one)) this.#visit(child, scope);
  }

  #catch(node: SyntaxNode, outer: Scope): void {
    const scope: Scope = { outer, bindings: new Map() };
    for (const identifier of patternNames(node.param)) {
      this.#declare(scope, { kind: "catch", identifier, declaration: node });
    }
    if (node.param) this.#visit(node.param, scope);
    this.#visit(node.body, scope);
  }

  #loop(node: SyntaxNode, outer: Scope): void {
    const scope: Scope = { outer, bindings: new Map() };
    const head = (node.init ?? node.left) as SyntaxNode | null | undefined;
    if (head?.type === "VariableDeclaration") this.#declareStatement(head, scope);
    for (const child of childrenOf(node)) this.#visit(child, scope);
  }

  #class(node: SyntaxNode, outer: Scope): void {
    const scope: Scope = { outer, bindings: new Map() };
    if (node.id) this.#declare(scope, { kind: "class", identifier: node.id, declaration: node });
    for (const child of childrenOf(node)) this.#visit(child, scope);
  }
}
