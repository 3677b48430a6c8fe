/**
 * A run that this process does not execute: it ended before, or another process has it.
 *
 * Owns: how its end is told, from its log. Leaves to runner.ts: runs that execute here.
 */
import { decode } from "../model/codec.ts";
import type { RunRow, Store } from "../store/store.ts";
import type { LiveRun } from "./runner.ts";

export function recordedRun(store: Store, { runId, workflow, version }: RunRow): LiveRun {
  return {
    runId,
    workflow,
    version,
    result: async () => {
      for await (const _ of store.tail(runId, { values: "none" })) void _;
      const row = (await store.run(runId))!;
      const [last] = await store.events(runId, { after: row.seq - 1, values: "none" });
      const output = last?.event.type === "run.completed" ? await store.eventValue(runId, last.seq) : undefined;
      return {
        runId,
        workflow,
        version,
        status: row.status,
        ...(output === undefined ? {} : { output: decode(output) }),
        ...(last?.event.type === "run.failed" ? { error: last.event.error } : {}),
        counts: row.counts,
        durationMs: (row.endedAt ?? row.createdAt) - row.createdAt,
      };
    },
    cancel: async () => void (await store.command({ runId, kind: "cancel", by: "code" })),
  };
}
