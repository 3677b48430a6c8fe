/**
 * What a run is compared with when nobody says: an earlier run of its workflow that went well.
 *
 * R1. The newest one that was given the same; without one, the newest one. Among MAX_LOOKED_AT, so that a long history costs the same.
 */
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { EventStore, RunRow } from "../../store/store.ts";

const MAX_LOOKED_AT = 50;

/** @throws WorkgraphError WG6137 when there is none */
export async function baselineOf(store: EventStore, run: RunRow): Promise<RunRow> {
  const { runs } = await store.runs({
    workflow: run.workflow,
    status: "completed",
    before: run.runId,
    limit: MAX_LOOKED_AT,
  });
  const there = runs.filter((row) => row.forgottenAt === undefined);
  // The first event of a log carries the input.
  const input = await store.eventValue(run.runId, 1);
  for (const row of there) if ((await store.eventValue(row.runId, 1)) === input) return row;
  const [newest] = there;
  if (newest) return newest;
  throw new WorkgraphError(
    "WG6137",
    `no earlier run of "${run.workflow}" went well: there is nothing to compare run ${run.runId} with`,
    {
      hint: "Go by its errors, or name a run to compare with.",
    },
  );
}
