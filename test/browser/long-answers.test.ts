/** Where an answer takes its time, the pages say so, let a person end it, and let them ask again; a run is exported from its page. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningServer } from "../../src/server/listen.ts";
import { DEMO, Place, RememberingLauncher } from "../server/place.ts";
import { builtPages } from "./built-pages.ts";
import { inChromium, type Tab } from "./chromium.ts";

inChromium("long answers", (browser) => {
  const place = new Place();
  let server: RunningServer;
  let tab: Tab;
  beforeAll(async () => {
    server = await place.serve(await place.workspaceWithDemo(), {
      launcher: new RememberingLauncher(),
      uiFolder: await builtPages(),
      // Every question is a long one.
      answers: { smallEvents: 0, readyMs: 0 },
    });
    tab = await browser.tab(server.url, { acceptDownloads: true });
    await tab.page.goto(server.pageUrl);
    await tab.page.locator(".rail").waitFor();
  }, 120_000);
  afterAll(async () => {
    await tab.close();
    await place.remove();
  }, 60_000);

  test.each([
    ["compare", `/compare?a=${DEMO}&b=${DEMO}`, "Comparing", ".sections"],
    ["profile", `/runs/${DEMO}?profile=nodes`, "Profiling", ".pane[aria-label=Profile] table"],
    ["what-if", `/runs/${DEMO}?profile=what-if`, "Simulating", ".what-if-figure"],
  ])("%s says how far it is, is cancelled, and asked again", async (_, path, doing, answer) => {
    const { page } = tab;
    const held = /\/api\/operations\/[^/]+\?/;
    // Who asks after the answer waits, as with a slow server.
    const hold = (): Promise<unknown> => page.route(held, () => undefined);
    if (doing !== "Simulating") await hold();
    await page.goto(new URL(path, server.url).href);
    if (doing === "Simulating") {
      const limit = page.getByLabel("Limit of fetch");
      await limit.waitFor();
      await hold();
      await limit.fill("1");
    }
    const work = page.locator(".work", { hasText: doing });
    await work.waitFor();
    expect(await work.getByRole("progressbar").count()).toBe(1);
    await work.getByRole("button", { name: "Cancel" }).click();
    await page.getByText(`${doing} was cancelled.`).waitFor();
    expect(tab.requests.some((request) => /^POST \/api\/operations\/[^/]+\/cancel$/.test(request))).toBe(true);
    await page.unroute(held);
    await page.getByRole("button", { name: "ask again" }).click();
    await page.locator(answer).first().waitFor();
    expect(tab.wrongs).toEqual([]);
  });

  test("a run is exported by keyboard, and saved", async () => {
    const { page } = tab;
    await page.goto(new URL(`/runs/${DEMO}`, server.url).href);
    await page.locator(".vertex").first().waitFor();
    const saved = page.waitForEvent("download");
    await page.keyboard.press("E");
    await page.getByRole("menuitem", { name: "run file for workgraph import" }).waitFor();
    await page.keyboard.press("Enter");
    const file = await saved;
    expect(file.suggestedFilename()).toMatch(new RegExp(`${DEMO}\\.workgraph\\.gz$`));
    const [head] = gunzipSync(readFileSync(await file.path()))
      .toString("utf8")
      .split("\n");
    expect(JSON.parse(head!)).toMatchObject({ type: "head", root: DEMO });
    await page.getByRole("button", { name: "save again" }).waitFor();
    expect(tab.wrongs).toEqual([]);
  });
});
