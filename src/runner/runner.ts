/**
 * Owns runs in this process: any number of root runs, from code to their last event.
 *
 * Owns: launching, resuming, cancelling, and what the process itself does to runs (its end, an empty event loop, errors
 * nobody caught). Leaves to runtime/: a run; to app/: which store and project.
 *
 * R1. A run is started only from code that is stored; what cannot be loaded or does not fit its input starts nothing.
 * R2. Closing interrupts what runs; nothing recorded is lost and every run can be resumed.
 * R3. An error that nobody caught is recorded with the item it came from (or told on stderr) and ends no other run.
 * R4. Commands of others (cancel) are looked for a few times a second while runs are active.
 */
import { availableParallelism } from "node:os";
import { FolderArtifacts } from "../artifacts/folder-artifacts.ts";
import { systemClock } from "../base/clock.ts";
import type { TimerHandle } from "../base/clock.ts";
import { openThreadEngine, type ThreadEngine } from "../engines/threads/thread-engine.ts";
import { encodeInput } from "../define/workflow-input.ts";
import { commandLine } from "../model/command-line.ts";
import { decode } from "../model/codec.ts";
import type { Project } from "../model/config.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { DivergenceReport, ReplayFinding } from "../model/divergence-report.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { RunOrigin } from "../model/events.ts";
import { isRunEnded, type ItemCounts, type RunStatus } from "../model/status.ts";
import type { ReusePlan } from "../model/reuse-plan.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { cancelledBy } from "../runtime/children.ts";
import { endDeadlyRun } from "../runtime/owner-deaths.ts";
import type { PauseNews } from "../runtime/run-options.ts";
import { Pools } from "../runtime/pools.ts";
import { RateLimiter } from "../runtime/rate-limit.ts";
import type { Reuse } from "../runtime/reuse.ts";
import type { Run } from "../runtime/run.ts";
import { newRunId } from "../runtime/new-id.ts";
import { readRecorded, resumeRun, startRun, type NewRunFacts, type RunEnvironment } from "../runtime/start.ts";
import { ownedElsewhere } from "../store/refusals.ts";
import type { RunRow, Store } from "../store/store.ts";
import { addSiteMapper, originalSite } from "../trace/site.ts";
import { mapStack, originalLoadedSite } from "../version/origin.ts";
import { requireChecked, type CheckWish } from "./checked.ts";
import { LocalChildRuns, type ChildHost } from "./children.ts";
import { CodeLoader, UNVERSIONED, type AloneWish, type LoadedCode } from "./code.ts";
import type { ForkHost, ForkRequest, PreparedFork } from "./fork.ts";
import type { PlanHost } from "./fork-plan.ts";
import { readInput } from "./input.ts";
import { sayPaused } from "./pause-text.ts";
import { ProcessGuard, sayExited } from "./process-guard.ts";
import { recordedRun } from "./recorded-run.ts";
import { launchOrigin, nothingToReuse, reusedBy, reuseOf, type ReuseParts, type ReuseResult } from "./reuse.ts";
import { untilTold } from "./run-failed.ts";
import { findTarget } from "./target.ts";

export interface RunnerOptions {
  readonly store: Store;
  readonly project: Project;
  /** "own": nothing but runs happens in this process, so what their code does to it after `close` is answered for too. Default "shared". */
  readonly process?: "own" | "shared";
  /** "on": a launched run is replayed over its own log when its function is done, and what differs is recorded. Default "off". */
  readonly replayCheck?: "on" | "off";
  /** "one each": code of a workflow is refused (WG6060) while another version of it is loaded in this process. Default "any". */
  readonly versions?: "any" | "one each";
  /** Told, synchronously, when the process ends under active runs; default: a few lines on stderr. */
  readonly exited?: (failure: WorkgraphError, runIds: readonly string[]) => void;
  /** Of a run of which nothing but a long sleep is left: "wait" for its end here (default), or "leave" it to whoever wakes it. */
  readonly sleeps?: "wait" | "leave";
  /** Told when a run rests; default: a line on stderr. */
  readonly paused?: (news: PauseNews) => void;
}

export interface Caller {
  readonly kind: string;
  readonly id: string;
}

/** What `workflow()` returns, as far as a runner cares. */
export interface WorkflowLike {
  readonly definition: WorkflowDefinition;
}

export interface LaunchRequest extends CheckWish, AloneWish {
  /** `file.ts#export`, `file.ts`, a name, or the workflow itself. */
  readonly target: string | WorkflowLike;
  readonly input: unknown;
  readonly args?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
  readonly idempotencyKey?: string;
  /** Of runs that wait: higher first. Default 0. */
  readonly priority?: number;
  readonly caller?: Caller;
  /** Folder that a relative file is relative to; default the working folder. */
  readonly from?: string;
  /** A run of the workflow whose results are reused where they still hold; "latest": the newest one, where there is one. */
  readonly reuse?: "latest" | (string & {});
}

export interface RunResult {
  readonly runId: string;
  readonly workflow: string;
  readonly version: string;
  readonly status: RunStatus;
  readonly output?: unknown;
  readonly error?: ErrorRecord;
  /** What the replay check found. */
  readonly replay?: readonly ReplayFinding[];
  /** Of a run that diverged. */
  readonly diverged?: DivergenceReport;
  /** Of a run made from another one. */
  readonly reuse?: ReuseResult;
  readonly counts: ItemCounts;
  readonly durationMs: number;
}

export interface LiveRun {
  readonly runId: string;
  readonly workflow: string;
  readonly version: string;
  result(): Promise<RunResult>;
  cancel(reason?: string): Promise<void>;
}

/** The row of a run that waits for somebody to take it. */
export interface WaitingRun {
  readonly runId: string;
  readonly workflow: string;
  readonly version: string;
  /** False: the idempotency key named an older run. */
  readonly created: boolean;
}

export interface Runner {
  launch(request: LaunchRequest): Promise<LiveRun>;
  /** Records a run with its code and its checked input and executes nothing: `resume` of any runner takes it. */
  enqueue(request: LaunchRequest): Promise<WaitingRun>;
  resume(runId: string, options?: { readonly caller?: Caller }): Promise<LiveRun>;
  /** A new run from a recorded one: fork, rerun, or going on with current code. */
  fork(request: ForkRequest & CheckWish): Promise<LiveRun>;
  /** The same, executing nothing. */
  enqueueFork(request: ForkRequest & CheckWish): Promise<WaitingRun>;
  /** What `fork` would reuse and execute. Nothing executes, nothing is written. */
  planFork(request: ForkRequest): Promise<ReusePlan>;
  /** The same of `launch` with `reuse`. */
  planLaunch(request: LaunchRequest): Promise<ReusePlan>;
  /** Ends a run that nobody owns as cancelled. */
  cancelOrphan(runId: string, by?: string): Promise<void>;
  /** Loads what the code of any workflow needs. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

const COMMANDS_EVERY_MS = 100;
/** Threads that attempts of nodes with `thread: true` have, over all runs of this process. */
const THREADS = availableParallelism();

export async function openRunner(options: RunnerOptions): Promise<Runner> {
  return new LocalRunner(options);
}

class LocalRunner implements Runner {
  readonly #store: Store;
  readonly #project: Project;
  readonly #code: CodeLoader;
  readonly #environment: RunEnvironment;
  readonly #engine: ThreadEngine;
  readonly #active: Map<string, Run> = new Map();
  readonly #childHost: ChildHost;
  readonly #reuseParts: ReuseParts;
  /** Code that is being loaded, by the workflow it was asked for by. */
  readonly #loading: Map<WorkflowDefinition, Promise<LoadedCode>> = new Map();
  readonly #guard: ProcessGuard;
  readonly #process: "own" | "shared";
  readonly #replayCheck: "on" | "off";
  #commandTimer: TimerHandle | undefined;
  #closed = false;

  constructor({
    store,
    project,
    process: whose = "shared",
    replayCheck = "off",
    versions = "any",
    sleeps = "wait",
    paused = sayPaused,
    exited = sayExited,
  }: RunnerOptions) {
    this.#replayCheck = replayCheck;
    this.#process = whose;
    this.#store = store;
    this.#project = project;
    this.#code = new CodeLoader(store, project, versions);
    addSiteMapper(originalLoadedSite);
    const clock = systemClock;
    const artifacts = new FolderArtifacts(project);
    const loadedBy = whose === "own" ? "us" : "anybody";
    const engine = openThreadEngine({ clock, artifacts, project, threads: THREADS, loadedBy });
    this.#engine = engine;
    this.#reuseParts = { store, clock, artifacts, models: engine.models };
    this.#childHost = {
      project: project.name,
      reusing: (code, origin) => this.#reusing(code, origin),
      environment: (code) => this.#environmentOf(code),
      childCode: (parent, workflow) => this.#code.loadChild(parent, workflow),
      recordedCode: async (row, definition) =>
        row.manifest === undefined ? { definition, version: UNVERSIONED } : this.#code.loadRecorded(row),
      owned: (runId) => this.#active.get(runId),
      own: (run) => this.#own(run),
    };
    this.#environment = {
      store,
      clock,
      engine,
      limiter: new RateLimiter(clock),
      pausing: { sleeps, told: paused },
      pools: new Pools({ store, clock, pools: project.config.pools ?? {}, threads: THREADS }),
      mapStack,
      ...(project.config.limits?.callsPerRun === undefined ? {} : { maxCalls: project.config.limits.callsPerRun }),
    };
    this.#guard = new ProcessGuard({
      active: () => [...this.#active.values()],
      store,
      redact: (text) => engine.redactor.redact(text),
      exited,
    });
  }

  async launch(request: LaunchRequest): Promise<LiveRun> {
    const { code, facts } = await this.#prepare(request);
    const startedAt = systemClock.now();
    const environment = { ...(await this.#reusing(code, facts.origin)), ...this.#checkOf(code) };
    const started = await startRun(code.definition, facts, environment);
    if (!started.created) return recordedRun(this.#store, (await this.#store.run(started.runId))!);
    return this.#live(started.run, code, startedAt);
  }

  async fork(request: ForkRequest & CheckWish): Promise<LiveRun> {
    this.#requireOpen();
    const { code, facts, origin } = await this.#prepareFork(request);
    requireChecked(code.findings ?? [], request);
    const startedAt = systemClock.now();
    const started = await startRun(code.definition, facts, await this.#reusing(code, origin));
    if (!started.created) return recordedRun(this.#store, (await this.#store.run(started.runId))!);
    return this.#live(started.run, code, startedAt);
  }

  async planFork(request: ForkRequest): Promise<ReusePlan> {
    this.#requireOpen();
    const fork = await this.#prepareFork(request);
    return this.#plan(fork);
  }

  async planLaunch(request: LaunchRequest): Promise<ReusePlan> {
    const { code, facts } = await this.#prepare(request);
    if (facts.origin === undefined) throw nothingToReuse(code.definition.name);
    return this.#plan({ code, facts, origin: facts.origin });
  }

  async enqueue(request: LaunchRequest): Promise<WaitingRun> {
    return this.#wait(await this.#prepare(request));
  }

  async enqueueFork(request: ForkRequest & CheckWish): Promise<WaitingRun> {
    this.#requireOpen();
    const fork = await this.#prepareFork(request);
    requireChecked(fork.code.findings ?? [], request);
    return this.#wait(fork);
  }

  warmUp(): Promise<void> {
    return this.#code.warmUp();
  }

  async #wait({ code, facts }: { readonly code: LoadedCode; readonly facts: NewRunFacts }): Promise<WaitingRun> {
    const { name: workflow, durability } = code.definition;
    const { caller = { kind: "code", id: "local" }, project = this.#project.name, tags = {}, ...rest } = facts;
    const createdAt = systemClock.now();
    const run = { ...rest, runId: newRunId(createdAt), workflow, project, tags, caller, durability, createdAt };
    return { ...(await this.#store.createRun(run)), workflow, version: code.version };
  }

  /** R1. */
  async #prepare(request: LaunchRequest): Promise<{ readonly code: LoadedCode; readonly facts: NewRunFacts }> {
    this.#requireOpen();
    const code = await this.#codeOf(request);
    requireChecked(code.findings ?? [], request);
    const target = typeof request.target === "string" ? { target: request.target } : {};
    const given = { input: request.input, ...target, ...(request.args ? { args: request.args } : {}) };
    const input = await readInput(code.definition, code.facts?.signature, given);
    const origin = await launchOrigin(this.#store, code, request.reuse);
    const facts = {
      ...(origin ? { origin } : {}),
      version: code.version,
      input: encodeInput(input, code.definition.name),
      project: this.#project.name,
      ...(code.manifest === undefined ? {} : { manifest: code.manifest }),
      ...(code.origin ? { code: code.origin } : {}),
      tags: { ...Object.fromEntries(code.definition.tags.map((tag) => [tag, ""])), ...request.tags },
      ...(request.caller ? { caller: request.caller } : {}),
      ...(request.idempotencyKey === undefined ? {} : { idempotencyKey: request.idempotencyKey }),
      ...(request.priority === undefined ? {} : { priority: request.priority }),
    };
    return { code, facts };
  }

  async resume(runId: string): Promise<LiveRun> {
    this.#requireOpen();
    const row = await this.#store.run(runId);
    if (!row)
      throw new WorkgraphError("WG5001", `there is no run "${runId}"`, { hint: `"${commandLine("runs")}" lists them` });
    // Done already, perhaps just before its process was killed: there is nothing to go on with, and nothing is wrong.
    if (row.status === "completed" || row.status === "completed_partial") return recordedRun(this.#store, row);
    this.#requireFree(row);
    if (await endDeadlyRun(row, this.#environment)) return recordedRun(this.#store, (await this.#store.run(runId))!);
    const startedAt = systemClock.now();
    const code = await this.#code.loadRecorded(row);
    const environment = await this.#reusing(code, row.origin);
    return this.#live(await resumeRun(code.definition, runId, environment), code, startedAt);
  }

  async cancelOrphan(runId: string, by = "cli"): Promise<void> {
    await this.#cancelOrphan(runId, by);
    // A cancel goes down: what its owner left behind below it is cancelled as well.
    for (let before: string | undefined; ;) {
      const { runs } = await this.#store.runs({
        parent: runId,
        limit: 100,
        ...(before === undefined ? {} : { before }),
      });
      for (const row of runs)
        if (!isRunEnded(row.status) && row.owner?.alive !== true)
          await this.cancelOrphan(row.runId, cancelledBy(runId));
      before = runs.at(-1)?.runId;
      if (runs.length < 100) return;
    }
  }

  async #cancelOrphan(runId: string, by: string): Promise<void> {
    const { epoch } = await this.#store.acquire(runId);
    // Carried out here: left alone it would stop whoever resumes the run.
    await this.#store.takeCommands([runId]);
    const recorded = await readRecorded(this.#store, runId);
    const at = systemClock.now();
    await this.#store.append({
      runId,
      epoch,
      expectedSeq: recorded.seq,
      events: [{ event: { type: "run.cancelling", at, by } }, { event: { type: "run.cancelled", at, by, items: [] } }],
    });
    await this.#store.release(runId, epoch);
  }

  /** R2. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#commandTimer) systemClock.clearTimer(this.#commandTimer);
    await Promise.all([...this.#active.values()].map((run) => run.interrupt()));
    await this.#engine.close();
    // A timer that a node left behind may still throw; in a process of our own that changes no exit code.
    if (this.#process === "shared") this.#guard.dispose();
  }

  #requireOpen(): void {
    if (this.#closed) throw new WorkgraphError("WG5007", "this workgraph is closed", { hint: "open it again" });
  }

  /** Before anything is loaded or written: an owner that was frozen inside a commit keeps the store from being written at all. */
  #requireFree({ runId, owner }: RunRow): void {
    const elsewhere = owner?.alive === true && owner.ownerId !== this.#store.owner.ownerId;
    if (elsewhere || this.#active.has(runId)) throw ownedElsewhere({ runId, pid: elsewhere ? owner.pid : process.pid });
  }

  async #codeOf(request: LaunchRequest): Promise<LoadedCode> {
    const from = request.from ?? process.cwd();
    if (typeof request.target === "string")
      return this.#code.load(await findTarget(request.target, this.#project, from), request);
    const { definition } = request.target;
    const shared = this.#loading.get(definition);
    if (shared) return shared;
    // Launches of one turn see the same files: 1,000 at once parse and check them once.
    const loading = this.#codeOfDefinition(definition).finally(() => this.#loading.delete(definition));
    this.#loading.set(definition, loading);
    return loading;
  }

  async #codeOfDefinition(definition: WorkflowDefinition): Promise<LoadedCode> {
    const file = definition.site && originalSite(definition.site).file;
    if (file === undefined || !file.startsWith("/")) return { definition, version: "unversioned" };
    const { chooseWorkflow } = await import("../version/discover.ts");
    const path = file.replace(/\?.*$/, "");
    const found = await chooseWorkflow(path, definition.name).catch(() => undefined);
    // Made by a function, or not exported: there is no export that names it.
    return found
      ? this.#code.load({ file: path, exportName: found.exportName })
      : { definition, version: "unversioned" };
  }

  /** Child runs execute a part of what their parent was started with. */
  #environmentOf(code: LoadedCode, reuse?: Reuse): RunEnvironment {
    return { ...this.#environment, children: new LocalChildRuns(this.#childHost, code, reuse) };
  }

  async #reusing(code: LoadedCode, origin: RunOrigin | undefined): Promise<RunEnvironment> {
    const reuse = await reuseOf(this.#reuseParts, code, origin);
    return { ...this.#environmentOf(code, reuse), ...(reuse ? { reuse } : {}) };
  }

  /** Forks and plans are loaded when they are asked for: 25 modules that other runs do without. */
  async #prepareFork(request: ForkRequest): Promise<PreparedFork> {
    const { prepareFork } = await import("./fork.ts");
    return prepareFork(this.#forkHost, request);
  }

  async #plan(fork: PreparedFork): Promise<ReusePlan> {
    const { planFork } = await import("./fork-plan.ts");
    return planFork(fork, this.#planHost);
  }

  get #planHost(): PlanHost {
    const { maxCalls } = this.#environment;
    return { ...this.#childHost, parts: this.#reuseParts, ...(maxCalls === undefined ? {} : { maxCalls }) };
  }

  get #forkHost(): ForkHost {
    return { store: this.#store, project: this.#project, code: this.#code };
  }

  /** Of a run that was launched here; its child runs are not checked. */
  #checkOf({ reload }: LoadedCode): Pick<RunEnvironment, "replayCheck"> {
    return this.#replayCheck === "off" ? {} : { replayCheck: reload ? { reload } : {} };
  }

  #own(run: Run): Run["ended"] {
    const { runId } = run;
    this.#active.set(runId, run);
    this.#guard.watch();
    this.#watchCommands();
    const ended = run.ended.finally(() => this.#active.delete(runId));
    ended.catch(() => undefined);
    return ended;
  }

  #live(run: Run, code: LoadedCode, startedAt: number): LiveRun {
    const host = { ...this.#childHost, store: this.#store };
    const ended = untilTold(this.#own(run), { host, runId: run.runId, code });
    const facts = { runId: run.runId, workflow: code.definition.name, version: code.version };
    return {
      ...facts,
      result: async () => {
        const end = await ended;
        const row = await this.#store.run(run.runId);
        return {
          ...facts,
          status: end.status,
          ...(end.output === undefined ? {} : { output: decode(end.output) }),
          ...(end.error ? { error: end.error } : {}),
          ...(end.replay ? { replay: end.replay } : {}),
          ...(end.diverged ? { diverged: end.diverged } : {}),
          ...(await reusedBy(run.reuse?.from, this.#store)),
          counts: row?.counts ?? {},
          durationMs: systemClock.now() - startedAt,
        };
      },
      cancel: async (reason) => {
        run.cancel("code", reason);
        await ended.catch(() => undefined);
      },
    };
  }

  /** R4. */
  #watchCommands(): void {
    if (this.#commandTimer || this.#closed) return;
    this.#commandTimer = systemClock.setTimer(() => {
      this.#commandTimer = undefined;
      if (this.#active.size === 0) return;
      void this.#takeCommands().finally(() => this.#watchCommands());
    }, COMMANDS_EVERY_MS);
    this.#commandTimer.unref();
  }

  async #takeCommands(): Promise<void> {
    const commands = await this.#store.takeCommands([...this.#active.keys()]).catch(() => []);
    for (const { runId, by, args } of commands) {
      const reason = args["reason"];
      this.#active.get(runId)?.cancel(by, typeof reason === "string" ? reason : undefined);
    }
  }
}
