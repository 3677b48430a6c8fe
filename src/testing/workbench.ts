/**
 * One run under test with everything around it: a store in memory, a clock, an engine with scripts.
 *
 * Owns: putting store, engine and runtime together, and running to the end. Leaves to test-run.ts: reading what happened.
 *
 * R1. Definitions are taken as they are in this process: no file is looked for, no bundle made. Every run is "unversioned".
 * R2. The function is replayed over its own log at every graph break, unless a test says otherwise: what is hidden from replay shows in
 *     tests.
 * R3. A run that does not end is given up with an error that says what it waits for (WG1150).
 */
import { join } from "node:path";
import { FolderArtifacts } from "../artifacts/folder-artifacts.ts";
import { systemClock, type Clock } from "../base/clock.ts";
import { LocalEngine } from "../engines/local/local-engine.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import { encode } from "../model/codec.ts";
import { formatAddress } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { ChildRuns } from "../runtime/children.ts";
import type { Engine } from "../runtime/engine.ts";
import { RateLimiter } from "../runtime/rate-limit.ts";
import type { Run } from "../runtime/run.ts";
import type { RunEnd } from "../runtime/run-options.ts";
import { startRun, type RunEnvironment } from "../runtime/start.ts";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import type { Store } from "../store/store.ts";
import { ScriptedChildRuns, UNVERSIONED } from "./child-runs.ts";
import { MovingClock } from "./moving-clock.ts";
import { ScriptedEngine } from "./scripted-engine.ts";
import { ScriptedModels } from "./scripted-models.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import type { TestOptions } from "./test-options.ts";
import { WaitingClock } from "./waiting-clock.ts";

/** What takes the place of nodes and child runs altogether: answers of a recorded run. */
export interface Answering {
  engine(of: { readonly clock: WaitingClock; readonly store: Store }): Engine;
  children?(store: Store): ChildRuns;
}

const DEFAULT_LIMIT_MS = 4000;
/** 2026-01-01T00:00:00Z. */
const DEFAULT_START = Date.UTC(2026, 0, 1);

export class Workbench {
  readonly store: Store;
  readonly engine: ScriptedEngine;
  readonly models: ScriptedModels;
  readonly startedAt: number;
  readonly environment: RunEnvironment;
  readonly #options: TestOptions;
  readonly #clock: Clock;
  readonly #runs: Set<Run> = new Set();

  constructor(options: TestOptions, answering?: Answering) {
    this.#options = options;
    this.startedAt = options.startedAt ?? (options.clock === "real" ? systemClock.now() : DEFAULT_START);
    const clock = (this.#clock = options.clock === "real" ? systemClock : new MovingClock(this.startedAt));
    this.store = openMemoryStore({ clock });
    const root = options.folder ?? temporaryFolder();
    const artifacts = new FolderArtifacts({
      root,
      artifactsDir: join(root, "artifacts"),
      dataDir: join(root, ".workgraph"),
    });
    const waiting = new WaitingClock(clock);
    this.models = new ScriptedModels(options.models ?? {}, waiting);
    this.engine = new ScriptedEngine({
      inner:
        answering?.engine({ clock: waiting, store: this.store }) ??
        new LocalEngine({ clock: waiting, artifacts, models: this.models }),
      clock: waiting,
      nodes: options.nodes ?? {},
      failures: options.failures ?? [],
      errors: (options.errors ?? []).map((error) => ({ code: "WG2000", kind: "thrown", name: "Error", ...error })),
    });
    this.environment = {
      store: this.store,
      engine: this.engine,
      clock,
      limiter: new RateLimiter(clock),
      children: answering?.children?.(this.store) ?? new ScriptedChildRuns(() => this),
      replayEach: options.replay === "never" ? "never" : "graph break",
    };
  }

  now(): number {
    return this.#clock.now();
  }

  own(run: Run): void {
    this.#runs.add(run);
    const gone = (): boolean => this.#runs.delete(run);
    run.ended.then(gone, gone);
  }

  /** Runs to the end. @param input encoded. @throws WorkgraphError WG1150 */
  async run(definition: WorkflowDefinition, input: string): Promise<{ readonly run: Run; readonly end: RunEnd }> {
    const { seed = "test", limitMs = DEFAULT_LIMIT_MS } = this.#options;
    const chance = { seed, clock: this.startedAt };
    const started = await startRun(definition, { version: UNVERSIONED, input, chance }, this.environment);
    if (!started.created) throw new WorkgraphError("WG5008", `run ${started.runId} exists already`);
    const { run } = started;
    this.engine.ready = this.#write(run);
    this.own(run);
    let end: RunEnd | undefined;
    const ended = run.ended.then((how) => (end = how));
    ended.catch(() => undefined);
    if ((await this.#drive(run, limitMs)) === "stuck") {
      void run.interrupt();
      throw stuck(definition.name, { limitMs, engine: this.engine });
    }
    await ended;
    return { run, end: end! };
  }

  /** What the run finds on its scratchpad. */
  async #write({ runId, epoch }: Run): Promise<void> {
    for (const [key, value] of Object.entries(this.#options.scratchpad ?? {}))
      await this.store.scratchpad.set(runId, epoch, { key, value: encode(value) });
  }

  async #drive(run: Run, limitMs: number): Promise<"ended" | "stuck"> {
    let hasEnded = false;
    const over = run.ended.then(
      () => (hasEnded = true),
      () => (hasEnded = true),
    );
    if (this.#clock instanceof MovingClock) {
      const isBusy = (): boolean => this.engine.isBusy || [...this.#runs].some((one) => one.isDelivering);
      return this.#clock.drive({ isBusy, hasEnded: () => hasEnded, limitMs });
    }
    const limit = Promise.withResolvers<"stuck">();
    const timer = systemClock.setTimer(() => limit.resolve("stuck"), limitMs);
    const how = await Promise.race([over.then(() => "ended" as const), limit.promise]);
    systemClock.clearTimer(timer);
    return how;
  }
}

/** R3. */
function stuck(workflow: string, of: { readonly limitMs: number; readonly engine: ScriptedEngine }): WorkgraphError {
  const places = of.engine.underWay.map(
    ({ nodeId, runId, call, item }) => `"${nodeId}" (${formatAddress(runId, call, item)})`,
  );
  const waits =
    places.length === 0
      ? "no node function is running: the workflow function awaits something that is no handle"
      : `still running: ${places.slice(0, 5).join(", ")}${places.length > 5 ? ` and ${places.length - 5} more` : ""}`;
  return new WorkgraphError("WG1150", `the run of "${workflow}" did not end within ${of.limitMs} ms; ${waits}`, {
    hint: "script what really waits (takes(), hangs()), since the clock stands while a node function runs; or raise limitMs",
  });
}
