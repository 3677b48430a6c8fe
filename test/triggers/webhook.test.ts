/** Requests to webhooks of a real server, which starts real runs. */
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createWebhookSecret } from "../../src/app/webhook-secrets.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import { sign } from "../../src/triggers/signature.ts";
import { ask, Place, RememberingLauncher } from "../server/place.ts";

const FLOW = `
import { node, workflow } from "agentic-workgraph";
const add = node({ id: "add" }, async ({ n }: { n: number }) => n + 1);
export const order = workflow({ name: "order", webhook: true }, ({ n }: { n: number }) => add({ n }));
export const events = workflow(
  { name: "events", webhook: { secretEnv: "TEST_HOOK_SECRET", parameter: "events", maxBytes: 100, window: "10s" } },
  ({ events }: { events: number[] }) => add({ n: events }),
);
export const closed = workflow({ name: "closed" }, ({ n }: { n: number }) => add({ n }));
export const secretless = workflow({ name: "secretless", webhook: true }, ({ n }: { n: number }) => add({ n }));
`;
const ENV_SECRET = "0123456789abcdef";

const place = new Place();
let server: RunningServer;
let secret: string;
beforeAll(async () => {
  place.write("flow.workflow.ts", FLOW);
  process.env["TEST_HOOK_SECRET"] = ENV_SECRET;
  const workspace = await place.workspace();
  secret = await createWebhookSecret(workspace.project, { workflow: "order" });
  server = await place.serve(workspace);
}, 60_000);
afterAll(async () => {
  delete process.env["TEST_HOOK_SECRET"];
  await place.remove();
});

interface Sending {
  readonly key?: string;
  /** Seconds that the clock of the sender is before ours. */
  readonly ahead?: number;
  readonly secret?: string;
  readonly signature?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly to?: RunningServer;
}

async function send(workflow: string, body: string, how: Sending = {}): Promise<Record<string, unknown>> {
  const timestamp = String(Math.floor(Date.now() / 1_000) + (how.ahead ?? 0));
  const signed = { timestamp, body, ...(how.key === undefined ? {} : { idempotencyKey: how.key }) };
  const response = await fetch(new URL(`/api/webhooks/${workflow}`, (how.to ?? server).url), {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-workgraph-timestamp": timestamp,
      "x-workgraph-signature": how.signature ?? sign(how.secret ?? secret, signed),
      ...(how.key === undefined ? {} : { "idempotency-key": how.key }),
      ...how.headers,
    },
  });
  const answer = (await response.json()) as { readonly error?: { readonly code: string } };
  return { ...answer, status: response.status, ...(answer.error === undefined ? {} : { code: answer.error.code }) };
}

describe("a signed request", () => {
  test("starts a run with its body as input, and says so", { timeout: 60_000 }, async () => {
    const answer = await send("order", '{"n": 41}', { key: "order-1" });
    expect(answer).toMatchObject({ status: 201, workflow: "order", created: true });
    const runId = answer["runId"] as string;
    await ask(server, `/api/runs/${runId}/wait`);
    const { body } = await ask(server, `/api/runs/${runId}/output`);
    expect(body).toMatchObject({ status: "completed", output: 42 });
    expect((await ask(server, `/api/runs/${runId}`)).body["caller"]).toEqual({ kind: "webhook", id: "order" });

    const again = await send("order", '{ "n": 41 }', { key: "order-1", ahead: 3 });
    expect(again).toMatchObject({ status: 200, created: false, runId });
    expect(await send("order", '{"n": 42}', { key: "order-1" })).toMatchObject({ status: 409, code: "WG5008" });
    const other = await send("order", '{"n": 41}', { key: "order-2" });
    expect(other).toMatchObject({ status: 201, created: true });
    expect(other["runId"]).not.toBe(runId);
  });

  test("sent again as it was starts nothing", { timeout: 60_000 }, async () => {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const headers = { "x-workgraph-timestamp": timestamp };
    const signature = sign(secret, { timestamp, body: '{"n": 8}' });
    const seen = await send("order", '{"n": 8}', { signature, headers });
    expect(seen).toMatchObject({ status: 201 });
    expect(await send("order", '{"n": 8}', { signature, headers })).toMatchObject({
      status: 200,
      runId: seen["runId"],
      created: false,
    });
    const withKey = { ...headers, "idempotency-key": "another" };
    expect(await send("order", '{"n": 8}', { signature, headers: withKey })).toMatchObject({ status: 401 });
  });

  test("whose body is no input starts nothing", { timeout: 60_000 }, async () => {
    expect(await send("order", '{"m": 1}')).toMatchObject({ status: 422, code: "WG1014" });
    expect(await send("order", "[1]")).toMatchObject({ status: 422, code: "WG6084" });
    expect(await send("order", "{")).toMatchObject({ status: 400, code: "WG6009" });
    expect(await send("order", '{"__proto__": {}}')).toMatchObject({ status: 400, code: "WG6009" });
  });
});

describe("options of a webhook", () => {
  const sign16 = { secret: ENV_SECRET };

  test("name the secret, the parameter for the body, its length and the window", async () => {
    const launcher = new RememberingLauncher();
    const to = await place.serve(await place.workspaceWithDemo(), { launcher });
    expect(await send("events", "[1, 2]", { ...sign16, to })).toMatchObject({ status: 201 });
    expect(launcher.launched).toMatchObject([
      { target: "flow.workflow.ts#events", input: { events: [1, 2] }, caller: { kind: "webhook", id: "events" } },
    ]);
    expect(await send("events", `[${"1,".repeat(60)}1]`, { ...sign16, to })).toMatchObject({ status: 413 });
    expect(await send("events", "[1]", { ...sign16, to, ahead: -30 })).toMatchObject({ status: 401, code: "WG6081" });
    expect(await send("events", "[1]", { ...sign16, to, ahead: 30 })).toMatchObject({ status: 401, code: "WG6081" });
    expect(launcher.launched).toHaveLength(1);
  });
});

describe("who cannot sign", () => {
  test.each<[string, string, Sending]>([
    ["has another secret", "order", { secret: "a secret of nobody" }],
    ["sends no signature", "order", { signature: "" }],
    ["names no workflow", "nothing", {}],
    ["names one without a webhook", "closed", {}],
    ["names one without a secret", "secretless", { secret: "" }],
    ["knows what is compared where there is no secret", "secretless", { secret: "nobody signs with this" }],
  ])("learns nothing: %s", async (_, workflow, how) => {
    const answer = await send(workflow, '{"n": 1}', how);
    expect(answer).toMatchObject({ status: 401, code: "WG6081" });
    expect((answer["error"] as { message: string }).message).toBe(
      `there is no webhook "${workflow}" for this signature`,
    );
  });

  test("passes the gate's other rules as everybody does", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect(await send("order", "n=1", { headers: form })).toMatchObject({ status: 415, code: "WG6003" });
    const foreign = { origin: "http://evil.example" };
    expect(await send("order", '{"n": 1}', { headers: foreign })).toMatchObject({ status: 403, code: "WG6002" });
    const token = { authorization: "Bearer nobodys" };
    expect(await send("order", '{"n": 1}', { headers: token })).toMatchObject({ status: 401, code: "WG6004" });
    expect((await ask(server, "/api/webhooks/order")).status).toBe(405);
    expect((await ask(server, "/api/webhooks/Order!", { body: {} })).body).toMatchObject({ error: { code: "WG6007" } });
    expect((await ask(server, "/api/webhooks/order/x", { body: {} })).status).toBe(404);
  });

  test("may do nothing else without a token, whatever is signed", async () => {
    const response = await fetch(new URL("/api/workflows/order/runs", server.url), {
      method: "POST",
      body: '{"input": {"n": 1}}',
      headers: {
        "content-type": "application/json",
        "x-workgraph-timestamp": "1",
        "x-workgraph-signature": sign(secret, { timestamp: "1", body: "{}" }),
      },
    });
    expect(response.status).toBe(401);
  });
});

test("a secret that others can read is refused, and told", async () => {
  const { project } = await place.workspace();
  await createWebhookSecret(project, { workflow: "secretless" });
  chmodSync(join(project.dataDir, "webhooks/secretless.secret"), 0o644);
  expect(await send("secretless", '{"n": 1}')).toMatchObject({ status: 503, code: "WG6082" });
});

test("a secret is replaced only when that is said", async () => {
  const { project } = await place.workspace();
  await expect(createWebhookSecret(project, { workflow: "order" })).rejects.toMatchObject({ code: "WG6083" });
  const before = secret;
  secret = await createWebhookSecret(project, { workflow: "order", existing: "replace" });
  expect(secret).not.toBe(before);
  expect(await send("order", '{"n": 1}', { secret: before })).toMatchObject({ status: 401 });
});
