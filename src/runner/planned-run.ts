/**
 * One run of a plan: its function is performed, what it asks for is noted, and nothing executes.
 *
 * Owns: what was reused, what has no answer and why, and where the function waits. Leaves to fork-plan.ts: when that is all; to
 * the reuse that the run would have: every answer.
 *
 * R1. What is certain to execute, is what was asked for and has no answer. What waits for its result is a dependent.
 * R2. Every item of a node is asked about, also where nothing could answer: an item that waits for a slot is certain, too.
 */
import type { NodeDefinition } from "../model/definition.ts";
import { formatAddress, type RunId } from "../model/ids.ts";
import type { ChildPlan, MadeBecause, PlannedDependent, PlannedItem, RunPlan } from "../model/reuse-plan.ts";
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

interface Missed {
  readonly question: ReuseQuestion;
  readonly because: MadeBecause;
}

export class PlannedRun implements Reuse, Engine, AwaitObserver {
  readonly #parts: PlannedRunParts;
  readonly #missed: Missed[] = [];
  readonly #reused: Map<string, number> = new Map();
  readonly #open: Set<Asked> = new Set();
  #run: Run | undefined;
  #hasEnded = false;
  #attempts = 0;

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
    return !this.#hasEnded && this.#open.size === 0 && this.#attempts === 0 && this.#missed.length === 0;
  }

  // ---- what it comes to

  /** @param store where the planned runs are */
  async plan(store: EventStore, children: readonly ChildPlan[]): Promise<RunPlan> {
    const { code, reuse, project } = this.#parts;
    const { runId } = this.#run!;
    const calls = await store.calls(runId);
    const executes = this.#executes(calls);
    const [stopped] = this.#hasEnded ? [] : [...this.#open].filter(({ target }) => !isClosed(calls, target.call));
    const took = await reuse?.took(project);
    return {
      workflow: code.definition.name,
      version: { before: reuse?.source?.version ?? "", now: code.version },
      reused: withChildren({ nodes: this.#reused, savedMs: took?.savedMs ?? 0 }, children),
      executes,
      dependents: dependentsOf(calls, this.#run!.waiting()),
      children,
      orphaned: this.#orphaned(),
      ...(stopped ? { stoppedAt: stoppedAt(stopped) } : {}),
    };
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
      if (answers[i]) this.#reused.set(id, (this.#reused.get(id) ?? 0) + 1);
      else this.#missed.push({ question, because: reuse?.source?.whyNot(question) ?? { kind: "new" } });
    }
    return answers;
  }

  forces(question: ReuseQuestion): boolean {
    const isForced = this.reuse?.forces(question) ?? false;
    if (isForced) this.#missed.push({ question, because: { kind: "named" } });
    return isForced;
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

  attempt(_request: AttemptRequest): Promise<AttemptOutcome> {
    this.#attempts++;
    this.#parts.happenings.happened();
    return new Promise<never>(() => undefined);
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
  return { items, nodes: Object.fromEntries(nodes), savedMs: Math.round(savedMs) };
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
