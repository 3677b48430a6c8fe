/**
 * A project with a history of every kind, and the address of every page there is over it: what tests of all pages go through.
 *
 * R1. A page that exists is listed here, once for each of its faces; what is under test goes through the list.
 * R2. A page is there when its `ready` is on the screen and nothing on it is still being read.
 */
import { PNG } from "pngjs";
import type { Page } from "playwright-core";
import { PATIENCE_MS } from "./chromium.ts";
import { LOOP, RESEARCH } from "./flows.ts";
import { atRest, goTo } from "./in-page.js";
import { Site } from "./site.ts";

const ALBUM = `
import { node, workflow } from "agentic-workgraph";

const paint = node({ id: "paint_the_cover_of_the_album" }, async ({ title }: { title: string }, ctx) => {
  const dir = await ctx.artifact("cover", { kind: "pictures", labels: ["draft", "for-print"] });
  await dir.write("cover.png", Buffer.from("${picture()}", "base64"));
  await dir.write("tracks.csv", "track,title,seconds,bpm\\n1,\\"Low tide, early\\",213,92\\n2,Pilot,187,120\\n3,The long way out,412,64\\n");
  await dir.write("notes.md", "# " + title + "\\n\\nRecorded in one room, in three days.\\n");
  await dir.writeJson("meta.json", { title, tracks: 3, mixed: { by: "nobody", takes: [1, 4, 7] } });
  return dir;
});
const press = node({ id: "press" }, async ({ cover, copies }: { cover: unknown; copies: number }, ctx) => {
  ctx.log.info("pressing", { copies });
  ctx.log.warn("the needle is worn", { changed: false });
  return { copies, plant: "north", tracks: ["Low tide, early", "Pilot", "The long way out"], cover };
});
export const album = workflow(
  { name: "album", title: "Print an album", description: "Paints a cover, then presses the copies.", tags: ["print"] },
  ({ title = "Low tide", copies = 300, side }: { title?: string; copies?: number; side?: "a" | "b" }) =>
    press({ cover: paint({ title: title + (side ?? "") }), copies }),
);

const calm = node({ id: "calm" }, async ({ depth }: { depth: number }) => {
  throw new RangeError("no calm below " + depth + " m: the sounding was taken at a place where charts give no depth at all");
});
export const soundings = workflow({ name: "soundings-of-the-north-channel-by-depth" }, ({ depth = 40 }: { depth?: number }) =>
  calm({ depth }),
);
`;

/** A face of a page. */
export interface Face {
  readonly name: string;
  readonly path: string;
  /** Selector of what is there when the page is (R2). */
  readonly ready: string;
  /** What is done on it to see this face. */
  readonly act?: (page: Page) => Promise<void>;
}

/** Pages of a project in which nothing has run, by their whole addresses. */
export function emptyFaces(site: Site): readonly Face[] {
  return [
    { name: "empty-overview", path: "/overview", ready: "pre" },
    { name: "empty-runs", path: "/runs", ready: "pre" },
    { name: "empty-workflows", path: "/workflows", ready: ".nothing" },
    { name: "empty-errors", path: "/errors", ready: ".nothing" },
    { name: "empty-artifacts", path: "/artifacts", ready: ".nothing" },
  ].map((face) => ({ ...face, path: site.url(face.path) }));
}

/** Faces of a page that has another one in the list: parts of the same page, or what it says where there is nothing. */
const LESSER =
  /^(run-(?!live|error|loop|unrolled)|workflow-(json|runs|versions|unknown)|artifact-(table|json|unknown)|runs-none|rerun|resume|errors-chosen|compare-nothing)/;

export function isLesser({ name }: Face): boolean {
  return LESSER.test(name);
}

export class Gallery {
  readonly site: Site = new Site();
  /** Runs of "research": with the code before a change, after it, and one that waits in the middle. */
  old = "";
  changed = "";
  live = "";
  /** Taken over from `old`, with the code after the change. */
  forked = "";
  loop = "";
  album = "";
  failed = "";
  #versions: readonly string[] = [];

  async open(): Promise<void> {
    const { site } = this;
    await site.open({ "research.workflow.ts": RESEARCH, "refine.workflow.ts": LOOP, "album.workflow.ts": ALBUM });
    const gate = site.place.write("gate.txt", "9");
    [this.old, this.loop, this.album] = await Promise.all([
      site.ran("research", { query: "canals" }),
      site.ran("refine"),
      site.ran("album"),
    ]);
    site.place.write("research.workflow.ts", RESEARCH.replace("body of", "text of"));
    [this.changed, this.failed] = await Promise.all([
      site.ran("research", { query: "canals", pages: 14 }),
      site.ran("soundings-of-the-north-channel-by-depth"),
    ]);
    this.forked = await site.forked(this.old);
    this.live = await site.launch("research", { query: "bridges", pages: 24, gate });
    const { versions } = (await site.get("/api/versions?workflow=research")) as {
      readonly versions: readonly { readonly version: string }[];
    };
    this.#versions = versions.map(({ version }) => version);
  }

  async close(): Promise<void> {
    // What waits is let through, so that its process ends by itself.
    this.site.place.write("gate.txt", "1000");
    await this.site.close();
  }

  /** R1. */
  faces(): readonly Face[] {
    const { old, changed, forked, loop, album, failed, live } = this;
    const [now, before] = this.#versions;
    const run = (name: string, search: string, ready: string): Face => ({
      name: `run-${name}`,
      path: `/runs/${search.includes("?") ? search : `${changed}?${search}`}`,
      ready,
    });
    return [
      { name: "overview", path: "/overview", ready: `a[href*="${live}"]` },
      { name: "runs", path: "/runs", ready: `a[href*="${old}"]` },
      { name: "runs-none", path: "/runs?workflow=research&status=paused&tags=a%3Db", ready: ".nothing .button" },
      { name: "workflows", path: "/workflows", ready: "a[href='/workflows/research']" },
      { name: "workflow-launch", path: "/workflows/album", ready: "button.primary" },
      { name: "workflow-json", path: "/workflows/album?input=json", ready: "textarea" },
      { name: "workflow-graph", path: "/workflows/research?show=graph", ready: "button.primary" },
      { name: "workflow-traced", path: "/workflows/research?show=graph", ready: "button.primary", act: trace },
      { name: "workflow-runs", path: "/workflows/research?show=runs", ready: `a[href*="${old}"]` },
      { name: "workflow-versions", path: "/workflows/research?show=versions", ready: "a[href*='versions']" },
      { name: "workflow-coverage", path: "/workflows/research?show=coverage", ready: ".section" },
      { name: "workflow-unknown", path: "/workflows/reserch", ready: ".refusal" },
      { name: "version", path: `/workflows/research/versions/${now}`, ready: ".cm-line" },
      { name: "version-diff", path: `/workflows/research/versions/${now}?with=${before}`, ready: ".cm-changedLine" },
      run("live", `${live}?`, ".vertex"),
      run("error", "call=2&item=7", ".error"),
      run("past", `call=3&item=5&at=60&tab=lineage&list=events`, ".edges button"),
      run("output", "call=2&item=2&tab=output", ".json, .cm-line"),
      run("input", "call=2&item=2&tab=input&list=logs", "[role=tabpanel]"),
      run("attempts", "call=2&item=3&tab=attempts&list=errors", "[role=tabpanel]"),
      run("logs", "call=2&item=3&tab=logs&list=events&kind=items", "[role=tabpanel]"),
      run("trace", "call=2&item=3&tab=spans", ".spans button"),
      ...(["nodes", "flame", "path", "concurrency", "what-if"] as const).map((view) =>
        run(`profile-${view}`, `profile=${view}`, "[aria-label='View of the profile']"),
      ),
      run("why", `${forked}?call=2&item=2&tab=why`, "[role=tabpanel]"),
      run("children", "call=3&item=5&list=children", ".error"),
      run("unrolled", "call=3&shape=unrolled&ghosts=shown", ".vertex"),
      run("graph", "left=graph&call=2", ".vertex"),
      run("source", "left=source&call=2&item=7", ".cm-line"),
      run("loop", `${loop}?ghosts=shown&list=logs&left=graph`, ".region"),
      run("artifacts", `${album}?call=1&tab=artifacts`, ".file-shown img"),
      run("failed", `${failed}?call=1&item=0`, ".error"),
      run("filtered", "call=2&q=nothing+is+called+so", ".nothing"),
      { name: "run-unknown", path: "/runs/01ARZ3NDEKTSV4RRFFQ69G5FAV", ready: ".refusal" },
      { name: "fork", path: `/runs/${old}?again=fork`, ready: ".again .section" },
      { name: "rerun", path: `/runs/${old}?again=rerun`, ready: ".again .section" },
      { name: "resume", path: `/runs/${old}?again=resume`, ready: ".again" },
      { name: "compare-nothing", path: "/compare", ready: ".nothing" },
      { name: "compare", path: `/compare?a=${old}&b=${changed}`, ready: ".cm-changedLine" },
      { name: "compare-versions", path: `/compare?a=research@${before}&b=research@${now}`, ready: ".section" },
      { name: "errors", path: "/errors", ready: "[role=row]" },
      { name: "errors-chosen", path: "/errors", ready: "[role=row]", act: firstRow },
      { name: "artifacts", path: "/artifacts", ready: "a[href*='selector']" },
      { name: "artifact-picture", path: "/artifacts/show?selector=album/cover@latest", ready: ".pixels img" },
      { name: "artifact-table", path: "/artifacts/show?selector=album/cover@latest&file=tracks.csv", ready: "td" },
      { name: "artifact-json", path: "/artifacts/show?selector=album/cover@latest&file=meta.json", ready: ".cm-line" },
      { name: "artifact-unknown", path: "/artifacts/show?selector=album/cuver@latest", ready: ".refusal" },
      { name: "settings", path: "/settings", ready: "select" },
      { name: "not-found", path: "/nowhere", ready: ".empty a" },
      { name: "keys", path: `/runs/${old}?call=2`, ready: ".vertex", act: (page) => pressed(page, "?", ".keys dd") },
      { name: "palette", path: "/runs", ready: "a code", act: (page) => pressed(page, "Control+k", "[cmdk-item]") },
    ];
  }

  /** "link": as a link on another page does; "address": as one from elsewhere, with nothing of another page there. */
  async show(page: Page, face: Face, by: "link" | "address"): Promise<void> {
    // The token comes in the fragment of the first address.
    if (page.url() === "about:blank" && !URL.canParse(face.path)) await page.goto(this.site.server.pageUrl);
    await page.keyboard.press("Escape");
    if (by === "link") await page.evaluate(goTo, face.path);
    else await page.goto(this.site.url(face.path));
    await page.locator(face.ready).filter({ visible: true }).first().waitFor();
    await face.act?.(page);
    await page.evaluate(atRest, PATIENCE_MS);
  }
}

async function trace(page: Page): Promise<void> {
  await page.locator("button.primary").click();
  await page.locator(".section .react-flow__node, .sketch").first().waitFor();
}

async function firstRow(page: Page): Promise<void> {
  await page.getByRole("grid", { name: "Errors" }).getByRole("row").nth(1).click();
  await page.getByRole("link", { name: "where it was last seen" }).waitFor();
}

async function pressed(page: Page, key: string, ready: string): Promise<void> {
  await page.keyboard.press(key);
  await page.locator(ready).first().waitFor();
}

/** Rings of colour, as base64. */
function picture(): string {
  const image = new PNG({ width: 240, height: 160 });
  for (let at = 0; at < 240 * 160; at++) {
    const far = Math.hypot((at % 240) - 90, Math.floor(at / 240) - 100);
    image.data.set([40 + (far % 90), 90 + (far % 60), 150 - (far % 40), 255], at * 4);
  }
  return PNG.sync.write(image).toString("base64");
}
