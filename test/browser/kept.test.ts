/** What a page keeps (everything chosen, in its address), what it lets go of (timers, when the run has ended), and what it never loses. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { workgraph } from "../../src/cli/fixtures/workgraph-process.ts";
import { inChromium, PATIENCE_MS } from "./chromium.ts";
import { RESEARCH } from "./flows.ts";
import { chosenThings, firedTimers, hasFocus, noteTimers, type Chosen } from "./in-page.js";
import { Site } from "./site.ts";

/** How long nothing may happen in a page whose run has ended. */
const QUIET_MS = 1_500;
/** Between two looks at a page that has to come to rest. */
const STEADY_MS = 300;

inChromium("a page of a run", (browser) => {
  const site = new Site();
  let runId = "";
  beforeAll(async () => {
    await site.open({ "research.workflow.ts": RESEARCH });
    runId = await site.ran("research", { query: "canals" });
  }, 120_000);
  afterAll(() => site.close(), 60_000);

  test("everything that was chosen is there after a reload, and in a browser that was never here", async () => {
    const tab = await browser.tab(site.server.url);
    const { page } = tab;
    await page.goto(site.url(`/runs/${runId}`));
    await page.locator(".vertex", { hasText: "scrape_page" }).click();
    await page.getByRole("row").filter({ hasText: "fetch_urls[7]" }).click();
    await page.getByRole("tab", { name: "Attempts" }).click();
    await page.getByRole("combobox", { name: "Order" }).selectOption("slowest");
    await page.getByRole("searchbox", { name: "Search in the items" }).fill("fetch");
    await page.getByRole("tab", { name: /^Events/ }).click();
    await page.getByRole("combobox", { name: "Kind of events" }).selectOption("items");
    await page.getByRole("row").filter({ hasText: "item.failed" }).first().click();
    await page.getByRole("button", { name: "unrolled" }).click();
    await page.keyboard.press("h");
    // The button says how many only when the coverage of the version has been read.
    await page.getByRole("button", { name: /ghosts? shown/ }).waitFor();
    const chosen = await settled(page);
    expect(chosen).toMatchObject({
      vertex: "scrape_page",
      tabs: ["Timeline", expect.stringContaining("Events"), "Attempts"],
      kind: "items",
      pressed: expect.arrayContaining(["unrolled"]),
    });
    expect(chosen.at).toMatch(/^event \d+ of \d+$/);
    await page.reload();
    await expect.poll(() => settled(page), { timeout: PATIENCE_MS }).toEqual(chosen);
    const fresh = await browser.tab(site.server.url);
    await fresh.page.goto(page.url());
    await expect.poll(() => settled(fresh.page), { timeout: PATIENCE_MS }).toEqual(chosen);
    // Going back is going back to what was looked at.
    await page.goBack();
    await expect.poll(async () => (await settled(page)).pressed, { timeout: PATIENCE_MS }).not.toEqual(chosen.pressed);
    expect([...tab.wrongs, ...fresh.wrongs]).toEqual([]);
    await tab.close();
    await fresh.close();
  });

  test("panes are dragged onto each other's places, and stand there from then on; one alone stands in the address", async () => {
    const tab = await browser.tab(site.server.url);
    const { page } = tab;
    const boxOf = async (name: string): Promise<{ readonly x: number; readonly y: number }> => {
      const { x, y } = (await page.getByRole("region", { name, exact: true }).boundingBox())!;
      return { x: Math.round(x), y: Math.round(y) };
    };
    await page.goto(site.url(`/runs/${runId}`));
    await page.locator(".vertex").first().waitFor();
    const before = { time: await boxOf("Timeline"), source: await boxOf("Source") };
    await page
      .getByRole("button", { name: "Place of Timeline" })
      .dragTo(page.getByRole("region", { name: "Source" }), { targetPosition: { x: 120, y: 90 } });
    await expect.poll(() => boxOf("Timeline")).toEqual(before.source);
    await page.reload();
    await page.locator(".vertex").first().waitFor();
    await expect.poll(() => boxOf("Source")).toEqual(before.time);
    // The same without a mouse, and back.
    await page.getByRole("button", { name: "Place of Source" }).focus();
    await page.keyboard.press("Enter");
    const wanted = page.getByRole("menuitem", { name: "exchange with Timeline" });
    await wanted.waitFor();
    while (!(await wanted.evaluate(hasFocus))) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => boxOf("Source")).toEqual(before.source);
    await page.getByRole("tab", { name: /^Errors/ }).focus();
    await page.keyboard.press("z");
    await page.waitForURL((url) => url.searchParams.get("only") === "list");
    await page.reload();
    await page.getByRole("grid", { name: "Items" }).waitFor();
    expect(await page.getByRole("region", { name: "Graph" }).count()).toBe(0);
    await page.keyboard.press("z");
    await page.locator(".vertex").first().waitFor();
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });

  test("when the run has ended no timer runs, and nothing is asked", async () => {
    const tab = await browser.tab(site.server.url);
    const { page } = tab;
    await page.addInitScript(noteTimers);
    await page.goto(site.url(`/runs/${runId}?call=2&item=7`));
    await page.locator(".lamp.ended").waitFor();
    await page.locator(".vertex").first().waitFor();
    await page.locator(".cm-line").first().waitFor();
    await page.waitForLoadState("networkidle");
    const noise = async (): Promise<readonly string[]> => {
      const before = tab.requests.length;
      await page.evaluate(firedTimers);
      // A window of time is what this is about; it is no wait for something to happen.
      await page.waitForTimeout(QUIET_MS);
      const fired = await page.evaluate(firedTimers);
      return [...fired, ...tab.requests.slice(before)];
    };
    // On a slow machine the page may still draw when the network is idle.
    await expect.poll(noise, { timeout: PATIENCE_MS }).toEqual([]);
    await tab.close();
  });

  test("a server that comes back finds the page where it was: no event is missing, none is there twice", async () => {
    const { port } = site.server;
    const gate = site.place.write("gate.txt", "4");
    const input = JSON.stringify({ query: "locks", pages: 20, gate });
    // In a process of its own: the run goes on while there is no server.
    const ended = workgraph(["run", "research.workflow.ts#research", input, "--json"], { cwd: site.place.dir });
    const runOf = async (): Promise<string> => {
      const { runs } = (await site.get("/api/runs?workflow=research&status=running")) as {
        readonly runs?: readonly { readonly runId: string }[];
      };
      return runs?.[0]?.runId ?? "";
    };
    await expect.poll(runOf, { timeout: PATIENCE_MS }).not.toBe("");
    const running = await runOf();
    const tab = await browser.tab(site.server.url);
    const { page } = tab;
    const streamed: number[] = [];
    page.on("response", (response) => {
      if (response.url().includes("/stream?after=")) {
        streamed.push(Number(new URL(response.url()).searchParams.get("after")));
      }
    });
    await page.goto(site.url(`/runs/${running}`));
    const figure = page.locator(".vertex", { hasText: "scrape_page" }).locator(".vertex-count");
    await expect.poll(() => figure.innerText(), { timeout: PATIENCE_MS }).toMatch(/^[34]\/20/);
    await site.server.close(100);
    await page.locator(".lamp.lost").waitFor();
    site.place.write("gate.txt", "10");
    await site.restart(port);
    await expect.poll(() => figure.innerText(), { timeout: PATIENCE_MS }).toMatch(/^(?:[89]|10)\/20/);
    site.place.write("gate.txt", "1000");
    await page.locator(".lamp.ended").waitFor();
    await ended;
    const { counts, status } = (await site.cli("show", running)) as {
      readonly counts: Readonly<Record<string, number>>;
      readonly status: string;
    };
    expect(status).toBe("completed_partial");
    const items = Object.values(counts).reduce((sum, count) => sum + count, 0);
    await page.locator(".facts > div", { hasText: `items${items}` }).waitFor();
    const { view } = (await site.get(`/api/runs/${running}/view`)) as { readonly view: { readonly seq: number } };
    await page.locator(".run-foot", { hasText: `event ${view.seq}` }).waitFor();
    await expect.poll(() => figure.innerText()).toBe("20/20");
    expect(streamed.length).toBeGreaterThan(0);
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });
});

/** What is chosen, when it was twice the same: figures beside what is chosen come when they have been read. */
async function settled(page: Page): Promise<Chosen> {
  await page.locator(".vertex").first().waitFor();
  await page.waitForLoadState("networkidle");
  let chosen = await page.evaluate(chosenThings);
  for (;;) {
    await page.waitForTimeout(STEADY_MS);
    const next = await page.evaluate(chosenThings);
    if (JSON.stringify(next) === JSON.stringify(chosen)) return next;
    chosen = next;
  }
}
