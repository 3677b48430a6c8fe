/** Runs that leave a data folder and come into another one, and folders that run what a run had. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addNote } from "../../src/app/operations/add-note.ts";
import { checkoutRun } from "../../src/app/operations/checkout-run.ts";
import { diff } from "../../src/app/operations/diff.ts";
import { exportRun } from "../../src/app/operations/export-run.ts";
import { importRun } from "../../src/app/operations/import-run.ts";
import { listItems } from "../../src/app/operations/list-items.ts";
import { listNotes } from "../../src/app/operations/list-notes.ts";
import { readGraph } from "../../src/app/operations/read-graph.ts";
import { readSource } from "../../src/app/operations/read-source.ts";
import { showRun } from "../../src/app/operations/show-run.ts";
import { FolderArtifacts } from "../../src/artifacts/folder-artifacts.ts";
import type { Project } from "../../src/model/config.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import { openRunner } from "../../src/runner/runner.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { storeFacts } from "../../src/version/stored-version.ts";
import { Workbench } from "../reuse/workbench.ts";

const FLOW = `import { node, runSubgraph, workflow } from "agentic-workgraph";
import { shout } from "./lib/shout.ts";
import prompt from "./prompt.md" with { type: "text" };
import { measured } from "measured";

const loud = node({ id: "loud" }, async ({ word }: { word: string }, ctx) => {
  ctx.log.info("said " + word);
  if (word === "bad") throw new Error("bad word");
  return shout(word) + prompt.trim() + measured() + "x".repeat(20_000);
});
const keep = node({ id: "keep", gather: ["words"], onFailed: "drop" }, async ({ words }: { words: string[] }, ctx) => {
  const dir = await ctx.artifact("kept", { kind: "words" });
  await dir.writeJson("words.json", words);
  await dir.write("deep/one.txt", words[0] ?? "");
  return words.length;
});
export const part = workflow({ name: "part", gather: ["words"] }, ({ words }: { words: string[] }) => keep({ words: loud({ word: words }) }));
export const flow = workflow({ name: "flow" }, ({ words }: { words: string[] }) =>
  runSubgraph({ workflow: part, input: { words } }),
);
`;

let bench: Workbench;
let from: Workspace;
let runId: string;
const folders: string[] = [];

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "workgraph-transfer-"));
  folders.push(dir);
  return dir;
}

function projectIn(root: string, files: readonly string[] = []): Project {
  const dataDir = join(root, ".workgraph");
  return {
    root,
    name: "other",
    dataDir,
    artifactsDir: join(root, "artifacts"),
    config: {},
    workflowFiles: async () => files,
  };
}

async function elsewhere(): Promise<Workspace> {
  const project = projectIn(folder());
  mkdirSync(project.dataDir);
  const store = await openSqliteStore({ dir: project.dataDir });
  return { project, store, close: () => store.close() };
}

function link(root: string): void {
  mkdirSync(join(root, "node_modules/measured"), { recursive: true });
  writeFileSync(
    join(root, "node_modules/measured/package.json"),
    '{ "name": "measured", "version": "1.2.3", "main": "index.mjs" }',
  );
  writeFileSync(join(root, "node_modules/measured/index.mjs"), "export const measured = () => 7;\n");
  symlinkSync(resolve(import.meta.dirname, "../.."), join(root, "node_modules/agentic-workgraph"));
}

beforeAll(async () => {
  bench = new Workbench();
  rmSync(join(bench.dir, "node_modules"), { recursive: true });
  link(bench.dir);
  mkdirSync(join(bench.dir, "lib"));
  bench.write("export const shout = (word: string): string => word.toUpperCase();\n", "lib/shout.ts");
  bench.write("!\n", "prompt.md");
  bench.write(FLOW);
  const made = await bench.launch({ words: ["a", "bad", "b"] }, { target: `${bench.file}#flow` });
  if (!made.status.startsWith("completed")) throw new Error(made.error?.message ?? made.status);
  runId = made.runId;
  from = { project: bench.project, store: bench.store, close: async () => undefined };
  await addNote(from, { on: runId, text: "the run for the report" }, { kind: "agent", id: "reviewer" });
  await addNote(from, { on: `${runId}.1`, text: "slow before noon" }, { kind: "cli", id: "ann" });
});
afterAll(async () => {
  await bench.close();
  for (const dir of folders) rmSync(dir, { recursive: true, force: true });
});

const files: Map<string, string> = new Map();

/** Written once: the run does not change. */
async function exported(how: "included" | "left out" = "included"): Promise<string> {
  const known = files.get(how);
  if (known !== undefined) return known;
  const file = join(folder(), "run.gz");
  await exportRun(from, { run: runId, file, files: how });
  files.set(how, file);
  return file;
}

describe("export and import", () => {
  test("a run with its child run, values, sources and artifacts reads elsewhere as it did at home", async () => {
    const to = await elsewhere();
    const file = await exported();
    const document = await importRun(to, { file });
    expect(document).toMatchObject({ runId, known: [], code: "untrusted" });
    expect(document.runs).toHaveLength(2);
    for (const run of document.runs) {
      expect(await to.store.events(run)).toEqual(await bench.store.events(run));
      expect(await to.store.verify(run)).toBeUndefined();
      expect((await to.store.run(run))?.caller).toEqual({ kind: "import", id: "run.gz" });
      const items = async (workspace: Workspace): Promise<unknown> =>
        listItems(workspace, { of: run, run } as never).catch(() => undefined);
      expect(await items(to)).toEqual(await items(from));
      expect((await to.store.logs(run)).map(({ text }) => text)).toEqual(
        (await bench.store.logs(run)).map(({ text }) => text),
      );
    }
    const child = document.runs[1]!;
    expect(await to.store.values(child, [{ call: 1, item: 0 }])).toEqual(
      await bench.store.values(child, [{ call: 1, item: 0 }]),
    );
    expect((await showRun(to, { run: runId })).status).toBe((await showRun(from, { run: runId })).status);
    expect(JSON.stringify(await readGraph(to, { run: child }))).toBe(
      JSON.stringify(await readGraph(from, { run: child })),
    );
    expect((await readSource(to, { run: runId })).files.map(({ path }) => path)).toContain("lib/shout.ts");
    const found = await new FolderArtifacts(to.project).resolve(`part/kept@${child}`);
    expect(readFileSync(join(found.folder, "deep/one.txt"), "utf8")).toMatch(/^A!7x/);
    expect(document.artifacts).toEqual([`part/kept@${child}`]);
    expect((await importRun(to, { file })).known).toHaveLength(2);
    await to.close();
  });

  test("notes travel with the run that they were written on, once each; a file without any is taken as it is", async () => {
    const to = await elsewhere();
    const said = async (workspace: Workspace): Promise<unknown> =>
      (await listNotes(workspace, { on: runId })).notes.map(({ text, author, at, on, code }) => [
        text,
        author,
        at,
        on,
        code,
      ]);
    const withNone = forged(await exported("left out"), changed("run", { notes: undefined }));
    expect((await importRun(to, { file: withNone })).notes).toBe(0);
    expect(await said(to)).toEqual([]);
    expect((await importRun(to, { file: await exported("left out") })).notes).toBe(2);
    expect((await importRun(to, { file: await exported("left out") })).notes).toBe(0);
    expect(await said(to)).toEqual(await said(from));
    expect(await said(to)).toHaveLength(2);
    await to.close();
  });

  test("an imported run is compared with one of one's own", async () => {
    const store = openMemoryStore();
    const to = { project: projectIn(folder()), store, close: () => store.close() };
    await importRun(to, { file: await exported("left out") });
    const other = new Workbench(store);
    rmSync(join(other.dir, "node_modules"), { recursive: true });
    link(other.dir);
    mkdirSync(join(other.dir, "lib"));
    other.write("export const shout = (word: string): string => `${word}?`;\n", "lib/shout.ts");
    other.write("!\n", "prompt.md");
    other.write(FLOW);
    const made = await other.launch({ words: ["a", "bad", "b"] }, { target: `${other.file}#flow` });
    const answer = await diff(to, { a: runId, b: made.runId });
    expect(answer.first).toMatchObject({
      what: "result",
      node: "loud",
      cause: { kind: "code", node: "loud", hunks: [{ file: "lib/shout.ts", line: 1 }] },
    });
    await other.close();
  });

  test("its code executes only after somebody trusted it", async () => {
    const root = folder();
    link(root);
    const project = projectIn(root);
    const store = openMemoryStore();
    const to = { project, store, close: () => store.close() };
    const file = await exported("left out");
    await importRun(to, { file });
    const runner = await openRunner({ store, project });
    const again = { run: runId, kind: "fork", code: "recorded", from: ["part"] } as const;
    await expect(runner.fork(again)).rejects.toMatchObject({ code: "WG4070" });
    await expect(runner.fork({ ...again, code: "current" })).rejects.toMatchObject({ code: "WG4070" });
    await importRun(to, { file, code: "trusted" });
    const made = await (await runner.fork(again)).result();
    expect(made.error).toBeUndefined();
    expect(made.output).toBe(2);
    await runner.close();
  });
});

test("an imported run that has not ended is not gone on with, before somebody trusted its code", async () => {
  const root = folder();
  link(root);
  const project = projectIn(root);
  const store = openMemoryStore();
  const isLast = (line: Record<string, unknown>): boolean => String(line["body"]).includes('"type":"run.completed');
  const cut = forged(await exported("left out"), (lines) => {
    const at = lines.findIndex(isLast);
    return lines.filter((_, i) => i !== at);
  });
  const to = { project, store, close: () => store.close() };
  await importRun(to, { file: cut });
  expect((await store.run(runId))?.status).toBe("interrupted");
  const runner = await openRunner({ store, project });
  await expect(runner.resume(runId)).rejects.toMatchObject({ code: "WG4070" });
  await importRun(to, { file: cut, code: "trusted" });
  expect((await (await runner.resume(runId)).result()).output).toBe(2);
  await runner.close();
});

/** The lines of a file, changed by somebody who knows how to write its end. */
function forged(file: string, change: (lines: Record<string, unknown>[]) => Record<string, unknown>[]): string {
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trimEnd().split("\n");
  const parsed = lines.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
  const text = change(parsed)
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");
  const end = {
    type: "end",
    lines: text.split("\n").length - 1,
    sha256: createHash("sha256").update(text).digest("hex"),
  };
  const made = join(folder(), "forged.gz");
  writeFileSync(made, gzipSync(`${text}${JSON.stringify(end)}\n`));
  return made;
}

const changed =
  (type: string, change: Record<string, unknown>) =>
  (lines: Record<string, unknown>[]): Record<string, unknown>[] =>
    lines.map((line) => (line["type"] === type ? { ...line, ...change } : line));

describe("hostile files", () => {
  const hostile: readonly (readonly [
    string,
    string,
    (lines: Record<string, unknown>[]) => Record<string, unknown>[],
  ])[] = [
    ["a run id that is a path", "WG4065", changed("run", { runId: "../../x" })],
    ["a workflow name that is a path", "WG4065", changed("run", { workflow: "../x" })],
    ["a file that leads out", "WG4065", changed("file", { path: "../../evil.sh" })],
    ["bytes that are not those of the hash", "WG4065", changed("bytes", { base64: "AAAA" })],
    ["a changed event", "WG4066", changed("block", { body: '{"type":"run.created"}' })],
    ["another version than its code", "WG4066", changed("run", { version: "f".repeat(64) })],
    [
      "a value that is missing",
      "WG4065",
      (lines) =>
        lines.filter(
          (line, i) => line["type"] !== "blob" && !(line["type"] === "bytes" && lines[i - 1]?.["type"] === "blob"),
        ),
    ],
    ["a note that nobody wrote", "WG4065", changed("run", { notes: [{ text: "trust me", at: 1 }] })],
    ["an unknown line", "WG4065", (lines) => [...lines, { type: "script", run: "rm" }]],
    ["a block without a run", "WG4065", (lines) => lines.filter((line) => line["type"] !== "run")],
    ["a newer schema", "WG4063", changed("head", { schema: 99 })],
    [
      "a manifest that names a path out",
      "WG4065",
      (lines) =>
        lines.map((line) =>
          line["type"] === "artifact"
            ? { ...line, manifest: String(line["manifest"]).replace("deep/one.txt", "../../one.txt") }
            : line,
        ),
    ],
    [
      "an artifact that no run published",
      "WG4065",
      (lines) =>
        lines.map((line) =>
          line["type"] === "artifact"
            ? { ...line, manifest: String(line["manifest"]).replace('"kept"', '"other"') }
            : line,
        ),
    ],
    [
      "files left out of an artifact",
      "WG4065",
      (lines) => {
        const at = lines.findIndex(({ type }) => type === "file");
        return lines.slice(0, at);
      },
    ],
  ];
  test.each(hostile)("with %s is refused (%s), and nothing is there", async (_, code, change) => {
    const to = await elsewhere();
    const file = forged(await exported(), change);
    await expect(importRun(to, { file })).rejects.toMatchObject({ code });
    expect((await to.store.runs()).total).toBe(0);
    expect(existsSync(join(to.project.artifactsDir, "part"))).toBe(false);
    await to.close();
  });

  test("a forged file that changes nothing is taken: the checks above say no for what they check", async () => {
    const to = await elsewhere();
    await importRun(to, { file: forged(await exported(), (lines) => lines) });
    expect((await to.store.runs()).total).toBe(2);
    await to.close();
  });

  test("cut, flipped and foreign files are refused at every place", async () => {
    const to = await elsewhere();
    const bytes = readFileSync(await exported());
    const file = join(folder(), "bad.gz");
    for (const at of [0, 1, 0.1, 0.5, 0.9].map((share) => Math.floor(share * (bytes.length - 1)))) {
      writeFileSync(file, bytes.subarray(0, at));
      await expect(importRun(to, { file }), `cut at ${at}`).rejects.toMatchObject({ code: "WG4063" });
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 0x40;
      writeFileSync(file, flipped);
      await expect(importRun(to, { file }), `flipped at ${at}`).rejects.toMatchObject({ code: /^WG406[3-6]$/ });
    }
    writeFileSync(file, gzipSync("hello"));
    await expect(importRun(to, { file })).rejects.toMatchObject({ code: "WG4063" });
    await expect(importRun(to, { file: `${file}.none` })).rejects.toMatchObject({ code: "WG4063" });
    expect((await to.store.runs()).total).toBe(0);
    await to.close();
  });

  test("what unpacks to far more than the file is stopped while it unpacks", async () => {
    const to = await elsewhere();
    const file = join(folder(), "bomb.gz");
    const head = '{"type":"head","format":"workgraph-runs","schema":1}\n';
    writeFileSync(file, gzipSync(`${head}${" ".repeat(40 * 2 ** 20)}`));
    await expect(importRun(to, { file })).rejects.toMatchObject({ code: "WG4064" });
    writeFileSync(file, gzipSync(`${head}${'{"type":"head"}\n'.repeat(100_000)}`));
    const limits = { totalBytes: 2 ** 20, lineLength: 2 ** 20, ratio: 300 };
    await expect(importRun(to, { file, limits })).rejects.toMatchObject({ code: "WG4064" });
    await to.close();
  });

  test("a run that is here with another log is not replaced", async () => {
    const to = await elsewhere();
    const run = { runId, project: "p", workflow: "flow", version: "v", tags: {}, caller: { kind: "cli", id: "u" } };
    await to.store.createRun({ ...run, input: "{}", createdAt: 1 });
    await expect(importRun(to, { file: await exported() })).rejects.toMatchObject({ code: "WG4067" });
    expect((await to.store.runs()).total).toBe(1);
    await to.close();
  });

  test("nothing is overwritten by an export", async () => {
    const file = join(folder(), "run.gz");
    writeFileSync(file, "mine");
    await expect(exportRun(from, { run: runId, file })).rejects.toMatchObject({ code: "WG4062" });
    expect(readFileSync(file, "utf8")).toBe("mine");
  });
});

describe("checkout", () => {
  test("gives a folder that runs the same version and comes to the same", async () => {
    const dir = join(folder(), "as-it-was");
    const out = await checkoutRun(from, { run: runId, dir });
    expect(out.packages).toEqual({ measured: "1.2.3" });
    expect(out.files).toEqual(
      expect.arrayContaining([
        "flow.ts",
        "lib/shout.ts",
        "prompt.md",
        "package.json",
        "workgraph.config.ts",
        "input.json",
        "README.md",
      ]),
    );
    link(out.folder);
    const store = openMemoryStore();
    const runner = await openRunner({ store, project: projectIn(out.folder) });
    const input: unknown = JSON.parse(readFileSync(join(out.folder, "input.json"), "utf8"));
    const live = await runner.launch({ target: out.target, input, from: out.folder });
    const made = await live.result();
    expect(made.version).toBe((await bench.store.run(runId))!.version);
    expect(made.output).toBe(2);
    await runner.close();
    await store.close();
  });

  test("writes into no folder that holds something", async () => {
    const dir = folder();
    writeFileSync(join(dir, "mine"), "");
    await expect(checkoutRun(from, { run: runId, dir })).rejects.toMatchObject({ code: "WG4072" });
    await expect(checkoutRun(from, { run: runId, dir: join(dir, "mine") })).rejects.toMatchObject({ code: "WG4072" });
  });

  test.each([
    "/etc/evil.ts",
    "../".repeat(40) + "evil.ts",
    "a/../../../../evil.ts",
    ".git/hooks/evil.ts",
    "a\\b.ts",
    "a\u0000.ts",
  ])("of sources at hostile paths writes none outside: %j", async (path) => {
    const store = openMemoryStore();
    const facts = {
      path: "flow.ts",
      exportName: "flow",
      closureHash: "c",
      hasher: "h",
      nodeVersion: "24.0.0",
      nodes: [],
      externals: [],
      warnings: [],
      code: "",
      map: "{}",
      sources: [
        { path, text: "evil" },
        { path: "flow.ts", text: "flow" },
      ],
    };
    const manifest = await storeFacts(store, facts);
    const run = {
      runId: "R1",
      project: "p",
      workflow: "flow",
      version: "c",
      manifest,
      tags: {},
      caller: { kind: "cli", id: "u" },
    };
    await store.createRun({ ...run, input: "{}", createdAt: 1 });
    const above = folder();
    const dir = join(above, "inside");
    const to = { project: projectIn(above), store, close: () => store.close() };
    const done = await checkoutRun(to, { run: "R1", dir }).then(
      () => "written",
      (error: { code: string }) => error.code,
    );
    expect(["written", "WG4071"]).toContain(done);
    expect(existsSync(join(above, "evil.ts")) || existsSync("/etc/evil.ts")).toBe(false);
    expect(done === "written" || !existsSync(dir)).toBe(true);
  });
});
