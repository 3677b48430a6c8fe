import { expect, test } from "vitest";
import type { RunRow } from "../../src/store/store.ts";
import { falselyRunning } from "./standing.ts";

const owner = { ownerId: "o", pid: 7, startedAt: 0, alive: true };
const running = { runId: "r", epoch: 1, status: "running", owner } as unknown as RunRow;

test("a run that runs, and one that does not, are as they should be", () => {
  expect(falselyRunning([running, { ...running, status: "interrupted" }], () => true)).toEqual([]);
});

test.each([
  ["nobody owns it", { ...running, owner: undefined } as unknown as RunRow],
  ["its owner's lock is free", { ...running, owner: { ...owner, alive: false } }],
  ["process 8 is gone", { ...running, owner: { ...owner, pid: 8 } }],
])("a run that reads running is seen when %s", (why, row) => {
  expect(falselyRunning([row], (pid) => pid === 7)).toEqual([{ runId: "r", epoch: 1, why }]);
});
