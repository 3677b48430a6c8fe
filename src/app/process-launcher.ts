/**
 * Runs in processes of their own: what waits is started in turn, what was lost is gone on with, what is cancelled is stopped.
 *
 * Owns: the runs under way. Leaves to run-queue.ts: who is next; to run-sweep.ts: who waits; to runner-pool.ts: processes; to
 * code-intake.ts: what needs code before there is a run; to run-stopper.ts: those that do not stop by themselves.
 *
 * R1. A process executes one root run with its children at a time: what its code does to it (a crash, memory, an endless loop)
 *     happens to no other run.
 * R2. A launch is recorded and answered whether there is a place for it or not. What waits is in the store: it survives this process.
 * R3. Runs under way are never more than the limit and one (run-queue.ts R3).
 * R4. Of a launcher that is "the server's" the whole store is looked after; any other one executes what it launched itself.
 * R5. What befalls a run that its log cannot say (its process is gone, its store is full or refused) is told to whoever keeps a log.
 */
import { systemClock, type TimerHandle } from "../base/clock.ts";
import type { RunId } from "../model/ids.ts";
import { isRunEnded, type RunStatus } from "../model/status.ts";
import { isWorkgraphError } from "../model/workgraph-error.ts";
import { CodeIntake } from "./code-intake.ts";
import type { Caller, ForkOrder, Launched, Launcher, LauncherHealth, LaunchOrder } from "./launcher.ts";
import { RunQueue, type WaitingRun } from "./run-queue.ts";
import { RunStopper } from "./run-stopper.ts";
import { RunSweep, waitingOf } from "./run-sweep.ts";
import type { RunnerChild, RunOver } from "./runner-child.ts";
import type { RoomNews } from "./runner-messages.ts";
import { RunnerPool, stopping } from "./runner-pool.ts";
import { announceServer } from "./server-presence.ts";
import type { Workspace } from "./workspace.ts";

export interface RunnerLimits {
  /** Runs under way at once; default DEFAULT_RUNNERS. */
  readonly runners?: number;
  /** Heap of one runner process; default: as Node has it. */
  readonly memoryMb?: number;
  /** Ms without a sign of life after which a runner process is ended; default: never, whatever its code does. */
  readonly silentMs?: number;
}

export interface LauncherOptions extends RunnerLimits {
  /** R4. Default "the caller's". */
  readonly duty?: "the server's" | "the caller's";
  /** R5. */
  readonly tell?: (text: string, facts: Readonly<Record<string, unknown>>) => void;
}

/** A run of a few small items is not worth a queue on any machine, and a process takes about 80 MB. */
export const DEFAULT_RUNNERS = 6;
/** How often the store is looked at while nobody says that it changed: an owner that dies says nothing. */
const LOOK_EVERY_MS = 1_000;
/** After a change. */
const LOOK_AFTER_MS = 100;
const REST_FACTOR = 30;
const LONGEST_REST_MS = 5_000;
const FIRST_WARM_AFTER_MS = 300;
/** How long a resume is waited for before it is said that it waits. */
const RESUME_WAIT_MS = 5_000;
const SILENT_MS = 5_000;
const WAITING: readonly RunStatus[] = ["queued", "interrupted", "paused"];
/** In place of an error, when there is nothing to do any more. */
const NOT_WAITING = new Error("not waiting");

interface UnderWay {
  readonly workflow: string;
  child?: RunnerChild;
}

interface Taken {
  readonly child: RunnerChild;
  readonly over: Promise<RunOver>;
}

interface Asked {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class ProcessLauncher implements Launcher {
  readonly #workspace: Workspace;
  readonly #limit: number;
  readonly #isServer: boolean;
  readonly #pool: RunnerPool;
  readonly #queue: RunQueue;
  readonly #intake: CodeIntake;
  readonly #sweep: RunSweep;
  readonly #stopper: RunStopper;
  readonly #underWay: Map<RunId, UnderWay> = new Map();
  /** Who waits for an answer to a resume. */
  readonly #asked: Map<RunId, Asked> = new Map();
  /** Runs that wait for room, and why. */
  readonly #withoutRoom: Map<RunId, string> = new Map();
  readonly #tell: NonNullable<LauncherOptions["tell"]>;
  readonly #end: AbortController = new AbortController();
  readonly #depart: () => void = () => undefined;
  #timer: TimerHandle | undefined;
  #lookAt = 0;
  #restMs = 0;
  #looking = false;

  constructor(workspace: Workspace, options: LauncherOptions = {}) {
    const { runners = DEFAULT_RUNNERS, memoryMb, silentMs, duty = "the caller's", tell = () => undefined } = options;
    this.#workspace = workspace;
    this.#limit = Math.max(1, runners);
    this.#isServer = duty === "the server's";
    this.#tell = tell;
    const room = (news: RoomNews): void => this.#hearOfRoom(news);
    this.#pool = new RunnerPool(workspace.project, { room, ...(memoryMb === undefined ? {} : { memoryMb }) });
    this.#queue = new RunQueue(this.#limit);
    this.#intake = new CodeIntake(this.#pool);
    this.#sweep = new RunSweep(workspace, systemClock);
    this.#stopper = new RunStopper(workspace, {
      childOf: (runId) => this.#underWay.get(runId)?.child,
      children: () => [...this.#underWay].flatMap(([runId, { child }]) => (child ? [{ runId, child }] : [])),
      cancelOrphan: (runId, by) => this.cancelOrphan(runId, by),
      ...(silentMs === undefined ? {} : { silentMs }),
    });
    if (!this.#isServer) return;
    this.#depart = announceServer(workspace);
    void this.#sweep.tidy().catch(() => undefined);
    this.#pool.warmUp(FIRST_WARM_AFTER_MS);
    this.#lookAfter(0);
    void this.#listen();
  }

  /** R2. */
  async launch(order: LaunchOrder): Promise<Launched> {
    const launched = await this.#intake.enqueue(order);
    if (launched.created) await this.#enter(launched.runId);
    return launched;
  }

  async fork(order: ForkOrder): Promise<Launched> {
    const launched = await this.#intake.fork(order);
    await this.#enter(launched.runId);
    return launched;
  }

  planFork(order: ForkOrder): Promise<unknown> {
    return this.#intake.planFork(order);
  }

  async resume(runId: RunId, _caller: Caller): Promise<void> {
    if (this.#end.signal.aborted) throw stopping();
    const row = await this.#workspace.store.run(runId);
    const { workflow = "", priority = 0 } = row ?? {};
    const run = { runId, workflow, priority, since: systemClock.now() };
    // Its runner says why not.
    if (row === undefined || row.owner?.alive === true || this.#underWay.has(runId)) return this.#takeBeside(run);
    const taken = new Promise<void>((resolve, reject) => this.#asked.set(runId, { resolve, reject }));
    this.#queue.add(run);
    this.#fill();
    let timer: TimerHandle | undefined;
    const late = new Promise<void>((resolve) => {
      timer = systemClock.setTimer(() => (this.#queue.has(runId) ? resolve() : undefined), RESUME_WAIT_MS);
    });
    try {
      await Promise.race([taken, late]);
    } finally {
      taken.catch(() => undefined);
      if (timer) systemClock.clearTimer(timer);
    }
  }

  async cancelOrphan(runId: RunId, by: string): Promise<void> {
    const child = await this.#pool.fresh();
    try {
      await child.ask({ kind: "cancel-orphan", runId, by });
      this.#queue.remove(runId);
    } finally {
      this.#pool.giveBack(child, { how: "well" });
    }
  }

  active(): readonly RunId[] {
    return [...this.#underWay].flatMap(([runId, { child }]) => (child === undefined ? [] : [runId]));
  }

  readonly health = (): LauncherHealth => ({
    limit: this.#limit,
    queued: this.#queue.size,
    processes: this.#pool.size,
    silent: [...this.#underWay].flatMap(([runId, { child }]) =>
      child !== undefined && child.silentMs >= SILENT_MS ? [runId] : [],
    ),
    givenUp: this.#sweep.givenUp,
    withoutRoom: [...this.#withoutRoom].map(([runId, message]) => ({ runId, message })),
  });

  async close(graceMs: number): Promise<readonly RunId[]> {
    this.#end.abort();
    if (this.#timer) systemClock.clearTimer(this.#timer);
    this.#queue.clear();
    const interrupted = this.active();
    for (const { reject } of this.#asked.values()) reject(stopping());
    await this.#pool.close(graceMs);
    this.#depart();
    return interrupted;
  }

  #hearOfRoom({ runId, failure }: RoomNews): void {
    if (failure === undefined) {
      if (this.#withoutRoom.delete(runId)) this.#tell("a run has room again", { runId });
      return;
    }
    this.#withoutRoom.set(runId, failure.message);
    this.#tell("a run waits for room", { runId, code: failure.code, message: failure.message });
  }

  async #enter(runId: RunId): Promise<void> {
    const row = await this.#workspace.store.run(runId);
    if (row?.status !== "queued" || row.owner !== undefined || this.#underWay.has(runId)) return;
    this.#queue.add(waitingOf(row));
    this.#fill();
  }

  #fill(): void {
    while (!this.#end.signal.aborted) {
      const workflows = [...this.#underWay.values()].map(({ workflow }) => workflow);
      const next = this.#queue.next(workflows, systemClock.now());
      if (next === undefined) return;
      void this.#execute(next);
    }
  }

  async #execute(run: WaitingRun): Promise<void> {
    const { runId, workflow } = run;
    const place: UnderWay = { workflow };
    this.#underWay.set(runId, place);
    const asked = this.#asked.get(runId);
    this.#asked.delete(runId);
    try {
      const { child, over } = await this.#take(run, asked ? "resume" : "start");
      place.child = child;
      asked?.resolve();
      const { status, rssBytes, failure } = await over;
      if (failure !== undefined && !this.#end.signal.aborted)
        this.#tell(status === "lost" ? "a run lost its process" : "a run was given up", { runId, ...failure });
      const well = status === "completed" || status === "completed_partial";
      this.#pool.giveBack(child, { how: well ? "well" : "badly", rssBytes });
    } catch (error) {
      asked?.reject(error);
      // Refused for what it is, not for who has it: to be tried again later, and not for ever.
      const row = error === NOT_WAITING ? undefined : await this.#workspace.store.run(runId).catch(() => undefined);
      if (row !== undefined && row.owner?.alive !== true && !isRunEnded(row.status)) this.#sweep.failed(row);
    } finally {
      this.#underWay.delete(runId);
      this.#withoutRoom.delete(runId);
      this.#fill();
      this.#lookAfter(LOOK_AFTER_MS);
    }
  }

  async #take(run: WaitingRun, why: "resume" | "start"): Promise<Taken> {
    const { runId, workflow } = run;
    for (let child = await this.#pool.get(workflow); ; child = await this.#pool.fresh()) {
      try {
        // What waited may have been cancelled, or taken by another server, since it was seen.
        if (why === "start" && !(await this.#isWaiting(runId))) throw NOT_WAITING;
        const over = await child.take(runId);
        child.workflow = workflow;
        return { child, over: over.over };
      } catch (error) {
        if (error === NOT_WAITING) this.#pool.giveBack(child, { how: "well" });
        else this.#pool.giveBack(child, { how: "badly" });
        if (!isWorkgraphError(error) || error.code !== "WG6060") throw error;
      }
    }
  }

  async #takeBeside(run: WaitingRun): Promise<void> {
    const { child, over } = await this.#take(run, "resume");
    void over.then(() => this.#pool.giveBack(child, { how: "badly" }));
  }

  async #isWaiting(runId: RunId): Promise<boolean> {
    const row = await this.#workspace.store.run(runId);
    return row !== undefined && row.owner?.alive !== true && WAITING.includes(row.status);
  }

  /** R4. */
  async #look(): Promise<void> {
    if (this.#looking || this.#end.signal.aborted) return;
    this.#looking = true;
    const begin = systemClock.perf();
    try {
      if (this.#isServer) {
        for (const run of await this.#sweep.look()) {
          if (!this.#underWay.has(run.runId) && !this.#queue.has(run.runId)) this.#queue.add(run);
        }
      }
      await this.#stopper.look();
    } catch {
      // A store that is busy or full answers the next time.
    }
    this.#looking = false;
    this.#fill();
    // A store with a history of many runs is looked at less often: 30 ms a second at most.
    this.#restMs = Math.min(LONGEST_REST_MS, (systemClock.perf() - begin) * REST_FACTOR);
    this.#lookAfter(Math.max(LOOK_EVERY_MS, this.#restMs));
  }

  #lookAfter(delayMs: number): void {
    if (this.#end.signal.aborted) return;
    const at = systemClock.perf() + delayMs;
    if (this.#timer !== undefined && this.#lookAt <= at) return;
    if (this.#timer) systemClock.clearTimer(this.#timer);
    this.#lookAt = at;
    this.#timer = systemClock.setTimer(() => {
      this.#timer = undefined;
      void this.#look();
    }, delayMs);
    this.#timer.unref();
  }

  async #listen(): Promise<void> {
    // Writes of others: what this process starts it knows itself.
    for await (const { others } of this.#workspace.store.changes(this.#end.signal)) {
      if (others && this.#underWay.size <= this.#limit) this.#lookAfter(Math.max(LOOK_AFTER_MS, this.#restMs));
    }
  }
}
