/** The tracing API is loaded for code that asks for it, whenever it does, and for no other: in real processes that load nothing else. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { workgraphJson } from "../../src/cli/fixtures/workgraph-process.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "workgraph-asked-"));
  writeFileSync(join(dir, "package.json"), '{"name": "asked", "type": "module"}');
  mkdirSync(join(dir, "node_modules"));
  symlinkSync(
    fileURLToPath(new URL("../../node_modules/@opentelemetry", import.meta.url)),
    join(dir, "node_modules/@opentelemetry"),
  );
});
afterEach(() => rmSync(dir, { recursive: true }));

/** What a run of that file returned, and the names of the spans that its nodes opened. */
async function spansOf(source: string): Promise<{ readonly output: unknown; readonly names: readonly string[] }> {
  writeFileSync(join(dir, "flow.ts"), source);
  const { document, stderr } = await workgraphJson(["run", "flow.ts", "--no-replay-check"], { cwd: dir });
  expect(document, stderr).toMatchObject({ status: "completed" });
  const read = await workgraphJson(["spans", "latest"], { cwd: dir });
  const spans = read.document["spans"] as readonly { readonly kind: string; readonly name: string }[];
  return {
    output: document["output"],
    names: spans.filter(({ kind }) => kind === "user").map(({ name }) => name),
  };
}

test("code that asks for it while an attempt goes on has its spans recorded, from the first on", async () => {
  const { output, names } = await spansOf(`
    import { node, workflow } from "agentic-workgraph";
    const registered = () => Symbol.for("opentelemetry.js.api.1") in globalThis;
    const before = node({ id: "before" }, async () => registered());
    const opening = node({ id: "opening" }, async ({ was }: { was: boolean }) => {
      const { trace } = await import("@opentelemetry/api");
      trace.getTracer("mine").startSpan("late").end();
      return [was, registered()].join();
    });
    export const flow = workflow({ name: "flow" }, () => opening({ was: before({}) }));
  `);
  expect(output).toBe("false,true");
  expect(names).toEqual(["late"]);
});

test("code that imports it has its spans recorded", async () => {
  const { names } = await spansOf(`
    import { node, workflow } from "agentic-workgraph";
    import { trace } from "@opentelemetry/api";
    const opening = node({ id: "opening" }, async () => trace.getTracer("mine").startSpan("early").end());
    export const flow = workflow({ name: "flow" }, () => opening({}));
  `);
  expect(names).toEqual(["early"]);
});
