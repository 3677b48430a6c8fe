/** Spans that node code opens through @opentelemetry/api. */
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { expect, test } from "vitest";
import { listLogs } from "../../src/app/operations/list-logs.ts";
import { listSpans } from "../../src/app/operations/spans.ts";
import { Redactor } from "../../src/base/redactor.ts";
import { node, workflow } from "../../src/index.ts";
import { spanIdOf } from "../../src/store/span-line.ts";
import { memoryStore, run } from "../authoring/flow.ts";
import { workspaceOf } from "./log.ts";

const tracer = trace.getTracer("test");
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const load = node({ id: "load" }, async ({ x }: { x: number }) =>
  tracer.startActiveSpan("outer", { attributes: { x } }, async (outer) => {
    await pause(2);
    const inner = tracer.startSpan("query");
    inner.setAttributes({ sql: "select 'hunter2-secret'", rows: 3, ok: true });
    inner.recordException(new TypeError("no such table"));
    inner.setStatus({ code: SpanStatusCode.ERROR, message: "failed" });
    await pause(2);
    inner.end();
    outer.end();
    return x;
  }),
);
const list = node({ id: "list", out: "many" }, async () => [1, 2, 3]);
const flow = workflow({ name: "flow" }, () => load({ x: list() }));

test("hang below the attempt they were opened in, each below the one that was current", async () => {
  const store = memoryStore();
  const redactor = new Redactor();
  redactor.add("SECRET", "hunter2-secret");
  const { runId } = await run(flow, {}, { store, redactor });
  const { spans } = await listSpans(workspaceOf(store), { run: runId });
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const users = spans.filter(({ kind }) => kind === "user");
  expect(users).toHaveLength(6);
  for (const span of users) {
    const parent = byId.get(span.parentId!)!;
    expect(span.address).toBe(parent.address);
    expect([span.name, parent.kind]).toEqual(span.name === "outer" ? ["outer", "attempt"] : ["query", "user"]);
    expect(span.startMs).toBeGreaterThanOrEqual(parent.startMs - 3);
    expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
  }
  const query = users.find(({ name }) => name === "query")!;
  expect(query).toMatchObject({ status: "error", message: "failed" });
  expect(query.attributes).toMatchObject({ rows: 3, ok: true, "exception.type": "TypeError" });
  expect(JSON.stringify(spans)).not.toContain("hunter2-secret");
});

test("are no log lines, unless they are asked for as such", async () => {
  const store = memoryStore();
  const { runId } = await run(flow, {}, { store });
  expect((await listLogs(workspaceOf(store), { run: runId })).lines).toEqual([]);
  expect((await listLogs(workspaceOf(store), { run: runId, levels: ["span"] })).lines).toHaveLength(6);
});

test("have ids that follow from the attempt and from how many it had opened", async () => {
  const store = memoryStore();
  const { runId } = await run(flow, {}, { store });
  const { spans } = await listSpans(workspaceOf(store), { run: runId });
  const places = spans
    .filter(({ kind }) => kind === "user")
    .map(({ address, name, spanId }) => {
      const [run = "", call, item] = address.split(".");
      const opened = name === "outer" ? 0 : 1;
      return [spanId, spanIdOf({ run, call: Number(call), item: Number(item), attempt: 1, opened })];
    });
  for (const [spanId, expected] of places) expect(spanId).toBe(expected);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
});

test("are bounded per attempt, and what is cut is said", async () => {
  const many = node({ id: "many" }, async () => {
    for (let i = 0; i < 1_200; i++) tracer.startSpan(`s${i}`).end();
    return 1;
  });
  const store = memoryStore();
  const { runId } = await run(
    workflow({ name: "flow" }, () => many({})),
    {},
    { store },
  );
  const { spans } = await listSpans(workspaceOf(store), { run: runId, limit: 10_000 });
  expect(spans.filter(({ kind }) => kind === "user")).toHaveLength(1_000);
  const { lines } = await listLogs(workspaceOf(store), { run: runId });
  expect(lines.map(({ text }) => text)).toEqual([expect.stringContaining("more than 1000 spans")]);
});

test("do nothing outside of an attempt", () => {
  const span = tracer.startSpan("nobody's");
  expect(span.isRecording()).toBe(false);
  span.end();
});
