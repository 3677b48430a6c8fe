/**
 * Programs of the oracle as real workflows: the same statements by the real authoring surface, run in this process.
 *
 * Own: building, running, and reading what a run came to in the oracle's shape. Left to test/oracle/: what is right.
 *
 * R1. Nothing of the oracle's evaluation is used here, only what nodes compute (`behave`, `keeps`, `keyOf`).
 * R2. Items finish in a shuffled order: each execution first waits some turns of the event loop, chosen by seed and input.
 */
import { systemClock } from "../../src/base/clock.ts";
import { LocalEngine } from "../../src/engines/local/local-engine.ts";
import { cross, filter, merge, node, workflow, zip, zipBy } from "../../src/index.ts";
import type { Items } from "../../src/index.ts";
import type { WorkflowDefinition } from "../../src/model/definition.ts";
import type { Settled } from "../../src/model/handle.ts";
import { WorkgraphError } from "../../src/model/workgraph-error.ts";
import type { Engine } from "../../src/runtime/engine.ts";
import { NodeCall } from "../../src/runtime/node-call.ts";
import { RateLimiter } from "../../src/runtime/rate-limit.ts";
import type { Run } from "../../src/runtime/run.ts";
import type { RunEnd } from "../../src/runtime/run-options.ts";
import { resumeRun, startRun } from "../../src/runtime/start.ts";
import type { EventStore } from "../../src/store/store.ts";
import { currentFrame } from "../../src/trace/current.ts";
import { handleTarget } from "../../src/trace/handle.ts";
import type { Executed, SettledCell, Variable } from "../oracle/expected.ts";
import { behave, childKey, FAILED_MEMBER, hash, inputText, keeps, keyOf, SKIPPED_MEMBER } from "../oracle/program.ts";
import type { Argument, NodeInput, NodeSpec, Program, Statement } from "../oracle/program.ts";

/** "watch": reads every list without handling its failures. "settle": calls `settled()` on every list. "none": reads nothing. */
export type Observer = "watch" | "settle" | "none";

/** One entry into a node function, with the item it was for. */
export interface Execution extends Executed {
  readonly call: number;
  readonly item: number;
}

export interface Incarnation {
  readonly definition: WorkflowDefinition;
  readonly executions: Execution[];
  /** What the observer read, once the function has returned. */
  readonly variables: Record<string, Variable>;
}

type AnyHandle = Items<string>;
type Callable = (args: Record<string, unknown>) => AnyHandle;
type Bound = AnyHandle | readonly string[];

/** A new set of definitions, as a new process would load them. */
export function build(program: Program, observer: Observer): Incarnation {
  const executions: Execution[] = [];
  const variables: Record<string, Variable> = {};
  const nodes = new Map(program.nodes.map((spec) => [spec.id, nodeOf(program, spec, executions)]));
  const flow = workflow({ name: "generated" }, async () => {
    const known = new Map<string, Bound>();
    for (const statement of program.statements) await perform(statement, { program, nodes, known, variables });
    if (observer !== "none") await observe(known, variables, observer);
    return program.returns === undefined ? undefined : known.get(program.returns);
  });
  return { definition: flow.definition, executions, variables };
}

function nodeOf(program: Program, spec: NodeSpec, executions: Execution[]): Callable {
  const gather = spec.ports.flatMap(({ name, port }) => (port === "gather" ? [name] : []));
  const options = {
    id: spec.id,
    out: spec.out,
    concurrency: 1 + (hash(`${program.seed} slots ${spec.id}`) % 6),
    ...(gather.length > 0 ? { gather, onFailed: spec.onFailed } : {}),
    ...(spec.keyed ? { key: childKey } : {}),
  };
  const made = node(
    options as never,
    (async (args: Record<string, unknown>, ctx: { missing: number; callId: number; item: number }) => {
      const input: NodeInput = spec.ports.map(({ name }) => inputOf(args[name]));
      const text = inputText(input);
      executions.push({ node: spec.id, input: text, call: ctx.callId, item: ctx.item });
      await turns(hash(`${program.seed} ${spec.id} ${text}`) % 5); // R2
      const outcome = behave(spec, input, ctx.missing);
      if (outcome.kind === "throws") throw new Error(outcome.message);
      return outcome.kind === "one" ? outcome.value : outcome.values;
    }) as never,
  );
  return made as unknown as Callable;
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

function inputOf(value: unknown): string | string[] {
  if (!Array.isArray(value)) return value as string;
  return value.map((member: string | Settled<string>) => {
    if (typeof member === "string") return member;
    if (member.status === "ok") return member.value;
    return member.status === "failed" ? FAILED_MEMBER : SKIPPED_MEMBER;
  });
}

interface Place {
  readonly program: Program;
  readonly nodes: ReadonlyMap<string, Callable>;
  readonly known: Map<string, Bound>;
  readonly variables: Record<string, Variable>;
}

async function perform(statement: Statement, place: Place): Promise<void> {
  const { known } = place;
  const list = (name: string): AnyHandle => known.get(name) as AnyHandle;
  try {
    switch (statement.kind) {
      case "array":
        known.set(statement.name, [...statement.elements]);
        return;
      case "call":
        known.set(statement.name, callOf(statement, place));
        return;
      case "filter":
        known.set(
          statement.name,
          filter(list(statement.of), (value) => keeps(statement, value)),
        );
        return;
      case "merge":
        known.set(statement.name, merge(...(statement.of.map(list) as [AnyHandle, ...AnyHandle[]])));
        return;
      case "zip":
      case "zipBy":
      case "cross": {
        const [a, b] = [list(statement.of[0]), list(statement.of[1])];
        const pair =
          statement.kind === "zip" ? zip(a, b) : statement.kind === "cross" ? cross(a, b) : zipBy(a, b, keyOf);
        for (const [i, name] of statement.names.entries()) known.set(name, pair[i] as AnyHandle);
        return;
      }
      case "settle":
        await list(statement.of).settled();
    }
  } catch (error) {
    if (!(error instanceof WorkgraphError) || !("name" in statement)) throw error;
    place.variables[statement.name] = { kind: "refused", code: error.code };
  }
}

function callOf(statement: Extract<Statement, { kind: "call" }>, { program, nodes, known }: Place): AnyHandle {
  const spec = program.nodes.find(({ id }) => id === statement.node) as NodeSpec;
  const valueOf = (argument: Argument): unknown => {
    switch (argument.kind) {
      case "scalar":
        return argument.text;
      case "handle":
      case "array":
        return known.get(argument.of);
      case "concat":
        return argument.parts.map((part) => (part.kind === "text" ? part.text : known.get(part.of)));
    }
  };
  const args = spec.ports.map(({ name }, i): [string, unknown] => [name, valueOf(statement.args[i] as Argument)]);
  return (nodes.get(statement.node) as Callable)(Object.fromEntries(args));
}

// ---- reading what came of it

async function observe(
  known: ReadonlyMap<string, Bound>,
  variables: Record<string, Variable>,
  observer: Observer,
): Promise<void> {
  const frame = currentFrame();
  if (frame?.kind !== "workflow") throw new Error("observe is called by the workflow function");
  const run = frame.sink as Run;
  const lists = [...known].filter(([, bound]) => handleTarget(bound) !== undefined);
  if (observer === "watch") ignoreHandlingByAwaits(run);
  for (const [name, bound] of lists) {
    const target = handleTarget(bound)!;
    variables[name] = variableOf(await (bound as AnyHandle).settled(), { one: !target.many, call: target.call });
  }
}

/** From here on what is read is only watched: gathers of nodes that still run go on to handle what they drop. */
function ignoreHandlingByAwaits(run: Run): void {
  const { failures } = run;
  const handle = failures.handle.bind(failures);
  failures.handle = (causes) => {
    if (!/[/\\]runtime[/\\]await\.ts/.test(new Error("where").stack ?? "")) handle(causes);
  };
}

function variableOf(cells: readonly Settled<string>[], of: { readonly one: boolean; readonly call: number }): Variable {
  for (const cell of cells) {
    if (cell.status === "ok" || !["WG1002", "WG1003"].includes(cell.error.code)) continue;
    if (cell.error.address?.split(".")[1] === String(of.call)) return { kind: "broken", code: cell.error.code };
  }
  return { kind: "list", one: of.one, cells: cells.map(cellOf) };
}

const cellOf = (cell: Settled<string>): SettledCell =>
  cell.status === "ok"
    ? { path: cell.path, status: "ok", value: cell.value }
    : { path: cell.path, status: cell.status };

// ---- running

/** Paths of the items that were performed, by run, call and item: a node function is not told its own. */
const paths: Map<string, string> = new Map();
const placeOf = (runId: string, of: { readonly call: number; readonly item: number }): string =>
  `${runId}.${of.call}.${of.item}`;

const performItem = NodeCall.prototype["perform"];
NodeCall.prototype["perform"] = function (this: NodeCall, item: number): void {
  paths.set(placeOf(this.run.runId, { call: this.no, item }), this["inputs"].base.path(item));
  performItem.call(this, item);
};

export interface RunIn {
  readonly store: EventStore;
  readonly incarnation: Incarnation;
  /** Goes on with this run; undefined: starts one. */
  readonly runId?: string;
  readonly engine?: Engine;
  /** Told before the run begins to do anything. */
  readonly onRun?: (run: Run) => void;
}

export interface Ended extends RunEnd {
  readonly runId: string;
  /** With paths. */
  readonly executions: readonly Execution[];
}

/** Rejects when the store fails. */
export async function runIn({ store, incarnation, runId, engine, onRun }: RunIn): Promise<Ended> {
  const clock = systemClock;
  const environment = { store, engine: engine ?? new LocalEngine({ clock }), clock, limiter: new RateLimiter(clock) };
  const { definition } = incarnation;
  const run =
    runId === undefined ? await started(definition, environment) : await resumeRun(definition, runId, environment);
  onRun?.(run);
  const end = await inTime(run.ended);
  return { ...end, runId: run.runId, executions: placed(incarnation, run.runId) };
}

/** Longer than any of these runs takes, on any machine. */
const STUCK_MS = 5000;

async function inTime(ended: Promise<RunEnd>): Promise<RunEnd> {
  let timer: NodeJS.Timeout | undefined;
  const stuck = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the run is stuck")), STUCK_MS);
  });
  try {
    return await Promise.race([ended, stuck]);
  } finally {
    clearTimeout(timer);
  }
}

export function placed({ executions }: Incarnation, runId: string): Execution[] {
  return executions.map((execution) => ({ ...execution, path: paths.get(placeOf(runId, execution)) ?? "?" }));
}

async function started(definition: WorkflowDefinition, environment: Parameters<typeof startRun>[2]): Promise<Run> {
  const made = await startRun(definition, { version: "unversioned", input: "{}" }, environment);
  if (!made.created) throw new Error("a run without idempotency key is always new");
  return made.run;
}
