/** What operations answer fits what they say they answer, over HTTP and over a recorded run. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { encode } from "../../src/model/codec.ts";
import { createRun, recordFailure } from "../../src/app/fixtures/recorded-run.ts";
import { operationNamed } from "../../src/model/operations/catalog.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import type { Store } from "../../src/store/store.ts";
import { ask, DEMO, Place, RememberingLauncher, WORDS } from "./place.ts";

const FAILED = "01JD7BBBBBBBBBBBBBBBBBBBBB";
const LARGE = "01JD7DDDDDDDDDDDDDDDDDDDDD";

const place = new Place();
let server: RunningServer;
beforeAll(async () => {
  place.write("words.workflow.ts", WORDS);
  place.write("broken.workflow.ts", "export const x = (");
  const workspace = await place.workspaceWithDemo();
  await recordFailure(workspace.store, FAILED);
  await recordLarge(workspace.store);
  server = await place.serve(workspace, { launcher: new RememberingLauncher() });
});
afterAll(() => place.remove());

/** An output of about 3 MB, and 3,000 errors of 1 KB. */
async function recordLarge(store: Store): Promise<void> {
  await createRun(store, LARGE, { createdAt: Date.UTC(2026, 0, 1) });
  const { epoch, seq } = await store.acquire(LARGE);
  const at = Date.UTC(2026, 0, 1);
  const failed = Array.from({ length: 3_000 }, (_, item) => ({
    event: {
      type: "item.failed" as const,
      at,
      call: 1,
      item,
      attempt: 1,
      from: "running" as const,
      to: "failed" as const,
      ms: 1,
      error: { code: "WG2001", kind: "thrown" as const, name: "Error", message: `${item} ${"x".repeat(1_000)}` },
    },
  }));
  await store.append({
    runId: LARGE,
    epoch,
    expectedSeq: seq,
    events: [
      { event: { type: "run.started", at, epoch, owner: "o", seed: "s", clock: at } },
      {
        event: {
          type: "call.created",
          at,
          call: 1,
          kind: "node",
          node: "fetch",
          identity: "f",
          segment: 0,
          inputs: {},
          edges: [],
          space: [],
          many: false,
        },
      },
      ...failed,
      { event: { type: "run.completed", at, partial: true }, value: encode({ text: "y".repeat(3_000_000) }) },
    ],
  });
  await store.release(LARGE, epoch);
}

describe.each([
  ["runs.list", "/api/runs"],
  ["runs.list", "/api/runs?limit=1&tags=team=history"],
  ["runs.show", `/api/runs/${DEMO}`],
  ["runs.show", `/api/runs/${FAILED}`],
  ["runs.wait", `/api/runs/${DEMO}/wait`],
  ["output.read", `/api/runs/${DEMO}/output`],
  ["output.read", `/api/runs/${LARGE}/output`],
  ["calls.show", `/api/calls/${DEMO}.2`],
  ["items.list", `/api/runs/${DEMO}/items?values=preview&status=completed,failed`],
  ["items.show", `/api/items/${DEMO}.2.0`],
  ["items.show", `/api/items/${DEMO}.2.2`],
  ["values.read", `/api/values/${DEMO}.2.0`],
  ["values.read", `/api/values/${DEMO}.1.0?element=2`],
  ["events.list", `/api/runs/${DEMO}/events?types=item.failed&types=run.completed&values=preview`],
  ["errors.list", `/api/runs/${DEMO}/errors?attempts=all`],
  ["logs.list", `/api/runs/${DEMO}/logs?levels=error`],
  ["graph.read", `/api/runs/${DEMO}/graph?shape=folded`],
  ["workflows.list", "/api/workflows"],
  ["workflows.describe", "/api/workflows/loud"],
  ["workflows.check", "/api/check"],
  ["versions.list", "/api/versions"],
  ["docs.read", "/api/docs/WG1001"],
  ["health.read", "/api/health"],
])("%s answers %s", (name, path) => {
  test("as it says", async () => {
    const { status, body } = await ask(server, path);
    expect(status, JSON.stringify(body)).toBe(200);
    const parsed = operationNamed(name)!.output.safeParse(body);
    expect(parsed.error?.issues).toBeUndefined();
  });
});

test("launching and the like answer as they say", async () => {
  const launched = await ask(server, "/api/workflows/loud/runs", { body: { input: { text: "a" } } });
  expect(launched.status).toBe(201);
  expect(operationNamed("runs.launch")!.output.safeParse(launched.body).error).toBeUndefined();
  const cancelled = await ask(server, `/api/runs/${DEMO}/cancel`, { body: { reason: "enough" } });
  expect(cancelled).toMatchObject({ status: 202, body: { cancel: "ended", status: "completed_partial" } });
  expect((await ask(server, `/api/runs/${DEMO}/resume`, { body: {} })).status).toBe(202);
});

test("a file that does not load is told with its place, beside the workflows that do", async () => {
  const { body } = await ask(server, "/api/workflows");
  expect(body).toMatchObject({
    workflows: [{ name: "loud", title: "Loud words", line: 8, inputSchema: { required: ["text"] } }],
    problems: [{ file: "broken.workflow.ts", code: "WG4002", line: 1 }],
  });
});

describe("no answer is longer than 1 MB", () => {
  test("a page is cut shorter, and its cursor goes on where it was cut", async () => {
    const items: string[] = [];
    let pages = 0;
    for (let cursor = ""; ; pages++) {
      const path = `/api/runs/${LARGE}/errors?limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`;
      const { body } = await ask(server, path);
      expect(JSON.stringify(body).length).toBeLessThanOrEqual(1_000_000);
      items.push(...(body["errors"] as { readonly address: string }[]).map(({ address }) => address));
      if (body["truncated"] !== true) break;
      cursor = body["cursor"] as string;
    }
    expect(pages).toBeGreaterThan(2);
    expect(items).toEqual(Array.from({ length: 3_000 }, (_, item) => `${LARGE}.1.${item}`));
  });

  test("a long value comes as a preview, and in parts that fit together", async () => {
    const { body } = await ask(server, `/api/runs/${LARGE}/output`);
    expect(body["output"]).toBeUndefined();
    expect(String(body["preview"])).toMatch(/^\{"text":"yyy.*\.\.\.$/);
    let text = "";
    for (let more = true; more;) {
      const part = (await ask(server, `/api/values/${LARGE}?offset=${text.length}&length=262144`)).body;
      expect(part["offset"]).toBe(text.length);
      text += String(part["text"]);
      more = part["truncated"] === true;
      expect(part["length"]).toBe(3_000_011);
    }
    expect(JSON.parse(text)).toEqual({ text: "y".repeat(3_000_000) });
  });
});

describe("what is asked wrongly is told", () => {
  test.each([
    ["/api/runs?limti=1", 400, "WG6010", 'did you mean \\"limit\\"?'],
    ["/api/runs?limit=many", 400, "WG6010", "limit"],
    ["/api/runs?limit=0", 400, "WG6010", "limit"],
    ["/api/runs/NOPE", 404, "WG5001", "there is no run"],
    [`/api/items/${DEMO}.9.0`, 404, "WG5041", "no call 9"],
    ["/api/workflows/lout", 404, "WG4010", 'Did you mean \\"loud\\"?'],
    ["/api/docs/WG0001", 404, "WG5046", "no code"],
    ["/api/nothing", 404, "WG6012", "no such path"],
    [`/api/values/${DEMO}.1.0`, 404, "WG5044", "5 elements"],
  ])("%s: %i %s", async (path, status, code, text) => {
    const { status: given, body } = await ask(server, path);
    expect([given, (body["error"] as { code: string }).code]).toEqual([status, code]);
    expect(JSON.stringify(body)).toContain(text);
  });
});
