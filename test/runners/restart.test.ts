/**
 * A server that starts over a long history answers soon, and goes on with what was on its way.
 *
 * 10,000 runs are recorded first, as a store has them after a while (about 3 s).
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { newRunId } from "../../src/runtime/new-id.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { RunnerProject, Served } from "./served.ts";

const RUNS = 10_000;
const AT_ONCE = 500;

const project = new RunnerProject();
beforeAll(async () => {
  const store = await openSqliteStore({ dir: project.data });
  const from = Date.now() - RUNS * 1000;
  for (let i = 0; i < RUNS; i += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, k) => recordRun(from + (i + k) * 1000)));
  }
  await store.close();

  async function recordRun(at: number): Promise<void> {
    const runId = newRunId(at);
    const facts = {
      project: "place",
      workflow: "batch",
      version: "v1",
      tags: {},
      caller: { kind: "code", id: "test" },
    };
    const making = store.createRun({ ...facts, runId, input: "{}", createdAt: at });
    const { epoch, seq } = await store.acquire(runId);
    await making;
    const owner = store.owner.ownerId;
    await store.append({
      runId,
      epoch,
      expectedSeq: seq,
      events: [
        { event: { type: "run.started", at, epoch, owner, seed: "s", clock: at } },
        { event: { type: "run.completed", at: at + 500, partial: false }, value: "1" },
      ],
    });
    await store.release(runId, epoch);
  }
}, 60_000);
afterAll(() => project.remove());

test(
  "a server is back within 2 s with 10,000 runs in history, and goes on with what waited",
  { timeout: 60_000 },
  async () => {
    let server = await Served.start(project, ["--runners", "1"]);
    const first = await server.launch("batch", { n: 1000, ms: 20 });
    const waiting = await server.launch("hello", { name: "Ada" });
    const next = await server.launch("hello", { name: "Bob" });
    await server.kill();
    server = await Served.start(project, ["--runners", "1"]);
    // The median of three: other programs may have had the machine.
    const starts = [server.startMs];
    for (let i = 0; i < 2; i++) {
      await server.kill();
      server = await Served.start(project, ["--runners", "1"]);
      starts.push(server.startMs);
    }
    expect(starts.toSorted((a, b) => a - b)[1]).toBeLessThan(2_000);
    await server.post(`/api/runs/${first}/cancel`);
    const done = async (): Promise<readonly string[]> =>
      Promise.all([waiting, next].map(async (runId) => (await project.row(runId)).status));
    await expect.poll(done, { timeout: 30_000 }).toEqual(["completed", "completed"]);
    process.stdout.write(`back in ${starts.map(Math.round).join(", ")} ms\n`);
  },
);
