/** Runs that wait: who is next, what survives a restart, what two servers share, and leaving a run to a server. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { endPrograms } from "../process/program.ts";
import { RunnerProject, Served } from "./served.ts";

let project: RunnerProject;
beforeEach(() => {
  project = new RunnerProject();
});
afterEach(() => project.remove());
afterAll(endPrograms);

const eventually = { timeout: 30_000, interval: 50 };
const statusOf = async (runId: string): Promise<string> => (await project.row(runId)).status;

async function allStatuses(ids: readonly string[]): Promise<readonly string[]> {
  return Promise.all(ids.map(statusOf));
}

test("a small run behind two of 10,000 items that fill the limit starts and ends while they run", async () => {
  const server = await Served.start(project, ["--runners", "2"]);
  const long = await Promise.all([
    server.launch("long-one", { n: 10_000, ms: 20 }),
    server.launch("long-two", { n: 10_000, ms: 20 }),
  ]);
  await expect.poll(() => allStatuses(long), eventually).toEqual(["running", "running"]);
  const second = await server.launch("long-one", { n: 1, ms: 1 });
  const small = await server.launch("hello", { name: "Ada" });
  await expect.poll(() => statusOf(small), eventually).toBe("completed");
  expect(await allStatuses([...long, second])).toEqual(["running", "running", "queued"]);
  expect(await server.get("/api/runs?status=queued")).toMatchObject({ runs: [{ runId: second }] });
  await Promise.all(long.map((runId) => server.post(`/api/runs/${runId}/cancel`)));
  await expect.poll(() => statusOf(second), eventually).toBe("completed");
});

test("what waits is cancelled where it stands, goes by priority, and is there after the server was killed", async () => {
  let server = await Served.start(project, ["--runners", "1"]);
  const long = await server.launch("batch", { n: 10_000, ms: 20 });
  await expect.poll(() => statusOf(long), eventually).toBe("running");
  const low = await server.launch("batch", { n: 1, ms: 1 }, { priority: -5 });
  const plain = await server.launch("batch", { n: 1, ms: 1 });
  const high = await server.launch("batch", { n: 1, ms: 1 }, { priority: 5 });
  const unwanted = await server.launch("batch", { n: 1, ms: 1 });
  expect(await server.post(`/api/runs/${unwanted}/cancel`)).toMatchObject({ status: "cancelled" });
  await server.kill();
  expect(await allStatuses([long, low, plain, high])).toEqual(["running", "queued", "queued", "queued"]);
  await project.command(["cancel", long]);
  server = await Served.start(project, ["--runners", "1"]);
  await expect.poll(() => allStatuses([low, plain, high]), eventually).toEqual(Array(3).fill("completed"));
  const rows = await Promise.all([low, plain, high].map((runId) => project.row(runId)));
  const order = rows.toSorted((a, b) => a.startedAt! - b.startedAt!).map(({ priority }) => priority);
  expect(order).toEqual([5, 0, -5]);
  expect(await statusOf(unwanted)).toBe("cancelled");
});

test("two servers on one store: each run goes to one of them, and every item runs once", async () => {
  const servers = await Promise.all([1, 2].map(() => Served.start(project, ["--runners", "2"])));
  const ids = await Promise.all(Array.from({ length: 12 }, (_, i) => servers[i % 2]!.launch("batch", { n: 4, ms: 5 })));
  await expect.poll(() => allStatuses(ids), eventually).toEqual(Array(12).fill("completed"));
  const keys = project.lines().map((line) => line["key"]);
  expect(keys).toHaveLength(12 * 6);
  expect(new Set(keys).size).toBe(keys.length);
  expect((await Promise.all(ids.map((id) => project.row(id)))).every(({ epoch }) => epoch === 1)).toBe(true);
});

describe("run --detach", () => {
  test("gives the run to the server and prints its id", async () => {
    await Served.start(project);
    const left = await project.json(["run", "hello", "--name", "Ada", "--detach", "--priority", "3"]);
    expect(left.document).toMatchObject({ workflow: "hello", status: "queued", created: true });
    const runId = String(left.document["runId"]);
    await expect.poll(() => statusOf(runId), eventually).toBe("completed");
    expect(await project.row(runId)).toMatchObject({ priority: 3, caller: { kind: "cli" } });
  });

  test("says what to start where no server is, and starts nothing", async () => {
    const server = await Served.start(project);
    await server.kill();
    const left = await project.json(["run", "hello", "--name", "Ada", "--detach"]);
    expect(left.exitCode).not.toBe(0);
    expect(left.document).toMatchObject({
      error: { code: "WG6062", hint: expect.stringContaining("serve") as unknown },
    });
    expect(await project.rows()).toEqual([]);
  });
});
