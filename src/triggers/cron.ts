/**
 * When a schedule fires.
 *
 * Owns: from a cron expression to moments. Leaves to croner: the expression itself, months, leap days and time zones; to
 * scheduler.ts: what becomes of a moment.
 *
 * R1. Moments are a function of the expression, the time zone and the time asked about: every server computes the same ones.
 * R2. Where clocks are put forward, a time of day that there is not fires when the gap is over; where they are put back, a time of day
 *     that there is twice fires once.
 */
import { Cron } from "croner";
import type { ScheduleDefinition } from "../model/trigger.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

export type Moments = Pick<ScheduleDefinition, "cron" | "timeZone">;

/** @throws WorkgraphError WG6080 when the expression is none, or never fires again. */
export function checkCron(schedule: Moments): void {
  if (nextFires(schedule, { after: Date.UTC(2024, 0, 1), count: 1 }).length > 0) return;
  throw new WorkgraphError("WG6080", `the schedule "${schedule.cron}" never fires`, {
    hint: "Its day and month exclude each other.",
  });
}

/** The first moments after a time, epoch ms, in order. */
export function nextFires(
  schedule: Moments,
  about: { readonly after: number; readonly count: number },
): readonly number[] {
  return cronOf(schedule)
    .nextRuns(about.count, new Date(about.after))
    .map((date) => date.getTime());
}

/** Moments in (after, until], the latest `most` of them, in order. */
export function firesBetween(
  schedule: Moments,
  about: { readonly after: number; readonly until: number; readonly most: number },
): readonly number[] {
  const cron = cronOf(schedule);
  const fires: number[] = [];
  for (let from = about.after; ;) {
    const next = cron.nextRun(new Date(from))?.getTime();
    if (next === undefined || next > about.until) return fires;
    // A clock that is put back must not make the same moment come again.
    if (next <= from) return fires;
    fires.push(next);
    if (fires.length > about.most) fires.shift();
    from = next;
  }
}

function cronOf({ cron, timeZone }: Moments): Cron {
  try {
    return new Cron(cron, {
      paused: true,
      mode: "5-or-6-parts",
      ...(timeZone === undefined ? {} : { timezone: timeZone }),
    });
  } catch (cause) {
    throw new WorkgraphError("WG6080", `the schedule "${cron}" is no cron expression: ${(cause as Error).message}`, {
      hint: 'Five fields: minute hour day month weekday, such as "0 6 * * 1-5"; six begin with seconds; or "@daily".',
      cause,
    });
  }
}
