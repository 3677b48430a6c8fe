/** Models that answer by script, and texts that are kept in files. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { node, workflow } from "agentic-workgraph";
import { expectFile, failing, hangs, sequence, takes, testNode, testWorkflow, tokens } from "agentic-workgraph/testing";
import { z } from "zod";

const Verdict = z.object({ good: z.boolean() });
const draft = node({ id: "draft" }, async ({ about }: { about: string }, ctx) =>
  ctx.llm({ prompt: `Write on ${about}.` }),
);
const judge = node({ id: "judge", timeout: "1m" }, async ({ text }: { text: string }, ctx) =>
  ctx.llm({ prompt: `Good? ${text}`, model: "strict", schema: Verdict }),
);
const review = workflow({ name: "review" }, ({ about }: { about: string }) => judge({ text: draft({ about }) }));
const input = { about: "salt" };

describe("models", () => {
  test("answer by node id or by name, are read back, and stream into the run", async () => {
    const run = await testWorkflow(review, {
      input,
      models: { draft: tokens("Salt ", "keeps."), strict: ({ prompt }) => ({ good: prompt.includes("keeps") }) },
    });
    expect(run.output).toEqual({ good: true });
    expect(run.streamed("draft")).toBe("Salt keeps.");
    expect(run.prompts("draft").texts).toEqual(["Write on salt."]);
    expect(run.prompts("strict").last).toMatchObject({ node: "judge", model: "strict", prompt: "Good? Salt keeps." });
    expect(run.prompts().count).toBe(2);
    expect(run.events.filter(({ event }) => event.type === "model.called")).toHaveLength(2);
  });

  test("what does not fit the schema is corrected, a provider that is busy is asked again, on the run's clock", async () => {
    const run = await testNode(
      judge,
      { text: "x" },
      {
        models: { strict: sequence(failing("overloaded"), "no JSON", { good: "yes" }, { good: false }) },
      },
    );
    expect(run.output).toMatchObject([{ status: "ok", value: { good: false } }]);
    expect(run.prompts(judge).count).toBe(4);
    expect(run.elapsedMs).toBeGreaterThan(0);
  });

  test("one that is slow or silent times out, and one that nobody scripted is no request", async () => {
    const slow = await testNode(
      judge,
      { text: ["x", "y"] },
      {
        models: { judge: ({ prompt }) => (prompt.endsWith("x") ? takes("2m", { good: true }) : hangs()) },
      },
    );
    expect(slow.output).toMatchObject([{ error: { kind: "timeout" } }, { error: { kind: "timeout" } }]);
    const none = await testNode(judge, { text: "x" }, { models: { strikt: "{}" } });
    expect(none.output).toMatchObject([{ error: { code: "WG1161", hint: 'did you mean "strikt"?' } }]);
  });
});

describe("expectFile", () => {
  test("says what differs, and writes the file only when it is told to", () => {
    const folder = mkdtempSync(join(tmpdir(), "workgraph-testing-"));
    const file = join(folder, "graphs", "a.txt");
    try {
      expect(() => expectFile("a\nb", file)).toThrow(/WG1155: there is no file/);
      vi.stubEnv("WORKGRAPH_UPDATE", "1");
      expectFile("a\nb", file);
      vi.unstubAllEnvs();
      expect(readFileSync(file, "utf8")).toBe("a\nb\n");
      expectFile("a\nb\n", file);
      expect(() => expectFile("a\nc", file)).toThrow(/2 - b\n2 \+ c/);
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  });
});
