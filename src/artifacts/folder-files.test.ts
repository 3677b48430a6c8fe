import { execFileSync } from "node:child_process";
import { link, mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ShelfWith } from "./fixtures/shelf-with.ts";

let shelf: ShelfWith;
let draft: string;
beforeEach(async () => {
  shelf = await ShelfWith.make();
  draft = await shelf.draft();
});
afterEach(() => shelf.remove());

/** The error of sealing, as code and message. */
async function refusal(): Promise<string> {
  const error = await shelf.artifacts.seal(draft, shelf.facts()).catch((thrown: unknown) => thrown);
  return error instanceof Error ? error.message : "it was sealed";
}

describe("a folder is not published with", () => {
  test("a link to a file outside", async () => {
    await symlink("/etc/passwd", join(draft, "out"));
    const said = await refusal();
    expect(said).toContain("WG5103");
    expect(said).toContain("out");
    expect(said).toContain("a symbolic link");
  });

  test("a link to a file inside, which would be a second copy or a broken one later", async () => {
    await symlink("a.txt", join(draft, "in"));
    const said = await refusal();
    expect(said).toContain("WG5103");
    expect(said).toContain("in");
  });

  test("a link to a folder", async () => {
    await mkdir(join(draft, "sub"));
    await symlink("/etc", join(draft, "sub/etc"));
    const said = await refusal();
    expect(said).toContain("WG5103");
    expect(said).toContain("sub/etc");
  });

  test("a FIFO, for which nobody waits", async () => {
    execFileSync("mkfifo", [join(draft, "pipe")]);
    const said = await refusal();
    expect(said).toContain("WG5103");
    expect(said).toContain("pipe");
    expect(said).toContain("FIFO");
  });

  test("a socket", async () => {
    const server = createServer().listen(join(draft, "s"));
    await new Promise((resolve) => server.once("listening", resolve));
    const said = await refusal();
    expect(said).toContain("WG5103");
    expect(said).toContain("FIFO, socket or device");
    await new Promise((resolve) => server.close(resolve));
  });

  test("a manifest of its own, however it is written", async () => {
    await writeFile(join(draft, "Manifest.JSON"), "{}");
    const said = await refusal();
    expect(said).toContain("WG5102");
    expect(said).toContain("Manifest.JSON");
    expect(said).toContain("is the manifest");
  });

  test("names that differ in case only", async () => {
    await writeFile(join(draft, "A.txt"), "A");
    const said = await refusal();
    expect(said).toContain("WG5104");
    expect(said).toContain('"A.txt"');
    expect(said).toContain('"a.txt"');
  });

  test("names that differ in how an accent is written only", async () => {
    await mkdir(join(draft, "s"));
    await writeFile(join(draft, "s/\u00e9"), "1");
    await writeFile(join(draft, "s/e\u0301"), "2");
    const said = await refusal();
    expect(said).toContain("WG5104");
    expect(said).toContain("accents");
  });

  test("a folder and a file that are twins", async () => {
    await mkdir(join(draft, "A.TXT"));
    const said = await refusal();
    expect(said).toContain("WG5104");
    expect(said).toContain("A.TXT");
  });

  test("a name that is not UTF-8", async () => {
    await writeFile(Buffer.concat([Buffer.from(`${draft}/`), Buffer.from([0x66, 0xff])]), "x");
    const said = await refusal();
    expect(said).toContain("WG5102");
    expect(said).toContain("not UTF-8");
  });

  test.each(["aux.txt", "ends.", "new\nline", "back\\slash"])("the name %j", async (name) => {
    await writeFile(join(draft, name), "x");
    const said = await refusal();
    expect(said).toContain("WG5102");
  });
});

describe("a folder is published with", () => {
  test("hard links, a manifest.json further down, and without what file managers leave", async () => {
    await link(join(draft, "a.txt"), join(draft, "hard.txt"));
    await mkdir(join(draft, "sub"));
    await writeFile(join(draft, "sub/manifest.json"), "{}");
    await writeFile(join(draft, ".DS_Store"), "litter");
    const manifest = await shelf.artifacts.seal(draft, shelf.facts());
    expect(manifest.files.map(({ path }) => path)).toEqual(["a.txt", "hard.txt", "sub/manifest.json"]);
  });

  test("no file at all", async () => {
    const empty = await shelf.publish({ name: "empty", files: {} });
    expect(empty.manifest).toMatchObject({ files: [], sizeBytes: 0 });
    expect(await shelf.artifacts.verify(empty)).toMatchObject({ problems: [] });
  });
});

test("a file that grows while it is hashed is refused", async () => {
  const big = join(draft, "big");
  await writeFile(big, Buffer.alloc(32 * 2 ** 20));
  let isDone = false;
  const growing = (async () => {
    while (!isDone) await writeFile(big, "more", { flag: "a" });
  })();
  const said = await refusal();
  isDone = true;
  await growing;
  expect(said).toMatch(/^WG5106: .*big/);
});
