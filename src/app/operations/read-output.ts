/** What a run returned. */
import { commandLine } from "../../model/command-line.ts";
import type { RunId } from "../../model/ids.ts";
import type { RunStatus } from "../../model/status.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { EventStore, RunRow } from "../../store/store.ts";
import { findRun } from "../find-run.ts";
import { plainValue, previewOf, type Json } from "../plain-json.ts";
import type { Workspace } from "../workspace.ts";

export interface ReadOutputOutput {
  readonly runId: RunId;
  readonly workflow: string;
  readonly status: RunStatus;
  readonly output: Json;
}

/** Throws WG5044 when the run has returned nothing (yet). */
export async function readOutput({ store }: Workspace, input: { readonly run: string }): Promise<ReadOutputOutput> {
  const { run } = await findRun(store, input.run);
  const seq = await outputSeq(store, run);
  if (seq === undefined) throw noOutput(run);
  const encoded = await store.eventValue(run.runId, seq);
  return {
    runId: run.runId,
    workflow: run.workflow,
    status: run.status,
    output: encoded === undefined ? null : plainValue(encoded),
  };
}

export interface BoundedOutput extends Omit<ReadOutputOutput, "output"> {
  /** Absent when it is long: then `preview` and `length`, and readValue gives the parts. */
  readonly output?: Json;
  /** One line, cut. */
  readonly preview?: string;
  /** Characters of the output as recorded. */
  readonly length?: number;
}

const PREVIEW_LENGTH = 1_000;

/** For readers that get no long answers. Throws WG5044 like `readOutput`. */
export async function readOutputWithin(
  { store }: Workspace,
  input: { readonly run: string; readonly maxLength: number },
): Promise<BoundedOutput> {
  const { run } = await findRun(store, input.run);
  const seq = await outputSeq(store, run);
  if (seq === undefined) throw noOutput(run);
  const encoded = (await store.eventValue(run.runId, seq)) ?? "null";
  const { runId, workflow, status } = run;
  if (encoded.length <= input.maxLength) return { runId, workflow, status, output: plainValue(encoded) };
  return { runId, workflow, status, preview: previewOf(encoded, PREVIEW_LENGTH), length: encoded.length };
}

/** Events after the one that ends a run are few, if any. */
const LAST_EVENTS = 8;

/** Seq of the event that carries the output. */
export async function outputSeq(store: EventStore, run: RunRow): Promise<number | undefined> {
  if (run.status !== "completed" && run.status !== "completed_partial") return undefined;
  const after = Math.max(0, run.seq - LAST_EVENTS);
  const events = await store.events(run.runId, { after, values: "none" });
  return events.findLast(({ event }) => event.type === "run.completed")?.seq;
}

function noOutput(run: RunRow): WorkgraphError {
  const next =
    run.status === "failed"
      ? `"${commandLine(`errors ${run.runId}`)}" says why, "${commandLine(`resume ${run.runId}`)}" goes on.`
      : run.status === "running" || run.status === "queued"
        ? `"${commandLine(`wait ${run.runId}`)}" waits for its end.`
        : `"${commandLine(`resume ${run.runId}`)}" goes on with it.`;
  return new WorkgraphError("WG5044", `run ${run.runId} is ${run.status} and has no output`, {
    hint: next,
    details: { runId: run.runId, status: run.status },
  });
}
