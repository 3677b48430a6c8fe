/** A run in a file: opened from the disk, in a browser without a network, it is the debugger of that run. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { workgraphJson } from "../../src/cli/fixtures/workgraph-process.ts";
import { inChromium, type Tab } from "./chromium.ts";
import { RESEARCH } from "./flows.ts";
import { Place } from "../server/place.ts";

/** Of the page without a run. */
const MAX_PAGE_BYTES = 2_500_000;

inChromium("a run in a file", (browser) => {
  const place = new Place();
  const file = join(place.dir, "run.html");
  let exported: Readonly<Record<string, unknown>> = {};
  beforeAll(async () => {
    place.write("research.workflow.ts", RESEARCH);
    const cli = (...words: readonly string[]): ReturnType<typeof workgraphJson> =>
      workgraphJson(words, { cwd: place.dir });
    await cli("run", "research", '{"query":"canals"}');
    exported = (await cli("export", "latest", file, "--html")).document;
  }, 180_000);
  afterAll(() => place.remove(), 60_000);

  const opened = async (hash = ""): Promise<Tab> => {
    const tab = await browser.tab("http://127.0.0.1");
    await tab.page.context().setOffline(true);
    await tab.page.goto(`${pathToFileURL(file).href}${hash}`);
    await tab.page.locator(".vertex", { hasText: "scrape_page" }).waitFor();
    return tab;
  };
  /** The layout worker is held by the page itself. */
  const asked = ({ requests }: Tab): readonly string[] =>
    requests.filter((request) => !/\/run\.html$|[0-9a-f-]{36}$/.test(request));

  test("it has the run with its child runs, and says how large it is", () => {
    expect(exported).toMatchObject({ runs: 12, items: 37, leftOut: { runs: 0, items: 0, itemDetails: 0, events: 0 } });
    expect(exported["sizeBytes"]).toBe(statSync(file).size);
    expect(exported["sizeBytes"]).toBeLessThan(MAX_PAGE_BYTES);
  });

  test("graph, items, the source line of an error, the past and a child run are there without a server", async () => {
    const tab = await opened();
    const { page } = tab;
    await page.locator(".vertex", { hasText: "scrape_page" }).click();
    await page.getByRole("row").filter({ hasText: "fetch_urls[7]" }).click();
    await page.locator(".error", { hasText: "no body in https://example.org/canals/7" }).first().waitFor();
    await page.locator(".stack button").first().click();
    await page.locator(".cm-line", { hasText: "throw new TypeError" }).first().waitFor();
    await page.getByRole("tab", { name: "Trace" }).click();
    await page.locator(".spans button", { hasText: "attempt 2" }).waitFor();
    await page.getByRole("tab", { name: "Lineage" }).click();
    await page.locator(".edges button", { hasText: "fetch_urls" }).first().waitFor();
    await page.getByRole("tab", { name: "Profile" }).click();
    await page.locator(".profile-nodes", { hasText: "count_words" }).waitFor();
    await page.getByRole("slider").focus();
    await page.keyboard.press("Home");
    await page.getByRole("button", { name: /as it stood at event 1 / }).waitFor();
    await page.keyboard.press("l");
    await page.locator(".vertex", { hasText: "review" }).click();
    await page.getByRole("row").filter({ hasText: "fetch_urls[5]" }).click();
    await page.keyboard.press("o");
    await page.locator(".vertex", { hasText: "count_words" }).waitFor();
    await page.keyboard.press("p");
    await page.locator(".vertex", { hasText: "write_report" }).waitFor();
    expect(asked(tab)).toEqual([]);
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });

  test("what is chosen stands in the address of the file, and what it does not hold is said", async () => {
    const tab = await opened(`#/runs/${String(exported["runId"])}?call=2&item=7&tab=attempts`);
    await tab.page.getByRole("tab", { name: "Attempts", selected: true }).waitFor();
    await tab.page.locator(".inspector .table").waitFor();
    await tab.page.goto(`${pathToFileURL(file).href}#/runs/01J`);
    const refusal = tab.page.getByRole("alert").first();
    await refusal.waitFor();
    expect(await refusal.innerText()).toContain("this page does not hold that");
    await tab.close();
  });
});
