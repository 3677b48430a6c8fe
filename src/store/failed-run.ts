/**
 * What a workflow that another one names as `onRunFailed` is told, and how it is started once.
 *
 * Owns: the report, from what is recorded, and the names under which its run is known. Leaves to runner/: starting it where the run
 * ended; to app/: starting it where that process did not live to.
 *
 * R1. Once for each run, whoever starts it: the idempotency key is made of the run's id alone. A run that is resumed and fails again
 *     starts nothing more.
 * R2. A run that was itself started so starts no other one: what tells of failures cannot go on telling of its own.
 */
import { decode } from "../model/codec.ts";
import type { FailedRun, FailedRunError } from "../model/trigger.ts";
import { formatAddress, type RunId } from "../model/ids.ts";
import type { ErrorRow, EventStore, RunRow } from "./store.ts";

/** Of the caller of such a run; its id is the run that failed. */
export const FAILED_RUN_CALLER = "run-failed";
const MAX_ERRORS = 20;
/** Errors of attempts that were tried again are passed over; no further than so. */
const MAX_ROWS = 1_000;

/** R2. Child runs are told to their parents, as failed items. */
export function isTold({ parent, status, caller }: Pick<RunRow, "parent" | "status" | "caller">): boolean {
  return status === "failed" && parent === undefined && caller.kind !== FAILED_RUN_CALLER;
}

/** R1. */
export function failedRunKey(runId: RunId): string {
  return `failed ${runId}`;
}

export async function failedRunOf(store: EventStore, run: RunRow): Promise<FailedRun> {
  const { runId, workflow, version } = run;
  const [last, rows, input] = await Promise.all([
    store.errors(runId, { after: run.seq - 1, limit: 1 }),
    store.errors(runId, { limit: MAX_ROWS }),
    store.eventValue(runId, 1),
  ]);
  const ended = last.filter((row) => row.item === undefined);
  const failed = rows.filter((row) => row.final && row.item !== undefined);
  return {
    runId,
    workflow,
    version,
    input: input === undefined ? {} : decode(input),
    errors: [...ended, ...failed].slice(0, MAX_ERRORS).map((row) => errorOf(runId, row)),
  };
}

/** The report as the parameters that a workflow declares; all of it where nothing says which. */
export function declaredOf(
  report: FailedRun,
  declared: Iterable<string> | undefined,
): Readonly<Record<string, unknown>> {
  if (declared === undefined) return { ...report };
  const names = new Set(declared);
  return Object.fromEntries(Object.entries(report).filter(([name]) => names.has(name)));
}

function errorOf(runId: RunId, { call, item, error }: ErrorRow): FailedRunError {
  const { code, name, message, node } = error;
  const address =
    error.address ?? (call === undefined || item === undefined ? undefined : formatAddress(runId, call, item));
  return {
    code,
    name,
    message,
    ...(node === undefined ? {} : { node }),
    ...(address === undefined ? {} : { address }),
  };
}
