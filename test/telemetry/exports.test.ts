/** Spans out of real runs, and the files that other tools open. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportProfile } from "../../src/app/operations/export-profile.ts";
import { listSpans } from "../../src/app/operations/spans.ts";
import { node, runSubgraph, workflow } from "../../src/index.ts";
import type { Store } from "../../src/store/store.ts";
import { spanIdOf, traceIdOf } from "../../src/store/span-line.ts";
import type { ChromeTrace } from "../../src/telemetry/chrome-trace.ts";
import type { OtlpTraces } from "../../src/telemetry/otlp.ts";
import type { SpeedscopeFile } from "../../src/telemetry/speedscope.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { run } from "../authoring/flow.ts";
import { workspaceOf } from "./log.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const tries = new Map<string, number>();

const words = node({ id: "words", out: "many" }, async ({ text }: { text: string }) => text.split(" "));
const shout = node(
  { id: "shout", concurrency: 2, retries: { max: 1, delay: "10ms", jitter: "none" } },
  async ({ word }: { word: string }) => {
    await pause(5);
    const tried = (tries.get(word) ?? 0) + 1;
    tries.set(word, tried);
    if (word === "flaky" && tried === 1) throw new Error("not yet");
    return word.toUpperCase();
  },
);
const both = node({ id: "both", gather: ["all"] }, async ({ all }: { all: string[] }) => all.join(" "));
const loud = workflow({ name: "loud" }, ({ text }: { text: string }) =>
  both({ all: shout({ word: words({ text }) }) }),
);
const texts = node({ id: "texts", out: "many" }, async () => ["a flaky c", "d e"]);
const outer = workflow({ name: "outer" }, () => runSubgraph({ workflow: loud, input: { text: texts() } }));

let store: Store;
let runId: string;
let folder: string;
const asked = async () => listSpans(workspaceOf(store), { run: runId, limit: 1_000 });
const exported = async (format: string): Promise<string> => {
  const file = join(folder, `trace.${format}`);
  await exportProfile(workspaceOf(store), { run: runId, format, file: `trace.${format}`, from: folder });
  return readFileSync(file, "utf8");
};

describe("a run with child runs", () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "workgraph-exports-"));
    store = await openSqliteStore({ dir: folder });
    tries.clear();
    const ended = await run(outer, {}, { store });
    if (ended.status !== "completed") throw new Error(`the run ${ended.status}`);
    runId = ended.runId;
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is a tree: run, call, item, attempt, and child runs below their items, one trace", async () => {
    const { spans, traceId, total } = await asked();
    expect(total).toBe(spans.length);
    expect(traceId).toBe(traceIdOf(runId));
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    expect(byId.size).toBe(spans.length);
    const above = { run: "item", call: "run", item: "call", attempt: "item" } as Record<string, string>;
    for (const span of spans) {
      const parent = span.parentId === undefined ? undefined : byId.get(span.parentId);
      expect(parent?.kind).toBe(span.address === runId ? undefined : above[span.kind]);
      expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
      expect(span.startMs).toBeGreaterThanOrEqual((parent?.startMs ?? 0) - 2);
      expect(span.endMs).toBeLessThanOrEqual((parent?.endMs ?? Infinity) + 2);
    }
    expect(spans.filter(({ kind }) => kind === "run").map(({ name }) => name)).toEqual(["outer", "loud", "loud"]);
    const attempts = spans.filter(({ kind, name }) => kind === "attempt" && name.startsWith("shout"));
    expect(attempts).toHaveLength(6);
    expect(attempts.filter(({ status }) => status === "error").map(({ message }) => message)).toEqual(["not yet"]);
  });

  test("has ids that follow from its addresses", async () => {
    const { spans } = await asked();
    expect(spans.find(({ address, kind }) => address === `${runId}.1.0` && kind === "attempt")?.spanId).toBe(
      spanIdOf({ run: runId, call: 1, item: 0, attempt: 1 }),
    );
    expect((await asked()).spans).toEqual(spans);
  });

  test("is read in pages that join without gap or overlap", async () => {
    const all = (await asked()).spans;
    const paged = [];
    for (let cursor: string | undefined; ;) {
      const page = await listSpans(workspaceOf(store), { run: runId, limit: 7, ...(cursor ? { cursor } : {}) });
      paged.push(...page.spans);
      cursor = page.cursor;
      if (!page.truncated) break;
    }
    expect(paged).toEqual(all);
  });

  test("as a Chrome trace: complete events of a thread do not overlap, async events are in pairs", async () => {
    const { traceEvents } = JSON.parse(await exported("chrome")) as ChromeTrace;
    const threads = Map.groupBy(
      traceEvents.filter(({ ph }) => ph === "X"),
      ({ pid, tid }) => `${pid} ${tid}`,
    );
    expect(threads.size).toBeGreaterThan(5);
    for (const events of threads.values()) {
      let until = 0;
      for (const { ts, dur } of events) {
        expect(ts).toBeGreaterThanOrEqual(until);
        expect(Number.isInteger(ts) && Number.isInteger(dur)).toBe(true);
        until = ts! + dur!;
      }
    }
    const named = traceEvents.filter(({ ph, name }) => ph === "M" && name === "thread_name");
    expect(named.map(({ args }) => args!["name"])).toContain("shout #2");
    const open = new Map<string, number>();
    for (const { ph, id, ts, cat } of traceEvents) {
      if (ph === "b") open.set(`${cat} ${id}`, ts!);
      if (ph !== "e") continue;
      expect(ts).toBeGreaterThanOrEqual(open.get(`${cat} ${id}`)!);
      open.delete(`${cat} ${id}`);
    }
    expect(open.size).toBe(0);
    expect(traceEvents.filter(({ ph, cat }) => ph === "X" && cat === "attempt")).toHaveLength(13);
  });

  test("as a speedscope file: balanced events in order of time, frames that exist, the critical path first", async () => {
    const file = JSON.parse(await exported("speedscope")) as SpeedscopeFile;
    expect(file.$schema).toBe("https://www.speedscope.app/file-format-schema.json");
    expect(file.profiles[0]?.name).toBe("critical path");
    for (const { type, unit, startValue, endValue, events } of file.profiles) {
      expect([type, unit]).toEqual(["evented", "milliseconds"]);
      const stack: number[] = [];
      let at = startValue;
      for (const event of events) {
        expect(event.at).toBeGreaterThanOrEqual(at);
        expect(file.shared.frames[event.frame]?.name).toMatch(/./);
        at = event.at;
        if (event.type === "O") stack.push(event.frame);
        else if (stack.pop() !== event.frame) stack.push(-1);
      }
      expect(stack).toEqual([]);
      expect(at).toBeLessThanOrEqual(endValue);
    }
  });

  test("as OTLP: ids in hexadecimal, times as text, no value of the run", async () => {
    const text = await exported("otlp");
    const [resource] = (JSON.parse(text) as OtlpTraces).resourceSpans;
    const spans = resource!.scopeSpans[0]!.spans;
    expect(spans).toHaveLength((await asked()).spans.length);
    for (const span of spans) {
      expect(span.traceId).toBe(traceIdOf(runId));
      expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
      expect(span.startTimeUnixNano).toMatch(/^\d{19}$/);
      expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
    }
    expect(text).not.toContain("FLAKY");
  });

  test("as lines of JSON, one span each", async () => {
    const lines = (await exported("ndjson")).trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { spanId: string }).spanId)).toEqual(
      (await asked()).spans.map(({ spanId }) => spanId),
    );
  });

  test("a format that there is not is refused, and a file that cannot be written leaves nothing", async () => {
    await expect(exported("crome")).rejects.toMatchObject({ code: "WG6112" });
    const file = join(folder, "missing", "x.json");
    const asking = exportProfile(workspaceOf(store), { run: runId, format: "chrome", file, from: folder });
    await expect(asking).rejects.toMatchObject({ code: "WG6113" });
  });
});
