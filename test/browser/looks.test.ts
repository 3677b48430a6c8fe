/**
 * Every page in both themes and at two sizes: nothing is cut off, stands on something else or is wider than its window, and axe
 * finds nothing serious. The screenshots are written to the folder that WORKGRAPH_SCREENSHOTS names, or to a temporary one.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inChromium, type Tab } from "./chromium.ts";
import { LOOP, RESEARCH } from "./flows.ts";
import { findFlaws, fontsAreThere, plantFlaws, runAxe } from "./in-page.js";
import { Site } from "./site.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Px that boxes of text may reach into each other. */
const SLACK_PX = 2;

/** What is serious or critical, as "rule: where". */
async function axeFindings(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return (await page.evaluate(runAxe))
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary}`),
    );
}

inChromium("looks", (browser) => {
  const site = new Site();
  let [runId, loopId] = ["", ""];
  const given = process.env["WORKGRAPH_SCREENSHOTS"];
  const folder = given ?? mkdtempSync(join(tmpdir(), "workgraph-screens-"));
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    await site.open({ "research.workflow.ts": RESEARCH, "loop.workflow.ts": LOOP });
    runId = await site.ran("research", { query: "canals" });
    loopId = await site.ran("refine");
  }, 120_000);
  afterAll(async () => {
    await site.close();
    if (given === undefined) rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** Name, address, and what is on the screen when the page is there. */
  const pages = (): readonly (readonly [name: string, path: string, ready: string])[] => [
    ["runs", "/runs", `a[href*="${runId}"]`],
    ["workflows", "/workflows", "a[href='/workflows/research']"],
    ["workflow", "/workflows/research", "button.primary"],
    ["settings", "/settings", "select"],
    ["run", `/runs/${runId}?call=2&item=7`, ".error"],
    ["run in the past", `/runs/${runId}?call=3&item=5&at=60&tab=lineage&list=events`, ".edges button"],
    ["loop", `/runs/${loopId}?ghosts=shown&list=logs&left=graph`, ".region"],
  ];

  const shown = async (tab: Tab, [name, path, ready]: readonly [string, string, string]): Promise<void> => {
    await tab.page.goto(site.url(path));
    await tab.page.locator(ready).first().waitFor();
    if (name.startsWith("run ") || name === "run") await tab.page.locator(".cm-line").first().waitFor();
    await tab.page.evaluate(fontsAreThere);
  };

  describe.each([
    { theme: "dark", width: 1280, height: 800 },
    { theme: "light", width: 1920, height: 1080 },
  ] as const)("$theme, $width by $height", ({ theme, width, height }) => {
    test("text is whole and apart from other text, and axe finds nothing serious", async () => {
      const tab = await browser.tab(site.server.url, { colorScheme: theme, viewport: { width, height } });
      const flawed: string[] = [];
      for (const page of pages()) {
        await shown(tab, page);
        await tab.page.screenshot({ path: join(folder, `${page[0].replaceAll(" ", "-")}-${theme}-${width}.png`) });
        const { wider, clipped, overlapping } = await tab.page.evaluate(findFlaws, SLACK_PX);
        const told = [
          ...(wider ? ["wider than the window"] : []),
          ...clipped.map((text) => `cut: ${text}`),
          ...overlapping.map((text) => `overlap: ${text}`),
          ...(await axeFindings(tab.page)),
        ];
        flawed.push(...told.map((text) => `${page[0]}: ${text}`));
      }
      expect(flawed).toEqual([]);
      expect(tab.wrongs).toEqual([]);
      await tab.close();
    });
  });

  test("what is cut off, wider than the window, on something else or without contrast is found", async () => {
    const tab = await browser.tab(site.server.url);
    await shown(tab, pages()[0]!);
    await tab.page.evaluate(plantFlaws);
    const { clipped, overlapping } = await tab.page.evaluate(findFlaws, SLACK_PX);
    expect(clipped.join()).toContain("cut in the middle");
    expect(overlapping.join()).toContain('"one text" and "another text"');
    expect((await axeFindings(tab.page)).join()).toContain("color-contrast");
    await tab.close();
  });
});
