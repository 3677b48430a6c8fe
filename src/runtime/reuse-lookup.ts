/**
 * Asks, for the items of one call, whether their results are there already.
 *
 * Owns: the items that wait for an answer. Leaves to node-call.ts: taking a result over, starting what has none.
 *
 * R1. Asking takes no slot and no start of a rate limit: those are for what executes. Items are asked about in batches, one
 *     batch at a time, so that a fork of 100,000 items makes hundreds of requests and holds one batch in memory.
 * R2. An item is asked about once. One that was started before (in this process or one that is gone) is not.
 * R3. An item whose answer comes after a cancel or an interrupt stays as it is.
 */
import type { NodeDefinition } from "../model/definition.ts";
import { isWorkgraphError } from "../model/workgraph-error.ts";
import type { AttemptInputs, GivenInputs } from "./attempt-inputs.ts";
import type { CallCreated } from "./call.ts";
import { inputsDigest, type ReuseAnswer, type ReuseQuestion } from "./reuse.ts";
import type { ReuseDesk } from "./reuse-desk.ts";
import type { RunCore } from "./run-core.ts";

/** Items asked about at once. */
const BATCH = 512;

export interface LookupOwner {
  readonly run: RunCore;
  readonly created: CallCreated;
  readonly definition: NodeDefinition;
  /** The item still waits for its answer. */
  isAsked(ordinal: number): boolean;
  reused(ordinal: number, answer: ReuseAnswer, digest: string): void;
  /** It has to execute. */
  toMake(ordinal: number): void;
  lookupFailed(ordinal: number, error: unknown): void;
}

/** What was asked in vain about an item that is being made. Others with its memo key wait for it. */
export type Making = Pick<ReuseQuestion, "digest" | "memoKey">;

export class ReuseLookup {
  readonly #owner: LookupOwner;
  readonly #desk: ReuseDesk;
  readonly #given: AttemptInputs;
  #queue: number[] = [];
  #busy = false;
  /** By ordinal. As a table of 20,000 it was most of the 7% that tables took of a fan-out that asks the cache in vain. */
  readonly #making: (Making | undefined)[] = [];

  constructor(owner: LookupOwner, parts: { readonly desk: ReuseDesk; readonly given: AttemptInputs }) {
    this.#owner = owner;
    this.#desk = parts.desk;
    this.#given = parts.given;
  }

  add(ordinal: number): void {
    this.#queue.push(ordinal);
  }

  /** Asks about the next batch; true when more could be asked but the turn's budget is spent. */
  pump(): boolean {
    if (this.#busy || this.#queue.length === 0) return false;
    if (!this.#owner.run.takeStart()) return true;
    this.#busy = true;
    void this.#ask(this.#queue.splice(0, BATCH)).finally(() => {
      this.#busy = false;
      this.#owner.run.wake(this.#owner as never);
    });
    return false;
  }

  async #ask(ordinals: readonly number[]): Promise<void> {
    const questions: ReuseQuestion[] = [];
    for (const ordinal of ordinals) {
      try {
        const question = this.#question(ordinal, this.#given.peek(ordinal) ?? (await this.#given.load(ordinal)));
        if (question) questions.push(question);
        else this.#make(ordinal);
      } catch (error) {
        this.#owner.lookupFailed(ordinal, error);
      }
    }
    if (questions.length === 0) return;
    try {
      const answers = await this.#desk.find(questions);
      for (let i = 0; i < questions.length; i++) this.#answered(questions[i]!, answers[i]);
    } catch (error) {
      if (!isWorkgraphError(error) || error.code !== "WG4043") return this.#owner.run.storeFailed(error);
      for (const { item } of questions) this.#owner.lookupFailed(item, error);
    }
  }

  /** Undefined for an item that executes whatever is known. */
  #question(ordinal: number, given: GivenInputs): ReuseQuestion | undefined {
    const { created, definition } = this.#owner;
    const digest = inputsDigest(given, { settled: definition.onFailed === "settled" });
    const memoKey = this.#desk.memoKey(definition, digest);
    const question = { definition, digest, identity: created.identity, item: ordinal, memoKey };
    return this.#desk.from.forces(question) ? undefined : question;
  }

  #make(ordinal: number): void {
    if (this.#owner.isAsked(ordinal)) this.#owner.toMake(ordinal);
  }

  #answered(question: ReuseQuestion, answer: ReuseAnswer | undefined): void {
    const { item, digest, memoKey } = question;
    if (!this.#owner.isAsked(item)) return;
    if (answer) return this.#owner.reused(item, answer, digest);
    if (memoKey !== undefined && this.#desk.waits(memoKey, () => this.#askAgain(item))) return;
    this.#making[item] = question;
    this.#owner.toMake(item);
  }

  #askAgain(ordinal: number): void {
    this.add(ordinal);
    this.#owner.run.wake(this.#owner as never);
  }

  /** What was found out about an item that is being made: not hashed twice. */
  making(ordinal: number): Making | undefined {
    return this.#making[ordinal];
  }

  /** The item is recorded, or came to nothing: who waits for its result may ask again. */
  ended(ordinal: number): void {
    const making = this.#making[ordinal];
    if (making === undefined) return;
    this.#making[ordinal] = undefined;
    if (making.memoKey !== undefined) this.#desk.landed(making.memoKey);
  }
}
