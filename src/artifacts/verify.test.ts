import { execFileSync } from "node:child_process";
import { readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { manifestText } from "../model/manifest.ts";
import type { FoundArtifact } from "./artifact-store.ts";
import { ShelfWith } from "./fixtures/shelf-with.ts";
import { requireVerified } from "./verify.ts";

let shelf: ShelfWith;
let found: FoundArtifact;
beforeEach(async () => {
  shelf = await ShelfWith.make();
  found = await shelf.publish({ files: { "a.txt": "aaaa", "b/c.bin": Buffer.alloc(200_000, 7), d: "" } });
});
afterEach(() => shelf.remove());

const problems = async (): Promise<unknown> => (await shelf.artifacts.verify(found)).problems;

test("a folder as it was published has no problems, the first time and after", async () => {
  expect(await problems()).toEqual([]);
  expect(await problems()).toEqual([]);
});

test("one flipped byte is found, although it was verified before and its time is put back", async () => {
  expect(await problems()).toEqual([]);
  const file = join(found.folder, "b/c.bin");
  const bytes = await readFile(file);
  bytes[100_000]! ^= 1;
  await writeFile(file, bytes);
  await utimes(file, new Date(0), new Date(0));
  expect(await problems()).toEqual([{ path: "b/c.bin", what: "changed" }]);
});

test("what is missing, added or no plain file is told by its path", async () => {
  await rm(join(found.folder, "d"));
  await writeFile(join(found.folder, "more.txt"), "");
  await writeFile(join(found.folder, "a.txt"), "longer than before");
  expect(await problems()).toEqual([
    { path: "more.txt", what: "not in the manifest" },
    { path: "a.txt", what: "changed" },
    { path: "d", what: "missing" },
  ]);
  const verified = await shelf.artifacts.verify(found);
  expect(() => requireVerified(verified, "flow/report@01RUN")).toThrow(
    /WG5112: artifact flow\/report@01RUN .*"a\.txt" is changed/,
  );
});

test("a file replaced by a link to one with the same bytes is a problem", async () => {
  const file = join(found.folder, "a.txt");
  await writeFile(join(shelf.root, "elsewhere"), "aaaa");
  await rm(file);
  await symlink(join(shelf.root, "elsewhere"), file);
  expect(JSON.stringify(await problems())).toContain("no plain file");
});

test("a FIFO in the place of a file is waited for by nobody", async () => {
  const file = join(found.folder, "a.txt");
  await rm(file);
  execFileSync("mkfifo", [file]);
  expect(JSON.stringify(await problems())).toContain("no plain file");
});

test("a manifest that was edited to fit is refused: its hash is that of its files", async () => {
  const files = found.manifest.files.map((file) => (file.path === "d" ? { ...file, path: "e" } : file));
  const edited = { ...found.manifest, files };
  await writeFile(join(found.folder, "manifest.json"), manifestText(edited));
  await expect(shelf.artifacts.verify({ ...found, manifest: edited })).rejects.toMatchObject({ code: "WG5113" });
});
