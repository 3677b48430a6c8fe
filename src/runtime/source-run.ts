/**
 * What one recorded run has to give to another: the results in its log, by node and digest of their inputs.
 *
 * Owns: the index over a log, and which of its results were taken. Leaves to runner/: which nodes still have the same code.
 *
 * R1. Each recorded item is taken at most once: equal keys within one run execute, as they did there.
 * R2. Of several that fit, the one of the same call and item is taken; otherwise the first that is left.
 * R3. Values stay in the store until they are asked for: the index holds numbers.
 * R4. What a child run gave is not taken: that run is made from the one that stood there, and takes over what holds by itself.
 */
import type { NodeDefinition } from "../model/definition.ts";
import type { RunEvent } from "../model/events.ts";
import { formatAddress, type CallNo, type ItemNo, type RunId } from "../model/ids.ts";
import type { MadeBecause } from "../model/reuse-plan.ts";
import type { EventStore, ValueKey } from "../store/store.ts";
import type { CallCreated } from "./call.ts";
import type { ReuseAnswer, ReuseQuestion, ReuseSource } from "./reuse.ts";

export interface RecordedResult {
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly digest: string;
  readonly ms: number;
  readonly size: number | undefined;
  readonly scalar: boolean;
  readonly impure: readonly string[] | undefined;
  /** Of a result that was reused there. */
  readonly source: ReuseSource | undefined;
  taken: boolean;
}

interface Bucket {
  readonly results: RecordedResult[];
  /** Those before it are taken. */
  next: number;
}

export interface SourceRunOptions {
  /** Whether the node has the code that it had in that run. */
  readonly holds: (nodeId: string) => boolean;
  /** "pure": results that depend on their inputs alone; "all": also effects and what read more than its inputs. */
  readonly take: "pure" | "all";
}

const PAGE = 5000;

export class SourceRun {
  readonly runId: RunId;
  readonly #store: EventStore;
  readonly #options: SourceRunOptions;
  readonly calls: Map<CallNo, CallCreated> = new Map();
  readonly closed: Map<CallNo, Extract<RunEvent, { type: "call.closed" }>> = new Map();
  readonly byIdentity: Map<string, CallNo> = new Map();
  /** By node, then digest. */
  readonly #buckets: Map<string, Map<string, Bucket>> = new Map();
  /** By call, then item. */
  readonly #results: Map<CallNo, Map<ItemNo, RecordedResult>> = new Map();
  /** Child runs by `call.item`. */
  readonly children: Map<string, RunId> = new Map();
  /** Items that were begun and have no result to give: `call.item`. */
  readonly #without: Set<string> = new Set();
  version = "";
  seed = "";
  clock = 0;

  private constructor(store: EventStore, runId: RunId, options: SourceRunOptions) {
    this.#store = store;
    this.runId = runId;
    this.#options = options;
  }

  static async read(store: EventStore, runId: RunId, options: SourceRunOptions): Promise<SourceRun> {
    const source = new SourceRun(store, runId, options);
    for (let after = 0; ;) {
      const page = await store.events(runId, { after, limit: PAGE, values: "none" });
      for (const { event } of page) source.#apply(event);
      if (page.length < PAGE) break;
      after = page.at(-1)!.seq;
    }
    source.#index();
    return source;
  }

  #apply(event: RunEvent): void {
    switch (event.type) {
      case "run.created":
        this.version = event.version;
        break;
      case "run.started":
        this.seed = event.seed;
        this.clock = event.clock;
        break;
      case "call.created":
        this.calls.set(event.call, event);
        break;
      case "item.completed": {
        if (event.fallback || event.digest === undefined) {
          this.#without.add(`${event.call}.${event.item}`);
          break;
        }
        let results = this.#results.get(event.call);
        if (!results) this.#results.set(event.call, (results = new Map()));
        results.set(event.item, {
          call: event.call,
          item: event.item,
          digest: event.digest,
          ms: event.ms,
          size: event.size,
          scalar: event.scalar === true,
          impure: event.impure,
          source: event.source,
          taken: false,
        });
        break;
      }
      case "item.failed":
        this.#without.add(`${event.call}.${event.item}`);
        break;
      case "items.skipped":
        for (const item of event.items) this.#without.add(`${event.call}.${item}`);
        break;
      case "child.created":
        this.children.set(`${event.call}.${event.item}`, event.child);
        break;
      case "call.closed":
        this.closed.set(event.call, event);
        break;
      case "calls.superseded":
        for (const call of event.calls) {
          this.calls.delete(call);
          this.#results.delete(call);
        }
        break;
      default:
        break;
    }
  }

  #index(): void {
    for (const [no, { identity }] of this.calls) this.byIdentity.set(identity, no);
    for (const [no, results] of this.#results) {
      const node = this.calls.get(no)?.node ?? "";
      let buckets = this.#buckets.get(node);
      if (!buckets) this.#buckets.set(node, (buckets = new Map()));
      for (const result of results.values()) {
        const bucket = buckets.get(result.digest);
        if (bucket) bucket.results.push(result);
        else buckets.set(result.digest, { results: [result], next: 0 });
      }
    }
  }

  result(call: CallNo, item: ItemNo): RecordedResult | undefined {
    return this.#results.get(call)?.get(item);
  }

  /** Where results of a run were taken from, by `call.item`: of this one, or of one before it. */
  async takenBy(runId: RunId): Promise<ReadonlyMap<string, ReuseSource> | undefined> {
    if (runId !== this.runId) {
      const row = await this.#store.run(runId);
      if (!row || row.forgottenAt !== undefined || (row.counts.reused ?? 0) === 0) return undefined;
      const other = await SourceRun.read(this.#store, runId, { holds: () => false, take: "all" });
      return other.takenBy(runId);
    }
    const taken = new Map<string, ReuseSource>();
    for (const results of this.#results.values())
      for (const { call, item, source } of results.values()) if (source) taken.set(`${call}.${item}`, source);
    return taken;
  }

  /** A result that stands for one that is still to be made: of the same item, or of another one of that call, or of its node. The
   *  call is the same one, or as manieth of its node. */
  standIn(call: CallCreated, nth: number, item: ItemNo): RecordedResult | undefined {
    const ofNode = [...this.calls.values()].filter(({ node }) => node === call.node).map((one) => one.call);
    const no = this.byIdentity.get(call.identity) ?? ofNode[nth];
    const same = no === undefined ? undefined : this.result(no, item);
    if (same !== undefined) return same;
    for (const near of no === undefined ? ofNode : [no, ...ofNode])
      for (const result of this.#results.get(near)?.values() ?? []) return result;
    return undefined;
  }

  /** The call of this name, where there is one. */
  onlyCallOf(node: string): CallNo | undefined {
    const calls = [...this.calls.values()].filter((call) => call.node === node);
    return calls.length === 1 ? calls[0]!.call : undefined;
  }

  /** Results that nothing has taken, in the order of their calls. */
  *untaken(): Generator<RecordedResult> {
    for (const [call, results] of this.#results)
      if (this.calls.get(call)?.kind !== "subgraph")
        for (const result of results.values()) if (!result.taken) yield result;
  }

  /** R1, R2. Marked as taken, per question. */
  take(questions: readonly ReuseQuestion[]): (RecordedResult | undefined)[] {
    const found = questions.map((question) => this.#same(question));
    return found.map((result, i) => result ?? this.#any(questions[i]!));
  }

  /** All that were given the same, taken or not. */
  withDigest({ definition, digest }: ReuseQuestion): readonly RecordedResult[] {
    return this.#buckets.get(definition.id)?.get(digest)?.results ?? [];
  }

  #fits(result: RecordedResult): boolean {
    return !result.taken && (this.#options.take === "all" || !result.impure);
  }

  /** R4. */
  #mayTake(definition: NodeDefinition): boolean {
    return (
      !definition.subgraph && (!definition.effect || this.#options.take === "all") && this.#options.holds(definition.id)
    );
  }

  #same({ definition, identity, item, digest }: ReuseQuestion): RecordedResult | undefined {
    const call = this.byIdentity.get(identity);
    const result = call === undefined ? undefined : this.result(call, item);
    if (!result || result.digest !== digest || !this.#fits(result) || !this.#mayTake(definition)) return undefined;
    result.taken = true;
    return result;
  }

  #any({ definition, digest }: ReuseQuestion): RecordedResult | undefined {
    const bucket = this.#buckets.get(definition.id)?.get(digest);
    if (!bucket || !this.#mayTake(definition)) return undefined;
    while (bucket.next < bucket.results.length && !this.#fits(bucket.results[bucket.next]!)) bucket.next++;
    const result = bucket.results[bucket.next];
    if (result) result.taken = true;
    return result;
  }

  /** Why a question has no answer here. */
  whyNot(question: ReuseQuestion): MadeBecause {
    const { definition, identity, item, digest } = question;
    const call = this.byIdentity.get(identity);
    const same = call === undefined ? undefined : this.result(call, item);
    const place = (of: { readonly call: CallNo; readonly item: ItemNo }): string =>
      formatAddress(this.runId, of.call, of.item);
    if (definition.effect && this.#options.take === "pure") return { kind: "effect" };
    const near = same ?? this.withDigest(question)[0];
    if (near && !this.#options.holds(definition.id)) return { kind: "code" };
    if (near?.digest === digest && near.impure && this.#options.take === "pure")
      return { kind: "impure", was: place(near), reads: near.impure };
    if (near?.digest === digest && !near.taken) return { kind: "artifact", was: place(near) };
    if (same && same.digest !== digest) return { kind: "input", was: place(same) };
    if (call !== undefined && this.#without.has(`${call}.${item}`))
      return { kind: "no result", was: place({ call, item }) };
    return this.#options.holds(definition.id) || !this.#buckets.has(definition.id) ? { kind: "new" } : { kind: "code" };
  }

  /** R3. */
  answers(results: readonly (RecordedResult | undefined)[]): Promise<(ReuseAnswer | undefined)[]> {
    return answersOf(this.#store, this.runId, results);
  }
}

type Named = Pick<RecordedResult, "call" | "item" | "size" | "scalar" | "impure">;

/** Values of recorded results, in one request for those that are one value. */
export async function answersOf(
  store: EventStore,
  runId: RunId,
  results: readonly (Named | undefined)[],
): Promise<(ReuseAnswer | undefined)[]> {
  const keys: ValueKey[] = [];
  for (const result of results) if (result && result.size === undefined) keys.push(result);
  const texts =
    keys.length === 0
      ? []
      : await store.values(
          runId,
          keys.map(({ call, item }) => ({ call, item })),
        );
  const answers: (ReuseAnswer | undefined)[] = [];
  let next = 0;
  for (const result of results) {
    if (!result) {
      answers.push(undefined);
      continue;
    }
    const { call, item, size, scalar, impure } = result;
    const common = { source: [runId, call, item] as const, ...(impure ? { impure } : {}) };
    if (size === undefined) {
      const value = texts[next++];
      answers.push(value === undefined ? undefined : { ...common, value });
      continue;
    }
    const { values, keys: given } = await wholeList(store, runId, { call, item, size });
    answers.push({
      ...common,
      list: values,
      ...(given ? { keys: given } : {}),
      ...(scalar ? { scalar: true as const } : {}),
    });
  }
  return answers;
}

/** Elements read at once. */
const LIST_PAGE = 8192;

async function wholeList(
  store: EventStore,
  runId: RunId,
  { call, item, size }: { readonly call: CallNo; readonly item: ItemNo; readonly size: number },
): Promise<{ readonly values: readonly string[]; readonly keys?: readonly string[] }> {
  if (size === 0) return { values: [] };
  if (size <= LIST_PAGE) return store.list(runId, { call, item }, { first: 0, count: size });
  const values: string[] = [];
  const keys: string[] = [];
  for (let first = 0; first < size; first += LIST_PAGE) {
    const page = await store.list(runId, { call, item }, { first, count: LIST_PAGE });
    values.push(...page.values);
    if (page.keys) keys.push(...page.keys);
  }
  return { values, ...(keys.length > 0 ? { keys } : {}) };
}
