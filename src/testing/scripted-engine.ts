/**
 * An engine that performs what a test scripted in place of nodes, keeps what was asked, and knows whether anything works.
 *
 * Owns: putting a script in a node's place. Leaves to script.ts: what a script answers; to engines/local: everything that happens
 * around a node function, which is the same for a scripted one: inputs decoded, schemas, `ctx`, what a result may be.
 *
 * R1. A node without a script is performed as it is.
 * R2. An attempt that waits on the run's clock does not count as work: the clock may move.
 * R3. What a test placed at an item comes before its script.
 */
import { isFatal } from "../define/fatal-error.ts";
import { decode } from "../model/codec.ts";
import type { Ctx } from "../model/ctx.ts";
import type { NodeDefinition } from "../model/definition.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest, Engine } from "../runtime/engine.ts";
import { errorRecord } from "../runtime/thrown.ts";
import { Player, type Played, type Script } from "./script.ts";
import type { WaitingClock } from "./waiting-clock.ts";

/** A failure at one item of a node: what the attempt throws in place of its answer. */
export interface PlacedFailure {
  readonly node: string;
  /** ITEM of the address `RUN.CALL.ITEM`, from 0. */
  readonly item: number;
  /** Attempts that fail, from the first; default all. */
  readonly attempts?: number;
  /** Thrown; a text becomes an `Error` with that message. Default "placed failure". */
  readonly error?: string | Error;
}

/** One attempt that was made, in the order in which attempts started. */
export interface NodeAttempt<Input = unknown, Result = unknown> {
  readonly run: RunId;
  readonly node: string;
  readonly call: CallNo;
  readonly item: ItemNo;
  /** Where the item came from, e.g. `fetch_urls[3]`. */
  readonly path: string;
  /** From 1. */
  readonly attempt: number;
  readonly input: Input;
  /** What was recorded of it; of a generator undefined, its items are told by `items()`. */
  readonly result?: Result;
  readonly error?: ErrorRecord;
  /** Epoch ms, on the run's clock. */
  readonly startedAt: number;
  /** Ms on the run's clock; undefined: it never ended. */
  readonly ms?: number;
}

export interface ScriptedEngineParts {
  readonly inner: Engine;
  readonly clock: WaitingClock;
  readonly nodes: Readonly<Record<string, Script>>;
  readonly failures: readonly PlacedFailure[];
  /** What `ctx.errors()` tells before the run's own. */
  readonly errors: readonly ErrorRecord[];
}

export class ScriptedEngine implements Engine {
  readonly attempts: NodeAttempt[] = [];
  /** Attempts wait for it: what the run has at hand is written. */
  ready: Promise<unknown> = Promise.resolve();
  readonly #parts: ScriptedEngineParts;
  readonly #players: ReadonlyMap<string, Player>;
  readonly #definitions: Map<RunId, ReadonlyMap<string, NodeDefinition>> = new Map();
  readonly #performed: Map<RunId, Map<string, NodeDefinition>> = new Map();
  readonly #underWay: Set<AttemptRequest> = new Set();

  constructor(parts: ScriptedEngineParts) {
    this.#parts = parts;
    this.#players = new Map(
      Object.entries(parts.nodes).map(([id, script]) => [id, new Player(`node "${id}"`, script, parts.clock)]),
    );
  }

  /** R2. */
  get isBusy(): boolean {
    return this.#underWay.size > this.#parts.clock.waiting;
  }

  /** What has started and not ended. */
  get underWay(): readonly AttemptRequest[] {
    return [...this.#underWay];
  }

  define(runId: string, definitions: ReadonlyMap<string, NodeDefinition>): void {
    const performed = new Map<string, NodeDefinition>();
    this.#definitions.set(runId, definitions);
    this.#performed.set(runId, performed);
    this.#parts.inner.define(runId, performed);
  }

  forget(runId: string): void {
    this.#definitions.delete(runId);
    this.#performed.delete(runId);
    this.#parts.inner.forget(runId);
  }

  async attempt(request: AttemptRequest, channel: AttemptChannel): Promise<AttemptOutcome> {
    await this.ready;
    this.#stand(request);
    const at = this.attempts.length;
    const { runId: run, nodeId: node, call, item, path, attempt } = request;
    const { clock } = this.#parts;
    const startedAt = clock.now();
    const began: NodeAttempt = { run, node, call, item, path, attempt, input: inputOf(request), startedAt };
    this.attempts.push(began);
    this.#underWay.add(request);
    try {
      const outcome = this.#placed(request) ?? (await this.#parts.inner.attempt(request, this.#seen(channel)));
      this.attempts[at] = { ...began, ...ended(outcome), ms: clock.now() - startedAt };
      return outcome;
    } finally {
      this.#underWay.delete(request);
    }
  }

  /** R1. Nodes become known as they are called. */
  #stand({ runId, nodeId }: AttemptRequest): void {
    const performed = this.#performed.get(runId);
    const definition = this.#definitions.get(runId)?.get(nodeId);
    if (!performed || !definition || performed.has(nodeId)) return;
    const player = this.#players.get(nodeId);
    performed.set(nodeId, player ? { ...definition, fn: standIn(definition, player) as never } : definition);
  }

  /** R3. */
  #placed({ nodeId, item, attempt }: AttemptRequest): AttemptOutcome | undefined {
    const placed = this.#parts.failures.find(
      (failure) => failure.node === nodeId && failure.item === item && attempt <= (failure.attempts ?? Infinity),
    );
    if (!placed) return undefined;
    const { error = "placed failure" } = placed;
    const thrown = typeof error === "string" ? new Error(error) : error;
    return { ok: false, error: errorRecord(thrown, { node: nodeId }), retryable: !isFatal(thrown) };
  }

  #seen(channel: AttemptChannel): AttemptChannel {
    const { errors: before } = this.#parts;
    if (before.length === 0) return channel;
    const errors = async (node: string | undefined): Promise<readonly ErrorRecord[]> => [
      ...before.filter((error) => node === undefined || error.node === node),
      ...(await channel.errors(node)),
    ];
    return new Proxy(channel, {
      get(target, name) {
        if (name === "errors") return errors;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? member.bind(target) : member;
      },
    });
  }
}

type NodeBody = (input: unknown, ctx: Ctx) => unknown;

function standIn(definition: NodeDefinition, player: Player): NodeBody {
  const play = (input: unknown, ctx: Ctx): Promise<Played> => player.play((fn) => fn(input, ctx), ctx.signal);
  if (definition.out !== "stream") return async (input, ctx) => spoken(await play(input, ctx), ctx);
  return async function* (input, ctx) {
    const played = await play(input, ctx);
    yield* "chunks" in played ? played.chunks : listed(played.value);
  };
}

/** What a script of a generator node gives: each element is yielded, a single value once. */
function listed(value: unknown): AsyncIterable<unknown> | Iterable<unknown> {
  const isObject = typeof value === "object" && value !== null;
  return isObject && (Symbol.asyncIterator in value || Symbol.iterator in value)
    ? (value as AsyncIterable<unknown>)
    : [value];
}

function spoken(played: Played, ctx: Ctx): unknown {
  if ("value" in played) return played.value;
  for (const chunk of played.chunks) ctx.stream(chunk);
  return played.chunks.join("");
}

function inputOf({ inputs }: AttemptRequest): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).map(([param, text]) => [param, decode(text)]));
}

function ended(outcome: AttemptOutcome): Pick<NodeAttempt, "result" | "error"> {
  if (!outcome.ok) return { error: outcome.error };
  if ("value" in outcome) return { result: decode(outcome.value) };
  return "list" in outcome ? { result: outcome.list.map((text) => decode(text)) } : {};
}
