import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ArtifactManifest } from "../model/manifest.ts";
import { ShelfWith } from "./fixtures/shelf-with.ts";

const FIRST = "01M80000000000000000000001";
const SECOND = "01M80000000000000000000002";
const THIRD = "01M90000000000000000000003";

let shelf: ShelfWith;
let first: ArtifactManifest;
beforeAll(async () => {
  shelf = await ShelfWith.make();
  const report = { workflow: "research", name: "report" };
  ({ manifest: first } = await shelf.publish({ ...report, run: FIRST, labels: ["good", "old"], files: { a: "1" } }));
  await shelf.publish({ ...report, run: SECOND, labels: ["good"], files: { a: "2" } });
  await shelf.publish({ ...report, run: THIRD, files: { a: "3" } });
  await shelf.publish({ workflow: "research", name: "charts", run: SECOND, files: { b: "2" } });
  await shelf.publish({ workflow: "other", name: "report", run: THIRD, labels: ["nightly"], files: { a: "1" } });
  await mkdir(join(shelf.root, "artifacts/research", THIRD, "charts"));
});
afterAll(() => shelf.remove());

const found = async (selector: string, from?: string): Promise<string> => {
  const { manifest } = await shelf.artifacts.resolve(selector, from === undefined ? {} : { from });
  return `${manifest.producer.workflow}/${manifest.name}@${manifest.producer.run}`;
};

describe("a selector means", () => {
  test.each([
    ["research/report", `research/report@${THIRD}`],
    ["research/report@latest", `research/report@${THIRD}`],
    // The newest run has a folder of that name without a manifest: no artifact.
    ["research/charts", `research/charts@${SECOND}`],
    [`research/report@${FIRST}`, `research/report@${FIRST}`],
    ["research/report@01m9", `research/report@${THIRD}`],
    ["research/report@good", `research/report@${SECOND}`],
    ["research/report@old", `research/report@${FIRST}`],
    ["@nightly", `other/report@${THIRD}`],
    [`artifacts/research/${FIRST}/report`, `research/report@${FIRST}`],
    [` research/charts@latest `, `research/charts@${SECOND}`],
  ])("%j", async (selector, expected) => {
    expect(await found(selector)).toBe(expected);
  });

  test("by content: of folders with equal content the newest", async () => {
    expect(await found(first.sha256.slice(0, 8))).toBe(`other/report@${THIRD}`);
    expect(await found(`sha256:${first.sha256.toUpperCase()}`)).toBe(`other/report@${THIRD}`);
  });

  test("a copied folder, from where somebody stands, from the project, and absolute", async () => {
    const copy = join(shelf.root, "copies/mine");
    await cp(join(shelf.root, "artifacts/research", FIRST, "report"), copy, { recursive: true });
    for (const [selector, from] of [["mine", join(shelf.root, "copies")], ["copies/mine"], ["./copies/mine"], [copy]])
      expect(await found(selector!, from)).toBe(`research/report@${FIRST}`);
  });
});

describe("nothing is meant by", () => {
  test.each([
    ["research/raport", "WG5110", 'Did you mean "research/report"?'],
    ["reserch/report", "WG5110", 'Did you mean "research"?'],
    ["research/report@goood", "WG5110", 'Did you mean "research/report@good"?'],
    ["research/zebra", "WG5110", "There is: research/"],
    ["@nightli", "WG5110", 'Did you mean "@nightly"?'],
    ["0000000", "WG5110", "artifacts ls"],
    [".", "WG5110", "artifacts ls"],
    ["", "WG5115", "Write workflow/name"],
    ["research/report@..", "WG5115", "Write workflow/name"],
    ["sha256:xyz", "WG5115", "Write workflow/name"],
    ["../../../../etc", "WG5110", "artifacts ls"],
  ])("%j", async (selector, code, hint) => {
    await expect(shelf.artifacts.resolve(selector)).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint) as unknown,
    });
  });

  test.each([
    ["research/report@01M8", [`research/report@${SECOND}`, `research/report@${FIRST}`]],
    [`@${THIRD}`, [`other/report@${THIRD}`, `research/report@${THIRD}`]],
  ])("%j, which fits several", async (selector, candidates) => {
    await expect(shelf.artifacts.resolve(selector)).rejects.toMatchObject({ code: "WG5111", details: { candidates } });
  });
});

test("a folder whose manifest cannot be believed is said to be so, not passed over", async () => {
  const bad = join(shelf.root, "bad");
  await mkdir(bad);
  for (const text of [
    "",
    "{}",
    "[]",
    JSON.stringify({ ...first, name: "../x" }),
    JSON.stringify({ ...first, schema: 2 }),
  ]) {
    await writeFile(join(bad, "manifest.json"), text);
    await expect(shelf.artifacts.resolve("./bad"), text).rejects.toMatchObject({ code: "WG5113" });
  }
  await rm(bad, { recursive: true });
});
