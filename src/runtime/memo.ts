/**
 * Results that any earlier run left for others, by memo key: what `cache` asks for.
 *
 * R1. Only nodes that say `cache` ask here, and never one with an effect.
 * R2. With a duration, what was made longer ago is no answer.
 */
import type { Clock } from "../base/clock.ts";
import type { NodeDefinition } from "../model/definition.ts";
import type { EventStore, MemoEntry } from "../store/store.ts";
import { memoKey, type ReuseAnswer, type ReuseQuestion } from "./reuse.ts";
import { answersOf, type RecordedResult } from "./source-run.ts";

export class Memos {
  readonly #store: EventStore;
  readonly #clock: Clock;
  /** Closure hash of a node; undefined: unversioned, so it is not known whether a result still holds. */
  readonly #hashOf: (nodeId: string) => string | undefined;

  constructor(parts: {
    readonly store: EventStore;
    readonly clock: Clock;
    readonly hashOf: (nodeId: string) => string | undefined;
  }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#hashOf = parts.hashOf;
  }

  /** R1. */
  key(definition: NodeDefinition, digest: string): string | undefined {
    if (definition.cache === undefined || definition.effect) return undefined;
    const hash = this.#hashOf(definition.id);
    return hash === undefined ? undefined : memoKey(hash, digest);
  }

  async find(questions: readonly ReuseQuestion[]): Promise<(ReuseAnswer | undefined)[]> {
    const answers: (ReuseAnswer | undefined)[] = questions.map(() => undefined);
    const keys: string[] = [];
    const places: number[] = [];
    for (let i = 0; i < questions.length; i++) {
      const { definition, digest, memoKey: known } = questions[i]!;
      const key = known ?? this.key(definition, digest);
      if (key === undefined) continue;
      keys.push(key);
      places.push(i);
    }
    if (keys.length === 0) return answers;
    const entries = await this.#store.memos(keys);
    const byRun = new Map<string, { readonly place: number; readonly entry: MemoEntry }[]>();
    for (const [n, entry] of entries.entries()) {
      const place = places[n]!;
      if (!entry || this.#isOld(questions[place]!.definition, entry)) continue;
      const group = byRun.get(entry.runId);
      if (group) group.push({ place, entry });
      else byRun.set(entry.runId, [{ place, entry }]);
    }
    for (const [runId, group] of byRun) {
      const found = await this.#answers(
        runId,
        group.map(({ entry }) => entry),
      );
      for (const [n, { place }] of group.entries()) answers[place] = found[n];
    }
    return answers;
  }

  /** R2. */
  #isOld({ cache }: NodeDefinition, { at }: MemoEntry): boolean {
    return typeof cache === "number" && this.#clock.now() - at > cache;
  }

  /** Most results are one value; whether one is a list, its event says. */
  async #answers(runId: string, entries: readonly MemoEntry[]): Promise<(ReuseAnswer | undefined)[]> {
    const one = entries.map(({ call, item }) => ({ call, item, size: undefined, scalar: false, impure: undefined }));
    const answers = await answersOf(this.#store, runId, one);
    for (const [i, answer] of answers.entries()) {
      if (answer) continue;
      const result = await this.#resultOf(runId, entries[i]!);
      if (result) [answers[i]] = await answersOf(this.#store, runId, [result]);
    }
    return answers;
  }

  async #resultOf(
    runId: string,
    { call, item }: MemoEntry,
  ): Promise<Omit<RecordedResult, "digest" | "ms" | "source" | "taken"> | undefined> {
    const [row] = (await this.#store.items(runId, { call, item, limit: 1 })).items;
    if (!row) return undefined;
    const [stored] = await this.#store.events(runId, { after: row.seq - 1, limit: 1, values: "none" });
    const event = stored?.event;
    if (event?.type !== "item.completed" || event.size === undefined) return undefined;
    return { call, item, size: event.size, scalar: event.scalar === true, impure: event.impure };
  }
}
