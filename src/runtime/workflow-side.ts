/**
 * A run as its workflow function sees it: calls, combinators, clock and chance, and results in their order.
 *
 * Owns: what code in the run's frame asks for. Leaves to run.ts: a run that is performed; to replay.ts: one that is only
 * compared with its log.
 *
 * R1. Only the function, and predicates, run in the run's frame: chance and clock of the runtime are the machine's.
 * R2. A predicate draws from a stream of its own, by call and item: it runs as items finish, and not at all on a replay, so what
 *     it draws must not move what the function draws.
 */
import { seededRandom, uuidFrom } from "../base/random.ts";
import { callNode } from "../define/call.ts";
import { decode } from "../model/codec.ts";
import type { NodeDefinition } from "../model/definition.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { EventStore } from "../store/store.ts";
import type { CallSink, CombineRequest, SubgraphRequest } from "../trace/call-sink.ts";
import { withFrame, type WorkflowFrame } from "../trace/current.ts";
import { captureSite } from "../trace/site.ts";
import { Awaiter } from "./await.ts";
import type { CallState } from "./call.ts";
import type { RunAbove } from "./children.ts";
import { CallMaker } from "./call-maker.ts";
import { Delivery } from "./delivery.ts";
import { Divergence, type DivergenceParts, type Mismatch } from "./divergence.ts";
import { Failures } from "./failure.ts";
import { Origins } from "./origins.ts";
import type { Recorded } from "./recorded.ts";
import { Rereads } from "./rereads.ts";
import type { RunCore } from "./run-core.ts";
import { refuseCycle, subgraphDefinition } from "./subgraph-definition.ts";
import { Together, type TogetherKind } from "./together.ts";
import { Values } from "./values.ts";

export interface WorkflowSideOptions {
  readonly runId: string;
  readonly workflow: string;
  readonly store: EventStore;
  /** Those of the run that is replayed; default: its own. */
  readonly values?: Values;
  /** What the log says, when there is one to follow. */
  readonly recorded: Recorded | undefined;
  readonly seed: string;
  readonly startedAt: number;
  readonly maxCalls: number;
  /** Runs above this one, topmost first. */
  readonly above: readonly RunAbove[];
  readonly against: DivergenceParts["against"];
}

interface Predicate {
  readonly call: number;
  readonly item: number;
  random: (() => number) | undefined;
}

export abstract class WorkflowSide implements CallSink {
  readonly definitions: Map<string, NodeDefinition> = new Map();
  readonly values: Values;
  readonly failures: Failures = new Failures();
  readonly rereads: Rereads = new Rereads();
  readonly frame: WorkflowFrame;
  readonly #origins: Origins;
  protected readonly delivery: Delivery;
  protected readonly awaiter: Awaiter;
  protected readonly maker: CallMaker;
  protected readonly divergence: Divergence;
  protected readonly openCalls: Set<CallState> = new Set();
  protected functionDone = false;
  readonly #above: readonly RunAbove[];
  readonly #seed: string;
  readonly #random: () => number;
  /** R2. */
  #predicate: Predicate | undefined;

  constructor(options: WorkflowSideOptions) {
    this.values = options.values ?? new Values(options.store, options.runId);
    this.#above = options.above;
    this.#seed = options.seed;
    this.#random = seededRandom(options.seed);
    this.delivery = new Delivery({
      startedAt: options.startedAt,
      holdBack: () => this.rereads.underWay,
      failed: (error) => this.storeFailed(error),
    });
    const origins = (this.#origins = new Origins());
    this.awaiter = new Awaiter(this.core(), this.delivery, origins);
    this.divergence = new Divergence({
      recorded: options.recorded,
      delivery: this.delivery,
      against: options.against,
      found: (mismatch) => this.mismatched(mismatch),
      caughtUp: () => this.caughtUp(),
    });
    this.maker = new CallMaker({
      run: this.core(),
      delivery: this.delivery,
      origins,
      awaiter: this.awaiter,
      recorded: options.recorded,
      maxCalls: options.maxCalls,
      divergence: this.divergence,
      onOpenCall: (call) => this.openCalls.add(call),
    });
    this.frame = { kind: "workflow", workflow: options.workflow, sink: this };
    for (const failure of options.recorded?.failures.values() ?? []) this.failures.add(failure);
  }

  /** Items of open calls that lack an input, by call. */
  waiting(): ReadonlyMap<number, readonly number[]> {
    return new Map([...this.openCalls].map((call) => [call.no, call.waiting()]));
  }

  /** A result is on its way to the function, or a check of what it asked for is under way. */
  get isDelivering(): boolean {
    return !this.delivery.isIdle;
  }

  /** As calls see it. */
  protected abstract core(): RunCore & object;
  abstract storeFailed(error: unknown): void;
  /** The function is at odds with the log; gives the error that is thrown into its call expression. */
  protected abstract mismatched(mismatch: Mismatch): Error;
  /** The function has asked for everything that the log has. */
  protected abstract caughtUp(): void;

  // ---- CallSink: what the workflow function asks for

  callNode(definition: NodeDefinition, args: Readonly<Record<string, unknown>>): unknown {
    const site = captureSite(callNode);
    return this.#made(() => this.maker.node(definition, args, site));
  }

  combine(request: CombineRequest): unknown {
    // The combinator's own function stands between this and the author's line.
    const site = captureSite(WorkflowSide.prototype.combine as (...args: never[]) => unknown, 1);
    return this.#made(() => {
      switch (request.kind) {
        case "filter":
          return this.maker.filter(request.source, request.predicate, site);
        case "merge":
          return this.maker.merge(request.sources, site);
        case "zip":
        case "cross":
          return this.maker.tuple({ kind: request.kind }, request.sources, site);
        case "zipBy":
          return this.maker.tuple({ kind: "zipBy", key: request.key }, request.sources, site);
        case "race":
          return this.maker.race(request.entrants, site);
        case "sleep":
          return this.maker.sleep(request.ms, site);
      }
    });
  }

  callSubgraph(request: SubgraphRequest): unknown {
    // `runSubgraph` itself stands between this and the author's line.
    const site = captureSite(WorkflowSide.prototype.callSubgraph as (...args: never[]) => unknown, 1);
    return this.#made(() => {
      refuseCycle(this.#above, this.core(), request.workflow);
      return this.maker.node(subgraphDefinition(request), request.args, site);
    });
  }

  #made<T>(make: () => T): T {
    if (this.functionDone) {
      throw new WorkgraphError("WG3008", "a call was made after the workflow function returned", {
        hint: "await what the function starts before it returns",
      });
    }
    return make();
  }

  now(): number {
    return this.delivery.clock;
  }

  random(): number {
    return this.#chance()();
  }

  uuid(): string {
    return uuidFrom(this.#chance());
  }

  #chance(): () => number {
    const predicate = this.#predicate;
    if (!predicate) return this.#random;
    return (predicate.random ??= seededRandom(`${this.#seed} ${predicate.call}.${predicate.item}`));
  }

  /** Runs a predicate or a key function for an item of a call. R2. */
  inWorkflow<T>(fn: () => T, call: number, item: number): T {
    this.#predicate = { call, item, random: undefined };
    try {
      return withFrame(this.frame, fn);
    } finally {
      this.#predicate = undefined;
    }
  }

  /** What the function is called with; objects of it are known again in arguments. */
  protected inputOf(text: string): never {
    const input = decode(text);
    this.#origins.input(input);
    return input as never;
  }

  /** Values given to Promise.all or one of its like, as the original is to be given them. */
  awaitedTogether(kind: TogetherKind, values: readonly unknown[]): readonly unknown[] {
    return new Together(kind, this.delivery).watch(values);
  }
}
