import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readManifest } from "../model/manifest.ts";
import { ShelfWith } from "./fixtures/shelf-with.ts";

let shelf: ShelfWith;
beforeEach(async () => {
  shelf = await ShelfWith.make();
});
afterEach(() => shelf.remove());

const staging = (): string => join(shelf.root, ".workgraph/staging");

describe("publishing", () => {
  test("puts the folder in its place, with a manifest that names every file, and leaves no draft", async () => {
    const { folder, manifest } = await shelf.publish({ files: { "b.json": "{}", "a/ä.txt": "text", empty: "" } });
    expect(folder).toBe(join(shelf.root, "artifacts/flow/01RUN/report"));
    expect(manifest.files.map(({ path, sizeBytes, mediaType }) => [path, sizeBytes, mediaType])).toEqual([
      ["a/ä.txt", 4, "text/plain"],
      ["b.json", 2, "application/json"],
      ["empty", 0, "application/octet-stream"],
    ]);
    expect(manifest.files[2]?.sha256).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const read = readManifest(await readFile(join(folder, "manifest.json"), "utf8"));
    expect(read).toEqual({ ok: true, manifest });
    expect(await readdir(staging())).toEqual([]);
  });

  test("gives equal files one hash, whoever made them, and other names or bytes another", async () => {
    const first = await shelf.publish({ run: "01A" });
    const again = await shelf.publish({ run: "01B", name: "other", labels: ["x"] });
    const renamed = await shelf.publish({ run: "01C", files: { "b.txt": "a" } });
    const changed = await shelf.publish({ run: "01D", files: { "a.txt": "b" } });
    expect(again.manifest.sha256).toBe(first.manifest.sha256);
    expect(new Set([first, renamed, changed].map(({ manifest }) => manifest.sha256)).size).toBe(3);
  });

  test("replaces what the same run left there without recording it", async () => {
    await shelf.publish({ files: { old: "1" } });
    const { folder } = await shelf.publish({ files: { new: "2" } });
    expect((await readdir(folder)).sort()).toEqual(["manifest.json", "new"]);
    expect(await readdir(staging())).toEqual([]);
  });

  test("leaves alone what the run did not publish (WG5105)", async () => {
    const place = join(shelf.root, "artifacts/flow/01RUN/report");
    await mkdir(place, { recursive: true });
    await writeFile(join(place, "mine.txt"), "mine");
    await expect(shelf.publish()).rejects.toMatchObject({ code: "WG5105" });
    expect(await readdir(place)).toEqual(["mine.txt"]);
  });

  test("takes back only what that attempt published", async () => {
    const { folder, manifest } = await shelf.publish();
    await shelf.artifacts.withdraw({ ...manifest, producer: { ...manifest.producer, attempt: 2 } });
    expect(existsSync(folder)).toBe(true);
    await shelf.artifacts.withdraw(manifest);
    expect(existsSync(folder)).toBe(false);
  });

  test("waits for the disk where a run asks for that, and gives the same folder", async () => {
    const durable = new ShelfWith(shelf.root, "power-loss");
    const { folder } = await durable.publish({ files: { "a/b/c.txt": "c" } });
    expect(await readFile(join(folder, "a/b/c.txt"), "utf8")).toBe("c");
  });

  test("an attempt of the same number begins with an empty folder", async () => {
    const draft = await shelf.draft({ files: { "half.txt": "ha" } });
    expect(await shelf.draft({ files: {} })).toBe(draft);
    expect(await readdir(draft)).toEqual([]);
  });
});

test("drafts lie beside the artifacts when the data folder is on another disk", async () => {
  if (!existsSync("/dev/shm")) return;
  const { mkdtemp, rm, stat } = await import("node:fs/promises");
  const [here, there] = await Promise.all([stat(shelf.root), stat("/dev/shm")]);
  if (here.dev === there.dev) return;
  const { FolderArtifacts } = await import("./folder-artifacts.ts");
  const dataDir = await mkdtemp("/dev/shm/workgraph-artifacts-");
  try {
    const artifactsDir = join(shelf.root, "artifacts");
    const artifacts = new FolderArtifacts({ root: shelf.root, artifactsDir, dataDir });
    expect(await artifacts.staging()).toBe(join(artifactsDir, ".staging"));
    const draft = await artifacts.draft(shelf.facts().producer, "report");
    await artifacts.publish(draft, await artifacts.seal(draft, shelf.facts()));
    expect(existsSync(join(artifactsDir, "flow/01RUN/report/manifest.json"))).toBe(true);
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
