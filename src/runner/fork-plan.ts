/**
 * A fork without its execution: what it would reuse, what it would execute, and where that cannot be told.
 *
 * Owns: performing the workflow function over a store in memory, with an engine that executes nothing. Leaves to runtime/ and
 * reuse.ts: everything that decides, so that the run that follows decides the same.
 *
 * R1. Nothing is written to the store of the project, and no node executes.
 * R2. What is certain to execute, is what was asked for and has no answer. What waits for its result is a dependent.
 * R3. It is done when nothing has happened for some turns of the event loop. A sleep that is not reused is not waited for.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import type { NodeDefinition } from "../model/definition.ts";
import { formatAddress } from "../model/ids.ts";
import type { MadeBecause, PlannedDependent, PlannedItem, ReusePlan } from "../model/reuse-plan.ts";
import { RateLimiter } from "../runtime/rate-limit.ts";
import type { Reuse, ReuseAnswer, ReuseQuestion } from "../runtime/reuse.ts";
import type { RunReuse } from "../runtime/run-reuse.ts";
import { startRun } from "../runtime/start.ts";
import type { AttemptOutcome, AttemptRequest, Engine } from "../runtime/engine.ts";
import type { SourceRun } from "../runtime/source-run.ts";
import type { CallRow, EventStore } from "../store/store.ts";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import type { Asked, AwaitObserver } from "../trace/await-observer.ts";
import { originalSite } from "../trace/site.ts";
import type { PreparedFork } from "./fork.ts";

/** Turns without anything happening after which nothing will. */
const IDLE_TURNS = 12;
/** Ms that something untracked may take to wake the function. */
const UNTRACKED_MS = 100;

/** @param project where the source run is; it is only read */
export async function planFork(
  fork: PreparedFork,
  reuse: RunReuse,
  { store: project, maxCalls }: { readonly store: EventStore; readonly maxCalls?: number },
): Promise<ReusePlan> {
  return new ForkPlan(fork, reuse, project).plan(maxCalls === undefined ? {} : { maxCalls });
}

interface Missed {
  readonly question: ReuseQuestion;
  readonly because: MadeBecause;
}

class ForkPlan implements Reuse, Engine, AwaitObserver {
  readonly #project: EventStore;
  readonly #fork: PreparedFork;
  readonly #reuse: RunReuse;
  readonly #source: SourceRun | undefined;
  readonly #missed: Missed[] = [];
  /** Attempts asked for: `call.item`. */
  readonly #attempts: Map<string, AttemptRequest> = new Map();
  readonly #reused: Map<string, number> = new Map();
  readonly #open: Set<Asked> = new Set();
  #happened = 0;
  #asking = 0;

  constructor(fork: PreparedFork, reuse: RunReuse, project: EventStore) {
    this.#project = project;
    this.#fork = fork;
    this.#reuse = reuse;
    this.#source = reuse.source;
  }

  async plan(limits: { readonly maxCalls?: number }): Promise<ReusePlan> {
    const store = openMemoryStore({ clock: systemClock });
    const { code, facts } = this.#fork;
    const { manifest: _manifest, ...kept } = facts;
    const started = await startRun(code.definition, kept, {
      store,
      engine: this,
      clock: systemClock,
      limiter: new RateLimiter(systemClock),
      graceMs: 0,
      reuse: this,
      awaits: this,
      children: { prepare: never, resume: never },
      ...limits,
    });
    if (!started.created) throw new Error("this is a bug in workgraph: a plan has no idempotency key");
    let hasEnded = false;
    const ended = (): void => void (hasEnded = true);
    started.run.ended.then(ended, ended);
    await this.#idle(store, started.run.runId);
    const plan = await this.#told(store, started.run.runId, hasEnded);
    await Promise.race([started.run.interrupt().catch(() => undefined), idleTurns(IDLE_TURNS)]);
    await store.close();
    return plan;
  }

  /** R3. */
  async #idle(store: EventStore, runId: string): Promise<void> {
    const look = async (): Promise<string> => `${(await store.run(runId))?.seq ?? 0} ${this.#happened} ${this.#asking}`;
    let before = await look();
    const until = systemClock.perf() + UNTRACKED_MS;
    for (let quiet = 0; quiet < IDLE_TURNS || this.#asking > 0 || this.#mayWake(until); quiet++) {
      await nextTurn();
      const now = await look();
      if (now !== before) quiet = -1;
      before = now;
    }
  }

  /** The function waits for nothing that the run knows of, and nothing executes: a timer or a request of its own may wake it. */
  #mayWake(until: number): boolean {
    return (
      this.#open.size === 0 && this.#attempts.size === 0 && this.#missed.length === 0 && systemClock.perf() < until
    );
  }

  async #told(store: EventStore, runId: string, hasEnded: boolean): Promise<ReusePlan> {
    const calls = await store.calls(runId);
    const { code, origin } = this.#fork;
    const executes = await this.#executes(store, runId, calls);
    const [stopped] = hasEnded ? [] : [...this.#open].filter(({ target }) => !isClosed(calls, target.call));
    return {
      kind: origin.kind,
      run: origin.run,
      workflow: code.definition.name,
      version: { before: this.#source?.version ?? "", now: code.version },
      reused: {
        items: [...this.#reused.values()].reduce((sum, count) => sum + count, 0),
        nodes: Object.fromEntries(this.#reused),
        savedMs: Math.round(await this.#reuse.savedMs(this.#project)),
      },
      executes,
      dependents: dependentsOf(calls, new Set(executes.map(({ place }) => place))),
      orphaned: this.#orphaned(),
      ...(stopped ? { stoppedAt: stoppedAt(stopped) } : {}),
      unmet: [...this.#reuse.unmet],
    };
  }

  async #executes(store: EventStore, runId: string, calls: readonly CallRow[]): Promise<PlannedItem[]> {
    const numbers = new Map(calls.map(({ call, event }) => [event.identity, call]));
    const found = new Map<string, PlannedItem>();
    for (const { question, because } of this.#missed) {
      const call = numbers.get(question.identity);
      if (call === undefined) continue;
      const place = `${call}.${question.item}`;
      found.set(place, { node: question.definition.id, place, because });
    }
    // What was never asked about: named items and what depends on them, and child runs.
    for (const [place, { nodeId }] of this.#attempts)
      if (!found.has(place)) found.set(place, { node: nodeId, place, because: { kind: "named" } });
    for (const { call, event } of calls) {
      if (event.kind !== "subgraph") continue;
      const { items } = await store.items(runId, { call, limit: 10_000 });
      for (const { item } of items)
        found.set(`${call}.${item}`, { node: event.node, place: `${call}.${item}`, because: { kind: "child" } });
    }
    return [...found.values()];
  }

  #orphaned(): ReusePlan["orphaned"] {
    const source = this.#source;
    if (!source) return [];
    return [...source.untaken()].map(({ call, item }) => ({
      address: formatAddress(source.runId, call, item),
      node: source.calls.get(call)?.node ?? "",
    }));
  }

  // ---- Reuse: asked of the real one, and noted

  get chance(): Reuse["chance"] {
    return this.#reuse.chance;
  }

  get hasForced(): boolean {
    return this.#reuse.hasForced;
  }

  asks(definition: NodeDefinition): boolean {
    return definition.subgraph === undefined;
  }

  async find(questions: readonly ReuseQuestion[]): Promise<readonly (ReuseAnswer | undefined)[]> {
    this.#happened++;
    this.#asking++;
    try {
      const answers = await this.#reuse.find(questions);
      for (const [i, question] of questions.entries()) {
        const { id } = question.definition;
        if (answers[i]) this.#reused.set(id, (this.#reused.get(id) ?? 0) + 1);
        else this.#missed.push({ question, because: this.#source?.whyNot(question) ?? { kind: "new" } });
      }
      return answers;
    } finally {
      this.#asking--;
      this.#happened++;
    }
  }

  forces(question: ReuseQuestion): boolean {
    return this.#reuse.forces(question);
  }

  /** Nothing executes, so nothing that is made now could be waited for. */
  memoKey(): undefined {
    return undefined;
  }

  winner(identity: string): number | undefined {
    return this.#reuse.winner(identity);
  }

  slept(identity: string): ReturnType<Reuse["slept"]> {
    return this.#reuse.slept(identity);
  }

  child(of: Parameters<Reuse["child"]>[0]): ReturnType<Reuse["child"]> {
    return this.#reuse.child(of);
  }

  closedAt(identity: string): number | undefined {
    return this.#reuse.closedAt(identity);
  }

  taken(): void {}

  // ---- Engine: R1

  attempt(request: AttemptRequest): Promise<AttemptOutcome> {
    this.#happened++;
    this.#attempts.set(`${request.call}.${request.item}`, request);
    return never();
  }

  define(): void {}
  forget(): void {}

  // ---- AwaitObserver

  asked(asked: Asked): "go" {
    this.#happened++;
    this.#open.add(asked);
    return "go";
  }

  waits(): void {
    this.#happened++;
  }

  delivered(asked: Asked): void {
    this.#happened++;
    this.#open.delete(asked);
  }
}

function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}

async function idleTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await nextTurn();
}

function isClosed(calls: readonly CallRow[], call: number): boolean {
  return calls.some((row) => row.call === call && row.closed !== undefined);
}

function stoppedAt({ target, site }: Asked): NonNullable<ReusePlan["stoppedAt"]> {
  return { node: target.node, ...(site ? { site: originalSite(site) } : {}) };
}

/** Open calls that have an open call, or one that executes, above them. */
function dependentsOf(calls: readonly CallRow[], executes: ReadonlySet<string>): readonly PlannedDependent[] {
  const open = new Map(calls.filter((row) => !row.closed).map((row) => [row.call, row]));
  const direct = new Set([...executes].map((place) => Number(place.split(".")[0])));
  const dependents: PlannedDependent[] = [];
  for (const [call, { event }] of open) {
    const above = Object.values(event.inputs).flatMap((ref) =>
      ref.from === "call" && open.has(ref.call) ? [ref.call] : [],
    );
    if (above.length === 0 || (direct.has(call) && above.every((one) => !open.has(one)))) continue;
    dependents.push({
      node: event.node,
      call,
      ...(event.site ? { site: event.site } : {}),
      on: [...new Set(above.map((one) => open.get(one)!.event.node))],
    });
  }
  return dependents;
}
