/**
 * A program cut off at an event and gone on with, and what has to be true then.
 *
 * R1. Every run has the same seed and start time, so that a run that was never cut off says what has to come out.
 * R2. What the log had of an item before the cut is not executed again.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { LocalEngine } from "../../src/engines/local/local-engine.ts";
import type { WorkflowDefinition } from "../../src/model/definition.ts";
import { RateLimiter } from "../../src/runtime/rate-limit.ts";
import type { RunEnd } from "../../src/runtime/run-options.ts";
import { resumeRun, startRun, type RunEnvironment } from "../../src/runtime/start.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { EventStore, Store } from "../../src/store/store.ts";
import { Crash, crashingAt } from "../semantics/crashing-store.ts";
import { ledger, programs } from "./fixtures/programs.ts";

/** R1. */
export const CHANCE = { seed: "determinism", clock: Date.UTC(2026, 0, 5, 12) } as const;
export const RUN_ID = "01KE0000000000000000000000";

export function environmentOf(store: EventStore): RunEnvironment {
  const clock = systemClock;
  return { store, clock, engine: new LocalEngine({ clock }), limiter: new RateLimiter(clock) };
}

export async function startIn(store: EventStore, definition: WorkflowDefinition): Promise<RunEnd> {
  const facts = { version: "unversioned", input: "{}", runId: RUN_ID, chance: CHANCE };
  const started = await startRun(definition, facts, environmentOf(store));
  if (!started.created) throw new Error("a run without idempotency key is always new");
  return started.run.ended;
}

export async function resumeIn(store: EventStore, definition: WorkflowDefinition): Promise<RunEnd> {
  return (await resumeRun(definition, RUN_ID, environmentOf(store))).ended;
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), "workgraph-determinism-"));
}

/** What a run came to. */
export interface Outcome {
  readonly status: string;
  readonly output: string | undefined;
  readonly error: string | undefined;
  /** Node, identity and segment of every call that counts, in order. */
  readonly calls: readonly string[];
  /** `node call.item` of every execution whose outcome counts, sorted. */
  readonly executed: readonly string[];
  readonly events: number;
}

export async function outcomeOf(store: EventStore, end: RunEnd): Promise<Outcome> {
  const rows = (await store.calls(RUN_ID)).filter(({ superseded }) => !superseded);
  const row = await store.run(RUN_ID);
  return {
    status: end.status,
    output: end.output,
    error: end.error && `${end.error.code} ${end.error.message}`,
    calls: rows.map(({ event }) => `${event.node} ${event.identity} in segment ${event.segment}`),
    executed: [...(await decided(store))].toSorted(),
    events: row?.seq ?? 0,
  };
}

/** Items whose outcome the log has, of nodes: `node call.item`. */
export async function decided(store: EventStore): Promise<ReadonlySet<string>> {
  const nodes = new Map<number, string>();
  const items = new Set<string>();
  for (let after = 0; ;) {
    const page = await store.events(RUN_ID, { after, limit: 5000, values: "none" });
    for (const { seq, event } of page) {
      after = seq;
      if (event.type === "call.created" && event.kind === "node") nodes.set(event.call, event.node);
      if (event.type !== "item.completed" && event.type !== "item.failed") continue;
      if (event.type === "item.failed" && event.to === "cancelled") continue;
      if (nodes.has(event.call)) items.add(`${nodes.get(event.call)} ${event.call}.${event.item}`);
    }
    if (page.length < 5000) return items;
  }
}

/** Never cut off. */
export async function whole(name: string): Promise<Outcome> {
  const dir = newFolder();
  const store = await openSqliteStore({ dir });
  try {
    return await outcomeOf(store, await startIn(store, programs[name]!.definition));
  } finally {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Everything that is wrong with a run that was cut off with `before` in its log, and gone on with. */
export function faults(of: {
  readonly name: string;
  readonly expected: Outcome;
  readonly actual: Outcome;
  /** In the log at the cut. */
  readonly before: ReadonlySet<string>;
  readonly executedAfter: readonly string[];
}): string[] {
  const { expected, actual } = of;
  const out: string[] = [];
  const compare = (what: string, a: unknown, b: unknown): void => {
    if (JSON.stringify(a) !== JSON.stringify(b)) out.push(`${what}: ${JSON.stringify(b)}, not ${JSON.stringify(a)}`);
  };
  compare("status", expected.status, actual.status);
  compare("output", expected.output, actual.output);
  compare("error", expected.error, actual.error);
  const { isRacing, isTimed } = programs[of.name]!;
  const nodesOf = (calls: readonly string[]): string[] => calls.map((call) => call.split(" ")[0]!);
  if (isTimed) compare("nodes", nodesOf(expected.calls), nodesOf(actual.calls));
  else compare("calls", expected.calls, actual.calls);
  if (!isRacing) compare("executed", expected.executed, actual.executed);
  for (const item of of.executedAfter) if (of.before.has(item)) out.push(`executed again: ${item}`);
  const twice = of.executedAfter.filter((item, i, all) => all.indexOf(item) !== i);
  for (const item of new Set(twice)) out.push(`executed twice: ${item}`);
  return out;
}

/** Drops the owner before event `at`, opens the store again, goes on. */
export async function cutOff(name: string, at: number, expected: Outcome): Promise<string[]> {
  const dir = newFolder();
  const { definition } = programs[name]!;
  try {
    const first = await openSqliteStore({ dir });
    await startIn(crashingAt(first, at).store, definition).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    await first.close();
    return await goOn({ name, dir, expected });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Goes on with what stands in a folder, in this process. */
export async function goOn(of: {
  readonly name: string;
  readonly dir: string;
  readonly expected: Outcome;
}): Promise<string[]> {
  const store: Store = await openSqliteStore({ dir: of.dir });
  try {
    const before = await decided(store);
    const began = ledger.length;
    const row = await store.run(RUN_ID);
    if (row?.status === "completed" || row?.status === "failed") return [];
    // Its seed was not recorded yet: it begins with another one.
    const isNew = (row?.seq ?? 0) < 2;
    const end = await resumeIn(store, programs[of.name]!.definition);
    const actual = await outcomeOf(store, end);
    if (isNew) return actual.status === of.expected.status ? [] : [`status: ${actual.status}`];
    const found = faults({ ...of, actual, before, executedAfter: ledger.slice(began) });
    const bad = await store.verify(RUN_ID);
    if (bad) found.push(`the log is broken at ${bad.badSeq}: ${bad.reason}`);
    if (end.diverged) found.push(JSON.stringify(end.diverged));
    return found;
  } finally {
    await store.close();
  }
}
