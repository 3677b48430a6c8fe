/**
 * The walk of the first document of this project, by mouse and again by keyboard: launch, watch, open what failed, read the line,
 * follow where it came from, go down into a child run and back, open an old run whose code has changed, compare the two. At each
 * stop the screen says what the command line says with --json.
 */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inChromium, PATIENCE_MS, type Tab } from "./chromium.ts";
import { RESEARCH } from "./flows.ts";
import { hasFocus, scrollToTop } from "./in-page.js";
import { Site } from "./site.ts";

const CHANGED = RESEARCH.replace("no body in", "nothing to read in").replace("body of", "text of");
const BROKEN_PAGE = 7;

interface ErrorTold {
  readonly code: string;
  readonly message: string;
  readonly address: string;
  readonly site: { readonly file: string; readonly line: number };
}

inChromium("the walk", (browser) => {
  const site = new Site();
  let oldRun = "";
  let input = "";
  /** How many pages may be read so far. */
  const open = (pages: number): string => site.place.write("gate.txt", String(pages));
  beforeAll(async () => {
    await site.open({ "research.workflow.ts": RESEARCH });
    oldRun = await site.ran("research", { query: "canals" });
    site.place.write("research.workflow.ts", CHANGED);
    input = JSON.stringify({ query: "bridges", pages: 24, gate: open(0) });
  }, 120_000);
  afterAll(() => site.close(), 60_000);

  test("by mouse", async () => {
    const tab = await browser.tab(site.server.url);
    const { page } = tab;
    await page.goto(site.server.pageUrl);
    await page.getByRole("link", { name: "Workflows", exact: true }).click();
    await page.getByRole("link", { name: "research", exact: true }).click();
    await page.getByRole("tab", { name: "JSON" }).click();
    await page.getByRole("textbox", { name: "Input, as JSON" }).fill(input);
    await page.getByRole("button", { name: /^Run/ }).click();
    const runId = await launched(page);
    await watchedToItsEnd(page, open);
    await sameStatus(tab, runId, site);

    await page.locator(".vertex", { hasText: "scrape_page" }).click();
    await page.getByRole("button", { name: /^failed 1/ }).click();
    await page
      .getByRole("row")
      .filter({ hasText: `fetch_urls[${BROKEN_PAGE}]` })
      .click();
    const error = await sameError(tab, runId, site);
    await page
      .getByRole("button", { name: /in the source$/ })
      .first()
      .click();
    await sameLine(page, error);

    await page.getByRole("tab", { name: "Lineage" }).click();
    await sameLineage(page, error.address, site);

    await page.locator(".vertex", { hasText: "review" }).click();
    await page.getByRole("row").filter({ hasText: "fetch_urls[5]" }).click();
    await page.getByRole("link", { name: /^child run/ }).click();
    await sameChild(tab, site);
    await page.getByRole("navigation", { name: "Runs above" }).getByRole("link").click();
    await page.locator(".vertex[data-chosen='true']", { hasText: "review" }).waitFor();

    await page.getByRole("link", { name: "Runs", exact: true }).click();
    await page.locator(`a[href*="${oldRun}"]`).first().click();
    await sameOldCode(tab, oldRun, site);

    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByRole("link", { name: "Runs", exact: true }).click();
    await page.locator(`a[href*="${runId}"]`).first().click();
    await page.locator(".run-head h1", { hasText: "research" }).waitFor();
    await page.waitForURL((url) => url.pathname.endsWith(runId));
    await page.getByRole("button", { name: "Compare" }).click();
    await sameComparison(tab, [oldRun, runId], site);
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });

  test("by keyboard", async () => {
    const tab = await browser.tab(site.server.url);
    const { page } = tab;
    open(0);
    const press = async (...keys: readonly string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await page.goto(site.server.pageUrl);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await press("g", "w");
    const names = page.getByRole("grid", { name: "Workflows" });
    await names.getByRole("row").filter({ hasText: "research" }).first().waitFor();
    await press("j");
    while (!(await names.locator("[aria-selected='true']", { hasText: "Research" }).isVisible())) await press("j");
    await press("Enter");
    await page.getByRole("tab", { name: "JSON" }).waitFor();
    await tabTo(page, "[role=tab]:has-text('JSON')");
    await press("Enter");
    await tabTo(page, "textarea");
    await press("Control+a");
    await page.keyboard.insertText(input);
    await press("Control+Enter");
    const runId = await launched(page);
    await watchedToItsEnd(page, open);
    await sameStatus(tab, runId, site);

    // The errors of the run, one after the other, until the item of the page that cannot be read.
    for (let i = 0; i < 4 && !page.url().includes(`item=${BROKEN_PAGE}`); i++) {
      const before = page.url();
      await press("n");
      await page.waitForURL((url) => url.href !== before);
    }
    const error = await sameError(tab, runId, site);
    await sameLine(page, error);
    await press("x");
    await sameLineage(page, error.address, site);

    // Downstream, to the child runs; into the one that failed, and back.
    await press("]");
    await page.locator(".vertex[data-chosen='true']", { hasText: "review" }).waitFor();
    await press("o");
    await page.waitForURL((url) => !url.pathname.endsWith(runId));
    await sameChild(tab, site);
    await press("p");
    await page.waitForURL((url) => url.pathname.endsWith(runId));

    // Looking back in time, and forward to now.
    await press("Escape", ",");
    await page.getByText(/^as it stood at event/).waitFor();
    await press("l");
    await page.getByText(/^as it stood at event/).waitFor({ state: "hidden" });

    // Graph and source change places, as in a disassembler.
    await press(" ");
    await page.getByRole("region", { name: "Graph" }).waitFor({ state: "hidden" });
    await press(" ");
    await page.getByRole("region", { name: "Source" }).waitFor({ state: "hidden" });
    await press("b");
    await page.getByRole("region", { name: "Source" }).waitFor();

    await press("g", "r");
    const runs = page.getByRole("grid", { name: "Runs" });
    const choose = async (wanted: string): Promise<void> => {
      await runs.locator(`a[href*="${wanted}"]`).waitFor();
      await press("j");
      while (!(await runs.locator(`[aria-selected='true'] a[href*="${wanted}"]`).isVisible())) await press("j");
    };
    await choose(oldRun);
    await press("Enter");
    await sameOldCode(tab, oldRun, site);

    await press("m", "g", "r");
    await choose(runId);
    await press("m");
    await sameComparison(tab, [oldRun, runId], site);
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });
});

async function tabTo(page: Page, selector: string): Promise<void> {
  const wanted = page.locator(selector).first();
  for (let i = 0; i < 60; i++) {
    if (await wanted.evaluate(hasFocus)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${selector} is not reached with the Tab key`);
}

async function launched(page: Page): Promise<string> {
  await page.waitForURL(/\/runs\/[0-9A-Z]{26}/);
  return new URL(page.url()).pathname.split("/").at(-1)!;
}

/** The fan-out on the way, caught in the middle three times: some pages are read, others wait for the gate. */
async function watchedToItsEnd(page: Page, open: (pages: number) => void): Promise<void> {
  const figure = page.locator(".vertex", { hasText: "scrape_page" }).locator(".vertex-count");
  const seen: number[] = [];
  for (const pages of [0, 8, 14, 20]) {
    open(pages);
    // Two of them are tried again, when a slot is free.
    await expect
      .poll(async () => done(await figure.innerText()), { timeout: PATIENCE_MS })
      .toBeGreaterThanOrEqual(pages - 2);
    seen.push(done(await figure.innerText()));
  }
  expect(
    seen.every((count, i) => i === 0 || (count > seen[i - 1]! && count < 24)),
    seen.join(" "),
  ).toBe(true);
  open(1_000);
  await page.locator(".lamp.ended").waitFor();
  await expect.poll(() => figure.innerText(), { timeout: PATIENCE_MS }).toBe("24/24");
}

/** "6/24" or "6/24+": how many. */
function done(text: string): number {
  expect(text).toMatch(/^\d+\/24\+?$/);
  return Number(text.split("/")[0]);
}

async function sameStatus(tab: Tab, runId: string, site: Site): Promise<void> {
  const { status, counts } = (await site.cli("show", runId)) as {
    readonly status: string;
    readonly counts: Readonly<Record<string, number>>;
  };
  expect(status).toBe("completed_partial");
  await tab.page.locator(".run-head .status", { hasText: "partial" }).waitFor();
  expect(await tab.page.title()).toContain("completed partial");
  const items = Object.values(counts).reduce((sum, count) => sum + count, 0);
  await tab.page.locator(".facts > div", { hasText: `items${items}` }).waitFor();
}

async function sameError(tab: Tab, runId: string, site: Site): Promise<ErrorTold> {
  const { errors } = (await site.cli("errors", runId)) as { readonly errors: readonly ErrorTold[] };
  const told = errors.find(({ address }) => address.endsWith(`.2.${BROKEN_PAGE}`))!;
  const inspector = tab.page.getByRole("region", { name: "Inspector" });
  await inspector.locator(".error", { hasText: told.message }).first().waitFor();
  await inspector.locator(".error", { hasText: told.code }).first().waitFor();
  return told;
}

async function sameLine(page: Page, { site }: ErrorTold): Promise<void> {
  const line = CHANGED.split("\n")[site.line - 1]!;
  expect(line).toContain("throw new TypeError");
  await page.locator(".line-chosen", { hasText: line.trim() }).waitFor();
}

async function sameLineage(page: Page, address: string, site: Site): Promise<void> {
  for (const [flags, name] of [
    [[], "came from"],
    [["--into"], "influenced"],
  ] as const) {
    const { entries } = (await site.cli("lineage", address, ...flags)) as {
      readonly entries: readonly { readonly kind: string; readonly node: string; readonly path?: string }[];
    };
    expect(entries.length).toBeGreaterThan(0);
    const list = page.getByRole("region", { name });
    await list
      .getByRole("listitem")
      .nth(entries.length - 1)
      .waitFor();
    const shown = await list.getByRole("listitem").allInnerTexts();
    expect(shown).toHaveLength(entries.length);
    for (const [i, entry] of entries.entries()) expect(shown[i]).toContain(entry.node);
  }
}

async function sameChild({ page }: Tab, site: Site): Promise<void> {
  await page.locator(".run-head h1", { hasText: "review" }).waitFor();
  const { status, workflow } = (await site.cli("show", new URL(page.url()).pathname.split("/").at(-1)!)) as {
    readonly status: string;
    readonly workflow: string;
  };
  expect([status, workflow]).toEqual(["failed", "review"]);
  await page.locator(".run-head .status", { hasText: status }).waitFor();
}

/** The old run with its own graph and its own source, said to be another one by now. */
async function sameOldCode({ page }: Tab, runId: string, site: Site): Promise<void> {
  const { files } = (await site.cli("source", runId)) as { readonly files: readonly { readonly text: string }[] };
  expect(files[0]!.text).toContain("no body in");
  await page.waitForURL((url) => url.pathname.endsWith(runId));
  await page.getByText("the file has changed since").waitFor();
  await page.locator(".vertex", { hasText: "write_report" }).waitFor();
  const source = page.getByRole("region", { name: "Source" });
  await source.locator(".cm-scroller").evaluate(scrollToTop);
  await source.locator(".cm-line", { hasText: "no body in" }).waitFor();
}

interface Told {
  readonly first: { readonly node: string; readonly before: string; readonly now: string };
  readonly nodes: readonly { readonly node: string; readonly calls: { readonly a: number; readonly b: number } }[];
  readonly items: readonly { readonly node: string }[];
  readonly itemsTotal: number;
  readonly code: { readonly nodes: readonly { readonly node: string; readonly change: string }[] };
}

/** Where the two part and why, their nodes and items, and the line that was changed: as `diff` tells it. */
async function sameComparison({ page }: Tab, [a, b]: readonly [string, string], site: Site): Promise<void> {
  const told = (await site.cli("diff", a, b)) as unknown as Told;
  await page.waitForURL((url) => url.pathname === "/compare" && url.searchParams.get("a") === a);
  const verdict = page.getByRole("region", { name: "Verdict" });
  await verdict.getByText(`They part first at "${told.first.node}"`).waitFor();
  for (const text of [told.first.before, told.first.now]) await verdict.getByText(text, { exact: true }).waitFor();
  await page.getByText(`${told.itemsTotal} differences`).waitFor();
  expect(told.nodes.map(({ node }) => node)).toContain("scrape_page");
  for (const { node, calls } of told.nodes) {
    const row = page.getByRole("row").filter({ has: page.getByRole("cell", { name: node, exact: true }) });
    expect((await row.first().innerText()).split(/\s+/).slice(0, 3)).toEqual([node, String(calls.a), String(calls.b)]);
  }
  for (const { node, change } of told.code.nodes) await page.getByText(`${node} ${change}`).first().waitFor();
  await page.locator(".cm-merge-a .cm-changedLine", { hasText: "no body in" }).waitFor();
  await page.locator(".cm-merge-b .cm-changedLine", { hasText: "nothing to read in" }).waitFor();
}
