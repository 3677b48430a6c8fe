import { expect, test } from "vitest";
import { bucketsOf } from "../../ui/overview/throughput.ts";
import type { RunSummary } from "../../ui/api/answers.ts";

const now = Date.parse("2026-01-02T00:00:00Z");

function ended(endedAt: string | undefined, status: RunSummary["status"]): RunSummary {
  return {
    runId: "R",
    workflow: "w",
    version: "v",
    status,
    createdAt: "2026-01-01T00:00:00Z",
    ...(endedAt === undefined ? {} : { endedAt }),
    calls: 1,
    counts: { completed: 3 },
    tags: {},
    caller: { kind: "cli", id: "x" },
  };
}

test("a run counts in the hour in which it ended, by how it ended", () => {
  const runs = [
    ended("2026-01-01T23:30:00Z", "completed"),
    ended("2026-01-01T23:59:59Z", "failed"),
    ended("2026-01-01T22:00:00Z", "completed_partial"),
    ended("2025-12-31T00:00:00Z", "completed"),
    ended(undefined, "running"),
  ];
  const buckets = bucketsOf(runs, { now, widthMs: 3_600_000, buckets: 2 });
  expect(buckets.map(({ completed, failed, items }) => [completed, failed, items])).toEqual([
    [1, 0, 3],
    [1, 1, 6],
  ]);
});
