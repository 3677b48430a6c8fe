/**
 * What reads long logs is worked out beside the server, whoever asks: its own tools do not hold up those of others.
 *
 * R1. Where it is worked out says the configuration of the project, which each thread loads for itself: it notes the thread's number.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRun } from "../../src/app/fixtures/recorded-run.ts";
import { AgentPlace } from "./place.ts";

const LARGE = "01JD7EEEEEEEEEEEEEEEEEEEEE";
const NOTING = `
import { appendFileSync } from "node:fs";
import { threadId } from "node:worker_threads";
if (threadId > 0) appendFileSync(new URL("threads.txt", import.meta.url), threadId + "\\n");
export default {};
`;

const place = new AgentPlace();
const threads = join(place.dir, "threads.txt");

beforeAll(async () => {
  place.write("workgraph.config.mjs", NOTING);
  const { store } = await place.workspace();
  await createRun(store, LARGE, {});
  const { epoch, seq } = await store.acquire(LARGE);
  const at = Date.UTC(2026, 0, 1);
  const call = { call: 1, kind: "node", node: "fetch", identity: "f", segment: 0, space: [], many: false } as const;
  const ended = Array.from({ length: 6_000 }, (_, item) => ({
    event: {
      type: "item.failed" as const,
      at,
      call: 1,
      item,
      attempt: 1,
      from: "running" as const,
      to: "failed" as const,
      ms: 1,
      error: { code: "WG2001", kind: "thrown" as const, name: "Error", message: "no" },
    },
  }));
  await store.append({
    runId: LARGE,
    epoch,
    expectedSeq: seq,
    events: [
      { event: { type: "run.started", at, epoch, owner: "o", seed: "s", clock: at } },
      { event: { type: "call.created", at, ...call, inputs: {}, edges: [] } },
      ...ended,
      { event: { type: "run.completed", at, partial: true }, value: "{}" },
    ],
  });
  await store.release(LARGE, epoch);
});
afterAll(() => place.remove());

test.each(["over http", "over stdio"])("%s, it is worked out in a thread, and is the whole answer", async (way) => {
  const before = existsSync(threads) ? readFileSync(threads, "utf8").length : 0;
  const agent = way === "over http" ? await place.overHttp(await place.server()) : await place.overStdio();
  expect(await agent.ask("runs_profile", { run: LARGE })).toMatchObject({ runId: LARGE, seq: 6_004 });
  // A file that a server makes is downloaded from it.
  const { tools } = await agent.client.listTools();
  expect(tools.some(({ name }) => name === "exports_start")).toBe(way === "over http");
  expect(readFileSync(threads, "utf8").length).toBeGreaterThan(before);
  expect(await agent.call("runs_profile", { run: LARGE, node: "fetsh" })).toMatchObject({
    isError: true,
    body: { error: { code: "WG6110" } },
  });
});
