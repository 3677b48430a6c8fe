/**
 * A workflow function run for its calls: real handles, real alignment, and no node that executes.
 *
 * Owns: when the function has come as far as it can, and what results it is given to come further. Leaves to runtime/: calls, edges and
 * deliveries, which are those of a run; to trace-workflow.ts: which choices are tried.
 *
 * R1. The function gets a value only where one is known: recorded, given as a sample, or one of the finitely many that a schema admits.
 * R2. To choose the result of a node, the nodes before it are taken as done, without a value: nothing the author wrote ever sees one.
 *     A list is taken to have one element.
 * R3. A call answers all of its items alike.
 * R4. It has come as far as it can when nothing has happened for a few turns of the event loop and none of this gets it further.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { CallNo } from "../model/ids.ts";
import type { RunEvent } from "../model/events.ts";
import type { TraceDecision } from "../model/trace-report.ts";
import type { ChildRuns } from "../runtime/children.ts";
import { RateLimiter } from "../runtime/rate-limit.ts";
import type { Run } from "../runtime/run.ts";
import type { RunEnvironment } from "../runtime/start.ts";
import { errorRecord } from "../runtime/thrown.ts";
import type { Append, EventStore } from "../store/store.ts";
import type { Asked, AwaitObserver } from "../trace/await-observer.ts";
import { handleTarget } from "../trace/handle.ts";
import { choicesOf } from "./finite-choices.ts";
import type { RecordedAnswers } from "./recorded-answers.ts";
import type { SymbolicClock } from "./symbolic-clock.ts";
import { SymbolicEngine, type HeldAttempt } from "./symbolic-engine.ts";
import { overlay } from "./overlay-store.ts";

export type CallCreated = Extract<RunEvent, { readonly type: "call.created" }>;

export interface SymbolicRunOptions {
  readonly definition: WorkflowDefinition;
  /** Where the run is begun or gone on with; what it appends is looked at here first. */
  readonly store: EventStore;
  readonly begin: (definition: WorkflowDefinition, environment: RunEnvironment) => Promise<Run>;
  readonly clock: SymbolicClock;
  /** Calls it may make. */
  readonly maxCalls: number;
  readonly answers?: RecordedAnswers;
  /** Sample results by node id. */
  readonly values?: ReadonlyMap<string, unknown>;
  /** Which of its choices each node takes whose result has to be chosen, in the order in which they come up. */
  readonly decisions?: readonly number[];
  readonly mapStack?: (stack: string) => string;
  /** Whether what is asked for is what the workflow function returns: that is its end, and nothing waits there. */
  readonly isReturn?: (asked: Asked) => boolean;
}

/** One await, and what became of it. */
export interface SymbolicAwait {
  readonly asked: Asked;
  /** Number of the segment in which it was asked. */
  readonly segment: number;
  /** Numbers of the segments that its deliveries opened. */
  readonly segments: number[];
  /** Why it was not answered. */
  why: string;
}

export interface SymbolicOutcome {
  readonly end: "returned" | "threw" | "stopped" | "untracked" | "chooses";
  readonly error?: ErrorRecord;
  /** Nodes whose handles the function returned, or has in the object that it returned. */
  readonly returned: readonly string[];
  /** In the order in which they were made. */
  readonly calls: readonly CallCreated[];
  readonly awaits: readonly SymbolicAwait[];
  /** Those that have no answer. */
  readonly pending: readonly SymbolicAwait[];
  readonly decisions: readonly TraceDecision[];
  /** "chooses": how many choices the next decision has. */
  readonly choices: number;
  /** Choices left out because there were too many. */
  readonly leftOut: number;
}

type Ending =
  { readonly end: "returned"; readonly nodes: readonly string[] } | { readonly end: "threw"; readonly thrown: unknown };
type Role = { readonly is: "decided"; readonly value: unknown } | { readonly is: "valueless" };

/** Turns without anything happening after which nothing will (R4). */
const IDLE_TURNS = 6;
/** Ms that something untracked may take to wake the function. */
const UNTRACKED_MS = 300;
const VALUELESS = "its value is not known: only results that depend on it were chosen";
/** Results chosen one after the other. */
const MAX_DECISIONS = 6;

export async function symbolicRun(options: SymbolicRunOptions): Promise<SymbolicOutcome> {
  return new SymbolicRun(options).outcome();
}

class SymbolicRun implements AwaitObserver {
  readonly #options: SymbolicRunOptions;
  readonly #engine = new SymbolicEngine();
  readonly #calls: Map<CallNo, CallCreated> = new Map();
  readonly #closed: Set<CallNo> = new Set();
  readonly #awaits: Map<Asked, SymbolicAwait> = new Map();
  /** Those that the function waits for at present. */
  readonly #open: Set<SymbolicAwait> = new Set();
  readonly #roles: Map<CallNo, Role> = new Map();
  readonly #decided: TraceDecision[] = [];
  #deliveries = 0;
  #happened = 0;
  #ending: Ending | undefined;
  /** What went wrong that is nobody's answer: the store in memory refused. */
  #broken: Error | undefined;
  #choices = 0;
  #leftOut = 0;

  constructor(options: SymbolicRunOptions) {
    this.#options = options;
  }

  async outcome(): Promise<SymbolicOutcome> {
    const run = await this.#begin();
    while (this.#choices === 0) {
      await this.#idle();
      if (this.#ending || this.#broken || !(await this.#getsFurther())) break;
    }
    const isUntracked = !this.#ending && this.#choices === 0 && this.#open.size === 0 && !(await this.#wakes());
    await Promise.race([run.interrupt().catch(() => undefined), turns(IDLE_TURNS)]);
    if (this.#broken) throw this.#broken;
    return {
      end: this.#choices > 0 ? "chooses" : (this.#ending?.end ?? (isUntracked ? "untracked" : "stopped")),
      returned: this.#ending?.end === "returned" ? this.#ending.nodes : [],
      ...(this.#ending?.end === "threw" ? { error: this.#errorOf(this.#ending.thrown) } : {}),
      calls: [...this.#calls.values()].toSorted((a, b) => a.call - b.call),
      awaits: [...this.#awaits.values()],
      pending: [...this.#open],
      decisions: this.#decided,
      choices: this.#choices,
      leftOut: this.#leftOut,
    };
  }

  async #begin(): Promise<Run> {
    const { definition, clock, maxCalls, mapStack } = this.#options;
    const fn = (input: never): unknown => {
      try {
        return this.#watched(definition.fn(input));
      } catch (thrown) {
        this.#ending = { end: "threw", thrown };
        throw thrown;
      }
    };
    const run = await this.#options.begin({ ...definition, fn } as WorkflowDefinition, {
      store: overlay(this.#options.store, { append: (append) => this.#appended(append) }),
      engine: this.#engine,
      clock,
      limiter: new RateLimiter(systemClock),
      maxCalls,
      children: NO_CHILDREN,
      awaits: this,
      ...(mapStack ? { mapStack } : {}),
    });
    run.ended.catch((error: unknown) => (this.#broken = error instanceof Error ? error : new Error(String(error))));
    return run;
  }

  /** What the function returns, unchanged. A handle is not awaited here: that would be a graph break of its own. */
  #watched(returned: unknown): unknown {
    if (handleTarget(returned) === undefined && returned instanceof Promise) {
      returned.then(
        (value: unknown) => (this.#ending = { end: "returned", nodes: nodesIn(value) }),
        (thrown: unknown) => (this.#ending = { end: "threw", thrown }),
      );
    } else this.#ending = { end: "returned", nodes: nodesIn(returned) };
    return returned;
  }

  #errorOf(thrown: unknown): ErrorRecord {
    const { mapStack } = this.#options;
    return errorRecord(thrown, mapStack ? { mapStack } : {});
  }

  async #appended(append: Append): Promise<void> {
    this.#happened++;
    for (const { event } of append.events) {
      if (event.type === "call.created") this.#calls.set(event.call, event);
      if (event.type === "call.closed") this.#closed.add(event.call);
    }
    return this.#options.store.append(append);
  }

  // ---- AwaitObserver

  asked(asked: Asked): "go" | "hold" {
    this.#happened++;
    const made: SymbolicAwait = { asked, segment: this.#deliveries, segments: [], why: "" };
    if (this.#options.isReturn?.(asked) === true) {
      this.#ending = { end: "returned", nodes: [asked.target.node] };
      return "hold";
    }
    this.#awaits.set(asked, made);
    if (!this.#isValueless(asked.target.call)) return "go";
    this.#open.add(made);
    made.why = VALUELESS;
    return "hold";
  }

  waits(asked: Asked): void {
    this.#happened++;
    const made = this.#awaits.get(asked);
    if (made) this.#open.add(made);
  }

  delivered(asked: Asked): void {
    this.#happened++;
    this.#deliveries++;
    const made = this.#awaits.get(asked);
    if (made === undefined) return;
    made.segments.push(this.#deliveries);
    this.#open.delete(made);
  }

  // ---- coming further

  /** R4. */
  async #idle(): Promise<void> {
    for (let quiet = 0; quiet < IDLE_TURNS; quiet++) {
      const before = this.#happened + this.#engine.asked;
      await this.#serve();
      await nextTurn();
      if (this.#happened + this.#engine.asked !== before) quiet = -1;
    }
  }

  async #wakes(): Promise<boolean> {
    const before = this.#happened;
    const until = systemClock.perf() + UNTRACKED_MS;
    while (systemClock.perf() < until && this.#happened === before && !this.#ending) {
      await new Promise<void>((resolve) => void systemClock.setTimer(resolve, 5));
    }
    return this.#happened !== before || this.#ending !== undefined;
  }

  /** Gives every attempt whose result is known (R1). */
  async #serve(): Promise<void> {
    const { values, answers } = this.#options;
    for (const attempt of this.#engine.held.values()) {
      const { call, nodeId, item } = attempt.request;
      const created = this.#calls.get(call);
      if (created === undefined) continue;
      const role = this.#roles.get(call);
      if (role) {
        this.#happened++;
        await this.#engine.gives(attempt, [role.is === "decided" ? role.value : undefined]);
      } else if (values?.has(nodeId)) {
        this.#happened++;
        await this.#sample(attempt, values.get(nodeId));
      } else if (answers?.isNext(created.identity, item) === true) {
        this.#happened++;
        await answers.give(created.identity, attempt, this.#engine);
      }
    }
  }

  async #sample(attempt: HeldAttempt, value: unknown): Promise<void> {
    const out = this.#engine.node(attempt.request)?.out;
    const isList = Array.isArray(value) && out !== "one";
    await this.#engine.gives(attempt, isList ? (value as unknown[]) : [value]);
  }

  async #getsFurther(): Promise<boolean> {
    if (await this.#giveOutOfOrder()) return true;
    if (await this.#decide()) return true;
    const sleeps = [...this.#open].some(({ asked }) => this.#calls.get(asked.target.call)?.kind === "sleep");
    if (sleeps && (await this.#options.clock.wakeNext())) return true;
    if (this.#open.size > 0) return false;
    return this.#wakes();
  }

  /** The result that would come next was never asked for: code that changed asks for others. */
  async #giveOutOfOrder(): Promise<boolean> {
    const { answers } = this.#options;
    if (answers === undefined) return false;
    let first: { readonly attempt: HeldAttempt; readonly identity: string; readonly seq: number } | undefined;
    for (const attempt of this.#engine.held.values()) {
      const identity = this.#calls.get(attempt.request.call)?.identity ?? "";
      const seq = answers.seqOf(identity, attempt.request.item);
      if (seq !== undefined && (first === undefined || seq < first.seq)) first = { attempt, identity, seq };
    }
    if (first === undefined) return false;
    await answers.give(first.identity, first.attempt, this.#engine);
    return true;
  }

  // ---- choosing

  /** Chooses results for what is awaited and can be chosen; the rest is told why not. */
  async #decide(): Promise<boolean> {
    let isFurther = false;
    const open = [...this.#open].toSorted((a, b) => a.asked.target.call - b.asked.target.call);
    for (const one of open) {
      if (one.why !== "" && this.#isValueless(one.asked.target.call)) continue;
      const plan = new Plan();
      one.why = (await this.#toDecide(one.asked.target.call, plan)) ?? "";
      if (one.why !== "" || plan.isEmpty) continue;
      if (open.some((other) => other !== one && plan.valueless.has(other.asked.target.call))) {
        one.why = "what it is made of is awaited too, and its value is not known";
        continue;
      }
      if (!(await this.#carryOut(plan))) return false;
      isFurther = true;
    }
    return isFurther;
  }

  async #carryOut(plan: Plan): Promise<boolean> {
    for (const call of [...plan.decided].toSorted((a, b) => a - b)) {
      const created = this.#calls.get(call)!;
      const choices = (await choicesOf(this.#engine.nodeOf(created.node)?.output))!;
      const choice = this.#options.decisions?.[this.#decided.length];
      if (choice === undefined) {
        this.#choices = choices.values.length;
        this.#leftOut = choices.more;
        return false;
      }
      const value = choices.values[choice];
      this.#roles.set(call, { is: "decided", value });
      const { site } = created;
      this.#decided.push({ node: created.node, ...(site ? { site } : {}), value, examples: choices.examples });
    }
    for (const call of plan.valueless) this.#roles.set(call, { is: "valueless" });
    return true;
  }

  /** Adds to the plan what gives this call's results real values; says why that cannot be. */
  async #toDecide(call: CallNo, plan: Plan): Promise<string | undefined> {
    const created = this.#calls.get(call);
    if (created === undefined || this.#closed.has(call) || this.#roles.get(call)?.is === "decided") return undefined;
    if (this.#roles.has(call)) return VALUELESS;
    switch (created.kind) {
      case "node": {
        if ((await choicesOf(this.#engine.nodeOf(created.node)?.output)) === undefined)
          return `"${created.node}" gives what only its execution tells`;
        if (this.#decided.length + plan.decided.size >= MAX_DECISIONS)
          return `${MAX_DECISIONS} results were chosen before it; a trace goes no further`;
        plan.decided.add(call);
        return this.#each(created, (source) => this.#toSkip(source, plan));
      }
      case "race":
        return "which of its entrants wins shows when it runs";
      case "subgraph":
        return `it is the output of a run of "${created.node}"`;
      case "sleep":
        return undefined;
      default:
        return this.#each(created, (source) => this.#toDecide(source, plan));
    }
  }

  /** R2: adds to the plan what lets calls behind this one go on, its results having no value. */
  async #toSkip(call: CallNo, plan: Plan): Promise<string | undefined> {
    const created = this.#calls.get(call);
    if (created === undefined || this.#closed.has(call) || this.#roles.has(call)) return undefined;
    switch (created.kind) {
      case "node":
        plan.valueless.add(call);
        return this.#each(created, (source) => this.#toSkip(source, plan));
      case "filter":
      case "zipBy":
        // Their functions are the author's, and want real values.
        return this.#each(created, (source) => this.#toDecide(source, plan));
      case "subgraph":
        return `it waits for a run of "${created.node}"`;
      case "sleep":
        return "it waits for a sleep";
      default:
        return this.#each(created, (source) => this.#toSkip(source, plan));
    }
  }

  async #each(
    { inputs }: CallCreated,
    plan: (source: CallNo) => Promise<string | undefined>,
  ): Promise<string | undefined> {
    for (const input of Object.values(inputs)) {
      const why = input.from === "call" ? await plan(input.call) : undefined;
      if (why !== undefined) return why;
    }
    return undefined;
  }

  #isValueless(call: CallNo): boolean {
    const role = this.#roles.get(call);
    if (role) return role.is === "valueless";
    const created = this.#calls.get(call);
    if (created === undefined || created.kind === "node") return false;
    return Object.values(created.inputs).some((input) => input.from === "call" && this.#isValueless(input.call));
  }
}

/** A child run is neither made nor gone on with: whoever waits for one waits. */
const NO_CHILDREN: ChildRuns = {
  prepare: () => new Promise(() => undefined),
  resume: () => new Promise(() => undefined),
};

class Plan {
  readonly decided: Set<CallNo> = new Set();
  readonly valueless: Set<CallNo> = new Set();

  get isEmpty(): boolean {
    return this.decided.size === 0;
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await nextTurn();
}

/** Of a handle, or of the handles that an object or array has for its values. */
function nodesIn(returned: unknown): readonly string[] {
  const target = handleTarget(returned);
  if (target) return [target.node];
  if (typeof returned !== "object" || returned === null) return [];
  const parts = Object.values(Object.getOwnPropertyDescriptors(returned));
  return [...new Set(parts.flatMap(({ value }: PropertyDescriptor) => handleTarget(value)?.node ?? []))];
}
