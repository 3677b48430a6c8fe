/**
 * What is wrong with how a closure uses nodes and handles, as far as its source shows.
 *
 * Owns: the findings. Leaves to `handle-flow.ts`: where handles may be; to `check.ts`: putting findings together.
 *
 * R1. A finding is a fact, not a suspicion: everything that was seen to arrive at the place is a handle.
 * R2. JavaScript cannot trap `if (handle)`: a handle is an object and always true. So it is refused here.
 */
import { authoringCall, authoringCalls } from "./authoring.ts";
import type { ModuleFacts } from "./call-sites.ts";
import type { Finding } from "./check.ts";
import { returnsOf, type HandleFlow } from "./handle-flow.ts";
import { handleUses } from "./handle-uses.ts";
import { bare, isFunction, walk } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

export function handleFindings(modules: ReadonlyMap<string, ModuleFacts>, flow: HandleFlow): readonly Finding[] {
  return [...modules.values()].flatMap((module) => {
    const rules = new HandleRules(module, flow);
    rules.tests();
    rules.uses();
    rules.asyncHelpers();
    rules.lateNodes();
    return rules.findings;
  });
}

class HandleRules {
  readonly findings: Finding[] = [];
  readonly #module: ModuleFacts;
  readonly #flow: HandleFlow;

  constructor(module: ModuleFacts, flow: HandleFlow) {
    this.#module = module;
    this.#flow = flow;
  }

  #isHandle(given: SyntaxNode): boolean {
    return this.#flow.values.get(bare(given))?.isHandle === true;
  }

  #report(at: SyntaxNode, finding: Pick<Finding, "code" | "severity" | "message" | "hint">): void {
    this.findings.push({ ...finding, file: this.#module.file, ...this.#module.lines.position(at.start) });
  }

  /** R2. */
  tests(): void {
    walk(this.#module.program, (node) => {
      const tested = this.#flow.conditions.has(node);
      if ((!tested && !this.#flow.discriminants.has(node)) || !this.#isHandle(node)) return;
      const name = this.#module.text.slice(node.start, node.end).split("\n")[0] ?? "";
      if (tested && name === "Boolean") {
        this.#report(node, {
          code: "WG3010",
          severity: "error",
          message: "what is tested here are handles, and a handle is always true; their values are not known here",
          hint: "Await the handles first, or use filter(items, predicate) to choose items.",
        });
        return;
      }
      this.#report(node, {
        code: "WG3010",
        severity: "error",
        message: tested
          ? `"${name}" is a handle and always true; its value is not known here`
          : `"${name}" is a handle, which equals no case; its value is not known here`,
        hint: `Write "await ${name}" to test the value, or use filter(items, predicate) to choose items.`,
      });
    });
  }

  /** What it refuses when it happens, said before anything has run. */
  uses(): void {
    walk(this.#module.program, (node) => {
      for (const { used, what, instead } of handleUses(node)) {
        if (!this.#isHandle(used)) continue;
        const { start, end } = bare(used);
        const name = this.#module.text.slice(start, end).split("\n")[0] ?? "";
        this.#report(used, {
          code: "WG3002",
          severity: "error",
          message: `"${name}" is a handle, and ${what}: its value is not known here`,
          hint: instead(name),
        });
      }
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
