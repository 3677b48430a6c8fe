/** A run of a workflow that is in no file, begun and resumed in this process over a store that stays open. */
import { systemClock } from "../../src/base/clock.ts";
import { LocalEngine } from "../../src/engines/local/local-engine.ts";
import { RateLimiter } from "../../src/runtime/rate-limit.ts";
import type { Run } from "../../src/runtime/run.ts";
import type { RunEnd } from "../../src/runtime/run-options.ts";
import { resumeRun, startRun, type RunEnvironment } from "../../src/runtime/start.ts";
import type { ArtifactStore } from "../../src/artifacts/artifact-store.ts";
import type { WorkflowDefinition } from "../../src/model/definition.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import type { Place } from "./place.ts";

interface Flow {
  readonly definition: WorkflowDefinition;
}

export class ResumableRun {
  readonly runId: string;
  readonly store: Store;
  readonly #run: Run;
  readonly #flow: Flow;
  readonly #artifacts: ArtifactStore;

  private constructor(run: Run, of: { readonly store: Store; readonly flow: Flow; readonly artifacts: ArtifactStore }) {
    this.#run = run;
    this.runId = run.runId;
    this.store = of.store;
    this.#flow = of.flow;
    this.#artifacts = of.artifacts;
  }

  static async start(
    place: Place,
    flow: Flow,
    {
      store = openMemoryStore(),
      artifacts = place.artifacts(),
    }: { readonly store?: Store; readonly artifacts?: ArtifactStore } = {},
  ): Promise<ResumableRun> {
    const started = await startRun(
      flow.definition,
      { version: "unversioned", input: "{}" },
      environment(store, artifacts),
    );
    if (!started.created) throw new Error("the run was not created");
    return new ResumableRun(started.run, { store, flow, artifacts });
  }

  /** As when the process is gone: whatever an attempt still does means nothing any more. */
  interrupt(): Promise<void> {
    return this.#run.interrupt();
  }

  end(): Promise<RunEnd> {
    return this.#run.ended;
  }

  async resume({ artifacts = this.#artifacts, flow = this.#flow } = {}): Promise<ResumableRun> {
    const run = await resumeRun(flow.definition, this.runId, environment(this.store, artifacts));
    return new ResumableRun(run, { store: this.store, flow, artifacts });
  }
}

function environment(store: Store, artifacts: ArtifactStore): RunEnvironment {
  const clock = systemClock;
  return { store, clock, engine: new LocalEngine({ clock, artifacts }), limiter: new RateLimiter(clock), graceMs: 0 };
}
