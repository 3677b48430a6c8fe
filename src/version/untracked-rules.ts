/**
 * What a workflow function does behind the run's back: waiting, asking and reading that no node records.
 *
 * Owns: findings in the workflow function and in the functions of the closure that it calls. Leaves to `handle-flow.ts`: who calls
 * whom; to the replay check: what does not show in the source.
 *
 * R1. Node functions may do all of it. A function that both call is looked at because the workflow function calls it.
 */
import type { ModuleFacts } from "./call-sites.ts";
import type { Finding } from "./check.ts";
import type { HandleFlow } from "./handle-flow.ts";
import { bare, isFunction, rootOf, walk } from "./syntax.ts";
import type { SyntaxNode } from "./syntax.ts";

/** Modules whose functions reach outside the process, or wait. */
const OUTSIDE: ReadonlySet<string> = new Set([
  "fs",
  "fs/promises",
  "timers",
  "timers/promises",
  "child_process",
  "http",
  "https",
  "http2",
  "net",
  "tls",
  "dns",
  "dns/promises",
  "dgram",
  "readline",
  "readline/promises",
  "worker_threads",
]);
const ASKING: ReadonlySet<string> = new Set(["fetch"]);
const WAITING: ReadonlySet<string> = new Set(["setTimeout", "setInterval", "setImmediate"]);

export function untrackedFindings(modules: ReadonlyMap<string, ModuleFacts>, flow: HandleFlow): readonly Finding[] {
  const reached = reachedFunctions(flow);
  const findings: Finding[] = [];
  for (const module of modules.values()) {
    walk(module.program, (node, ancestors) => {
      if (isFunction(node) && flow.nodeFunctions.has(node) && !reached.has(node)) return false;
      if (!ancestors.some((one) => reached.has(one))) return undefined;
      const found = untracked(node, module);
      if (found) findings.push({ ...found, file: module.file, ...module.lines.position(node.start) });
      return undefined;
    });
  }
  return findings;
}

/** R1. */
function reachedFunctions(flow: HandleFlow): ReadonlySet<SyntaxNode> {
  const reached = new Set<SyntaxNode>(flow.workflowFunctions);
  for (const fn of reached)
    for (const called of flow.calls.get(fn) ?? []) if (!flow.nodeFunctions.has(called)) reached.add(called);
  return reached;
}

type Untracked = Pick<Finding, "code" | "severity" | "message" | "hint">;

function untracked(node: SyntaxNode, module: ModuleFacts): Untracked | undefined {
  if (node.type === "CallExpression") {
    const kind = calledOutside(bare(node.callee), module);
    if (!kind) return undefined;
    const name = module.text.slice(node.callee.start, node.callee.end).split("\n")[0] ?? "";
    return {
      code: "WG3030",
      severity: "warning",
      message: `"${name}(...)" in a workflow function is not recorded: a replay does it again, and the graph cannot tell what waits for it`,
      hint:
        kind === "wait"
          ? 'Write await sleep("1s") to wait, or move it into a node.'
          : "Move it into a node, and await what the node gives.",
    };
  }
  if (node.type !== "MemberExpression" || node.computed || node.property.name !== "env") return undefined;
  const object = bare(node.object);
  if (object.type !== "Identifier" || object.name !== "process") return undefined;
  const source = module.scopes.bindingOf(object)?.source;
  if (module.scopes.bindingOf(object) && source !== "node:process" && source !== "process") return undefined;
  return {
    code: "WG3031",
    severity: "warning",
    message:
      '"process.env" in a workflow function is not recorded: a resume elsewhere may read something else and diverge',
    hint: "Pass it as input of the run, or read it in a node (ctx.secret for what nobody may see).",
  };
}

function calledOutside(callee: SyntaxNode, module: ModuleFacts): "ask" | "wait" | undefined {
  const root = rootOf(callee);
  if (!root) return undefined;
  const binding = module.scopes.bindingOf(root);
  if (!binding) {
    const name: string = callee.type === "Identifier" ? callee.name : globalMember(callee);
    return WAITING.has(name) ? "wait" : ASKING.has(name) ? "ask" : undefined;
  }
  const source = binding.source?.replace(/^node:/, "");
  if (source === undefined || !OUTSIDE.has(source)) return undefined;
  return source.startsWith("timers") ? "wait" : "ask";
}

/** `fetch` of `globalThis.fetch`. */
function globalMember(callee: SyntaxNode): string {
  if (callee.type !== "MemberExpression" || callee.computed) return "";
  const object = bare(callee.object);
  return object.type === "Identifier" && /^(globalThis|global)$/.test(object.name) ? callee.property.name : "";
}
