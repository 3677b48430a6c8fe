/**
 * What code does to the process that runs it: it happens to its own run, and the server has the last word.
 *
 * R1. A server ends a loop only after seconds of silence: all loops are cancelled before the first test, which takes as long.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { endPrograms } from "../process/program.ts";
import { killGroup, lives, RunnerProject, Served } from "./served.ts";

/** Enough for these workflows, and soon full. */
const WORDS = ["--runner-memory", "96"];
const project = new RunnerProject();
let server: Served;
/** Of a server that was killed, and of the one that runs. */
let left: Loop;
let own: readonly [Loop, Loop];
let asked: Promise<unknown>;
let leftStatus: string;
let leftCancel: unknown;
beforeAll(async () => {
  server = await Served.start(project, WORDS);
  [left] = (await loops(1)) as [Loop];
  await server.kill();
  leftStatus = await statusOf(left.runId);
  server = await Served.start(project, WORDS);
  leftCancel = await server.post(`/api/runs/${left.runId}/cancel`);
  own = (await loops(2)) as [Loop, Loop];
  asked = server.post(`/api/runs/${own[0].runId}/cancel`);
  asked.catch(() => undefined);
  await project.command(["cancel", own[1].runId, "--no-wait"]);
});
afterAll(async () => {
  await project.remove();
  await endPrograms();
});

const statusOf = async (runId: string): Promise<string> => (await project.row(runId)).status;
const eventually = { timeout: 30_000, interval: 50 };

interface Loop {
  readonly runId: string;
  readonly spinning: number;
  readonly child: number;
}

async function loops(count: number): Promise<readonly Loop[]> {
  const known = project.lines().length;
  const ids = await Promise.all(Array.from({ length: count }, () => server.launch("spins")));
  const begun = (): readonly object[] =>
    project
      .lines()
      .slice(known)
      .filter((line) => "spinning" in line);
  await vi.waitFor(() => expect(begun()).toHaveLength(count), eventually);
  const owners = new Map((begun() as unknown as readonly Loop[]).map((loop) => [loop.spinning, loop.child]));
  const rows = await Promise.all(ids.map((runId) => project.row(runId)));
  return rows.map(({ runId, owner }) => ({ runId, spinning: owner!.pid, child: owners.get(owner!.pid)! }));
}

async function expectStopped(loop: Loop): Promise<void> {
  await expect.poll(() => statusOf(loop.runId), eventually).toBe("cancelled");
  expect([lives(loop.spinning), lives(loop.child)]).toEqual([false, false]);
}

test("a run that kills its process three times fails and names the item, one that fills its memory is interrupted, and their neighbour does not notice", async () => {
  const [neighbour, deadly, hungry] = await Promise.all([
    server.launch("batch", { n: 100, ms: 30 }),
    server.launch("deadly"),
    server.launch("hungry"),
  ]);
  await expect.poll(async () => (await project.row(hungry)).ownerDeaths, eventually).toBeGreaterThan(0);
  expect((await server.get("/api/health"))["product"]).toBe("agentic-workgraph");
  await server.post(`/api/runs/${hungry}/cancel`);
  await expect.poll(() => statusOf(deadly), eventually).toBe("failed");
  const shown = await server.get(`/api/runs/${deadly}`);
  // A process may die once more before the start of the item was recorded: that death names no item.
  expect(shown["ownerDeaths"]).toBeGreaterThanOrEqual(3);
  expect(JSON.stringify(shown["errors"])).toMatch(/WG2014.*leave/);
  await expect.poll(() => statusOf(neighbour), eventually).toBe("completed");
  expect((await project.row(neighbour)).ownerDeaths).toBe(0);
  await expect.poll(() => statusOf(hungry), eventually).toMatch(/cancelled|failed/);
});

describe("an endless loop", () => {
  test("ends when its run is cancelled, over HTTP or on the command line, with what it had started", async () => {
    const [one, other] = own;
    expect(await asked).toMatchObject({ cancel: "asked" });
    await expectStopped(one);
    await expectStopped(other);
    // Resumed, it is not cancelled again by the same word.
    await server.post(`/api/runs/${one.runId}/resume`);
    await expect.poll(() => statusOf(one.runId), eventually).toBe("running");
    await sleep(300);
    expect(await statusOf(one.runId)).toBe("running");
    await server.post(`/api/runs/${one.runId}/cancel`);
    killGroup((await project.row(one.runId)).owner!.pid);
    await expect.poll(() => statusOf(one.runId), eventually).toBe("cancelled");
  });

  test("that its server left behind ends through the next one", async () => {
    expect([leftStatus, leftCancel]).toMatchObject(["running", { cancel: "asked" }]);
    await expectStopped(left);
  });
});
