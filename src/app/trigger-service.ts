/**
 * A server's triggers: schedules fire while it runs, and failed runs that nobody could tell of are told of.
 *
 * Owns: from registered workflows to launches. Leaves to triggers/scheduler.ts: moments; to the launcher: processes and the queue; to
 * runner/run-failed.ts: telling of a failed run where it ended.
 *
 * R1. A fire is a launch like any other: of a registered workflow, with its input checked, through the queue.
 * R2. A run whose process ended with it (three owner deaths, kill -9 after its last event) is told of here. Only runs of the version
 *     that is registered now are: of another one it is not known whether it named somebody.
 */
import type { Clock, TimerHandle } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import { isWorkgraphError } from "../model/workgraph-error.ts";
import { declaredOf, failedRunKey, failedRunOf, FAILED_RUN_CALLER, isTold } from "../store/failed-run.ts";
import type { RunRow } from "../store/store.ts";
import { Scheduler, type DueFire, type Scheduled } from "../triggers/scheduler.ts";
import { failureOf } from "./failure.ts";
import type { Launched, Launcher } from "./launcher.ts";
import { plainJson } from "./plain-json.ts";
import type { Registration } from "./registration.ts";
import type { RegisteredWorkflow } from "./registration-reading.ts";
import { isoTime } from "./run-summary.ts";
import type { Workspace } from "./workspace.ts";

/** A fire, or telling of a failed run, that came to nothing. */
export interface DroppedFire {
  readonly workflow: string;
  readonly at: string;
  readonly code: string;
  readonly message: string;
}

export interface TriggerHealth {
  readonly schedules: number;
  /** The newest, at most 20. */
  readonly dropped: readonly DroppedFire[];
}

export interface TriggerServiceParts {
  readonly workspace: Workspace;
  readonly registration: Registration;
  readonly launcher: Launcher;
  readonly clock?: Clock;
  /** Told of what was dropped. */
  readonly tell?: (text: string, facts: Readonly<Record<string, unknown>>) => void;
}

const MAX_DROPPED = 20;
const FAILED_EVERY_MS = 15_000;
/** Whoever ended the run has this long to tell of it. */
const TOLD_WITHIN_MS = 10_000;
/** Older failures are left alone. */
const FAILED_SINCE_MS = 24 * 60 * 60_000;
const FAILED_AT_ONCE = 50;

export class TriggerService {
  readonly #parts: TriggerServiceParts;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #dropped: DroppedFire[] = [];
  #schedules = 0;
  #stopListening: () => void = () => undefined;
  #timer: TimerHandle | undefined;
  #telling: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(parts: TriggerServiceParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#scheduler = new Scheduler({
      store: parts.workspace.store,
      clock: this.#clock,
      scheduled: () => this.#scheduled(),
      launch: (fire) => this.#launchFire(fire),
      dropped: (fire, error) => this.#drop(fire.workflow, fire.fireAt, error),
    });
  }

  /** Resolves when the schedules were looked at once. */
  async start(): Promise<void> {
    this.#stopListening = this.#parts.registration.onChange(() => void this.#scheduler.look().catch(() => undefined));
    this.#tellLater();
    await this.#scheduler.look();
  }

  health(): TriggerHealth {
    return { schedules: this.#schedules, dropped: [...this.#dropped] };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopListening();
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    await this.#scheduler.close();
    await this.#telling;
  }

  async #scheduled(): Promise<readonly Scheduled[]> {
    const { workflows } = await this.#parts.registration.current();
    // A name given twice names nothing.
    const once = [...Map.groupBy(workflows, ({ name }) => name).values()].filter((named) => named.length === 1).flat();
    const scheduled = once.flatMap(({ name, triggers }) =>
      triggers?.schedule === undefined ? [] : [{ workflow: name, schedule: triggers.schedule }],
    );
    this.#schedules = scheduled.length;
    return scheduled;
  }

  /** R1. */
  async #launchFire({ workflow, schedule, fireAt, idempotencyKey }: DueFire): Promise<Launched> {
    const { registration, launcher } = this.#parts;
    const { file, exportName } = await registration.find(workflow);
    return launcher.launch({
      target: `${file}#${exportName}`,
      input: schedule.input ?? {},
      idempotencyKey,
      caller: { kind: "schedule", id: isoTime(fireAt) },
    });
  }

  #drop(workflow: string, at: number, error: unknown): void {
    const { code, message } = failureOf(error);
    const dropped = { workflow, at: isoTime(at), code, message };
    this.#dropped.unshift(dropped);
    this.#dropped.length = Math.min(this.#dropped.length, MAX_DROPPED);
    this.#parts.tell?.("a trigger started nothing", { ...dropped });
  }

  #tellLater(): void {
    if (this.#closed) return;
    this.#timer = this.#clock.setTimer(() => {
      this.#telling = this.#tellAll()
        .catch(() => undefined)
        .finally(() => this.#tellLater());
    }, FAILED_EVERY_MS);
    this.#timer.unref();
  }

  /** R2. */
  async #tellAll(): Promise<void> {
    const { workspace, registration } = this.#parts;
    const { workflows } = registration.registered();
    const until = this.#clock.now() - TOLD_WITHIN_MS;
    for (const { name, version, triggers } of workflows) {
      if (triggers?.onRunFailed === undefined) continue;
      const { runs } = await workspace.store.runs({
        workflow: name,
        version,
        status: "failed",
        level: "root",
        createdFrom: until - FAILED_SINCE_MS,
        limit: FAILED_AT_ONCE,
      });
      for (const run of runs) {
        if (this.#closed) return;
        if (!isTold(run) || (run.endedAt ?? until) > until) continue;
        if ((await workspace.store.lastFire(failedRunKey(run.runId))) !== undefined) continue;
        await this.#tell(run, triggers.onRunFailed);
      }
    }
  }

  async #tell(run: RunRow, handler: string): Promise<void> {
    const { workspace, registration, launcher } = this.#parts;
    const key = failedRunKey(run.runId);
    const note = (runId: string): Promise<unknown> =>
      workspace.store.claimFire({ trigger: key, fireAt: run.endedAt ?? run.createdAt, runId });
    try {
      const found = await registration.find(handler);
      const report = await failedRunOf(workspace.store, run);
      const { runId } = await launcher.launch({
        target: `${found.file}#${found.exportName}`,
        input: plainJson(declaredOf(report, parametersOf(found))),
        idempotencyKey: key,
        caller: { kind: FAILED_RUN_CALLER, id: run.runId },
      });
      await note(runId);
    } catch (error) {
      // Once tried, and told: what does not start now starts in 15 s no better. WG5008: it was started with what was known then.
      if (!isWorkgraphError(error) || error.code !== "WG5008") this.#drop(handler, run.endedAt ?? run.createdAt, error);
      await note("");
    }
  }
}

function parametersOf({ parameters, inputSchema }: RegisteredWorkflow): readonly string[] | undefined {
  return parameters.length === 0 && inputSchema === undefined ? undefined : parameters.map(({ name }) => name);
}
