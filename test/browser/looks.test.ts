/**
 * Every page in both themes and at two sizes: no text is cut off, stands on other text, or is too small, no page is wider than its
 * window, and axe finds nothing serious, contrast included.
 *
 * Screenshots are taken when WORKGRAPH_SCREENSHOTS names a folder for them. Usually pages are gone through as by links, each in dark at
 * the small and in light at the large size, and their lesser faces once. WORKGRAPH_LOOKS=all opens every
 * face by its address and looks at it in each theme at each size; WORKGRAPH_FACE takes those whose name begins so.
 *
 *   WORKGRAPH_LOOKS=all WORKGRAPH_SCREENSHOTS=/tmp/screens npx vitest run test/browser/looks.test.ts
 */
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inChromium, PATIENCE_MS, type Chromium } from "./chromium.ts";
import { emptyFaces, Gallery, isLesser, type Face } from "./gallery.ts";
import { atRest, findFlaws, plantFlaws, runAxe } from "./in-page.js";
import { Site } from "./site.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const folder = process.env["WORKGRAPH_SCREENSHOTS"];

/** Of text, in px. */
const LIMITS = { slack: 2, smallest: 11 };

const IS_ALL = process.env["WORKGRAPH_LOOKS"] === "all";

interface Look {
  readonly theme: "dark" | "light";
  readonly width: number;
  readonly height: number;
}

const SMALL = { width: 1280, height: 800 };
const LARGE = { width: 1920, height: 1080 };
const EACH: readonly Look[] = [
  { theme: "dark", ...SMALL },
  { theme: "light", ...SMALL },
  { theme: "dark", ...LARGE },
  { theme: "light", ...LARGE },
];

/** Both themes and both sizes of a page; of its lesser faces, one of either in turn. */
function looksOf(face: Face, place: number): readonly Look[] {
  if (IS_ALL) return EACH;
  const [first, , , last] = EACH as readonly [Look, Look, Look, Look];
  return isLesser(face) ? [place % 2 === 0 ? first : last] : [first, last];
}

/** The graph and the source of a run are the same beside each of its panes: with them, axe takes a third of this file's time. */
function seenElsewhere(face: Face): readonly string[] {
  return !IS_ALL && isLesser(face) ? [".react-flow", ".cm-editor"] : [];
}

/** What is serious or critical, as "rule: where". */
async function axeFindings(page: Page, of: Parameters<typeof runAxe>[0] = {}): Promise<readonly string[]> {
  return (await page.evaluate(runAxe, of))
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")} ${failureSummary}`),
    );
}

inChromium("looks", (browser) => {
  const gallery = new Gallery();
  beforeAll(async () => {
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
    await gallery.open();
  }, 120_000);
  afterAll(() => gallery.close(), 60_000);

  /** What is wrong with a page in both themes and at both sizes. */
  const flawsOf = async (page: Page, face: Face, looks: readonly Look[]): Promise<readonly string[]> => {
    const flawed: string[] = [];
    for (const [i, { theme, ...size }] of looks.entries()) {
      await page.setViewportSize(size);
      await page.emulateMedia({ colorScheme: theme });
      // Opened once: what it is at another size and in another theme it must become.
      if (i === 0) await gallery.show(page, face, IS_ALL || URL.canParse(face.path) ? "address" : "link");
      else await page.evaluate(atRest, PATIENCE_MS);
      if (folder !== undefined)
        await page.screenshot({ path: join(folder, `${face.name}-${theme}-${size.width}.png`) });
      const told = [
        ...(await page.evaluate(findFlaws, LIMITS)),
        // In another theme nothing but the colours is another.
        ...(await axeFindings(page, { ...(i === 0 ? {} : { rule: "color-contrast" }), without: seenElsewhere(face) })),
      ];
      flawed.push(...told.map((text) => `${face.name}, ${theme}, ${size.width} px wide: ${text}`));
    }
    return flawed;
  };

  const flawsOfAll = async (
    chromium: Chromium,
    faces: readonly Face[],
    site = gallery.site,
  ): Promise<readonly string[]> => {
    const tab = await chromium.tab(site.server.url, { reducedMotion: "reduce" });
    await tab.page.addInitScript(AXE);
    const flawed: string[] = [];
    for (const [i, face] of faces.entries()) flawed.push(...(await flawsOf(tab.page, face, looksOf(face, i))));
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

  test("so it is where nothing has run, and there is said what to type", LONG, async () => {
    const site = new Site();
    await site.open({});
    const flawed = await flawsOfAll(browser, emptyFaces(site), site);
    await site.close();
    expect(flawed).toEqual([]);
  });

  test("what is cut off, wider than the window, on something else, too small or without contrast is found", async () => {
    const tab = await browser.tab(gallery.site.server.url);
    await tab.page.addInitScript(AXE);
    await gallery.show(tab.page, gallery.faces()[0]!, "address");
    await tab.page.evaluate(plantFlaws);
    const flaws = (await tab.page.evaluate(findFlaws, LIMITS)).join("\n");
    for (const found of [
      /^the page is wider/m,
      /^scrolls sideways: /m,
      /^at the edge: "without space before it"/m,
      /^cut: "cut in the middle"/m,
      /^cut: "cut in its height"/m,
      /^tiny: "hardly to be read" at 9\.0 px$/m,
      /^tiny: "zoomed until it is small" at 6\.5 px$/m,
      /^overlap: "one text" and "another text"$/m,
    ]) {
      expect(flaws).toMatch(found);
    }
    expect((await axeFindings(tab.page)).join()).toContain("color-contrast");
    expect((await axeFindings(tab.page, { rule: "color-contrast" })).length).toBeGreaterThan(0);
    await tab.close();
  });
});
