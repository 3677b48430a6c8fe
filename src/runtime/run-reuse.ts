/**
 * What one run reuses: a run it was made from, what was given by hand, and what `cache` finds in any run.
 *
 * Owns: the order of the three. Leaves to source-run.ts and memo.ts: finding.
 *
 * R1. A value given by hand comes first; an item that is forced takes nothing else.
 * R2. An address is one of the source run. It means the item of the same call there, or one that is given the same.
 * R3. A result holds only while the folders it opened are the ones their selectors name now.
 * R4. What child runs took over counts for the run above them. A child run that is named takes nothing over.
 */
import type { NodeDefinition } from "../model/definition.ts";
import { countsArrayAsMany } from "../define/undeclared.ts";
import { decode, encode } from "../model/codec.ts";
import type { RunOrigin } from "../model/events.ts";
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { Memos } from "./memo.ts";
import type { Reuse, ReuseAnswer, ReuseQuestion, ReuseSource } from "./reuse.ts";
import type { EventStore } from "../store/store.ts";
import { SourceRun } from "./source-run.ts";

/** Runs that were made from each other and are looked through for what a result once took. */
const MAX_DEPTH = 20;

export interface RunReuseParts {
  readonly memos: Memos;
  readonly source?: SourceRun;
  /** How this run was made from the source run. */
  readonly kind?: RunOrigin["kind"];
  /** "chance": seed and clock of the source run are those of this one. Default "nothing". */
  readonly repeats?: "chance" | "nothing";
  /** `from` as nodes, `CALL` or `CALL.ITEM` of the source run. */
  readonly from?: readonly string[];
  /** Encoded results of items of the source run. */
  readonly set?: readonly { readonly call: CallNo; readonly item: ItemNo; readonly value: string }[];
  /** R3. */
  readonly reads?: RecordedReads;
}

/** What recorded items opened besides their inputs. */
export interface RecordedReads {
  /** Undefined: no item of that run opened anything. */
  of(runId: RunId): Promise<ReadonlySet<string> | undefined>;
  /** Whether everything that the item opened would be the same now. */
  hold(source: ReuseSource): Promise<boolean>;
}

/** Items of one run by `call.item`: those that opened something, and where others were taken from. */
interface Looked {
  readonly opened: ReadonlySet<string> | undefined;
  readonly taken: ReadonlyMap<string, ReuseSource> | undefined;
}

/** What a run took over from another one. */
export interface TakenOver {
  readonly items: number;
  /** Those of them that stand in child runs. */
  readonly inChildRuns: number;
  /** Ms that they took where they were made. */
  readonly savedMs: number;
}

export class RunReuse implements Reuse {
  readonly #parts: RunReuseParts;
  readonly #from: ReadonlySet<string>;
  readonly #set: Map<string, string> = new Map();
  /** What was given by hand, or named to execute, and not met so far. */
  readonly unmet: Set<string>;
  #items = 0;
  #reusedMs = 0;
  /** R4. */
  readonly #below = { items: 0, savedMs: 0 };
  readonly #looked: Map<RunId, Looked> = new Map();
  /** Reused there, too: what they took is known where they were made. */
  readonly #further: ReuseSource[] = [];

  constructor(parts: RunReuseParts) {
    this.#parts = parts;
    this.#from = new Set(parts.from);
    for (const { call, item, value } of parts.set ?? []) this.#set.set(`${call}.${item}`, value);
    this.unmet = new Set([...this.#from, ...this.#set.keys()]);
  }

  get kind(): RunOrigin["kind"] | undefined {
    return this.#parts.kind;
  }

  get source(): SourceRun | undefined {
    return this.#parts.source;
  }

  get chance(): Reuse["chance"] {
    const { source, repeats } = this.#parts;
    return source && repeats === "chance" && source.seed !== ""
      ? { seed: source.seed, clock: source.clock }
      : undefined;
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
        answers[i] = givenAnswer(question.definition, this.#set.get(place)!);
      }
    }
    await this.#ask(questions, answers, (open) => this.#fromSource(open));
    if (questions.some(({ definition }) => definition.cache !== undefined))
      await this.#ask(questions, answers, (open) => this.#parts.memos.find(open));
    await this.#dropStale(answers);
    for (const answer of answers) if (answer?.source) this.#count(answer.source);
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
    const { source } = this.#parts;
    return source ? source.answers(source.take(questions)) : [];
  }

  /** R3. What a result opened stands where it was made: it is looked for all the way there. */
  async #dropStale(answers: (ReuseAnswer | undefined)[]): Promise<void> {
    if (!this.#parts.reads || answers.every((answer) => answer === undefined)) return;
    let open = [...answers.entries()].flatMap(([i, answer]) => (answer?.source ? [[i, answer.source] as const] : []));
    for (let depth = 0; depth < MAX_DEPTH && open.length > 0; depth++) {
      const further: (readonly [number, ReuseSource])[] = [];
      for (const [i, source] of open) {
        const [runId, call, item] = source;
        // Awaited once a run: a hundred thousand items are looked up without a turn each.
        const known = this.#looked.get(runId) ?? (await this.#look(runId));
        const place = `${call}.${item}`;
        if (known.opened?.has(place) && !(await this.#parts.reads.hold(source))) answers[i] = undefined;
        else if (known.taken?.has(place)) further.push([i, known.taken.get(place)!]);
      }
      open = further;
    }
  }

  async #look(runId: RunId): Promise<Looked> {
    const { reads, source } = this.#parts;
    const [opened, taken] = await Promise.all([reads?.of(runId), source?.takenBy(runId)]);
    const looked = { opened, taken };
    this.#looked.set(runId, looked);
    return looked;
  }

  #count([runId, call, item]: ReuseSource): void {
    const { source } = this.#parts;
    this.#items++;
    const result = source?.runId === runId ? source.result(call, item) : undefined;
    this.#reusedMs += result?.ms ?? 0;
    if (result?.source) this.#further.push(result.source);
  }

  /** What it took over so far, with its child runs. */
  async took(store: EventStore): Promise<TakenOver> {
    const below = this.#below;
    return {
      items: this.#items + below.items,
      inChildRuns: below.items,
      savedMs: (await this.#savedMs(store)) + below.savedMs,
    };
  }

  /** R4: a child run is over, or rests. */
  tookBelow({ items, savedMs }: Pick<TakenOver, "items" | "savedMs">): void {
    this.#below.items += items;
    this.#below.savedMs += savedMs;
  }

  async #savedMs(store: EventStore): Promise<number> {
    let ms = this.#reusedMs;
    let further: readonly ReuseSource[] = this.#further;
    for (let depth = 0; depth < MAX_DEPTH && further.length > 0; depth++) {
      const next: ReuseSource[] = [];
      for (const runId of new Set(further.map(([run]) => run))) {
        const made = await SourceRun.read(store, runId, { holds: () => false, take: "all" });
        for (const [run, call, item] of further) {
          const result = run === runId ? made.result(call, item) : undefined;
          ms += result?.ms ?? 0;
          if (result?.source) next.push(result.source);
        }
      }
      further = next;
    }
    return ms;
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

  /** The same call, or the one call of that name. R4. */
  child({ identity, node, item }: Parameters<Reuse["child"]>[0]): RunOrigin | undefined {
    const { source, kind } = this.#parts;
    if (!source || kind === undefined || kind === "rerun") return undefined;
    const call = source.byIdentity.get(identity) ?? source.onlyCallOf(node);
    if ([node, `${call}`, `${call}.${item}`].some((name) => this.#from.has(name))) return undefined;
    const run = call === undefined ? undefined : source.children.get(`${call}.${item}`);
    return run === undefined ? undefined : { kind, run };
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

/** A value that somebody gave, in the form that the node's result has. */
function givenAnswer(definition: NodeDefinition, text: string): ReuseAnswer {
  const impure = ["set"];
  const value = decode(text);
  const soft = countsArrayAsMany(definition);
  if (definition.out === "many" || definition.out === "stream" || (soft && Array.isArray(value))) {
    if (!Array.isArray(value)) {
      throw new WorkgraphError("WG4043", `the value given for an item of "${definition.id}" is no array`, {
        hint: `"${definition.id}" gives many items: write them as an array`,
      });
    }
    const list = value.map((element) => encode(element));
    if (!definition.key) return { impure, list };
    const { key } = definition;
    return { impure, list, keys: value.map((element) => String(key(element))) };
  }
  return soft ? { impure, list: [text], scalar: true } : { impure, value: text };
}
