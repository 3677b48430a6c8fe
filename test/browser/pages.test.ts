/** The pages load in a real browser, from their own server alone, and show what was recorded. */
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inChromium } from "./chromium.ts";
import { RESEARCH } from "./flows.ts";
import { Site } from "./site.ts";

inChromium("pages", (browser) => {
  const site = new Site();
  let runId = "";
  beforeAll(async () => {
    await site.open({ "research.workflow.ts": RESEARCH });
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
});
