/**
 * Which of the runs that wait is next.
 *
 * Owns: the order. Leaves to run-sweep.ts: who waits, which is read from the store; to process-launcher.ts: starting it.
 *
 * R1. A higher priority goes first. Who waits gains one every AGE_MS, so that nobody waits for ever.
 * R2. Among equals the workflow with the fewest runs under way goes first, then the one whose last turn is longest ago, then the
 *     run that waits longest: a workflow that launches a thousand runs delays no other one.
 * R3. One place more than the limit is for a workflow that has nothing under way: a small run does not wait behind long ones.
 */
import type { RunId } from "../model/ids.ts";

export interface WaitingRun {
  readonly runId: RunId;
  readonly workflow: string;
  /** Higher first. */
  readonly priority: number;
  /** Epoch ms since when it waits. */
  readonly since: number;
}

/** Ms of waiting that are worth one of priority. */
const AGE_MS = 60_000;

export class RunQueue {
  readonly #limit: number;
  readonly #waiting: Map<RunId, WaitingRun> = new Map();
  /** Number of the last turn of each workflow. */
  readonly #turns: Map<string, number> = new Map();
  #turn = 0;

  /** @param limit runs under way at once, at least 1 */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#waiting.size;
  }

  has(runId: RunId): boolean {
    return this.#waiting.has(runId);
  }

  add(run: WaitingRun): void {
    this.#waiting.set(run.runId, run);
  }

  remove(runId: RunId): void {
    this.#waiting.delete(runId);
  }

  clear(): void {
    this.#waiting.clear();
  }

  /**
   * Takes the next run out of the queue.
   *
   * @param underWay the workflow of each run under way
   * @param now epoch ms
   */
  next(underWay: readonly string[], now: number): WaitingRun | undefined {
    if (underWay.length > this.#limit || this.#waiting.size === 0) return undefined;
    const counts = new Map<string, number>();
    for (const workflow of underWay) counts.set(workflow, (counts.get(workflow) ?? 0) + 1);
    const isFull = underWay.length === this.#limit;
    let best: WaitingRun | undefined;
    for (const run of this.#waiting.values()) {
      // R3.
      if (isFull && counts.has(run.workflow)) continue;
      if (best === undefined || this.#order(run, best, { counts, now }) < 0) best = run;
    }
    if (best === undefined) return undefined;
    this.#waiting.delete(best.runId);
    this.#turns.set(best.workflow, ++this.#turn);
    return best;
  }

  #order(
    a: WaitingRun,
    b: WaitingRun,
    { counts, now }: { readonly counts: ReadonlyMap<string, number>; readonly now: number },
  ): number {
    return (
      rank(b, now) - rank(a, now) ||
      (counts.get(a.workflow) ?? 0) - (counts.get(b.workflow) ?? 0) ||
      (this.#turns.get(a.workflow) ?? 0) - (this.#turns.get(b.workflow) ?? 0) ||
      a.since - b.since ||
      (a.runId < b.runId ? -1 : 1)
    );
  }
}

/** R1. */
function rank({ priority, since }: WaitingRun, now: number): number {
  return priority + Math.floor(Math.max(0, now - since) / AGE_MS);
}
