/**
 * Every page in both themes and at two sizes: no text is cut off, stands on other text, or is too small, no page is wider than its
 * window, and axe finds nothing serious, contrast included.
 *
 * The screenshots go to the folder that WORKGRAPH_SCREENSHOTS names, otherwise to a temporary one. WORKGRAPH_LOOKS=all looks at each
 * theme at each size, four times at a page instead of twice; WORKGRAPH_FACE looks only at faces whose name begins so.
 *
 *   WORKGRAPH_LOOKS=all WORKGRAPH_SCREENSHOTS=/tmp/screens npx vitest run test/browser/looks.test.ts
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inChromium, PATIENCE_MS, type Chromium } from "./chromium.ts";
import { Gallery, type Face } from "./gallery.ts";
import { atRest, findFlaws, plantFlaws, runAxe } from "./in-page.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const GIVEN = process.env["WORKGRAPH_SCREENSHOTS"];

/** Of text, in px. */
const LIMITS = { slack: 2, smallest: 11 };

/** Both themes and both sizes; with WORKGRAPH_LOOKS=all each of the one at each of the other. */
const LOOKS = [
  { theme: "dark", width: 1280, height: 800 },
  ...(process.env["WORKGRAPH_LOOKS"] !== "all"
    ? []
    : ([
        { theme: "light", width: 1280, height: 800 },
        { theme: "dark", width: 1920, height: 1080 },
      ] as const)),
  { theme: "light", width: 1920, height: 1080 },
] as const;

/** What is serious or critical, as "rule: where". */
async function axeFindings(page: Page, rule?: string): Promise<readonly string[]> {
  return (await page.evaluate(runAxe, rule))
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary}`),
    );
}

inChromium("looks", (browser) => {
  const gallery = new Gallery();
  const folder = GIVEN ?? mkdtempSync(join(tmpdir(), "workgraph-screens-"));
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    await gallery.open();
  }, 120_000);
  afterAll(async () => {
    await gallery.close();
    if (GIVEN === undefined) rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  /** What is wrong with a page in both themes and at both sizes. */
  const flawsOf = async (page: Page, face: Face): Promise<readonly string[]> => {
    const flawed: string[] = [];
    for (const [i, { theme, ...size }] of LOOKS.entries()) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: theme });
      // Opened once: what it is at another size and in another theme it must become.
      if (i === 0) await gallery.show(page, face);
      else await page.evaluate(atRest, PATIENCE_MS);
      await page.screenshot({ path: join(folder, `${face.name}-${theme}-${size.width}.png`) });
      const told = [
        ...(await page.evaluate(findFlaws, LIMITS)),
        // In another theme nothing but the colours is another.
        ...(await axeFindings(page, i === 0 ? undefined : "color-contrast")),
      ];
      flawed.push(...told.map((text) => `${face.name}, ${theme}, ${size.width} px wide: ${text}`));
    }
    return flawed;
  };

  const flawsOfAll = async (chromium: Chromium, faces: readonly Face[]): Promise<readonly string[]> => {
    const tab = await chromium.tab(gallery.site.server.url, { reducedMotion: "reduce" });
    await tab.page.addInitScript(AXE);
    const flawed: string[] = [];
    for (const face of faces) flawed.push(...(await flawsOf(tab.page, face)));
    await tab.close();
    return [...flawed, ...tab.wrongs];
  };

  // Long on a machine that does much else: it is how many pages there are, not how long one takes.
  const LONG = { timeout: 900_000 };
  test("text is whole, apart and large enough on every page, and axe finds nothing serious", LONG, async () => {
    const only = process.env["WORKGRAPH_FACE"];
    const faces = gallery.faces().filter(({ name }) => only === undefined || name.startsWith(only));
    expect(faces.length).toBeGreaterThan(0);
    // Two tabs: while one waits for the server, the other is drawn.
    const halves = [faces.filter((_, i) => i % 2 === 0), faces.filter((_, i) => i % 2 === 1)];
    expect((await Promise.all(halves.map((half) => flawsOfAll(browser, half)))).flat()).toEqual([]);
  });

  test("what is cut off, wider than the window, on something else, too small or without contrast is found", async () => {
    const tab = await browser.tab(gallery.site.server.url);
    await tab.page.addInitScript(AXE);
    await gallery.show(tab.page, gallery.faces()[0]!);
    await tab.page.evaluate(plantFlaws);
    const flaws = (await tab.page.evaluate(findFlaws, LIMITS)).join("\n");
    for (const found of [
      /^the page is wider/m,
      /^scrolls sideways: /m,
      /^cut: "cut in the middle"/m,
      /^cut: "cut in its height"/m,
      /^tiny: "hardly to be read" at 9\.0 px$/m,
      /^tiny: "zoomed until it is small" at 6\.5 px$/m,
      /^overlap: "one text" and "another text"$/m,
    ]) {
      expect(flaws).toMatch(found);
    }
    expect((await axeFindings(tab.page)).join()).toContain("color-contrast");
    expect((await axeFindings(tab.page, "color-contrast")).length).toBeGreaterThan(0);
    await tab.close();
  });
});
