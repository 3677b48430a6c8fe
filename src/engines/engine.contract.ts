/**
 * What every engine does, wherever it performs attempts: the same runs, asked of each.
 *
 * R1. The workflows are a file that is bundled and loaded, as a runner does it: an engine may have to load the code again elsewhere.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FolderArtifacts } from "../artifacts/folder-artifacts.ts";
import { systemClock } from "../base/clock.ts";
import { decode, encode } from "../model/codec.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { RunEvent } from "../model/events.ts";
import type { Engine } from "../runtime/engine.ts";
import { RateLimiter } from "../runtime/rate-limit.ts";
import { startRun } from "../runtime/start.ts";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import { bundleWorkflow } from "../version/bundle.ts";
import { addSiteMapper } from "../trace/site.ts";
import { loadBundle } from "../version/loader.ts";
import { originalLoadedSite } from "../version/origin.ts";

export interface EngineUnderTest {
  readonly engine: Engine;
  readonly close: () => Promise<void>;
}

export interface EngineParts {
  readonly artifacts: FolderArtifacts;
  readonly project: { readonly root: string; readonly artifactsDir: string; readonly dataDir: string };
}

const FLOW = `
import { FatalError, node, workflow } from "agentic-workgraph";
const numbers = node({ id: "numbers", out: "many" }, ({ count }: { count: number }) => Array.from({ length: count }, (_, i) => i));
const act = node({ id: "act", thread: true, retries: { max: 1, delay: 0 } }, async ({ how }: { how: string }, ctx): Promise<unknown> => {
  switch (how) {
    case "values": return { date: new Date(0), map: new Map([["a", 1n]]), bytes: new Uint8Array([1, 2]), none: undefined };
    case "who": return [ctx.runId, ctx.workflow, ctx.nodeId, ctx.callId, ctx.item, ctx.attempt, ctx.idempotencyKey].join("|");
    case "talks":
      ctx.log.warn("watch out", { n: 1 });
      ctx.stream("a chunk");
      ctx.emit("noted", { x: 1 });
      return "said";
    case "pad":
      await ctx.scratchpad.set("k", 1);
      return [await ctx.scratchpad.cas("k", 1, 2), await ctx.scratchpad.cas("k", 1, 3), await ctx.scratchpad.get("k")].join();
    case "once": return [await ctx.once("k", () => 7), await ctx.once("k", () => 8)].join();
    case "retry":
      if (ctx.attempt === 1) throw new Error("not yet");
      return (await ctx.errors({ node: "act" })).map(({ message }) => message).join();
    case "fatal": throw new FatalError("never again");
    case "secret": return ctx.secret("ENGINE_SECRET");
    case "leak": ctx.log.info("it is " + ctx.secret("ENGINE_SECRET")); return "told";
    case "unrecordable": return () => 1;
    case "artifact": {
      const dir = await ctx.artifact("made");
      await dir.write("a.txt", "hello");
      return dir;
    }
    default: throw new TypeError("unknown: " + how);
  }
});
const streams = node({ id: "streams", thread: true, retries: { max: 1, delay: 0 } }, async function* ({ count }: { count: number }, ctx) {
  for (let i = 0; i < count; i++) {
    if (i === 3 && ctx.attempt === 1) throw new Error("cut");
    yield i * 10;
  }
});
const waits = node({ id: "waits", thread: true, timeout: 200 }, async (_: object, ctx) => {
  await new Promise((resolve, reject) => {
    const held = setTimeout(resolve, 60_000);
    ctx.signal.addEventListener("abort", () => { clearTimeout(held); reject(ctx.signal.reason); });
  });
  return 1;
});
const squares = node({ id: "squares", thread: true }, ({ n }: { n: number }) => n * n);
export const acts = workflow({ name: "acts" }, ({ how }: { how: string }) => act({ how }));
export const streamed = workflow({ name: "streamed" }, ({ count }: { count: number }) => streams({ count }));
export const timed = workflow({ name: "timed" }, () => waits({}));
export const mapped = workflow({ name: "mapped" }, ({ count }: { count: number }) => squares({ n: numbers({ count }) }));
`;

export interface ContractRun {
  readonly status: string;
  readonly value: unknown;
  readonly error: { readonly kind?: string; readonly message?: string; readonly stack?: string } | undefined;
  readonly events: readonly RunEvent[];
  readonly logs: readonly string[];
}

export function describeEngine(name: string, open: (parts: EngineParts) => EngineUnderTest): void {
  describe(`${name}, as any engine`, () => {
    const root = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-engine-")));
    const project = { root, artifactsDir: join(root, "artifacts"), dataDir: join(root, ".workgraph") };
    const flows = new Map<string, WorkflowDefinition>();
    let subject: EngineUnderTest;
    beforeAll(async () => {
      addSiteMapper(originalLoadedSite);
      process.env["ENGINE_SECRET"] = "hunter2-hunter2";
      writeFileSync(join(root, "package.json"), '{"name": "engine", "type": "module"}');
      writeFileSync(join(root, "flow.ts"), FLOW);
      for (const exportName of ["acts", "streamed", "timed", "mapped"]) {
        const bundle = await bundleWorkflow({ file: join(root, "flow.ts"), exportName });
        const { closureHash: hash, code, map, file: originFile, sources } = bundle;
        const module = await loadBundle({ hash, code, map, originFile, root: bundle.root, sources });
        flows.set(exportName, (module[exportName] as { readonly definition: WorkflowDefinition }).definition);
      }
      subject = open({ artifacts: new FolderArtifacts(project), project });
    });
    afterAll(async () => {
      delete process.env["ENGINE_SECRET"];
      await subject.close();
      rmSync(root, { recursive: true, force: true });
    });

    async function run(flow: string, input: object): Promise<ContractRun> {
      const store = openMemoryStore();
      const started = await startRun(
        flows.get(flow)!,
        { version: "unversioned", input: encode(input) },
        { store, clock: systemClock, limiter: new RateLimiter(systemClock), engine: subject.engine },
      );
      if (!started.created) throw new Error("an older run has its id");
      const end = await started.run.ended;
      const events = (await store.events(started.run.runId, { limit: 10_000 })).map(({ event }) => event);
      const lines = await store.logs(started.run.runId);
      await store.close();
      const failed = events.find((event) => event.type === "item.failed");
      return {
        status: end.status,
        value: end.output === undefined ? undefined : decode(end.output),
        error: failed?.error ?? end.error,
        events,
        logs: lines.map(({ level, text }) => `${level}: ${text}`),
      };
    }
    const act = (how: string): Promise<ContractRun> => run("acts", { how });

    test("values of the codec come out as they went in", async () => {
      const { value } = await act("values");
      expect(value).toEqual({
        date: new Date(0),
        map: new Map([["a", 1n]]),
        bytes: new Uint8Array([1, 2]),
        none: undefined,
      });
    });

    test("ctx says which attempt it is", async () => {
      expect((await act("who")).value).toMatch(/^([0-9A-Z]+)\|acts\|act\|1\|0\|1\|\1.1.0$/);
    });

    test("lines, chunks and events arrive before the result, in order", async () => {
      const { logs, events, value } = await act("talks");
      expect(value).toBe("said");
      expect(logs).toEqual(["warn: watch out", "stream: a chunk"]);
      const types = events.map(({ type }) => type);
      expect(types.indexOf("item.emitted")).toBeLessThan(types.indexOf("item.completed"));
      expect(types).toContain("item.emitted");
    });

    test("the scratchpad, and once, are those of the run", async () => {
      expect((await act("pad")).value).toBe("true,false,2");
      expect((await act("once")).value).toBe("7,7");
    });

    test("a retry sees the errors before it; a fatal error has none", async () => {
      expect((await act("retry")).value).toBe("not yet");
      const { status, error, events } = await act("fatal");
      expect([status, error?.message]).toEqual(["failed", "never again"]);
      expect(events.some(({ type }) => type === "item.retrying")).toBe(false);
    });

    test("a stack names the author's file and line", async () => {
      const line = FLOW.split("\n").findIndex((text) => text.includes('case "fatal"')) + 1;
      expect((await act("fatal")).error?.stack).toContain(`${join(root, "flow.ts")}:${line}:`);
    });

    test("a secret's value is refused in a result and taken out of a line", async () => {
      const refused = await act("secret");
      expect([refused.status, refused.error?.message]).toEqual(["failed", expect.stringMatching(/ENGINE_SECRET/)]);
      expect(refused.error?.message).not.toContain("hunter2");
      expect((await act("leak")).logs).toEqual(["info: it is [secret ENGINE_SECRET]"]);
    });

    test("what cannot be recorded fails its item by name", async () => {
      expect((await act("unrecordable")).error?.message).toMatch(/the result of "act" cannot be recorded/);
    });

    test("a folder is published with its item", async () => {
      const { value, events } = await act("artifact");
      expect(events.some(({ type }) => type === "artifact.published")).toBe(true);
      const { path } = value as { readonly path: string };
      expect(readFileSync(join(root, path, "a.txt"), "utf8")).toBe("hello");
    });

    test("a generator's items come as they are made, and a retry drops what is recorded", async () => {
      const { value, events } = await run("streamed", { count: 6 });
      expect(value).toEqual([0, 10, 20, 30, 40, 50]);
      const counts = events.flatMap((event) => (event.type === "item.yielded" ? [event.count] : []));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(6);
    });

    test("a timeout aborts the signal; the attempt fails by that", async () => {
      const { status, error } = await run("timed", {});
      expect([status, error?.kind]).toEqual(["failed", "timeout"]);
    });

    test("many items come out in their order", async () => {
      expect((await run("mapped", { count: 40 })).value).toEqual(Array.from({ length: 40 }, (_, n) => n * n));
    });
  });
}
