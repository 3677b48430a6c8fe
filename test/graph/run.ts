/**
 * Rendered programs as real runs: nodes by the real authoring surface, in this process, on a memory store.
 *
 * R1. Items finish in a shuffled order: each execution first waits some turns of the event loop, chosen by `pace`, input and tag.
 * R2. Which item was given which input is noted as nodes are entered: by that a recorded item is known again.
 */
import { stripTypeScriptTypes } from "node:module";
import { cross, filter, merge, node, race, workflow, zip, zipBy } from "../../src/index.ts";
import type { StoredEvent } from "../../src/model/events.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import { systemClock } from "../../src/base/clock.ts";
import { LocalEngine } from "../../src/engines/local/local-engine.ts";
import type { WorkflowDefinition } from "../../src/model/definition.ts";
import { RateLimiter } from "../../src/runtime/rate-limit.ts";
import { resumeRun, startRun, type RunEnvironment } from "../../src/runtime/start.ts";
import { Crash, crashingAt } from "../semantics/crashing-store.ts";
import { behave, hash, inputText, type NodeName, type Program } from "./program.ts";
import { render } from "./render.ts";

/** Inputs of items by tag of the call and number of the item. */
export type Inputs = Map<string, Map<number, string>>;

export interface Recorded {
  readonly store: Store;
  readonly runId: string;
  readonly events: readonly StoredEvent[];
  readonly inputs: Inputs;
}

type NodeArguments = { readonly x?: unknown; readonly y?: unknown; readonly xs?: unknown; readonly tag: string };

const NAMES = ["one", "flaky", "bad", "list", "sum"] as const satisfies readonly NodeName[];

/** New definitions, as a new process would load them. */
export function build(program: Program, inputs: Inputs, pace = 0): WorkflowDefinition {
  const made = NAMES.map((name) => {
    const options = {
      id: name,
      out: name === "list" ? "many" : "one",
      ...(name === "sum" ? { gather: ["xs"], onFailed: "drop" } : {}),
    };
    return node(
      options as never,
      (async (args: NodeArguments, ctx: { readonly item: number }) => {
        const input = inputText(args);
        const ofCall = inputs.get(args.tag) ?? new Map<number, string>();
        inputs.set(args.tag, ofCall.set(ctx.item, input)); // R2
        const turns = hash(`${pace} ${args.tag} ${input}`) % 6;
        for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve)); // R1
        const outcome = behave(name, args.tag, input);
        if (outcome === undefined) throw new Error(`${args.tag} fails`);
        return outcome;
      }) as never,
    );
  });
  const body = stripTypeScriptTypes(`async function flow() {\n${render(program)}}`);
  const names = [...NAMES, "filter", "zip", "zipBy", "cross", "merge", "race"];
  // oxlint-disable-next-line typescript/no-implied-eval -- the program is rendered code
  const fn = new Function(...names, `${body}\nreturn flow;`)(
    ...made,
    filter,
    zip,
    zipBy,
    cross,
    merge,
    race,
  ) as () => never;
  return workflow({ name: "generated" }, fn).definition;
}

function environment(store: Store): RunEnvironment {
  const clock = systemClock;
  return { store, clock, limiter: new RateLimiter(clock), engine: new LocalEngine({ clock }) };
}

export async function run(program: Program, pace = 0): Promise<Recorded> {
  const inputs: Inputs = new Map();
  const store = openMemoryStore();
  const started = await startRun(
    build(program, inputs, pace),
    { version: "unversioned", input: "{}" },
    environment(store),
  );
  if (!started.created) throw new Error("a run without idempotency key is new");
  await started.run.ended;
  return { store, runId: started.run.runId, inputs, events: await all(store, started.run.runId) };
}

const all = (store: Store, runId: string): Promise<readonly StoredEvent[]> =>
  store.events(runId, { limit: 100_000, values: "none" });

/** Cut off where `at` (0 to 1) of the events of `whole` are written, gone on with by new definitions. */
export async function runWithCrash(program: Program, whole: Recorded, at: number): Promise<Recorded> {
  const inputs: Inputs = new Map();
  const store = openMemoryStore();
  const crashing = crashingAt(store, 2 + Math.floor(at * (whole.events.length - 2)));
  const input = { version: "unversioned", input: "{}" };
  const started = await startRun(build(program, inputs), input, environment(crashing.store as Store));
  if (!started.created) throw new Error("a run without idempotency key is new");
  const { runId } = started.run;
  const crashed = await started.run.ended.then(
    () => false,
    (error: unknown) => {
      if (!(error instanceof Crash)) throw error;
      return true;
    },
  );
  if (crashed) {
    const row = await store.run(runId);
    await store.release(runId, row!.epoch);
    const resumed = await resumeRun(build(program, inputs, 1), runId, environment(store));
    await resumed.ended;
  }
  return { store, runId, inputs, events: await all(store, runId) };
}
