/** Runs launched over HTTP, in real processes of their own: what their code does happens to them alone. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "../../src/server/listen.ts";
import { ask, Place } from "./place.ts";

const FLOWS = `
import { node, workflow } from "agentic-workgraph";

const shout = node({ id: "shout" }, async ({ word }: { word: string }) => word.toUpperCase());
const leave = node({ id: "leave" }, async () => { process.exit(7); });
const spin = node({ id: "spin" }, async () => { for (;;); });
const rest = node({ id: "rest" }, async (_: object, ctx) => {
  await new Promise((_resolve, reject) => {
    const held = setTimeout(() => undefined, 60_000);
    ctx.signal.addEventListener("abort", () => {
      clearTimeout(held);
      reject(new Error("stopped"));
    });
  });
  return 1;
});

export const loud = workflow({ name: "loud" }, ({ words }: { words: string[] }) => shout({ word: words }));
export const leaves = workflow({ name: "leaves" }, () => leave());
export const spins = workflow({ name: "spins" }, () => spin());
export const rests = workflow({ name: "rests" }, () => rest({}));
`;

const place = new Place();
let server: RunningServer;
beforeAll(async () => {
  place.write("flows.workflow.ts", FLOWS);
  server = await place.serve(await place.workspace());
});
afterAll(() => place.remove());

async function launch(name: string, body: object = {}, headers: Record<string, string> = {}): Promise<string> {
  const answer = await ask(server, `/api/workflows/${name}/runs`, { body, headers });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return String(answer.body["runId"]);
}

async function statusOf(runId: string): Promise<string> {
  return String((await ask(server, `/api/runs/${runId}`)).body["status"]);
}

async function ended(runId: string): Promise<Record<string, unknown>> {
  return (await ask(server, `/api/runs/${runId}/wait`)).body;
}

test("a run is launched by name, its input is checked first, and its caller is recorded", async () => {
  const runId = await launch("loud", { input: { words: ["a", "b"] }, tags: { team: "history" } });
  expect(await ended(runId)).toMatchObject({
    status: "completed",
    tags: { team: "history" },
    caller: { kind: "page" },
  });
  expect((await ask(server, `/api/runs/${runId}/output`)).body["output"]).toEqual(["A", "B"]);
  const wrong = await ask(server, "/api/workflows/loud/runs", { body: { input: { wrods: ["a"] } } });
  expect(wrong.status).toBe(422);
  expect(wrong.body).toMatchObject({
    error: { code: "WG1014", message: expect.stringContaining('did you mean "words"') },
  });
});

test("a key that was used gives the run of the first launch, and another input is a conflict", async () => {
  const key = { "Idempotency-Key": "monday" };
  const first = await launch("loud", { input: { words: ["a"] } }, key);
  const again = await ask(server, "/api/workflows/loud/runs", { body: { input: { words: ["a"] } }, headers: key });
  expect(again.body).toMatchObject({ runId: first, created: false });
  const other = await ask(server, "/api/workflows/loud/runs", { body: { input: { words: ["b"] } }, headers: key });
  expect([other.status, (other.body["error"] as { code: string }).code]).toEqual([409, "WG5008"]);
});

test("two launches at once with one key are one run", async () => {
  const key = { "Idempotency-Key": "at once" };
  const both = await Promise.all([1, 2].map(() => launch("loud", { input: { words: ["x"] } }, key)));
  expect(new Set(both).size).toBe(1);
  expect(await ended(both[0]!)).toMatchObject({ status: "completed" });
});

describe("code that", () => {
  test("ends its process interrupts its own run, and nothing else", async () => {
    const resting = await launch("rests");
    const leaving = await launch("leaves");
    await expect.poll(() => statusOf(leaving), { timeout: 10_000 }).toBe("interrupted");
    await expect.poll(() => statusOf(resting), { timeout: 10_000 }).toBe("running");
    expect((await ask(server, "/api/health")).status).toBe(200);
    await ask(server, `/api/runs/${resting}/cancel`, { body: { reason: "enough" } });
    expect(await ended(resting)).toMatchObject({ status: "cancelled" });
  });

  test("never returns leaves the server answering, and is cancelled when its process is gone", async () => {
    const spinning = await launch("spins");
    const owner = async (): Promise<{ readonly pid: number } | undefined> =>
      (await ask(server, `/api/runs/${spinning}`)).body["owner"] as { pid: number } | undefined;
    await expect.poll(owner, { timeout: 10_000 }).toMatchObject({ alive: true });
    process.kill((await owner())!.pid, "SIGKILL");
    await expect.poll(() => statusOf(spinning), { timeout: 5_000 }).toBe("interrupted");
    const cancelled = await ask(server, `/api/runs/${spinning}/cancel`, { body: {} });
    expect(cancelled.body).toMatchObject({ cancel: "orphan", status: "cancelled" });
  });
});

test("an interrupted run is gone on with, by the code that it had", async () => {
  const leaving = await launch("leaves");
  await expect.poll(() => statusOf(leaving), { timeout: 10_000 }).toBe("interrupted");
  const resumed = await ask(server, `/api/runs/${leaving}/resume`, { body: {} });
  expect(resumed.status).toBe(202);
  await expect
    .poll(async () => (await ask(server, `/api/runs/${leaving}`)).body["ownerDeaths"], { timeout: 10_000 })
    .toBeGreaterThanOrEqual(1);
});

test("stopping the server interrupts what it started, within the grace", async () => {
  const other = await place.serve(await place.workspace());
  const answer = await ask(other, "/api/workflows/rests/runs", { body: {} });
  const runId = String(answer.body["runId"]);
  await expect.poll(() => statusOf(runId), { timeout: 10_000 }).toBe("running");
  const since = performance.now();
  expect(await other.close(8_000)).toEqual([runId]);
  expect(performance.now() - since).toBeLessThan(8_000);
  expect(await statusOf(runId)).toBe("interrupted");
});
