/** The last of the README's ten minutes, in a browser: open the run, edit a line, launch again from its page, see what was reused and why. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { twentyLines } from "../readme/readme.ts";
import { inChromium } from "./chromium.ts";
import { Site } from "./site.ts";

const NOTES = {
  "notes/glass.md": "# Glass\nCathedrals of it.\n",
  "notes/rope.md": "# Rope\nLess of it than was hoped.\n",
  "notes/salt.md": "# Salt\nIt keeps.\n",
};
/** A line of the page's workflow, and what becomes of it. */
const [BEFORE, NOW] = ["`- ${title}: ${words} words`", "`* ${title}: ${words}`"];

inChromium("the ten minutes, on the page", (browser) => {
  const site = new Site();
  let first = "";
  beforeAll(async () => {
    await site.open({ "digest.ts": twentyLines(), ...NOTES });
    first = String((await site.cli("run", "digest.ts", "--folder", "notes"))["runId"]);
  }, 120_000);
  afterAll(() => site.close(), 60_000);

  test("a changed line, launched from the page of a run, executes what it reaches, and the page says why", async () => {
    const tab = await browser.tab(site.server.url);
    const { page } = tab;
    const { hash } = new URL(site.server.pageUrl);
    await page.goto(site.url(`/runs/${first}${hash}`));
    await page.locator(".vertex", { hasText: "write_digest" }).waitFor();
    expect(twentyLines()).toContain(BEFORE);
    site.place.write("digest.ts", twentyLines().replace(BEFORE, NOW));

    await page.getByRole("button", { name: "Run again" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("heading", { name: "reuses 4 items" }).waitFor();
    await dialog.getByRole("heading", { name: "executes 1 item for certain" }).waitFor();
    expect(await dialog.locator(".plan-lines").innerText()).toContain("write_digest");
    await dialog.locator("button.primary", { hasText: "Fork" }).click();

    await page.waitForURL((url) => url.pathname.startsWith("/runs/") && !url.pathname.endsWith(first));
    await page.locator(".lamp.ended").waitFor();
    await page.getByRole("button", { name: /^reused 4/ }).waitFor();
    await page.locator(".vertex", { hasText: "write_digest" }).click();
    await page.getByRole("grid", { name: "Items" }).getByRole("row").nth(1).click();
    await page.getByRole("tab", { name: "Why" }).click();
    await page.getByText("It ran because its code has changed.").waitFor();
    expect(await page.locator(".hunk .removed").innerText()).toContain(BEFORE);
    expect(await page.locator(".hunk .added").innerText()).toContain(NOW);
    await page.locator(".vertex", { hasText: "read_note" }).click();
    await page.getByRole("row").filter({ hasText: "list_notes[2]" }).click();
    await page.getByText("Nothing ran: its result had been recorded.").waitFor();

    const run = new URL(page.url()).pathname.split("/").at(-1)!;
    const { status, counts } = (await site.cli("show", run)) as { readonly status: string; readonly counts: object };
    expect({ status, counts }).toEqual({ status: "completed", counts: { completed: 1, reused: 4 } });
    expect(tab.wrongs).toEqual([]);
    await tab.close();
  });
});
