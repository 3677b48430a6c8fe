/**
 * A recorded run as a test: what each mode compares, and what it says when something differs.
 *
 * 15 programs here. All of them: WORKGRAPH_PROGRAMS=2000 npx vitest run test/testing/fixtures.test.ts --testTimeout=600000
 */
import { expect, test, describe } from "vitest";
import fc from "fast-check";
import { filter, merge, node, race, sleep, workflow, zip, zipBy, type AnyWorkflow } from "agentic-workgraph";
import {
  arbitraries,
  failing,
  programWorkflow,
  replayFixture,
  takes,
  testWorkflow,
  type RunFixture,
  type TestRun,
} from "agentic-workgraph/testing";
import { fixtureOf, parseFixture } from "../../src/store/fixture.ts";
import { parent, research, scrapePage, summarize, report, fetchUrls } from "./flows.ts";

const scripts = {
  fetch_urls: ["a", "b"],
  scrape_page: ({ url }: { url: string }) => (url === "b" ? failing("404") : { url, body: "It keeps" }),
};

async function recorded(run: TestRun<unknown>): Promise<RunFixture> {
  const fixture = await fixtureOf(run.store, (await run.store.run(run.runId))!);
  return parseFixture(JSON.stringify(fixture, null, 1), "research.json");
}

const researched = async (): Promise<RunFixture> =>
  recorded(await testWorkflow(research, { input: { query: "salt" }, nodes: scripts }));

/** The same workflow after an edit. */
const edited = (body: (input: { query: string }) => unknown): AnyWorkflow =>
  workflow({ name: "research" }, body as never) as never;

describe("strict", () => {
  test("the same code replays a completed, a partial and a failed run, and executes nothing", async () => {
    expect(await replayFixture(research, await researched())).toEqual({
      mode: "strict",
      matches: true,
      differences: [],
      text: "",
    });
    const failed = await testWorkflow(
      workflow({ name: "urls" }, async () => (await fetchUrls({ query: "x" })).length),
      { nodes: { fetch_urls: failing("down") } },
    );
    expect(failed.status).toBe("failed");
    const urls = workflow({ name: "urls" }, async () => (await fetchUrls({ query: "x" })).length);
    expect((await replayFixture(urls, await recorded(failed))).matches).toBe(true);
    const caught = workflow({ name: "urls" }, async () => {
      try {
        return await fetchUrls({ query: "x" });
      } catch {
        return report({ summaries: [] });
      }
    });
    expect((await replayFixture(caught, await recorded(failed))).text).toMatch(
      /recorded the run failed: .*down; now .*further call/,
    );
  });

  test("another argument, a call more, a call less and another end are told with what was recorded", async () => {
    const fixture = await researched();
    const said = async (body: Parameters<typeof edited>[0]): Promise<string> =>
      (await replayFixture(edited(body), fixture)).text;
    const chain = (query: string): { readonly summaries: ReturnType<typeof summarize> } => ({
      summaries: summarize({ page: scrapePage({ url: fetchUrls({ query }) }) }),
    });
    expect(await said(({ query }) => report(chain(`${query}!`)))).toMatch(
      /recorded a call of "fetch_urls".*"salt".*; now a call of "fetch_urls".*"salt!"/,
    );
    expect(await said(({ query }) => summarize({ page: scrapePage({ url: fetchUrls({ query }) }) }))).toMatch(
      /recorded a call of "report".*; now/,
    );
    expect(await said(({ query }) => [report(chain(query)), fetchUrls({ query: "more" })])).toMatch(
      /now a call of "fetch_urls".*"more"/,
    );
    expect(await said(async ({ query }) => `${await report(chain(query))}.`)).toMatch(/returned .*; now .*returned/);
  });

  test("an answer that was edited by hand is found by the digest", async () => {
    const fixture = await researched();
    const text = JSON.stringify(fixture).replace("It keeps", "It rots");
    expect(() => parseFixture(text, "research.json")).toThrow(/WG1156: .*was edited/);
    expect(() => parseFixture("{", "research.json")).toThrow("is no JSON");
    let loads = 0;
    const diverged = await testWorkflow(
      workflow({ name: "hidden" }, async () => {
        await report({ summaries: [`${loads++}`] });
        return report({ summaries: [] });
      }),
    );
    expect(diverged.status).toBe("diverged");
    await expect(recorded(diverged)).rejects.toMatchObject({ code: "WG1157" });
    await expect(replayFixture(parent, fixture)).rejects.toMatchObject({ code: "WG1159" });
  });
});

describe("structural", () => {
  test("what items are given may change; calls, items and statuses may not", async () => {
    const fixture = await researched();
    const asked = edited(({ query }) =>
      report({ summaries: summarize({ page: scrapePage({ url: fetchUrls({ query: `${query}, please` }) }) }) }),
    );
    const same = await replayFixture(asked, fixture, { mode: "structural" });

    expect(same.text).toBe("");
    expect(same.run?.output).toBe(fixture.output);
    const filtered = edited(({ query }) => {
      const urls = filter(fetchUrls({ query }), (url) => url !== "b");
      return report({ summaries: summarize({ page: scrapePage({ url: urls }) }) });
    });
    const differs = await replayFixture(filtered, fixture, { mode: "structural" });
    expect(differs.matches).toBe(false);
    expect(differs.text).toMatch(/recorded scrape_page +2 items/);
    expect(differs.text).toMatch(/now +filter/);
  });

  test("a race has the winner that it had, and an item more has no answer", async () => {
    const ask = node({ id: "ask" }, async ({ who }: { who: string }) => who);
    const flow = workflow({ name: "first-of" }, async () =>
      race([ask({ who: "slow" }), ask({ who: "fast" }), sleep("1h")]),
    );
    const answer = ({ who }: { who: string }) => (who === "slow" ? takes("9s", who) : takes("3s", who));
    const fixture = await recorded(await testWorkflow(flow, { nodes: { ask: answer } }));
    const again = await replayFixture(flow, fixture, { mode: "structural" });
    expect([again.run?.output, again.text]).toEqual(["fast", ""]);
    const more = workflow(
      { name: "first-of" },
      () => [ask({ who: "a" }), ask({ who: "b" }), ask({ who: "c" })] as const,
    );
    const lost = await replayFixture(more, fixture, { mode: "structural" });
    expect(lost.run?.items("ask").at(-1)?.error?.code).toBe("WG1158");
  });

  test("child runs are answered from the parent's log", async () => {
    const run = await testWorkflow(parent, { input: { queries: ["x", "y"] }, nodes: scripts });
    const fixture = await recorded(run);
    expect((await replayFixture(parent, fixture)).text).toBe("");
    const again = await replayFixture(parent, fixture, { mode: "structural" });
    expect([again.text, again.run?.children.length]).toEqual(["", 2]);
    expect((await replayFixture(research, await recorded(run.children[0]!))).text).toBe("");
  });
});

test("inputs: the recorded input runs anew, with scripts in place of answers", async () => {
  const fixture = await researched();
  const good = { ...scripts, scrape_page: ({ url }: { url: string }) => ({ url, body: "new" }) };
  const replay = await replayFixture(research, fixture, { mode: "inputs", nodes: good });
  expect(replay.run?.attempts(fetchUrls).inputs).toEqual([{ query: "salt" }]);
  expect(replay.text).toBe("status: recorded completed_partial; now completed");
});

test("any program that was recorded replays, strictly and in its shape; one that was changed does not", async () => {
  const { failingPrograms } = await arbitraries();
  const property = fc.asyncProperty(failingPrograms(), async ({ program, failures }) => {
    const fixture = await recorded(await testWorkflow(programWorkflow(program), { failures }));
    const changed = programWorkflow({ statements: [...program.statements, { does: "mark", of: 0 }] });
    for (const mode of ["strict", "structural"] as const) {
      expect((await replayFixture(programWorkflow(program), fixture, { mode })).text).toBe("");
      expect((await replayFixture(changed, fixture, { mode })).matches).toBe(false);
    }
  });
  await fc.assert(property, { seed: 20_261_122, numRuns: Number(process.env["WORKGRAPH_PROGRAMS"] ?? 15) });
});

test("generators, keys, pairs, plain arrays, long values and answers of models come back as they were", async () => {
  const split = node({ id: "split", key: (word: string) => word }, async function* ({ text }: { text: string }) {
    yield* text.split(" ");
  });
  const grow = node({ id: "grow" }, async ({ word }: { word: string }) => word.repeat(9000));
  const name = node({ id: "name" }, async ({ word, rank }: { word: string; rank: number }, ctx) => {
    const said = await ctx.llm({ prompt: word });
    return { rank, said, at: new Map([[word, new Date(rank)]]) };
  });
  const everything = workflow({ name: "everything" }, async () => {
    const words = split({ text: "one three five" });
    const [word, rank] = zip(words, [1n, 3n, 5n].map(Number));
    const named = name({ word, rank });
    const pairs = zipBy(
      words,
      merge(
        filter(words, (one) => one !== "one"),
        ["one"],
      ),
      (one) => one,
    );
    return { named: await named, grown: (await grow({ word: pairs[0] })).map(({ length }) => length) };
  });
  const run = await testWorkflow(everything, { models: { default: ({ prompt }) => `${prompt}!` } });
  expect(run.status, run.error?.message).toBe("completed");
  const fixture = await recorded(run);
  for (const mode of ["strict", "structural"] as const)
    expect((await replayFixture(everything, fixture, { mode })).text).toBe("");
  const again = await replayFixture(everything, fixture, { mode: "structural" });
  expect(again.run?.output).toEqual(run.output);
  expect(again.run?.prompts().count).toBe(0);
});
