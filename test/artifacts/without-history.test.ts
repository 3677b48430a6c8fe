/** Folders open and verify when the history is gone, from another project, and through the command line. */
import { copyFileSync, cpSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandProcess, type DocumentEnded, type Ended } from "../../src/cli/fixtures/workgraph-process.ts";
import { endPrograms, runJson } from "../process/program.ts";
import { Place } from "./place.ts";

const EXAMPLE = new URL("../../examples/11-artifacts.ts", import.meta.url);

let place: Place;
let runId: string;
const commands = new CommandProcess();
/** What runs code of an author is a process of its own. */
const program = (...words: readonly string[]): Promise<Pick<DocumentEnded, "document" | "exitCode" | "stderr">> =>
  words[0] === "run" ? runJson(words, { cwd: place.dir }) : commands.json(words, { cwd: place.dir });
const plain = (...words: readonly string[]): Promise<Ended> => commands.workgraph(words, { cwd: place.dir });

beforeAll(async () => {
  place = new Place();
  copyFileSync(EXAMPLE, join(place.dir, "flow.ts"));
  const made = await program("run", "flow.ts#bookmaking", "--chapters", "2");
  if (made.exitCode !== 0) throw new Error(made.stderr);
  runId = made.document["runId"] as string;
});
afterAll(async () => {
  await commands.end();
  await endPrograms();
  await place.remove();
});

describe("with its history", () => {
  test("`artifact RUN` gives what the run returned, and its manifest", async () => {
    const { document } = await program("artifact", "latest");
    expect(document).toMatchObject({
      selector: `bookmaking/book@${runId}`,
      path: `artifacts/bookmaking/${runId}/book`,
      names: expect.arrayContaining(["chapter-1", "chapter-2", "book"]) as unknown,
      manifest: { kind: "book", labels: ["draft"], producer: { node: "bind_book" } },
    });
    const other = await program("artifact", runId, "chapter-3");
    expect(other).toMatchObject({ exitCode: 3, document: { error: { code: "WG5116" } } });
  });

  test("`--from-artifact` begins with the input it holds; what is written out wins", async () => {
    const from = await program("run", "flow.ts#bookReview", "--from-artifact", "bookmaking/book@latest");
    expect(from.document).toMatchObject({ status: "completed", output: { from: runId } });
    const wins = await program("run", "flow.ts#bookReview", '{"book": "@nobody"}', "--from-artifact", "@draft");
    expect(wins.document).toMatchObject({ status: "failed" });
    const flag = await program("run", "flow.ts#bookReview", "--book", "@nobody", "--from-artifact", "@draft");
    expect(flag.document).toMatchObject({ status: "failed" });
    const none = await program("run", "flow.ts#bookReview", "--from-artifact", "bookmaking/chapter-1");
    expect(none).toMatchObject({ exitCode: 3, document: { error: { code: "WG5117" } } });
  });

  test("`whence` finds run, item, node and line, also after copying and renaming, and nothing after one flipped byte", async () => {
    const text = join(place.dir, "somebody sent me this");
    cpSync(join(place.folder("bookmaking", runId, "chapter-2"), "text.md"), text);
    symlinkSync(text, `${text} too`);
    expect((await program("whence", `${text} too`)).exitCode).toBe(0);
    const lines = readFileSync(join(place.dir, "flow.ts"), "utf8").split("\n");
    const line = lines.findIndex((one) => one.includes('node({ id: "write_chapter" }')) + 1;
    const { document } = await program("whence", text);
    expect(document["origins"]).toMatchObject([
      {
        selector: `bookmaking/chapter-2@${runId}`,
        path: "text.md",
        run: runId,
        address: `${runId}.2.1`,
        node: "write_chapter",
        source: { file: "flow.ts", line },
        calledAt: { line: expect.any(Number) as unknown },
        known: "history",
      },
    ]);
    const bytes = readFileSync(text);
    bytes[0]! ^= 1;
    writeFileSync(text, bytes);
    expect(await program("whence", text)).toMatchObject({ exitCode: 3, document: { error: { code: "WG5120" } } });
    expect(await program("whence", "nowhere")).toMatchObject({ exitCode: 3, document: { error: { code: "WG5121" } } });
    rmSync(text);
  });

  test("`artifacts` lists, shows, verifies and copies; words that mean nothing are answered with the nearest", async () => {
    const list = (await program("artifacts", "ls", "--kind", "chapter", "--limit", "1")).document;
    expect(list).toMatchObject({ source: "history", total: 2, truncated: true });
    const next = (await program("artifacts", "ls", "--kind", "chapter", "--cursor", list["cursor"] as string)).document;
    expect(next).toMatchObject({ artifacts: [{ kind: "chapter", present: true }], truncated: false });
    expect(next["artifacts"]).not.toEqual(list["artifacts"]);
    const { document } = await program("artifacts", "show", "bookmaking/chapter-1");
    expect(document).toMatchObject({ readBy: [{ address: `${runId}.3.0` }], manifest: { files: [{}, {}] } });
    expect((await plain("artifacts", "cp", "@draft", "copy")).stdout).toBe("copy\n");
    expect((await program("artifacts", "verify", "./copy")).document).toMatchObject({ ok: true });
    expect((await plain("artifacts", "cp", "@draft", "copy")).stdout).toBe("copy/book\n");
    expect(await program("artifacts", "cp", "@draft", "copy")).toMatchObject({ exitCode: 2 });
    expect((await plain("artifacts", "veriffy")).stderr).toContain('Did you mean "verify"?');
    expect((await plain("artifacts", "show", "bookmaking/bok")).stderr).toContain('Did you mean "bookmaking/book"?');
    rmSync(join(place.dir, "copy"), { recursive: true });
  });
});

describe("without its history", () => {
  beforeAll(() => rmSync(place.dataDir, { recursive: true }));

  test("every folder is found, listed and verified", async () => {
    const verified = await program("artifacts", "verify");
    expect(verified).toMatchObject({ exitCode: 0, document: { ok: true, artifacts: [{}, {}, {}] } });
    expect((await program("artifacts", "ls")).document).toMatchObject({
      source: "folders",
      artifacts: [{ name: "book" }, { name: "chapter-1" }, { name: "chapter-2" }],
    });
    expect((await program("artifacts", "show", "@draft")).document).toMatchObject({ name: "book", readBy: [] });
  });

  test("a file still says where it comes from, by the manifests", async () => {
    const file = join("artifacts", "bookmaking", runId, "book", "book.md");
    expect((await program("whence", file)).document["origins"]).toMatchObject([
      { node: "bind_book", source: { file: "flow.ts" }, known: "manifest" },
    ]);
  });

  test("a node opens it, and a changed file is found", async () => {
    const opened = await program("run", "flow.ts#bookReview", "--from-artifact", "bookmaking/book");
    expect(opened.document).toMatchObject({ status: "completed", output: { from: runId } });
    const moved = `${place.artifactsDir}-moved`;
    renameSync(place.artifactsDir, moved);
    const path = await program(
      "run",
      "flow.ts#bookReview",
      "--book",
      join(basename(moved), "bookmaking", runId, "book"),
    );
    expect(path.document).toMatchObject({ status: "completed", output: { from: runId } });
    renameSync(moved, place.artifactsDir);
    writeFileSync(join(place.folder("bookmaking", runId, "book"), "book.md"), "x");
    const verified = await program("artifacts", "verify");
    expect(verified).toMatchObject({ exitCode: 1, document: { ok: false } });
    const failed = await program("run", "flow.ts#bookReview", "--from-artifact", "bookmaking/book");
    expect(JSON.stringify(failed.document)).toContain("is not what was published");
    writeFileSync(join(place.folder("bookmaking", runId, "chapter-1"), "manifest.json"), "{}");
    expect((await program("artifacts", "verify")).document["artifacts"]).toMatchObject([
      { ok: false, problems: [{ path: "book.md" }] },
      { ok: false, selector: `bookmaking/chapter-1@${runId}`, problems: [{ path: "manifest.json" }] },
      { ok: true },
    ]);
  });
});
