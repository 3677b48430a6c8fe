/** A runner whose code keeps its thread is ended after the time that was stated, and its run says what was in flight. */
import { afterAll, expect, test } from "vitest";
import { setTimeout as pause } from "node:timers/promises";
import { ask, Place } from "./place.ts";

const FLOWS = `
import { node, workflow } from "agentic-workgraph";
const spin = node({ id: "spin" }, async () => {
  for (;;);
});
export const endless = workflow({ name: "endless" }, () => spin());
`;

const place = new Place();
afterAll(() => place.remove());

test("--end-silent ends the process, and the run reads interrupted", { timeout: 60_000 }, async () => {
  place.write("workflows/endless.ts", FLOWS);
  const workspace = await place.workspace();
  const server = await place.serve(workspace, { runners: { runners: 1, silentMs: 700 } });
  const { status, body } = await ask(server, "/api/workflows/endless/runs", { body: { input: {} } });
  expect(status).toBe(201);
  const runId = String(body["runId"]);
  const statusNow = async (): Promise<unknown> => (await ask(server, `/api/runs/${runId}`)).body["status"];
  for (const until = Date.now() + 40_000; Date.now() < until && (await statusNow()) !== "interrupted";) await pause(25);
  expect(await statusNow()).toBe("interrupted");
  await ask(server, `/api/runs/${runId}/cancel`, { body: {} });
});
