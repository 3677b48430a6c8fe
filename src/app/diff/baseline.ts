/**
 * What a run is compared with when nobody says: an earlier run of its workflow that went well.
 *
 * R1. The newest one that was given the same; otherwise the one whose input differs in the fewest places, the newer of two.
 * R2. Among MAX_LOOKED_AT, and inputs up to MAX_LENGTH: a long history costs the same.
 */
import { valueChanges } from "../../analysis/diff/value-changes.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { EventStore, RunRow } from "../../store/store.ts";
import { plainValue, type Json } from "../plain-json.ts";

const MAX_LOOKED_AT = 50;
/** Characters; of longer ones the newest is taken. */
const MAX_LENGTH = 65_536;

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
  const given = plainInput(input);
  let nearest: RunRow | undefined;
  let fewest = Infinity;
  for (const row of there) {
    const other = await store.eventValue(row.runId, 1);
    if (other === input) return row;
    const changes = given === undefined ? 1 : valueChanges(plainInput(other), given, 0).total;
    if (changes < fewest) [nearest, fewest] = [row, changes];
  }
  if (nearest) return nearest;
  throw new WorkgraphError(
    "WG6137",
    `no earlier run of "${run.workflow}" went well: there is nothing to compare run ${run.runId} with`,
    {
      hint: "Go by its errors, or name a run to compare with.",
    },
  );
}

function plainInput(encoded: string | undefined): Json | undefined {
  return encoded === undefined || encoded.length > MAX_LENGTH ? undefined : plainValue(encoded);
}
