/**
 * Child runs: what a call of a subgraph asks for. The runtime decides when; a runner makes, resumes and owns the runs.
 *
 * Owns: the shape of the service, and reading how a run ended. Leaves to runner/: code, ownership, processes; to
 * subgraph-call.ts: what an end means for the item.
 *
 * R1. A child has its id before it has a log. Who begins it twice finds it made.
 * R2. An end is read from the child's log, whoever ran it: this process, another one, or one that is gone.
 */
import type { WorkflowDefinition } from "../model/definition.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { ParentItem, RunOrigin } from "../model/events.ts";
import type { RunId } from "../model/ids.ts";
import type { RunStatus } from "../model/status.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { EventStore, RunRow } from "../store/store.ts";

/** A run above another one. */
export interface RunAbove {
  readonly runId: RunId;
  readonly workflow: string;
}

export interface ChildRequest {
  readonly parent: ParentItem;
  /** The child workflow, as the parent's code has it. */
  readonly workflow: WorkflowDefinition;
  /** Encoded value per parameter. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The child run that it takes over what still holds from, when its parent does that with the parent of that one. */
  readonly origin?: RunOrigin;
}

/** A child whose code and input are known and which has no log yet. */
export interface PreparedChild {
  readonly version: string;
  begin(child: RunId): Promise<LiveChild>;
}

export interface LiveChild {
  /** Settles when the run is no longer run; rejects when the store failed. */
  readonly ended: Promise<void>;
  /** "cancel": it ends as cancelled; "interrupt": it is left as it is, to be gone on with. */
  stop(how: "cancel" | "interrupt"): void;
}

export interface ChildRuns {
  /** Throws when the code cannot be loaded or the input does not fit; nothing is made then. */
  prepare(request: ChildRequest): Promise<PreparedChild>;
  /** Goes on with a child, or follows whoever runs it now. */
  resume(row: RunRow, request: ChildRequest): Promise<LiveChild>;
}

export interface ChildEnd {
  readonly status: RunStatus;
  /** Length of its log. */
  readonly seq: number;
  /** Encoded output. */
  readonly output?: string;
  readonly error?: ErrorRecord;
  /** Who cancelled it. */
  readonly by?: string;
}

/** R2. */
export async function readEnd(store: EventStore, runId: RunId): Promise<ChildEnd> {
  const row = await store.run(runId);
  if (!row) throw new WorkgraphError("WG5001", `there is no run "${runId}"`);
  const { status, seq } = row;
  const [last] = await store.events(runId, { after: seq - 1, limit: 1, values: "none" });
  switch (last?.event.type) {
    case "run.completed": {
      const output = await store.eventValue(runId, seq);
      return { status, seq, ...(output === undefined ? {} : { output }) };
    }
    case "run.failed":
      return { status, seq, error: last.event.error };
    case "run.cancelled":
      return { status, seq, by: last.event.by };
    default:
      return { status, seq };
  }
}

/** Runs above a run, topmost first. */
export async function runsAbove(store: EventStore, parent: ParentItem): Promise<readonly RunAbove[]> {
  const above: RunAbove[] = [];
  for (let at: ParentItem | undefined = parent; at !== undefined;) {
    const row: RunRow | undefined = await store.run(at.run);
    if (!row) break;
    above.unshift({ runId: row.runId, workflow: row.workflow });
    at = row.parent;
  }
  return above;
}

/** How a parent names itself when it cancels a child. */
export function cancelledBy(parent: RunId): string {
  return `run:${parent}`;
}
