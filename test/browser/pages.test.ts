/** The pages load in a real browser, from their own server alone, and show what was recorded. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inChromium } from "./chromium.ts";
import { RESEARCH } from "./flows.ts";
import { Site } from "./site.ts";

/** A model that answers at once, and says what that used. */
const MODELS = `
export default {
  models: {
    default: {
      specificationVersion: "v4", provider: "mock.chat", modelId: "small-1", supportedUrls: {},
      doGenerate: async () => ({
        content: [{ type: "text", text: "a bolt" }],
        finishReason: { unified: "stop", raw: "stop" },
        usage: { inputTokens: { total: 88 }, outputTokens: { total: 28 } },
        warnings: [],
      }),
      doStream: async () => { throw new Error("it streams nothing"); },
    },
  },
};
`;

const ASKING = `
import { node, workflow } from "agentic-workgraph";
const ask = node({ id: "ask" }, async ({ about }: { about: string }, ctx) => ctx.llm({ prompt: about, stream: false }));
export const asking = workflow({ name: "asking" }, ({ about }: { about: string }) => ask({ about }));
`;

inChromium("pages", (browser) => {
  const site = new Site();
  let runId = "";
  beforeAll(async () => {
    await site.open({
      "research.workflow.ts": RESEARCH,
      "asking.workflow.ts": ASKING,
      "workgraph.config.ts": MODELS,
    });
    runId = await site.ran("research", { query: "canals" });
  }, 120_000);
  afterAll(() => site.close(), 60_000);

  test("the list of runs shows a run as the command line does, in less than 250 KB", async () => {
    const tab = await browser.tab(site.server.url);
    let bytes = 0;
    const read: Promise<void>[] = [];
    tab.page.on("response", (response) => {
      if (!/\.(?:js|css|woff2|html)$|\/runs$/.test(new URL(response.url()).pathname)) return;
      read.push(
        response.body().then((body) => {
          bytes += response.url().endsWith(".woff2") ? body.length : gzipSync(body).length;
        }),
      );
    });
    await tab.page.goto(site.url("/runs"));
    const row = tab.page.getByRole("row").filter({ hasText: "research" });
    await row.first().waitFor();
    await Promise.all(read);
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(250 * 1024);
    const { runs } = (await site.cli("runs")) as { readonly runs: readonly { readonly status: string }[] };
    expect(await row.first().innerText()).toContain(runs[0]!.status.replace("completed_partial", "partial"));
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });

  test("a run shows its graph, its counts, its source and its items", async () => {
    const tab = await browser.tab(site.server.url);
    await tab.page.goto(site.url(`/runs/${runId}`));
    await tab.page.locator(".vertex", { hasText: "scrape_page" }).waitFor();
    await tab.page.locator(".cm-line", { hasText: "scrapePage" }).first().waitFor();
    const shown = (await site.cli("show", runId)) as { readonly counts: Readonly<Record<string, number>> };
    const items = Object.values(shown.counts).reduce((sum, count) => sum + count, 0);
    await tab.page.locator(".facts", { hasText: `items${items}` }).waitFor();
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });

  test("an item tells what it asked of models, as the command line does; what nobody reported is not told as 0", async () => {
    const asking = await site.ran("asking", { about: "locks" });
    const tab = await browser.tab(site.server.url);
    await tab.page.goto(site.url(`/runs/${asking}?call=1&item=0`));
    const call = tab.page.getByRole("list", { name: "Model calls" }).getByRole("listitem");
    await call.waitFor();
    const { modelCalls } = (await site.cli("show", `${asking}.1.0`)) as {
      readonly modelCalls: readonly { readonly modelId: string; readonly usage: object }[];
    };
    expect(modelCalls).toMatchObject([{ modelId: "small-1", usage: { inputTokens: 88, outputTokens: 28 } }]);
    const text = await call.innerText();
    for (const said of ["small-1", "tokens 88 in, 28 out", "cost unknown"]) expect(text).toContain(said);
    await tab.page.goto(site.url("/runs"));
    await tab.page.getByRole("row").filter({ hasText: "asking" }).getByText("unknown").waitFor();
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });
});
