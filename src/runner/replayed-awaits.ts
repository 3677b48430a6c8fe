/**
 * Where a recorded run waited: its function is replayed over its own log, and each await is noted with its place.
 *
 * R1. No node executes and nothing is written. What the log does not hold is not waited for.
 * R2. A replay that asks for something else than is recorded stops there and says so; the awaits before it stand.
 */
import type { Project } from "../model/config.ts";
import type { PassedAwait, ReplayedAwaits } from "../model/trace-report.ts";
import { resumeRun } from "../runtime/start.ts";
import type { RunRow, Store } from "../store/store.ts";
import { mapStack } from "../version/origin.ts";
import { beforeItsEnd } from "./overlay-store.ts";
import { SymbolicClock } from "./symbolic-clock.ts";
import { symbolicRun } from "./symbolic-run.ts";
import { awaitSite, chanceOf, endOf } from "./trace-workflow.ts";
import type { TracedCode } from "./traced-code.ts";

const MAX_CALLS = 1_000_000;

export async function replayedAwaits(
  row: RunRow,
  of: { readonly code: TracedCode; readonly store: Store; readonly project: Project },
): Promise<ReplayedAwaits> {
  const { code, store } = of;
  const chance = await chanceOf(store, row.runId);
  let diverged: string | undefined;
  const outcome = await symbolicRun({
    definition: code.definition,
    store: beforeItsEnd(store, await endOf(store, row)),
    begin: async (definition, environment) => {
      const run = await resumeRun(definition, row.runId, environment);
      run.ended.then(
        (end) => {
          if (end.status === "diverged") diverged = end.error?.message ?? "the replay diverged";
        },
        () => undefined,
      );
      return run;
    },
    clock: new SymbolicClock(chance?.clock ?? row.createdAt),
    maxCalls: MAX_CALLS,
    mapStack,
  });
  const kinds = new Map((await store.calls(row.runId)).map((call) => [call.call, call.event.kind]));
  const awaits = outcome.awaits.map(({ asked, segment, segments }): PassedAwait => {
    const site = awaitSite(asked, code);
    const place = asked.site && code.places.find(asked.site);
    const { call, node } = asked.target;
    return {
      ...(site ? { site } : {}),
      ...(place ? { place: code.source.breaks.indexOf(place) } : {}),
      by: asked.by,
      call,
      node,
      kind: kinds.get(call) ?? "node",
      asked: segment,
      segments,
    };
  });
  const { workflow, version } = row;
  return { workflow, version, path: code.path, awaits, ...(diverged === undefined ? {} : { diverged }) };
}
