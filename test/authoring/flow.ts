/**
 * Workflows run in process on a real store, for tests of what authors write.
 *
 * R1. Time is a FakeClock where a test turns it, otherwise the machine's.
 * R2. A crash is a store that stops taking writes: nothing after the last commit was recorded.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { systemClock, type Clock, type FakeClock } from "../../src/base/clock.ts";
import { Redactor } from "../../src/base/redactor.ts";
import { workflow } from "../../src/define/workflow.ts";
import { LocalEngine } from "../../src/engines/local/local-engine.ts";
import { decode, encode } from "../../src/model/codec.ts";
import type { WorkflowDefinition } from "../../src/model/definition.ts";
import type { RunEvent, StoredEvent } from "../../src/model/events.ts";
import { LocalChildRuns, type ChildHost } from "../../src/runner/children.ts";
import { RateLimiter } from "../../src/runtime/rate-limit.ts";
import type { Run } from "../../src/runtime/run.ts";
import type { RunEnd } from "../../src/runtime/run-options.ts";
import { resumeRun, startRun, type RunEnvironment } from "../../src/runtime/start.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Append, Store } from "../../src/store/store.ts";

export interface Flow {
  readonly definition: WorkflowDefinition;
}

export interface FlowOptions {
  readonly store?: Store;
  readonly clock?: Clock;
  readonly limiter?: RateLimiter;
  readonly redactor?: Redactor;
  readonly graceMs?: number;
  readonly replayEach?: "graph break";
}

export interface Ended extends RunEnd {
  readonly runId: string;
  readonly value: unknown;
  readonly events: readonly StoredEvent[];
  readonly store: Store;
}

const opened: Store[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A memory store that is closed after the test. */
export function memoryStore(clock: Clock = systemClock): Store {
  const store = openMemoryStore({ clock });
  opened.push(store);
  return store;
}

/** A store on disk that is gone after the test. */
export async function sqliteStore(): Promise<Store> {
  const dir = mkdtempSync(join(tmpdir(), "workgraph-authoring-"));
  folders.push(dir);
  const store = await openSqliteStore({ dir });
  opened.push(store);
  return store;
}

export const stores: readonly (readonly [name: string, open: () => Promise<Store>])[] = [
  ["memory", async () => memoryStore()],
  ["SQLite", sqliteStore],
];

export class Started {
  readonly run: Run;
  readonly store: Store;

  constructor(run: Run, store: Store) {
    this.run = run;
    this.store = store;
  }

  async end(): Promise<Ended> {
    const end = await this.run.ended;
    return {
      ...end,
      runId: this.run.runId,
      store: this.store,
      value: end.output === undefined ? undefined : decode(end.output),
      events: await this.events(),
    };
  }

  events(): Promise<readonly StoredEvent[]> {
    return this.store.events(this.run.runId, { limit: 100_000, values: "inline" });
  }
}

/** What a runner would give a run. */
export function environment(options: FlowOptions & { readonly store: Store }): RunEnvironment {
  const { clock = systemClock, limiter = new RateLimiter(clock), redactor = new Redactor(), graceMs, store } = options;
  const owned = new Map<string, Run>();
  const host: ChildHost = {
    project: "default",
    environment: () => made,
    reusing: async () => made,
    childCode: async (_, definition) => ({ definition, version: "unversioned" }),
    recordedCode: async (_, definition) => ({ definition, version: "unversioned" }),
    owned: (runId) => owned.get(runId),
    own(run) {
      owned.set(run.runId, run);
      run.ended.finally(() => owned.delete(run.runId)).catch(() => undefined);
    },
  };
  const made: RunEnvironment = {
    store,
    clock,
    limiter,
    engine: new LocalEngine({ clock, redactor }),
    // As the runner has them, without bundles: a child is the workflow at hand.
    children: new LocalChildRuns(host, { definition: NOBODY, version: "unversioned" }),
    ...(graceMs === undefined ? {} : { graceMs }),
    ...(options.replayEach ? { replayEach: options.replayEach } : {}),
  };
  return made;
}

const NOBODY: WorkflowDefinition = workflow({ name: "nobody" }, () => 0).definition;

export async function start(flow: Flow, input: unknown = {}, options: FlowOptions = {}): Promise<Started> {
  const store = options.store ?? memoryStore(options.clock);
  const started = await startRun(
    flow.definition,
    { version: "unversioned", input: encode(input) },
    environment({ ...options, store }),
  );
  if (!started.created) throw new Error("the run was not created");
  return new Started(started.run, store);
}

export async function run(flow: Flow, input: unknown = {}, options: FlowOptions = {}): Promise<Ended> {
  return (await start(flow, input, options)).end();
}

export async function resume(
  flow: Flow,
  of: { readonly runId: string; readonly store: Store },
  options: FlowOptions = {},
): Promise<Started> {
  return new Started(
    await resumeRun(flow.definition, of.runId, environment({ ...options, store: of.store })),
    of.store,
  );
}

/** R2. Runs until an append that `at` names; gives what a resume needs. */
export async function crash(
  flow: Flow,
  input: unknown,
  at: (append: Append) => boolean,
  options: FlowOptions = {},
): Promise<{ readonly runId: string; readonly store: Store }> {
  const store = options.store ?? memoryStore(options.clock);
  let dead = false;
  const dying = new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (key === "append") {
        return async (append: Append): Promise<void> => {
          dead ||= at(append);
          if (dead) throw new Error("crashed");
          await target.append(append);
        };
      }
      if (key === "release") return async (): Promise<void> => {};
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
  const started = await start(flow, input, { ...options, store: dying });
  await started.run.ended.then(
    () => {
      throw new Error("the run ended before it crashed");
    },
    () => undefined,
  );
  await releaseAll(store);
  return { runId: started.run.runId, store };
}

/** What a process leaves when it is gone: nobody owns anything. */
export async function releaseAll(store: Store): Promise<void> {
  for (const row of (await store.runs({ limit: 1000 })).runs)
    if (row.owner?.alive === true) await store.release(row.runId, row.epoch);
}

export type EventOf<T extends RunEvent["type"]> = Extract<RunEvent, { type: T }>;

export function ofType<T extends RunEvent["type"]>(events: readonly StoredEvent[], type: T): EventOf<T>[] {
  return events.flatMap(({ event }) => (event.type === type ? [event as EventOf<T>] : []));
}

/** The event names of an item's life, attempts included. */
export function lifeOf(events: readonly StoredEvent[], call: number, item: number): string[] {
  return events.flatMap(({ event }) => {
    if (event.type === "items.started" && event.call === call && event.items.includes(item))
      return [`started ${event.attempts?.[event.items.indexOf(item)] ?? 1}`];
    if ("item" in event && "attempt" in event && event.call === call && event.item === item)
      return [`${event.type.replace("item.", "")} ${event.attempt}`];
    return [];
  });
}

/** Turns a fake clock until the promise settles; at most `limit` timers. */
export async function turnUntil<T>(clock: FakeClock, promise: Promise<T>, limit = 10_000): Promise<T> {
  let settled = false;
  const done = (): void => {
    settled = true;
  };
  void promise.finally(done).catch(() => undefined);
  for (let turns = 0; turns < limit && !settled; turns++) {
    for (let i = 0; i < 5 && !settled; i++) await new Promise((resolve) => setImmediate(resolve));
    if (settled) break;
    if (clock.nextMs !== undefined) await clock.advance(clock.nextMs);
  }
  if (!settled) throw new Error("the promise did not settle");
  return promise;
}

/** Lets what is under way come to rest, on a clock that stands still. */
export async function rest(): Promise<void> {
  for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
}
