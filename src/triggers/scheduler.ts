/**
 * Starts runs when their schedules say so.
 *
 * Owns: which moments are due, which were missed, and that each becomes one run. Leaves to cron.ts: moments; to whoever gives `launch`:
 * starting a run; to the store: remembering fires.
 *
 * R1. One moment of one schedule is one run, across restarts and however many schedulers there are: the run is launched under an
 *     idempotency key made of workflow, schedule and moment, which a store gives to one run only. After that the fire is noted with
 *     the run, and whoever finds it noted launches nothing. A process that dies in between leaves a run that the next one finds.
 * R2. A schedule counts from when it was first seen ("armed"), not from the beginning of time; a changed expression or time zone is
 *     another schedule.
 * R3. Moments at which no scheduler ran are missed. So are those that are noticed LATE_MS too late: the machine slept.
 * R4. What does not launch is tried again a few times and then dropped, and told. It holds up no other schedule.
 * R5. While the store cannot be written (full, locked) nothing is dropped: a moment waits, and becomes a missed one like any other
 *     when it has waited LATE_MS.
 */
import { assertNever } from "../base/assert.ts";
import type { Clock, TimerHandle } from "../base/clock.ts";
import type { ScheduleDefinition } from "../model/trigger.ts";
import { isWorkgraphError } from "../model/workgraph-error.ts";
import type { Fire, TriggerStore } from "../store/triggers.ts";
import { firesBetween, nextFires } from "./cron.ts";

/** A workflow that has a schedule. */
export interface Scheduled {
  readonly workflow: string;
  readonly schedule: ScheduleDefinition;
}

/** A moment that becomes a run. */
export interface DueFire extends Scheduled {
  /** Epoch ms. */
  readonly fireAt: number;
  /** The same for whoever launches this fire. */
  readonly idempotencyKey: string;
}

export interface SchedulerParts {
  readonly store: TriggerStore;
  readonly clock: Clock;
  /** The schedules there are now. */
  readonly scheduled: () => Promise<readonly Scheduled[]>;
  /** Starts the run of a fire, or finds the one that was started for it. */
  readonly launch: (fire: DueFire) => Promise<{ readonly runId: string }>;
  /** Told of a fire that was dropped. */
  readonly dropped: (fire: DueFire, error: unknown) => void;
}

interface Watched extends Scheduled {
  /** Moments up to here were looked at. */
  until: number;
  /** Of fires of this schedule, in order. */
  working: Promise<void>;
  /** Fires that are not launched yet, in order. */
  readonly waiting: number[];
}

/** How far the timer may be behind before a moment counts as missed. */
export const LATE_MS = 60_000;
/** Of the moments that were missed, the latest so many are made up for. */
export const MAX_MISSED = 100;
/** Schedules are asked for again at least this often. */
const LOOK_EVERY_MS = 30_000;
const RETRY_AFTER_MS: readonly number[] = [1_000, 5_000, 30_000];
/** R5. Full, closed to writing by another program. */
const PASSING: ReadonlySet<string> = new Set(["WG5004", "WG5012"]);

export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #watched: Map<string, Watched> = new Map();
  /** Those that wait to try again. */
  readonly #pausing: Set<() => void> = new Set();
  #timer: TimerHandle | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #closed = false;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /** Looks at the schedules, now and from now on. Call it again when there are others. */
  look(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    if (this.#looking !== undefined) {
      this.#again = true;
      return this.#looking;
    }
    this.#looking = this.#lookAll().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Starts nothing more. What is being launched is waited for. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer();
    for (const wake of this.#pausing) wake();
    await this.#looking?.catch(() => undefined);
    await Promise.all([...this.#watched.values()].map(({ working }) => working));
  }

  async #lookAll(): Promise<void> {
    const { clock } = this.#parts;
    this.#stopTimer();
    try {
      do {
        this.#again = false;
        const scheduled = await this.#parts.scheduled();
        await this.#watch(scheduled);
        for (const watched of this.#watched.values()) this.#fireDue(watched, clock.now());
      } while (this.#again && !this.#closed);
    } finally {
      if (!this.#closed) {
        this.#timer = clock.setTimer(() => void this.look().catch(() => undefined), this.#delayMs());
        this.#timer.unref();
      }
    }
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#parts.clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #delayMs(): number {
    const now = this.#parts.clock.now();
    let next = now + LOOK_EVERY_MS;
    for (const { schedule, until } of this.#watched.values()) {
      const [fireAt] = nextFires(schedule, { after: until, count: 1 });
      if (fireAt !== undefined) next = Math.min(next, fireAt);
    }
    return Math.max(0, next - now);
  }

  /** Keeps those that there are; begins with those that are new. */
  async #watch(scheduled: readonly Scheduled[]): Promise<void> {
    const names = new Map(scheduled.map((one) => [triggerName(one), one]));
    for (const name of this.#watched.keys()) if (!names.has(name)) this.#watched.delete(name);
    for (const [name, one] of names) {
      const known = this.#watched.get(name);
      if (known === undefined) await this.#begin(name, one);
      else this.#watched.set(name, Object.assign(known, one));
    }
  }

  /** R2, R3. */
  async #begin(name: string, one: Scheduled): Promise<void> {
    const { store, clock } = this.#parts;
    const now = clock.now();
    const since = (await store.lastFire(name))?.fireAt ?? (await armed(store, { name, now })).fireAt;
    const watched: Watched = { ...one, until: now, working: Promise.resolve(), waiting: [] };
    this.#watched.set(name, watched);
    for (const fireAt of missedFires(one.schedule, { after: since, until: now })) this.#fire(watched, fireAt);
  }

  #fireDue(watched: Watched, now: number): void {
    if (now <= watched.until) return;
    const { schedule, until } = watched;
    watched.until = now;
    const due = firesBetween(schedule, { after: until, until: now, most: MAX_MISSED });
    const punctual = due.filter((fireAt) => now - fireAt <= LATE_MS);
    const late = due.filter((fireAt) => now - fireAt > LATE_MS);
    const made =
      schedule.missed === "all" ? late : schedule.missed === "once" && punctual.length === 0 ? late.slice(-1) : [];
    for (const fireAt of [...made, ...punctual]) this.#fire(watched, fireAt);
  }

  /** One after the other, so that the last fire that is noted says of all before it that they were looked after. */
  #fire(watched: Watched, fireAt: number): void {
    const { workflow, schedule } = watched;
    const name = triggerName(watched);
    const fire: DueFire = { workflow, schedule, fireAt, idempotencyKey: `${name} ${fireAt}` };
    watched.waiting.push(fireAt);
    watched.working = watched.working
      .then(() => this.#launch(watched, name, fire))
      .finally(() => void watched.waiting.shift());
  }

  /** R1, R4. */
  async #launch(watched: Watched, name: string, fire: DueFire): Promise<void> {
    const { store, launch, dropped } = this.#parts;
    for (let attempt = 0; !this.#closed && !this.#isPassed(watched, fire); attempt++) {
      try {
        const last = await store.lastFire(name);
        if (last !== undefined && last.fireAt >= fire.fireAt) return;
        const { runId } = await launch(fire);
        await store.claimFire({ trigger: name, fireAt: fire.fireAt, runId });
        return;
      } catch (error) {
        if (this.#closed) return;
        const isPassing = isWorkgraphError(error) && PASSING.has(error.code);
        const delayMs = RETRY_AFTER_MS[attempt] ?? (isPassing ? RETRY_AFTER_MS.at(-1) : undefined);
        if (delayMs === undefined) return dropped(fire, error);
        await this.#pause(delayMs);
      }
    }
  }

  /** R5. Of those that wait for long, the latest are made up for, as many as the schedule says. */
  #isPassed({ schedule, waiting }: Watched, { fireAt }: DueFire): boolean {
    if (this.#parts.clock.now() - fireAt <= LATE_MS) return false;
    const behind = waiting.length - 1;
    switch (schedule.missed) {
      case "skip":
        return true;
      case "once":
        return behind > 0;
      case "all":
        return behind >= MAX_MISSED;
      default:
        return assertNever(schedule.missed);
    }
  }

  #pause(delayMs: number): Promise<void> {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      const wake = (): void => {
        clock.clearTimer(timer);
        this.#pausing.delete(wake);
        resolve();
      };
      const timer = clock.setTimer(wake, delayMs);
      timer.unref();
      this.#pausing.add(wake);
    });
  }
}

/** Under which its fires are remembered. */
export function triggerName({ workflow, schedule }: Scheduled): string {
  return `schedule ${workflow} ${schedule.cron} ${schedule.timeZone ?? "local"}`;
}

/** The moments that are made up for, in order. */
export function missedFires(
  schedule: ScheduleDefinition,
  about: { readonly after: number; readonly until: number },
): readonly number[] {
  if (schedule.missed === "skip") return [];
  return firesBetween(schedule, { ...about, most: schedule.missed === "once" ? 1 : MAX_MISSED });
}

/** R2. When a schedule was first seen, by whichever server: noted once. */
async function armed(
  store: TriggerStore,
  { name, now }: { readonly name: string; readonly now: number },
): Promise<Pick<Fire, "fireAt">> {
  const noted = `armed ${name}`;
  const known = await store.lastFire(noted);
  if (known !== undefined) return known;
  await store.claimFire({ trigger: noted, fireAt: now, runId: "" });
  return { fireAt: now };
}
