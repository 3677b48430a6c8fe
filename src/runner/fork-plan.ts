/**
 * A fork without its execution: what it and its child runs would reuse, what they would execute, and where that cannot be told.
 *
 * Owns: performing workflow functions over a store in memory until nothing happens any more, and the tree of what they would do.
 * Leaves to planned-run.ts: one run; to runtime/, children.ts and reuse.ts: everything that decides, so that the run that follows
 * decides the same.
 *
 * R1. Nothing is written to the runs of the project, and no node executes.
 * R2. A child run whose input is known is planned like a run. One that would execute nothing ends, and its result goes on.
 * R3. It is done when nothing has happened for some turns of the event loop. A sleep that is not reused is not waited for.
 * R4. Then what would execute is supposed to give what it gave, again and again, to see what may execute behind it. What never gave
 *     anything ends that.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { assert } from "../base/assert.ts";
import type { RunId } from "../model/ids.ts";
import type { ChildPlan, ReusePlan, RunPlan } from "../model/reuse-plan.ts";
import { RateLimiter } from "../runtime/rate-limit.ts";
import { startRun, type RunEnvironment } from "../runtime/start.ts";
import type { RunOrigin } from "../model/events.ts";
import type { Run } from "../runtime/run.ts";
import type { EventStore, RunRow } from "../store/store.ts";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import { LocalChildRuns, type ChildHost } from "./children.ts";
import type { LoadedCode } from "./code.ts";
import type { PreparedFork } from "./fork.ts";
import { overlay } from "./overlay-store.ts";
import { PlannedRun, type Happenings } from "./planned-run.ts";
import { reuseOf, type ReuseParts } from "./reuse.ts";

/** Turns without anything happening after which nothing will. */
const IDLE_TURNS = 12;
/** Ms that something untracked may take to wake a function. */
const UNTRACKED_MS = 100;

/** What a plan needs of the runner. */
export interface PlanHost extends Pick<ChildHost, "childCode" | "recordedCode" | "project"> {
  /** Its store is only read. */
  readonly parts: ReuseParts;
  readonly maxCalls?: number;
}

export async function planFork(fork: PreparedFork, host: PlanHost): Promise<ReusePlan> {
  return new ForkPlan(fork, host).plan();
}

/** What never executes is not waited for. */
class NoLimit extends RateLimiter {
  override ready(): true {
    return true;
  }
}

class ForkPlan implements Happenings {
  readonly #fork: PreparedFork;
  readonly #host: PlanHost;
  readonly #memory: EventStore = openMemoryStore({ clock: systemClock });
  readonly #store: EventStore;
  readonly #limiter: RateLimiter = new NoLimit(systemClock);
  readonly #runs: Map<RunId, PlannedRun> = new Map();
  isSupposing = false;
  #happened = 0;
  #busy = 0;

  constructor(fork: PreparedFork, host: PlanHost) {
    this.#fork = fork;
    this.#host = host;
    this.#store = overlay(this.#memory, {
      append: (batch) => {
        this.happened();
        return this.#memory.append(batch);
      },
    });
  }

  async plan(): Promise<ReusePlan> {
    const { code, facts, origin } = this.#fork;
    // What it names stands in the store of the project.
    const { manifest: _manifest, ...kept } = facts;
    const started = await startRun(code.definition, kept, await this.#environment(code, origin));
    assert(started.created, "a plan has no idempotency key");
    this.#own(started.run);
    const { runId } = started.run;
    await this.#idle();
    for (const planned of this.#runs.values()) await planned.settle(this.#memory);
    await this.#suppose();
    const plan = await this.#tree((await this.#memory.run(runId))!);
    await Promise.race([started.run.interrupt().catch(() => undefined), idleTurns(IDLE_TURNS)]);
    await this.#memory.close();
    const { reuse } = this.#runs.get(runId)!;
    return { kind: origin.kind, run: origin.run, ...rounded(plan), unmet: [...(reuse?.unmet ?? [])] };
  }

  async #environment(code: LoadedCode, origin: RunOrigin | undefined): Promise<RunEnvironment> {
    const reuse = await this.during(() => reuseOf(this.#host.parts, code, origin));
    const planned = new PlannedRun({ happenings: this, code, reuse, project: this.#host.parts.store });
    const { maxCalls } = this.#host;
    return {
      store: this.#store,
      engine: planned,
      clock: systemClock,
      limiter: this.#limiter,
      graceMs: 0,
      reuse: planned,
      awaits: planned,
      children: new LocalChildRuns(this.#childHost, code),
      ...(maxCalls === undefined ? {} : { maxCalls }),
    };
  }

  /** R2. */
  get #childHost(): ChildHost {
    const { project, childCode, recordedCode } = this.#host;
    return {
      project,
      recordedCode,
      childCode: (parent, workflow) => this.during(() => childCode(parent, workflow)),
      reusing: (code, origin) => this.#environment(code, origin),
      environment: () => {
        throw new Error("this is a bug in workgraph: a plan goes on with no run");
      },
      owned: () => undefined,
      own: (run) => this.#own(run),
    };
  }

  #own(run: Run): void {
    const planned = run.reuse?.from;
    assert(planned instanceof PlannedRun, "a planned run asks its plan");
    planned.begun(run);
    this.#runs.set(run.runId, planned);
  }

  /** R4. */
  async #suppose(): Promise<void> {
    this.isSupposing = true;
    for (let supposed = 1; supposed > 0;) {
      supposed = 0;
      for (const planned of Array.from(this.#runs.values()))
        supposed += await this.during(() => planned.suppose(this.#memory));
      if (supposed > 0) await this.#idle();
    }
  }

  // ---- Happenings: R3

  happened(): void {
    this.#happened++;
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#happened++;
    this.#busy++;
    try {
      return await work();
    } finally {
      this.#busy--;
      this.#happened++;
    }
  }

  async #idle(): Promise<void> {
    let before = -1;
    let since = systemClock.perf();
    for (let quiet = 0; quiet < IDLE_TURNS || this.#busy > 0 || this.#mayWake(since); quiet++) {
      await nextTurn();
      if (this.#happened === before) continue;
      before = this.#happened;
      quiet = 0;
      since = systemClock.perf();
    }
  }

  /** A function waits for nothing that its run knows of: a timer or a request of its own may wake it. */
  #mayWake(since: number): boolean {
    return systemClock.perf() - since < UNTRACKED_MS && [...this.#runs.values()].some((run) => run.isUntracked);
  }

  // ---- the tree

  async #tree(row: RunRow): Promise<RunPlan> {
    const children: ChildPlan[] = [];
    const calls = await this.#memory.calls(row.runId);
    for (const child of await this.#below(row.runId)) {
      const { call, item } = child.parent!;
      const { origin } = child;
      const plan = await this.#tree(child);
      const { node } = calls.find((one) => one.call === call)!.event;
      const isSupposed = this.#runs.get(child.runId)!.isSupposed;
      children.push({
        node,
        place: `${call}.${item}`,
        ...(origin ? { run: origin.run } : {}),
        ...(isSupposed ? { supposed: true as const } : {}),
        ...plan,
      });
    }
    return this.#runs.get(row.runId)!.plan(this.#memory, children);
  }

  /** In the order of their items. */
  async #below(parent: RunId): Promise<readonly RunRow[]> {
    const found: RunRow[] = [];
    for (let before: RunId | undefined; ;) {
      const page = await this.#memory.runs({ parent, limit: 100, ...(before === undefined ? {} : { before }) });
      found.push(...page.runs);
      before = page.runs.at(-1)?.runId;
      if (page.runs.length < 100) break;
    }
    return found.toSorted((a, b) => a.parent!.call - b.parent!.call || a.parent!.item - b.parent!.item);
  }
}

async function idleTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await nextTurn();
}

/** Ms are summed as they were measured, and shown whole. */
function rounded<Plan extends RunPlan>(plan: Plan): Plan {
  const { reused, children } = plan;
  return {
    ...plan,
    reused: { ...reused, savedMs: Math.round(reused.savedMs) },
    children: children.map((child) => rounded(child)),
  };
}
