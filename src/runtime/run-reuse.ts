/**
 * What one run reuses: a run it was made from, what was given by hand, and what `cache` finds in any run.
 *
 * Owns: the order of the three. Leaves to source-run.ts and memo.ts: finding.
 *
 * R1. A value given by hand comes first; an item that is forced takes nothing else.
 * R2. An address is one of the source run. It means the item of the same call there, or one that is given the same.
 */
import type { NodeDefinition } from "../model/definition.ts";
import type { RunOrigin } from "../model/events.ts";
import type { CallNo, ItemNo } from "../model/ids.ts";
import type { Memos } from "./memo.ts";
import type { Reuse, ReuseAnswer, ReuseQuestion, ReuseSource } from "./reuse.ts";
import type { RecordedResult, SourceRun } from "./source-run.ts";

export interface RunReuseParts {
  readonly memos: Memos;
  readonly source?: SourceRun;
  /** `from` as nodes, `CALL` or `CALL.ITEM` of the source run. */
  readonly from?: readonly string[];
  readonly set?: readonly { readonly call: CallNo; readonly item: ItemNo; readonly answer: ReuseAnswer }[];
  /** Whether what an item of the source run opened would be the same now; absent: it is. */
  readonly readsHold?: (call: CallNo, item: ItemNo) => Promise<boolean>;
}

export class RunReuse implements Reuse {
  readonly #parts: RunReuseParts;
  readonly #from: ReadonlySet<string>;
  readonly #set: Map<string, ReuseAnswer> = new Map();
  /** What was given by hand, or named to execute, and not met so far. */
  readonly unmet: Set<string>;
  reusedMs = 0;
  reusedItems = 0;

  constructor(parts: RunReuseParts) {
    this.#parts = parts;
    this.#from = new Set(parts.from);
    for (const { call, item, answer } of parts.set ?? []) this.#set.set(`${call}.${item}`, answer);
    this.unmet = new Set([...this.#from, ...this.#set.keys()]);
  }

  get source(): SourceRun | undefined {
    return this.#parts.source;
  }

  asks(definition: NodeDefinition): boolean {
    if (definition.subgraph) return this.hasForced;
    return this.#parts.source !== undefined || this.memoKey(definition, "") !== undefined;
  }

  memoKey(definition: NodeDefinition, digest: string): string | undefined {
    return this.#parts.memos.key(definition, digest);
  }

  get hasForced(): boolean {
    return this.#from.size > 0;
  }

  forces(question: ReuseQuestion): boolean {
    if (this.#from.size === 0 || this.#given(question) !== undefined) return false;
    const named = [question.definition.id, ...this.#places(question)].find((name) => this.#from.has(name));
    if (named === undefined) return false;
    this.unmet.delete(named);
    return true;
  }

  /** R2. `CALL.ITEM` and `CALL` of the items there that this one may be. */
  #places(question: ReuseQuestion): string[] {
    const { source } = this.#parts;
    if (!source) return [];
    const call = source.byIdentity.get(question.identity);
    if (call !== undefined) return [`${call}.${question.item}`, String(call)];
    return source.withDigest(question).flatMap((found) => [`${found.call}.${found.item}`, String(found.call)]);
  }

  #given(question: ReuseQuestion): string | undefined {
    if (this.#set.size === 0) return undefined;
    return this.#places(question).find((place) => this.#set.has(place));
  }

  async find(questions: readonly ReuseQuestion[]): Promise<readonly (ReuseAnswer | undefined)[]> {
    const answers: (ReuseAnswer | undefined)[] = questions.map(() => undefined);
    if (this.#set.size > 0) {
      for (const [i, question] of questions.entries()) {
        const place = this.#given(question);
        if (place === undefined) continue;
        this.unmet.delete(place);
        answers[i] = this.#set.get(place);
      }
    }
    await this.#ask(questions, answers, (open) => this.#fromSource(open));
    await this.#ask(questions, answers, (open) => this.#parts.memos.find(open));
    return answers;
  }

  async #ask(
    questions: readonly ReuseQuestion[],
    answers: (ReuseAnswer | undefined)[],
    ask: (open: readonly ReuseQuestion[]) => Promise<readonly (ReuseAnswer | undefined)[]>,
  ): Promise<void> {
    const places: number[] = [];
    for (let i = 0; i < questions.length; i++) if (answers[i] === undefined) places.push(i);
    if (places.length === 0) return;
    const found = await ask(places.length === questions.length ? questions : places.map((i) => questions[i]!));
    for (const [n, answer] of found.entries()) if (answer) answers[places[n]!] = answer;
  }

  async #fromSource(questions: readonly ReuseQuestion[]): Promise<readonly (ReuseAnswer | undefined)[]> {
    const { source, readsHold } = this.#parts;
    if (!source) return [];
    const results = source.take(questions);
    if (readsHold) {
      for (const [i, result] of results.entries())
        if (result && !(await readsHold(result.call, result.item))) results[i] = undefined;
    }
    const answers = await source.answers(results);
    for (const [i, answer] of answers.entries()) if (answer) this.#count(results[i]!);
    return answers;
  }

  #count(result: RecordedResult): void {
    this.reusedItems++;
    this.reusedMs += result.ms;
  }

  winner(identity: string): number | undefined {
    const call = this.#callOf(identity);
    return call === undefined ? undefined : this.#parts.source!.closed.get(call)?.winner;
  }

  slept(identity: string): ReuseSource | undefined {
    const { source } = this.#parts;
    const call = this.#callOf(identity);
    if (!source || call === undefined || source.calls.get(call)?.kind !== "sleep") return undefined;
    return source.closed.get(call)?.status === "completed" ? [source.runId, call, 0] : undefined;
  }

  closedAt(identity: string): number | undefined {
    const call = this.#callOf(identity);
    const closed = call === undefined ? undefined : this.#parts.source!.closed.get(call);
    return closed && (closed.clock ?? closed.at);
  }

  #callOf(identity: string): CallNo | undefined {
    return this.#parts.source?.byIdentity.get(identity);
  }

  taken([runId, call, item]: ReuseSource): void {
    const { source } = this.#parts;
    if (source?.runId !== runId) return;
    const result = source.result(call, item);
    if (result) result.taken = true;
  }
}

/** What the run row says of a run made from another one, as nodes, `CALL` and `CALL.ITEM`. */
export function fromOf(origin: RunOrigin | undefined): readonly string[] {
  return (origin?.from ?? []).map((name) =>
    name.startsWith(`${origin!.run}.`) ? name.slice(origin!.run.length + 1) : name,
  );
}
