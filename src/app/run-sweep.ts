/**
 * What waits in a store for a process that executes it.
 *
 * Owns: finding it, and when it is tried again. Leaves to run-queue.ts: who is next; to process-launcher.ts: starting it.
 *
 * R1. The queue is the store: runs that are "queued" are found again by every server that starts, and by several at once. Which of
 *     them gets a run, `acquire` decides.
 * R2. A run whose runner process died is gone on with. Runs of terminals and programs are theirs, and so is a run that was given up on
 *     purpose (a server that was stopped, Ctrl-C): those wait for a resume.
 * R3. Each death in a row without a result in between doubles the wait. The third one with the same item running ends the run
 *     (runtime/owner-deaths.ts); after MAX_TIMES in a row, for whatever reason, it is left to people.
 * R4. A paused run goes on when its sleep is over, or when there is room again.
 * R5. Runs that came from elsewhere are history: whatever they were in the middle of, somebody has to say that they go on here.
 */
import type { Clock } from "../base/clock.ts";
import type { RunId } from "../model/ids.ts";
import type { ItemCounts } from "../model/status.ts";
import type { RunFilter, RunRow } from "../store/store.ts";
import { IMPORTED } from "../version/trusted-code.ts";
import type { WaitingRun } from "./run-queue.ts";
import { markedRunners, sweepMarks } from "./runner-marks.ts";
import type { Workspace } from "./workspace.ts";

const PAGE = 1_000;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 60_000;
/** R3. */
const MAX_TIMES = 8;
/** Free bytes at which a run that had no room is tried again. */
const ROOM_BYTES = 256 * 1024 * 1024;

interface Trouble {
  readonly times: number;
  readonly done: number;
  readonly epoch: number;
  readonly notBefore: number;
}

export class RunSweep {
  readonly #workspace: Workspace;
  readonly #clock: Clock;
  readonly #troubles: Map<RunId, Trouble> = new Map();

  constructor(workspace: Workspace, clock: Clock) {
    this.#workspace = workspace;
    this.#clock = clock;
  }

  /** Everything that may begin or go on now. */
  async look(): Promise<readonly WaitingRun[]> {
    // One question: the rows of a long history are gone through once.
    const all = await this.#rows({ status: ["queued", "interrupted", "paused"] });
    const rows = all.filter(({ caller }) => caller.kind !== IMPORTED);
    const resting = rows.filter(({ status }) => status !== "queued");
    const found = rows
      .filter(({ status }) => status === "queued")
      .filter((row) => row.owner === undefined && this.#isDue(row))
      .map(waitingOf);
    const marks = resting.some(({ owner }) => owner) ? await markedRunners(this.#workspace.project) : new Set<string>();
    for (const row of resting) {
      const goesOn = row.status === "paused" ? await this.#isOverWithPause(row) : this.#isLost(row, marks);
      if (goesOn && this.#isDue(row)) found.push(waitingOf(row));
    }
    this.#forget(new Set(rows.map(({ runId }) => runId)));
    return found;
  }

  /** Marks of runners that are long gone. */
  async tidy(): Promise<void> {
    const rows = await this.#rows({ status: ["queued", "running", "interrupted", "paused"] }, "all");
    await sweepMarks(this.#workspace.project, new Set(rows.map(({ owner }) => owner?.ownerId)));
  }

  /** Runs that are not tried any more until somebody resumes them. */
  get givenUp(): readonly RunId[] {
    return [...this.#troubles].flatMap(([runId, { times }]) => (times >= MAX_TIMES ? [runId] : []));
  }

  /** It could not be started, or its process died of it. */
  failed({ runId, epoch, counts }: Pick<RunRow, "runId" | "epoch" | "counts">): void {
    const before = this.#troubles.get(runId);
    const done = doneIn(counts);
    const times = before === undefined || before.done !== done ? 1 : before.times + 1;
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (times - 1));
    this.#troubles.set(runId, { times, done, epoch, notBefore: this.#clock.now() + waitMs });
  }

  /** R3. A death that nobody told us of counts when it is first seen. */
  #isDue(row: RunRow): boolean {
    const trouble = this.#troubles.get(row.runId);
    const died = row.owner !== undefined && !row.owner.alive;
    if (died && (trouble === undefined || trouble.epoch !== row.epoch)) {
      this.failed(row);
      return false;
    }
    if (trouble === undefined) return true;
    return trouble.times < MAX_TIMES && trouble.notBefore <= this.#clock.now();
  }

  /** R2. */
  #isLost({ owner }: RunRow, marks: ReadonlySet<string>): boolean {
    return owner !== undefined && !owner.alive && marks.has(owner.ownerId);
  }

  /** R4. */
  async #isOverWithPause({ runId, seq, owner }: RunRow): Promise<boolean> {
    if (owner?.alive === true) return false;
    const [last] = await this.#workspace.store.events(runId, { after: seq - 1, values: "none" });
    if (last?.event.type !== "run.paused") return false;
    if (last.event.reason === "sleep") return (last.event.until ?? 0) <= this.#clock.now();
    return (await this.#workspace.store.health()).freeBytes >= ROOM_BYTES;
  }

  async #rows(filter: RunFilter, level: "root" | "all" = "root"): Promise<readonly RunRow[]> {
    const rows: RunRow[] = [];
    for (let before: RunId | undefined; ;) {
      const page = { ...filter, level, limit: PAGE, ...(before === undefined ? {} : { before }) };
      const { runs } = await this.#workspace.store.runs(page);
      rows.push(...runs);
      before = runs.at(-1)?.runId;
      if (runs.length < PAGE) return rows;
    }
  }

  #forget(present: ReadonlySet<RunId>): void {
    for (const [runId, { notBefore }] of this.#troubles) {
      // Kept for a while after it was last seen: a run that is running now may come back, and its deaths add up.
      if (!present.has(runId) && notBefore + LONGEST_WAIT_MS < this.#clock.now()) this.#troubles.delete(runId);
    }
  }
}

export function waitingOf(row: Pick<RunRow, "runId" | "workflow" | "priority" | "createdAt">): WaitingRun {
  const { runId, workflow, priority, createdAt } = row;
  return { runId, workflow, priority, since: createdAt };
}

/** Results so far. */
function doneIn(counts: ItemCounts): number {
  return (counts.completed ?? 0) + (counts.reused ?? 0);
}
