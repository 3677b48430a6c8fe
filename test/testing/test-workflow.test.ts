/** What `testWorkflow` and `testNode` promise: scripts, a clock nobody waits for, and reading back what happened. */
import { describe, expect, test } from "vitest";
import { FatalError, node, workflow } from "agentic-workgraph";
import { failing, hangs, sequence, takes, testNode, testWorkflow, tokens } from "agentic-workgraph/testing";
import { fetchUrls, nightly, parent, report, research, scrapePage } from "./flows.ts";

const page = ({ url }: { url: string }): object => ({ url, body: `${url} keeps` });

describe("scripts", () => {
  test("stand in for nodes by id: fixed values, functions, sequences and errors; the others are performed", async () => {
    const run = await testWorkflow(research, {
      input: { query: "salt" },
      nodes: {
        fetch_urls: ["a", "b"],
        scrape_page: ({ url }) => (url === "b" ? failing(new FatalError("404")) : page({ url })),
      },
    });
    expect(run.status).toBe("completed_partial");
    expect(run.output).toBe("a: a (1 missing)");
    expect(run.attempts(scrapePage).inputs).toEqual([{ url: "a" }, { url: "b" }]);
    expect(run.items(scrapePage).map((item) => [item.path, item.status, item.error?.message])).toEqual([
      ["fetch_urls[0]", "completed", undefined],
      ["fetch_urls[1]", "failed", "404"],
    ]);
  });

  test("a sequence answers attempts as they start, and one attempt too many is no repeat", async () => {
    const nodes = { scrape_page: sequence(failing("503"), failing("503"), page) };
    const run = await testNode(scrapePage, { url: "a" }, { nodes });
    expect(run.output).toMatchObject([{ status: "ok", value: { body: "a keeps" } }]);
    expect(run.attempts(scrapePage).count).toBe(3);

    const short = await testNode(scrapePage, { url: ["a", "b"] }, { nodes: { scrape_page: sequence(page) } });
    expect(short.output[1]).toMatchObject({ status: "failed", error: { code: "WG1153" } });
    expect(short.attempts(scrapePage).count).toBe(2);
  });

  test("text in pieces is streamed by a node, and yielded by a generator", async () => {
    const write = node({ id: "write" }, async ({ title }: { title: string }) => title);
    const words = node({ id: "words" }, async function* ({ text }: { text: string }) {
      yield* text.split(" ");
    });
    const flow = workflow({ name: "words-of" }, () => words({ text: write({ title: "t" }) }));
    const run = await testWorkflow(flow, { nodes: { write: tokens("The ", "end"), words: tokens("The", "end") } });
    expect(run.streamed(write)).toBe("The end");
    expect(run.attempts("words").last?.input).toEqual({ text: "The end" });
    expect(run.output).toEqual(["The", "end"]);
  });

  test("what a script gives passes the schema of its node, as a result of the node would", async () => {
    const positive = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: unknown) =>
          typeof value === "number" && value > 0 ? { value } : { issues: [{ message: "not positive" }] },
      },
    } as const;
    const count = node({ id: "count", output: positive }, async ({ of }: { of: string }) => of.length);
    const run = await testNode(count, { of: ["a", "b"] }, { nodes: { count: sequence(3, -1) } });
    expect(run.output).toMatchObject([{ value: 3 }, { status: "failed", error: { code: "WG2008" } }]);
  });

  test("failures are placed at single items, for all attempts or the first", async () => {
    const run = await testNode(
      scrapePage,
      { url: ["a", "b", "c"] },
      {
        nodes: { scrape_page: page },
        failures: [
          { node: "scrape_page", item: 0, attempts: 2, error: "503" },
          { node: "scrape_page", item: 2 },
        ],
      },
    );
    expect(run.items(scrapePage).map(({ status, attempts }) => [status, attempts])).toEqual([
      ["completed", 3],
      ["completed", 1],
      ["failed", 3],
    ]);
  });

  test("a script for a name that is nearly a node's is refused, and so is asking for one", async () => {
    const nodes = { fetch_urls: ["a"], scrape_pages: page };
    const run = testWorkflow(research, { input: { query: "x" }, nodes });
    await expect(run).rejects.toMatchObject({ code: "WG1151", message: expect.stringContaining('"scrape_page"') });
    const good = await testWorkflow(research, { input: { query: "x" }, nodes: { fetch_urls: [] } });
    expect(() => good.attempts("raport")).toThrow('did you mean "report"');
    expect(good.attempts(scrapePage).count).toBe(0);
    expect(good.attempts(report).last?.input).toEqual({ summaries: [] });
  });
});

describe("the clock", () => {
  test("sleeps, delays and timeouts pass at once, and are told as if they had been waited for", async () => {
    const before = performance.now();
    const night = await testWorkflow(nightly);
    expect(night.output).toBe("2026-01-01T08:00:00.000Z");
    expect(night.elapsedMs).toBe(8 * 3_600_000);
    const run = await testNode(
      scrapePage,
      { url: ["slow", "late", "gone"] },
      {
        nodes: {
          scrape_page: ({ url }) =>
            url === "slow" ? takes("19s", page) : url === "late" ? takes("21s", page) : hangs("ignored"),
        },
      },
    );
    expect(run.output).toMatchObject([
      { status: "ok" },
      { status: "failed", error: { kind: "timeout" } },
      { status: "failed", error: { kind: "timeout" } },
    ]);
    expect(run.items(scrapePage).map(({ status, attempts }) => [status, attempts])).toEqual([
      ["completed", 1],
      ["failed", 3],
      ["abandoned", 3],
    ]);
    // Three attempts of 20 s, delays of 10 and 20 s, and the grace of the one that ignores its signal.
    expect(run.elapsedMs).toBeGreaterThanOrEqual(90_000);
    expect(performance.now() - before).toBeLessThan(4000);
  });

  test("it stands while a node function runs, however long that takes", async () => {
    const slow = node({ id: "slow", timeout: "5ms" }, async () => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return "done";
    });
    const run = await testNode(slow, {});
    expect(run.output).toMatchObject([{ status: "ok", value: "done" }]);
    expect(run.elapsedMs).toBe(0);
  });

  test("a run that never ends is an error that names what runs", async () => {
    const never = node({ id: "never" }, async () => new Promise<string>(() => undefined));
    await expect(testNode(never, {}, { limitMs: 50 })).rejects.toMatchObject({
      code: "WG1150",
      message: expect.stringMatching(/still running: "never" \(\w+\.1\.0\)/),
    });
  });

  test("chance and time repeat, and what does not repeat is found at the graph break", async () => {
    const echo = node({ id: "echo" }, async ({ value }: { value: number }) => value);
    const draws = workflow({ name: "draws" }, async () => [await echo({ value: Math.random() }), Date.now()]);
    const [first, second] = [await testWorkflow(draws), await testWorkflow(draws)];
    expect(first.output).toEqual(second.output);
    expect((await testWorkflow(draws, { seed: "other" })).output).not.toEqual(first.output);

    let loads = 0;
    const hidden = workflow({ name: "hidden" }, async () => echo({ value: (await echo({ value: 1 })) + loads++ }));
    const diverged = await testWorkflow(hidden);
    expect(diverged.status).toBe("diverged");
    expect(diverged.diverged?.now).toMatchObject({ node: "echo" });
    expect((await testWorkflow(hidden, { replay: "never" })).status).toBe("completed");
  });
});

describe("what a run finds and leaves", () => {
  test("errors and scratchpad are seeded and read back", async () => {
    const decide = node({ id: "decide", out: "one" }, async (_: object, ctx) => {
      const known = await ctx.errors({ node: "fetch" });
      const rounds = (await ctx.scratchpad.get<number>("rounds")) ?? 0;
      await ctx.scratchpad.set("rounds", rounds + known.length);
      return known.map(({ message }) => message);
    });
    const flow = workflow({ name: "supervise" }, () => decide({}));
    const run = await testWorkflow(flow, {
      errors: [
        { node: "fetch", message: "404" },
        { node: "other", message: "no" },
      ],
      scratchpad: { rounds: 3 },
    });
    expect(run.output).toEqual(["404"]);
    expect(run.scratchpad("rounds")).toBe(4);
  });

  test("child runs are runs of their own, with the same scripts", async () => {
    const nodes = { fetch_urls: ({ query }: { query: string }) => [`${query}1`], scrape_page: page };
    const run = await testWorkflow(parent, { input: { queries: ["x", "y"] }, nodes });
    expect(run.output).toEqual(["ok", "ok"]);
    expect(run.children.map((child) => child.output)).toEqual(["x1: x1 (0 missing)", "y1: y1 (0 missing)"]);
    expect(run.attempts(scrapePage).count).toBe(2);
  });

  test("artifacts are published, in a folder of the test", async () => {
    const save = node({ id: "save" }, async ({ text }: { text: string }, ctx) => {
      const dir = await ctx.artifact("notes");
      await dir.write("a.txt", text);
      return dir;
    });
    const flow = workflow({ name: "saving" }, () => save({ text: "salt" }));
    const run = await testWorkflow(flow);
    expect(run.artifacts).toMatchObject([{ name: "notes", files: 1 }]);
    expect(run.output).toMatchObject({ selector: `saving/notes@${run.runId}` });
  });

  test("events, logs and the graph are captured; the output of a failed run is its error", async () => {
    const run = await testWorkflow(research, {
      input: { query: "x" },
      nodes: { fetch_urls: ["a", "b"], scrape_page: page },
    });
    expect(run.events[0]?.event).toMatchObject({ type: "run.created", version: "unversioned" });
    expect(run.events.map(({ seq }) => seq)).toEqual(run.events.map((_, index) => index + 1));
    expect(run.logs).toContainEqual(expect.objectContaining({ node: "summarize", fields: { url: "a" } }));
    expect(run.graphText).toBe(
      [
        "fetch_urls   1 item   completed",
        "scrape_page  2 items  completed  url <- fetch_urls",
        "summarize    2 items  completed  page <- scrape_page",
        "report       1 item   completed  summaries <- summarize",
        "",
      ].join("\n"),
    );
    const urls = workflow({ name: "urls" }, () => fetchUrls({ query: "x" }));
    const failed = await testWorkflow(urls, { nodes: { fetch_urls: failing("no index") } });
    expect(failed.status).toBe("failed");
    expect(() => failed.output).toThrow(/WG1152: .*no index/);
  });
});
