/**
 * One run of a plan: its function is performed, what it asks for is noted, and nothing executes.
 *
 * Owns: what was reused, what has no answer and why, and where the function waits. Leaves to fork-plan.ts: when that is all; to
 * the reuse that the run would have: every answer.
 *
 * R1. What is certain to execute, is what was asked for and has no answer. What waits for its result is a dependent.
 * R2. Every item of a node is asked about, also where nothing could answer: an item that waits for a slot is certain, too.
 * R3. When that is settled, what would execute is supposed to give what was recorded at its place, or near it. Whatever is asked
 *     for from then on executes if that comes out different: a dependent, whether it has an answer or not.
 */
import type { NodeDefinition } from "../model/definition.ts";
import { formatAddress, type CallNo, type ItemNo, type RunId } from "../model/ids.ts";
import type { ChildPlan, MadeBecause, PlannedDependent, PlannedItem, RunPlan } from "../model/reuse-plan.ts";
import type { CallCreated } from "../runtime/call.ts";
import type { AttemptOutcome, AttemptRequest, Engine } from "../runtime/engine.ts";
import type { Reuse, ReuseAnswer, ReuseQuestion } from "../runtime/reuse.ts";
import type { RunReuse } from "../runtime/run-reuse.ts";
import type { Run } from "../runtime/run.ts";
import type { CallRow, EventStore } from "../store/store.ts";
import type { Asked, AwaitObserver } from "../trace/await-observer.ts";
import { originalSite } from "../trace/site.ts";
import type { LoadedCode } from "./code.ts";

/** Whoever waits until nothing happens any more. */
export interface Happenings {
  happened(): void;
  /** Values that are not known are supposed to be those that were recorded. */
  readonly isSupposing: boolean;
  /** Something is under way until it settles. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

export interface PlannedRunParts {
  readonly happenings: Happenings;
  readonly code: LoadedCode;
  /** Of the run that would be made. */
  readonly reuse: RunReuse | undefined;
  /** Where recorded runs are; only read. */
  readonly project: EventStore;
}

/** Everything of a plan that holds whatever comes out. */
interface Settled extends Omit<RunPlan, "workflow" | "version" | "reused" | "children"> {
  readonly calls: ReadonlySet<CallNo>;
  readonly nodes: ReadonlyMap<string, number>;
  readonly savedMs: number;
}

const NOTHING: Settled = { calls: new Set(), nodes: new Map(), savedMs: 0, executes: [], dependents: [], orphaned: [] };

interface Missed {
  readonly question: ReuseQuestion;
  readonly because: MadeBecause;
}

export class PlannedRun implements Reuse, Engine, AwaitObserver {
  readonly #parts: PlannedRunParts;
  readonly #missed: Missed[] = [];
  readonly #reused: Map<string, number> = new Map();
  readonly #open: Set<Asked> = new Set();
  readonly #attempts: Map<AttemptRequest, (outcome: AttemptOutcome) => void> = new Map();
  /** R3. Items asked for after it was settled, by identity of their call. */
  readonly #later: Map<string, Set<ItemNo>> = new Map();
  #settled: Settled | undefined;
  #run: Run | undefined;
  #hasEnded = false;

  constructor(parts: PlannedRunParts) {
    this.#parts = parts;
  }

  get reuse(): RunReuse | undefined {
    return this.#parts.reuse;
  }

  begun(run: Run): void {
    this.#run = run;
    const ended = (): void => {
      this.#hasEnded = true;
      this.#parts.happenings.happened();
    };
    run.ended.then(ended, ended);
  }

  /** Nothing of it is under way, and its function waits for nothing that the run knows of. */
  get isUntracked(): boolean {
    return !this.#hasEnded && this.#open.size === 0 && this.#run?.waiting().size === 0;
  }

  // ---- what it comes to

  /** What is known without supposing anything. @param store where the planned runs are */
  async settle(store: EventStore): Promise<void> {
    const { reuse, project } = this.#parts;
    const calls = await store.calls(this.#run!.runId);
    const [stopped] = this.#hasEnded ? [] : [...this.#open].filter(({ target }) => !isClosed(calls, target.call));
    const took = await reuse?.took(project);
    this.#settled = {
      calls: new Set(calls.map(({ call }) => call)),
      nodes: new Map(this.#reused),
      savedMs: took?.savedMs ?? 0,
      executes: this.#executes(calls),
      dependents: dependentsOf(calls, this.#run!.waiting()),
      orphaned: this.#orphaned(),
      ...(stopped ? { stoppedAt: stoppedAt(stopped) } : {}),
    };
  }

  /** R3. How many attempts were given what was recorded. */
  async suppose(store: EventStore): Promise<number> {
    const { source } = this.#parts.reuse ?? {};
    if (!source || this.#attempts.size === 0) return 0;
    const calls = new Map((await store.calls(this.#run!.runId)).map(({ call, event }) => [call, event]));
    const places = placesOf([...calls.values()]);
    const asked = [...this.#attempts].map(([request, give]) => {
      const call = calls.get(request.call)!;
      return { request, give, result: source.standIn(call, places.get(request.call)!, request.item) };
    });
    const answers = await source.answers(asked.map(({ result }) => result));
    let supposed = 0;
    for (const [i, { request, give }] of asked.entries()) {
      const answer = answers[i];
      if (answer === undefined) continue;
      this.#attempts.delete(request);
      supposed++;
      give({ ok: true, ...answer });
    }
    return supposed;
  }

  async plan(store: EventStore, children: readonly ChildPlan[]): Promise<RunPlan> {
    const { code, reuse } = this.#parts;
    const calls = await store.calls(this.#run!.runId);
    const settled = this.#settled ?? NOTHING;
    const { calls: known, nodes, savedMs, dependents, ...rest } = settled;
    return {
      workflow: code.definition.name,
      version: { before: reuse?.source?.version ?? "", now: code.version },
      reused: withChildren({ nodes, savedMs }, children),
      ...rest,
      dependents: withLater(dependents, calls, { known, items: this.#later }),
      children,
    };
  }

  /** Begun only because of what was supposed. */
  get isSupposed(): boolean {
    return this.#settled === undefined;
  }

  /** R1. */
  #executes(calls: readonly CallRow[]): PlannedItem[] {
    const numbers = new Map(calls.map(({ call, event }) => [event.identity, call]));
    const found = new Map<string, PlannedItem>();
    for (const { question, because } of this.#missed) {
      const call = numbers.get(question.identity);
      if (call === undefined || question.definition.subgraph) continue;
      const place = `${call}.${question.item}`;
      found.set(place, { node: question.definition.id, place, because });
    }
    return [...found.values()];
  }

  #orphaned(): RunPlan["orphaned"] {
    const source = this.#parts.reuse?.source;
    if (!source) return [];
    return [...source.untaken()].map(({ call, item }) => ({
      address: formatAddress(source.runId, call, item),
      node: source.calls.get(call)?.node ?? "",
    }));
  }

  // ---- Reuse: asked of the real one, and noted

  get chance(): Reuse["chance"] {
    return this.reuse?.chance;
  }

  get hasForced(): boolean {
    return this.reuse?.hasForced ?? false;
  }

  /** R2. */
  asks(definition: NodeDefinition): boolean {
    return definition.subgraph === undefined || (this.reuse?.asks(definition) ?? false);
  }

  async find(questions: readonly ReuseQuestion[]): Promise<readonly (ReuseAnswer | undefined)[]> {
    const { reuse, happenings } = this.#parts;
    const answers = await happenings.during(async () => (reuse ? reuse.find(questions) : []));
    for (const [i, question] of questions.entries()) {
      const { id } = question.definition;
      if (this.#isLater(question)) continue;
      if (answers[i]) this.#reused.set(id, (this.#reused.get(id) ?? 0) + 1);
      else this.#missed.push({ question, because: reuse?.source?.whyNot(question) ?? { kind: "new" } });
    }
    return answers;
  }

  forces(question: ReuseQuestion): boolean {
    const isForced = this.reuse?.forces(question) ?? false;
    if (isForced && !this.#isLater(question)) this.#missed.push({ question, because: { kind: "named" } });
    return isForced;
  }

  /** R3. */
  #isLater({ definition, identity, item }: ReuseQuestion): boolean {
    if (!this.#parts.happenings.isSupposing) return false;
    const items = this.#later.get(identity) ?? new Set();
    if (definition.subgraph === undefined) this.#later.set(identity, items.add(item));
    return true;
  }

  /** Nothing executes, so nothing that is made now could be waited for. */
  memoKey(): undefined {
    return undefined;
  }

  winner(identity: string): number | undefined {
    return this.reuse?.winner(identity);
  }

  slept(identity: string): ReturnType<Reuse["slept"]> {
    return this.reuse?.slept(identity);
  }

  child(of: Parameters<Reuse["child"]>[0]): ReturnType<Reuse["child"]> {
    return this.reuse?.child(of);
  }

  closedAt(identity: string): number | undefined {
    return this.reuse?.closedAt(identity);
  }

  taken(): void {}

  // ---- Engine

  /** What is under way here may never end. */
  readonly slots: number = Number.POSITIVE_INFINITY;

  attempt(request: AttemptRequest): Promise<AttemptOutcome> {
    this.#parts.happenings.happened();
    return new Promise((resolve) => void this.#attempts.set(request, resolve));
  }

  define(): void {}
  forget(_run: RunId): void {}

  // ---- AwaitObserver

  asked(asked: Asked): "go" {
    this.#parts.happenings.happened();
    this.#open.add(asked);
    return "go";
  }

  waits(): void {
    this.#parts.happenings.happened();
  }

  delivered(asked: Asked): void {
    this.#parts.happenings.happened();
    this.#open.delete(asked);
  }
}

function withChildren(
  own: { readonly nodes: ReadonlyMap<string, number>; readonly savedMs: number },
  children: readonly ChildPlan[],
): RunPlan["reused"] {
  const nodes = new Map(own.nodes);
  let { savedMs } = own;
  for (const { reused } of children) {
    savedMs += reused.savedMs;
    for (const [node, count] of Object.entries(reused.nodes)) nodes.set(node, (nodes.get(node) ?? 0) + count);
  }
  const items = [...nodes.values()].reduce((sum, count) => sum + count, 0);
  return { items, nodes: Object.fromEntries(nodes), savedMs };
}

/** How many calls of its node come before a call. */
function placesOf(calls: readonly CallCreated[]): ReadonlyMap<CallNo, number> {
  const seen = new Map<string, number>();
  return new Map(
    calls.map(({ call, node }) => {
      const nth = seen.get(node) ?? 0;
      seen.set(node, nth + 1);
      return [call, nth];
    }),
  );
}

function isClosed(calls: readonly CallRow[], call: number): boolean {
  return calls.some((row) => row.call === call && row.closed !== undefined);
}

function stoppedAt({ target, site }: Asked): NonNullable<RunPlan["stoppedAt"]> {
  return { node: target.node, ...(site ? { site: originalSite(site) } : {}) };
}

/** Open calls that have an open call above them. */
function dependentsOf(
  calls: readonly CallRow[],
  waiting: ReadonlyMap<number, readonly number[]>,
): readonly PlannedDependent[] {
  const open = new Map(calls.filter((row) => !row.closed).map((row) => [row.call, row]));
  const dependents: PlannedDependent[] = [];
  for (const [call, { event }] of open) {
    const above = Object.values(event.inputs).flatMap((ref) =>
      ref.from === "call" && open.has(ref.call) ? [ref.call] : [],
    );
    if (above.length === 0) continue;
    dependents.push({
      node: event.node,
      kind: event.kind,
      call,
      items: waiting.get(call) ?? [],
      ...(event.site ? { site: event.site } : {}),
      on: [...new Set(above.map((one) => open.get(one)!.event.node))],
    });
  }
  return dependents;
}

/** With what was asked for after everything was settled. */
function withLater(
  dependents: readonly PlannedDependent[],
  calls: readonly CallRow[],
  later: { readonly known: ReadonlySet<CallNo>; readonly items: ReadonlyMap<string, ReadonlySet<ItemNo>> },
): readonly PlannedDependent[] {
  const known = new Map(dependents.map((dependent) => [dependent.call, dependent]));
  const nodes = new Map(calls.map(({ call, event }) => [call, event.node]));
  for (const { call, event } of calls) {
    // A call that is made only then may have items, though it had none over the list that was recorded.
    const isNew = !later.known.has(call) && (event.kind === "node" || event.kind === "subgraph");
    const more = later.items.get(event.identity) ?? [];
    if (!isNew && later.items.get(event.identity) === undefined) continue;
    const before = known.get(call);
    const above = Object.values(event.inputs).flatMap((ref) =>
      ref.from === "call" ? (nodes.get(ref.call) ?? []) : [],
    );
    known.set(call, {
      node: event.node,
      kind: event.kind,
      call,
      on: [...new Set(above)],
      ...(event.site ? { site: event.site } : {}),
      ...before,
      items: [...new Set([...(before?.items ?? []), ...more])].toSorted((a, b) => a - b),
    });
  }
  return [...known.values()].toSorted((a, b) => a.call - b.call);
}
