/**
 * What is wrong with how a file uses nodes and handles, as far as its syntax shows.
 *
 * Owns: rules over one file. Leaves to `check.ts`: rules over a whole closure, and putting findings together.
 *
 * R1. A handle is followed from the `const` it is bound to within one function; a finding is a fact, not a suspicion.
 * R2. JavaScript cannot trap `if (handle)`: a handle is an object and always true. So it is refused here.
 */
import { authoringCall, authoringCalls, packageCallee } from "./authoring.ts";
import { calledNode } from "./call-sites.ts";
import type { ModuleFacts } from "./call-sites.ts";
import type { Finding } from "./check.ts";
import { patternNames } from "./scope.ts";
import type { Binding } from "./scope.ts";
import { bare, isFunction, walk } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

/** Functions of the package that give a handle, or a tuple of handles. */
const HANDLE_MAKERS: ReadonlySet<string> = new Set([
  "merge",
  "filter",
  "race",
  "sleep",
  "runSubgraph",
  "zip",
  "zipBy",
  "cross",
]);

export function handleFindings(module: ModuleFacts): readonly Finding[] {
  const rules = new HandleRules(module);
  rules.truthiness();
  rules.asyncHelpers();
  rules.lateNodes();
  return rules.findings;
}

class HandleRules {
  readonly findings: Finding[] = [];
  readonly #module: ModuleFacts;
  readonly #handles: Set<Binding> = new Set();

  constructor(module: ModuleFacts) {
    this.#module = module;
    walk(module.program, (node) => {
      if (node.type !== "VariableDeclaration" || node.kind !== "const") return;
      for (const declarator of node.declarations as readonly SyntaxNode[]) this.#noteHandles(declarator);
    });
  }

  #noteHandles(declarator: SyntaxNode): void {
    if (!declarator.init || !this.#makesHandle(bare(declarator.init))) return;
    // `const { a } = node(...)` is a misuse of its own, which the handle itself refuses when it runs.
    if (declarator.id.type !== "Identifier" && declarator.id.type !== "ArrayPattern") return;
    for (const name of patternNames(declarator.id)) {
      const binding = this.#module.scopes.bindingOf(name);
      if (binding) this.#handles.add(binding);
    }
  }

  #makesHandle(node: SyntaxNode): boolean {
    if (node.type !== "CallExpression") return false;
    return (
      calledNode(node, this.#module) !== undefined ||
      HANDLE_MAKERS.has(packageCallee(node.callee, this.#module.scopes) ?? "")
    );
  }

  #isHandle(given: SyntaxNode): boolean {
    const node = bare(given);
    if (node.type !== "Identifier") return this.#makesHandle(node);
    const binding = this.#module.scopes.bindingOf(node);
    return binding !== undefined && this.#handles.has(binding);
  }

  #report(at: SyntaxNode, finding: Pick<Finding, "code" | "severity" | "message" | "hint">): void {
    this.findings.push({ ...finding, file: this.#module.file, ...this.#module.lines.position(at.start) });
  }

  truthiness(): void {
    walk(this.#module.program, (node) => {
      switch (node.type) {
        case "IfStatement":
        case "ConditionalExpression":
        case "WhileStatement":
        case "DoWhileStatement":
        case "ForStatement":
          if (node.test) this.#condition(node.test);
          return;
        case "UnaryExpression":
          if (node.operator === "!") this.#condition(node.argument);
          return;
        case "LogicalExpression":
          if (node.operator !== "??") this.#condition(node.left);
          return;
        case "CallExpression":
          if (node.callee.name === "Boolean" && node.arguments[0] && !this.#module.scopes.bindingOf(node.callee)) {
            this.#condition(node.arguments[0]);
          }
          return;
      }
    });
  }

  #condition(given: SyntaxNode): void {
    const node = bare(given);
    // The left side of `a && b` is visited as an operand of its own; the right side only where the whole is a condition.
    if (node.type === "LogicalExpression" && node.operator !== "??") return this.#condition(node.right);
    if (!this.#isHandle(node)) return;
    const name = this.#module.text.slice(node.start, node.end).split("\n")[0] ?? "";
    this.#report(node, {
      code: "WG3010",
      severity: "error",
      message: `"${name}" is a handle and always true; its value is not known here`,
      hint: `Write "await ${name}" to test the value, or use filter(items, predicate) to choose items.`,
    });
  }

  asyncHelpers(): void {
    const own = new Set(
      authoringCalls(this.#module.program, this.#module.scopes).map(({ call }) => call.arguments[1] as unknown),
    );
    walk(this.#module.program, (node, ancestors) => {
      const parent = ancestors.at(-1);
      if (!isFunction(node) || !node.async || node.generator || own.has(node)) return;
      if (parent && authoringCall(parent, this.#module.scopes)) return;
      for (const returned of returnsOf(node)) {
        if (!this.#isHandle(returned)) continue;
        this.#report(returned, {
          code: "WG3011",
          severity: "warning",
          message:
            "an async function that returns a handle waits for it: what follows starts only when all of it is done",
          hint: "Drop async (and return the handle), or write await to say that waiting is meant.",
        });
      }
    });
  }

  lateNodes(): void {
    const { program, scopes } = this.#module;
    const calls = authoringCalls(program, scopes);
    const bodies = new Set(
      calls.filter(({ kind }) => kind === "workflow").map(({ call }) => call.arguments[1] as unknown),
    );
    for (const { kind, call, ancestors } of calls) {
      if (kind === "text" || !ancestors.some((node) => bodies.has(node))) continue;
      this.#report(call, {
        code: "WG3004",
        severity: "error",
        message: `${kind}(...) is called inside a workflow function: it would be a new ${kind} in every run`,
        hint: `Move it to the top level of the file: const name = ${kind}({ ... }, ...).`,
      });
    }
  }
}

/** Expressions that a function returns itself, not those of functions inside it. */
function returnsOf(fn: SyntaxNode): readonly SyntaxNode[] {
  if (fn.body?.type !== "BlockStatement") return fn.body ? [fn.body] : [];
  const found: SyntaxNode[] = [];
  walk(fn.body, (node) => {
    if (isFunction(node)) return false;
    if (node.type === "ReturnStatement" && node.argument) found.push(node.argument);
    return undefined;
  });
  return found;
}
