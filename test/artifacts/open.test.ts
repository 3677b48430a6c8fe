/** What a node opens: verified, recorded, and the same one for the whole run. */
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { node, workflow, type ArtifactManifest, type ArtifactRef, type OpenedArtifact } from "agentic-workgraph";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Place } from "./place.ts";
import { ResumableRun } from "./resumable.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

const publish = node({ id: "publish" }, async ({ text }: { text: string }, ctx) => {
  const dir = await ctx.artifact("page", { labels: ["fresh"] });
  await dir.write("text", text);
  return dir;
});
const making = workflow({ name: "making" }, ({ text }: { text: string }) => publish({ text }));
const openAny = node({ id: "open_any" }, async ({ selector }: { selector: string }, ctx) => {
  const { path, ref } = await ctx.openArtifact(selector);
  return { text: readFileSync(join(path, "text"), "utf8"), ref };
});
const reading = workflow({ name: "reading" }, ({ selector }: { selector: string }) => openAny({ selector }));

const codeOf = (runId: string): Promise<string | undefined> =>
  place.reading(async (store) => (await store.errors(runId))[0]?.error.code);

describe("opening", () => {
  test("takes every kind of selector, gives a folder that was verified, and links both runs", async () => {
    const made = await place.run(making, { text: "one" });
    const { sha256 } = made.output as ArtifactRef;
    const selector = `making/page@${made.runId}`;
    const asked = [selector, "making/page@latest", "making/page", "making/page@fresh", "@fresh", sha256.slice(0, 9)];
    for (const one of [...asked, `artifacts/making/${made.runId}/page`]) {
      const { output } = await place.run(reading, { selector: one });
      expect(output, one).toMatchObject({
        text: "one",
        ref: { selector, sha256, path: `artifacts/making/${made.runId}/page` },
      });
    }
    const reads = await place.reading((store) => store.artifactReads({ sha256 }));
    expect(reads.map((read) => read.asked)).toEqual([...asked, `artifacts/making/${made.runId}/page`]);
    expect(new Set(reads.map((read) => read.selector))).toEqual(new Set([selector]));
  });

  test("puts what was read into the manifest of what is published", async () => {
    const made = await place.run(making, { text: "one" });
    const copy = node({ id: "copy" }, async (_: object, ctx) => {
      await ctx.openArtifact("making/page@latest");
      return ctx.artifact("copy");
    });
    const { runId } = await place.run(
      workflow({ name: "copying" }, () => copy({})),
      {},
    );
    const manifest = JSON.parse(
      readFileSync(join(place.folder("copying", runId, "copy"), "manifest.json"), "utf8"),
    ) as ArtifactManifest;
    const { sha256 } = made.output as ArtifactRef;
    expect(manifest.inputs).toEqual([{ asked: "making/page@latest", selector: `making/page@${made.runId}`, sha256 }]);
  });

  test("refuses a folder with one flipped byte, another in its place, and a reference to nothing", async () => {
    const made = await place.run(making, { text: "one" });
    const ref = made.output as ArtifactRef;
    const openRef = node(
      { id: "open_ref" },
      async ({ page }: { page: ArtifactRef }, ctx): Promise<string> => (await ctx.openArtifact(page)).path,
    );
    const flow = workflow({ name: "reading" }, ({ page }: { page: ArtifactRef }) => openRef({ page }));
    expect((await place.run(flow, { page: ref })).status).toBe("completed");
    const other = (await place.run(making, { text: "other" })).output as ArtifactRef;
    expect(
      await codeOf((await place.run(flow, { page: { ...ref, selector: other.selector, path: other.path } })).runId),
    ).toBe("WG5112");
    writeFileSync(join(place.dir, ref.path, "text"), "onf");
    expect(await codeOf((await place.run(flow, { page: ref })).runId)).toBe("WG5112");
    rmSync(join(place.dir, ref.path), { recursive: true });
    expect(await codeOf((await place.run(flow, { page: ref })).runId)).toBe("WG5110");
    expect(await codeOf((await place.run(flow, { page: {} as ArtifactRef })).runId)).toBe("WG5115");
  });

  test("finds a reference by its path when the folder is not where its name says", async () => {
    const made = await place.run(making, { text: "one" });
    const ref = made.output as ArtifactRef;
    renameSync(join(place.dir, ref.path), join(place.dir, "elsewhere"));
    const openRef = node(
      { id: "open_ref" },
      async ({ page }: { page: ArtifactRef }, ctx): Promise<string> => (await ctx.openArtifact(page)).path,
    );
    const flow = workflow({ name: "reading" }, ({ page }: { page: ArtifactRef }) => openRef({ page }));
    const end = await place.run(flow, { page: { ...ref, path: "elsewhere" } });
    expect(end.output).toBe(join(place.dir, "elsewhere"));
  });
});

describe("one run opens one artifact under one selector", () => {
  test("though a newer one is published while it runs", async () => {
    await place.run(making, { text: "old" });
    const open = node({ id: "open", concurrency: 1 }, async ({ n }: { n: number }, ctx) => {
      const { path } = await ctx.openArtifact("making/page@latest");
      if (n === 0) await place.run(making, { text: "new" });
      return readFileSync(join(path, "text"), "utf8");
    });
    const end = await place.run(
      workflow({ name: "reading" }, () => open({ n: [0, 1, 2] })),
      {},
    );
    expect(end.output).toEqual(["old", "old", "old"]);
    expect((await place.run(reading, { selector: "making/page@latest" })).output).toMatchObject({ text: "new" });
  });

  test("and a resume opens the same, or says that it is gone", async () => {
    await place.run(making, { text: "old" });
    let isReady = false;
    const seen: OpenedArtifact[] = [];
    const open = node({ id: "open" }, async (_: object, ctx) => {
      seen.push(await ctx.openArtifact("making/page@latest"));
      if (!isReady) throw new Error("not yet");
      return readFileSync(join(seen.at(-1)!.path, "text"), "utf8");
    });
    const flow = workflow({ name: "reading" }, () => open({}));
    const run = await ResumableRun.start(place, flow);
    expect((await run.end()).status).toBe("failed");
    await place.run(making, { text: "new" });
    const moved = join(place.dir, "moved");
    cpSync(seen[0]!.path, moved, { recursive: true });
    rmSync(seen[0]!.path, { recursive: true });
    const gone = await run.resume();
    expect((await gone.end()).status).toBe("failed");
    expect((await run.store.errors(run.runId)).map(({ error }) => error.code)).toContain("WG5114");
    isReady = true;
    cpSync(moved, seen[0]!.path, { recursive: true });
    const again = await run.resume();
    expect((await again.end()).output).toBe('"old"');
    expect(new Set(seen.map(({ ref }) => ref.selector)).size).toBe(1);
  });
});
