/**
 * What starts runs of a workflow by itself: normalized, as plain JSON.
 *
 * Owns: the shape. Leaves to define/: reading what the author wrote; to triggers/: when a moment is due and who signed a request.
 */

/**
 * What becomes of moments at which no server ran: "skip" lets them pass, "once" starts one run for the latest of them, "all" one for
 * each, the oldest first.
 */
export type MissedFires = "skip" | "once" | "all";

export interface ScheduleDefinition {
  /** Five fields, six with seconds first, or @daily and the like. */
  readonly cron: string;
  /** IANA name; default the machine's. */
  readonly timeZone?: string;
  readonly missed: MissedFires;
  /** Plain JSON. */
  readonly input?: Readonly<Record<string, unknown>>;
}

export interface WebhookDefinition {
  /** Environment variable of the server that holds the secret; default: the one that `workgraph webhook secret` made. */
  readonly secretEnv?: string;
  /** Parameter that receives the whole body; default: the fields of the body are the parameters. */
  readonly parameter?: string;
  readonly maxBytes: number;
  /** A signature is valid for this long, before and after the time it names. */
  readonly windowMs: number;
}

/** Headers of a request to a webhook, lower case. */
export const SIGNATURE_HEADER = "x-workgraph-signature";
export const TIMESTAMP_HEADER = "x-workgraph-timestamp";

/** As a registered workflow tells them. */
export interface WorkflowTriggers {
  readonly schedule?: ScheduleDefinition;
  readonly webhook?: WebhookDefinition;
  /** Name of the workflow that is started when a run has failed. */
  readonly onRunFailed?: string;
}

/**
 * The input of a workflow that another one names as `onRunFailed`. Declare the parameters that you need; the others are left out.
 */
export interface FailedRun {
  readonly runId: string;
  readonly workflow: string;
  readonly version: string;
  /** Of the run that failed, as plain JSON. */
  readonly input: unknown;
  /** What ended the run first, then errors of items that nothing was tried after, in their order; at most 20. */
  readonly errors: readonly FailedRunError[];
}

export interface FailedRunError {
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly node?: string;
  /** `RUN.CALL.ITEM`, where an item failed. */
  readonly address?: string;
}
