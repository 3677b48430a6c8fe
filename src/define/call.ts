/**
 * Calling a node, a workflow or a combinator: to the run it is called in, or an error that says what to do.
 *
 * Owns: refusing calls outside a workflow function. Leaves to the sink: everything a call does.
 *
 * R1. Author's code calls `callNode` through a bound function, which leaves no frame of its own: `captureSite(callNode)`
 *     is the author's line. A combinator calls `enter`, which captures nothing.
 */
import { assertNever } from "../base/assert.ts";
import type { NodeDefinition } from "../model/definition.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { CallSink } from "../trace/call-sink.ts";
import { currentFrame } from "../trace/current.ts";
import type { Frame } from "../trace/current.ts";
import { handleTarget } from "../trace/handle.ts";
import { captureSite } from "../trace/site.ts";
import { copies } from "./brand.ts";
import { isRecord, shown } from "./option-checks.ts";
import { at } from "./place.ts";

/** What a node's callable is bound to. */
export function callNode(definition: NodeDefinition, args: Readonly<Record<string, unknown>> = {}): unknown {
  const frame = currentFrame();
  if (frame?.kind === "workflow") {
    if (!isRecord(args) || handleTarget(args) !== undefined) refuseArguments(definition, args);
    return frame.sink.callNode(definition, args);
  }
  const site = captureSite(callNode);
  throw new WorkgraphError("WG3001", `node "${definition.id}" was called ${outside(frame)}${at(site)}`, {
    hint:
      frame === undefined
        ? "call it inside a workflow function and start that with `workgraph run` or wg.launch; for one execution, as in a test, use its .run(input)"
        : "a node calls plain functions: move the call into the workflow function, or share a plain function between both nodes",
    ...(site === undefined ? {} : { site }),
  });
}

function refuseArguments(definition: NodeDefinition, args: unknown): never {
  const site = captureSite(callNode);
  const given = handleTarget(args) === undefined ? shown(args) : "a handle";
  throw new WorkgraphError("WG1124", `node "${definition.id}" was called with ${given}${at(site)}`, {
    hint: "give the arguments by name, as one object: scrapePage({ url: urls })",
    ...(site === undefined ? {} : { site }),
  });
}

/** The sink of the workflow function that runs. `name` is the combinator or helper, `above` its function, for the site. */
export function enter(name: string, above: (...args: never[]) => unknown): CallSink {
  const frame = currentFrame();
  if (frame?.kind === "workflow") return frame.sink;
  const site = captureSite(above);
  throw new WorkgraphError("WG3001", `${name}() was called ${outside(frame)}${at(site)}`, {
    hint: insteadOf(name, frame),
    ...(site === undefined ? {} : { site }),
  });
}

/** Nodes and workflows are made when modules load. `above` is the function that makes them. */
export function refuseInsideRun(what: string, above: (...args: never[]) => unknown): void {
  const frame = currentFrame();
  if (frame === undefined) return;
  const site = captureSite(above);
  throw new WorkgraphError("WG3004", `${what} was created ${during(frame)}${at(site)}`, {
    hint: "move it to the top level of the module, so that it exists before the run and belongs to the recorded code",
    ...(site === undefined ? {} : { site }),
  });
}

function outside(frame: Frame | undefined): string {
  if (frame !== undefined) return `inside ${describe(frame)}`;
  const loaded = copies();
  if (loaded.length < 2) return "outside a workflow function";
  return `outside a workflow function, or by another copy of agentic-workgraph than the one that runs it (loaded: ${loaded.join(", ")}; install one copy only)`;
}

function during(frame: Frame): string {
  return `while ${describe(frame)} was running`;
}

function describe(frame: Frame): string {
  switch (frame.kind) {
    case "workflow":
      return `workflow "${frame.workflow}"`;
    case "node":
      return `node "${frame.nodeId}" (${frame.address})`;
    default:
      return assertNever(frame);
  }
}

/** What plain code and node functions have in place of the workflow helpers. */
const PLAIN: Readonly<Record<string, string>> = {
  now: "Date.now()",
  random: "Math.random()",
  uuid: "crypto.randomUUID()",
  sleep: 'setTimeout of "node:timers/promises"',
};

function insteadOf(name: string, frame: Frame | undefined): string {
  if (name === "runSubgraph")
    return frame === undefined
      ? "call it inside a workflow function; from elsewhere start the workflow with `workgraph run` or wg.launch(workflow, input)"
      : "a node starts no runs: move the call into the workflow function";
  const plain = PLAIN[name];
  const place = `${name}() works inside a workflow function`;
  if (plain !== undefined) return `${place}; ${frame === undefined ? "elsewhere" : "in a node"} use ${plain}`;
  return `${place}, on the handles that node calls return there; on plain arrays use ordinary code`;
}
