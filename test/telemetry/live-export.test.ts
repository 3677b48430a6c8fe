/** Spans sent to a collector while a run goes on: a real receiver on loopback, and a real process. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { openLiveExport } from "../../src/app/live-export.ts";
import { listSpans } from "../../src/app/operations/spans.ts";
import { systemClock } from "../../src/base/clock.ts";
import { node, openWorkgraph, runSubgraph, workflow } from "../../src/index.ts";
import { OtlpExporter, otlpTarget } from "../../src/telemetry/otlp-exporter.ts";
import type { OtlpTraces } from "../../src/telemetry/otlp.ts";
import type { Span } from "../../src/telemetry/span.ts";
import { memoryStore, start } from "../authoring/flow.ts";
import { workspaceOf } from "./log.ts";

type Sent = OtlpTraces["resourceSpans"][number]["scopeSpans"][number]["spans"][number];

class Receiver {
  readonly requests: { readonly path: string; readonly headers: Record<string, unknown>; readonly body: OtlpTraces }[] =
    [];
  /** Statuses of the next answers; then 200. */
  readonly answers: number[] = [];
  #server: Server | undefined;

  async open(): Promise<string> {
    const server = createServer((request, response) => {
      let text = "";
      request.setEncoding("utf8").on("data", (part: string) => (text += part));
      request.on("end", () => {
        const status = this.answers.shift() ?? 200;
        if (status === 200)
          this.requests.push({ path: request.url!, headers: request.headers, body: JSON.parse(text) as OtlpTraces });
        response.writeHead(status, { "content-type": "application/json" }).end("{}");
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  get spans(): readonly Sent[] {
    return this.requests.flatMap(({ body }) => body.resourceSpans.flatMap((one) => one.scopeSpans[0]!.spans));
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }
}

const receivers: Receiver[] = [];
afterEach(() => {
  for (const one of receivers.splice(0)) one.close();
});

async function receiver(): Promise<{ readonly at: Receiver; readonly endpoint: string }> {
  const at = new Receiver();
  receivers.push(at);
  return { at, endpoint: await at.open() };
}

const list = node({ id: "list", out: "many" }, async () => ["a", "b"]);
const shout = node({ id: "shout" }, async ({ word }: { word: string }) => `${word}!`);
const child = workflow({ name: "child" }, ({ word }: { word: string }) => shout({ word }));
const flow = workflow({ name: "flow" }, () => runSubgraph({ workflow: child, input: { word: list() } }));

async function exported(env: Record<string, string>): Promise<{ readonly ids: readonly string[] }> {
  const store = memoryStore();
  const spans = openLiveExport(store, { env, say: () => undefined });
  const started = await start(flow, {}, { store });
  spans?.follow(started.run.runId);
  await started.end();
  await spans?.close();
  const all = await listSpans(workspaceOf(store), { run: started.run.runId });
  return { ids: all.spans.map(({ spanId }) => spanId) };
}

test("a collector is sent every span once, with the ids that the log gives, child runs too, and no value", async () => {
  const { at, endpoint } = await receiver();
  const { ids } = await exported({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/`,
    OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b",
  });
  expect(at.spans.map(({ spanId }) => spanId).toSorted()).toEqual(ids.toSorted());
  expect(at.requests[0]).toMatchObject({
    path: "/v1/traces",
    headers: { "x-key": "a b", "content-type": "application/json" },
  });
  expect(JSON.stringify(at.requests)).not.toContain("a!");
});

test("values go with them only when that is asked for", async () => {
  const { at, endpoint } = await receiver();
  await exported({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, WORKGRAPH_OTEL_VALUES: "1" });
  expect(JSON.stringify(at.requests)).toContain("a!");
});

test("without an endpoint there is no exporter", () => {
  expect(openLiveExport(memoryStore(), { env: {}, say: () => undefined })).toBeUndefined();
  expect(
    openLiveExport(memoryStore(), {
      env: { OTEL_SDK_DISABLED: "true", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" },
      say: () => undefined,
    }),
  ).toBeUndefined();
});

const SPAN: Span = {
  traceId: "0".repeat(32),
  spanId: "1".repeat(16),
  kind: "run",
  name: "x",
  runId: "R",
  address: "R",
  startMs: 1_000_000,
  endMs: 1_000_001,
  status: "ok",
  attributes: {},
};

test("a batch is sent again when the collector is busy, and dropped with one word when it refuses", async () => {
  const { at, endpoint } = await receiver();
  const said: string[] = [];
  const target = otlpTarget({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint })!;
  const busy = new OtlpExporter(target, { clock: systemClock, say: (text) => said.push(text) });
  at.answers.push(503);
  busy.add([SPAN]);
  await busy.close();
  expect([at.spans.length, said.length]).toEqual([1, 0]);
  const refused = new OtlpExporter(target, { clock: systemClock, say: (text) => said.push(text) });
  at.answers.push(400, 400);
  refused.add(Array.from({ length: 600 }, () => SPAN));
  await refused.close();
  expect(said).toEqual([expect.stringContaining("400")]);
});

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ALL_SPANS = ["flow", "one", "one attempt 1", "one[0]"];

/** A project with one workflow. */
function project(): string {
  const folder = mkdtempSync(join(tmpdir(), "workgraph-otel-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT, join(folder, "node_modules/agentic-workgraph"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "flow.ts"),
    `import { node, workflow } from "agentic-workgraph";
let times = 0;
const one = node({ id: "one" }, async ({ failing }: { failing: boolean }) => {
  times += 1;
  if (failing && times === 1) throw new Error("once");
  return times;
});
export const flow = workflow({ name: "flow" }, ({ failing = false }: { failing?: boolean }) => one({ failing }));`,
  );
  return folder;
}

test("workgraph run sends what it executes", { timeout: 60_000 }, async () => {
  const { at, endpoint } = await receiver();
  const folder = project();
  const process_ = spawn(process.execPath, [join(ROOT, "bin/workgraph.js"), "run", "flow.ts", "--quiet"], {
    cwd: folder,
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    stdio: "ignore",
  });
  const code = await new Promise((resolve) => process_.on("exit", resolve));
  rmSync(folder, { recursive: true, force: true });
  expect(code).toBe(0);
  expect(at.spans.map(({ name }) => name).toSorted()).toEqual(ALL_SPANS);
});

test("so does a program of one's own, and a resume sends what it adds", async () => {
  const { at, endpoint } = await receiver();
  const folder = project();
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
  const first = await openWorkgraph({ dir: folder });
  const { runId, status } = await (await first.launch(join(folder, "flow.ts"), { failing: true })).end();
  await first.close();
  expect(status).toBe("failed");
  expect(at.spans.map(({ name }) => name).toSorted()).toEqual(ALL_SPANS);
  const second = await openWorkgraph({ dir: folder });
  expect((await (await second.resume(runId)).end()).status).toBe("completed");
  await second.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  expect(at.spans.filter(({ name }) => name === "one attempt 1")).toHaveLength(1);
  expect(at.spans.filter(({ name }) => name === "one attempt 2")).toHaveLength(1);
});
