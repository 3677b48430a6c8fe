/** Strings that want to be code, in every field that a run or a workflow has: on every page they stay text. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inChromium, PATIENCE_MS } from "./chromium.ts";
import { hits } from "./in-page.js";
import { Site } from "./site.ts";

/** Each says so when it runs: window.hits counts up. */
const RUNS = "window.hits=(window.hits??0)+1";
const HOSTILE: readonly string[] = [
  `<script>${RUNS}</script>`,
  `<img src=x onerror="${RUNS}">`,
  `<svg onload="${RUNS}">`,
  `<svg><script>${RUNS}</script></svg>`,
  `"><img src=x onerror=${RUNS}>`,
  `'><img src=x onerror=${RUNS}>`,
  `</script><script>${RUNS}</script>`,
  `</style><script>${RUNS}</script>`,
  `</textarea><script>${RUNS}</script>`,
  `</title><script>${RUNS}</script>`,
  `<iframe srcdoc="<script>parent.${RUNS}</script>"></iframe>`,
  `<iframe src="javascript:parent.${RUNS}"></iframe>`,
  `<a href="javascript:${RUNS}">click</a>`,
  `javascript:${RUNS}`,
  `data:text/html,<script>opener.${RUNS}</script>`,
  `<body onload=${RUNS}>`,
  `<details open ontoggle="${RUNS}">`,
  `<input autofocus onfocus="${RUNS}">`,
  `<video><source onerror="${RUNS}"></video>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${RUNS}>`,
  `<object data="javascript:${RUNS}"></object>`,
  `<link rel=stylesheet href="http://203.0.113.1/x.css">`,
  `<meta http-equiv=refresh content="0;url=http://203.0.113.1/">`,
  `<base href="http://203.0.113.1/">`,
  `<img src="http://203.0.113.1/x.png">`,
  `[click](javascript:${RUNS})`,
  `![x](http://203.0.113.1/x.png)`,
  "${" + RUNS + "}",
  `{{constructor.constructor('${RUNS}')()}}`,
  `\u202e<script>${RUNS}</script>\u0000\u001b[2J`,
];

const FLOWS = `
import { node, workflow } from "agentic-workgraph";
const words = ${JSON.stringify(HOSTILE.slice(0, 12))};
const all = node(
  { id: "all", title: words[0], description: words[1], out: "many", key: (value: string) => value },
  async ({ given }: { given: string }) => ${JSON.stringify(HOSTILE)}.map((text) => text + given),
);
const say = node({ id: "say", title: words[2], retries: 1 }, async ({ text }: { text: string }, ctx) => {
  ctx.log.warn(text, { [text]: text });
  ctx.progress(0.5, text);
  ctx.emit(text.slice(0, 60), { [text]: text });
  if (ctx.item % 3 === 0) throw Object.assign(new Error(text), { name: text, cause: new TypeError(text) });
  return { [text]: text };
});
const publish = node({ id: "publish", title: words[3] }, async ({ given }: { given: string }, ctx) => {
  const dir = await ctx.artifact("pages", { kind: "html", labels: ["hostile"] });
  await dir.write("<img src=x onerror=window.hits=1>.html", ${JSON.stringify(HOSTILE.join("\n"))});
  await dir.write("x.svg", '<svg xmlns="http://www.w3.org/2000/svg" onload="${RUNS.replaceAll("=", "\\x3d")}"></svg>');
  return dir;
});
export const hostile = workflow(
  { name: "hostile", title: words[4], description: words[5], tags: ["<b>tag</b>"] },
  ({ given }: { given: string }) => {
    publish({ given });
    return say({ text: all({ given }) });
  },
);
`;

inChromium("hostile text", (browser) => {
  const site = new Site();
  let runId = "";
  beforeAll(async () => {
    await site.open({ "hostile.workflow.ts": FLOWS });
    runId = await site.ran("hostile", { given: HOSTILE[1]! });
  }, 120_000);
  afterAll(() => site.close(), 60_000);

  test("stays text in every list, every tab and every page", async () => {
    const tab = await browser.tab(site.server.url);
    const { page } = tab;
    const item = `call=3&item=`;
    const places: readonly (readonly [path: string, text: string])[] = [
      ["/runs", "hostile"],
      ["/workflows", HOSTILE[4]!],
      ["/workflows/hostile", "hostile"],
      [`/runs/${runId}`, HOSTILE[2]!],
      ...(["items", "events", "errors", "logs"] as const).map(
        (list) => [`/runs/${runId}?list=${list}&shape=unrolled&ghosts=shown`, HOSTILE[2]!] as const,
      ),
      ...(["output", "input", "error", "attempts", "logs", "lineage", "why", "artifacts"] as const).map(
        (name, i) => [`/runs/${runId}?${item}${i % 2 === 0 ? 3 : 4}&tab=${name}`, HOSTILE[2]!] as const,
      ),
      [`/runs/${runId}?q=${encodeURIComponent(HOSTILE[0]!)}&status=${encodeURIComponent(HOSTILE[1]!)}`, HOSTILE[2]!],
      [`/runs/nothing?file=${encodeURIComponent(HOSTILE[1]!)}&sort=${encodeURIComponent(HOSTILE[0]!)}`, "nothing"],
    ];
    for (const [path, text] of places) {
      await page.goto(site.url(path));
      await shows(page, text);
      expect(await page.evaluate(hits), path).toBe(0);
    }
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });

  test("a published page or drawing is shown as text, sent to be saved, and runs nowhere", async () => {
    const tab = await browser.tab(site.server.url);
    await tab.page.goto(site.url(`/runs/${runId}?tab=artifacts`));
    const files = tab.page.locator(".folder-files button");
    await tab.page.locator(".file-shown .cm-line").first().waitFor();
    expect(await files.count()).toBe(2);
    for (const file of await files.all()) {
      if ((await file.getAttribute("aria-expanded")) === "false") await file.click();
      await tab.page
        .locator(".file-shown", { hasText: await file.innerText() })
        .locator(".cm-line")
        .first()
        .waitFor();
      const saved = tab.page.waitForEvent("download");
      await tab.page.locator(".file-shown").getByRole("link", { name: "save" }).click();
      expect((await saved).url()).toContain("/file?file=");
    }
    expect(await tab.page.evaluate(hits)).toBe(0);
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });

  test("one that does run is noticed", async () => {
    const tab = await browser.tab(site.server.url);
    await tab.page.setContent(`<div>${HOSTILE[1]}${HOSTILE[24]}</div>`);
    await expect.poll(() => tab.page.evaluate(hits)).toBe(1);
    expect(tab.wrongs.join()).toContain("203.0.113.1");
    await tab.close();
  });
});

async function shows(page: Page, text: string): Promise<void> {
  await page.getByText(text).filter({ visible: true }).first().waitFor();
  await expect.poll(() => page.getByText("Loading", { exact: true }).count(), { timeout: PATIENCE_MS }).toBe(0);
}
