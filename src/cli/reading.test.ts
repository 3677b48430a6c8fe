import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { recordDemo, recordFailure } from "../app/fixtures/recorded-run.ts";
import { openSqliteStore } from "../store/sqlite/sqlite-store.ts";
import { BIN, CommandProcess, workgraph, workgraphJson } from "./fixtures/workgraph-process.ts";

// Processes, on a machine that may have others.
vi.setConfig({ testTimeout: 40_000, hookTimeout: 40_000 });

const RUN = "01JD7AAAAAAAAAAAAAAAAAAAAA";
const FAILED = "01JD7BBBBBBBBBBBBBBBBBBBBB";
/** Printed by no command that is not on a terminal. */
const ESCAPE = "\u001b";

const commands = new CommandProcess();
let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "workgraph-cli-"));
  await writeFile(join(cwd, "package.json"), '{"name": "sample", "type": "module"}');
  const store = await openSqliteStore({ dir: join(cwd, ".workgraph") });
  await recordDemo(store, RUN);
  await recordFailure(store, FAILED);
  await store.close();
});
afterAll(async () => {
  await commands.end();
  await rm(cwd, { recursive: true, force: true });
});

describe("with --json each command prints one document", () => {
  test.each([
    [["runs"], 0, { total: 2, truncated: false }],
    [["show", RUN], 0, { runId: RUN, status: "completed_partial" }],
    [["show", `${RUN}.2`], 0, { node: "fetch" }],
    [["show", `${RUN}.2.1`], 0, { address: `${RUN}.2.1`, attempts: 2 }],
    [["items", "01JD7A", "--limit", "2"], 0, { total: 7, truncated: true, cursor: "2.0" }],
    [["errors", RUN], 0, { runId: RUN, truncated: false }],
    [["logs", RUN], 0, { runId: RUN }],
    [["logs", "-f", RUN], 0, { truncated: false }],
    [["events", RUN], 0, { runId: RUN, total: 21 }],
    [["output", RUN], 0, { status: "completed_partial", output: { title: "canals", pages: "4" } }],
    [["graph", RUN], 0, { runId: RUN, folded: false }],
    [["versions"], 0, { truncated: false }],
    [["list"], 0, { workflows: [] }],
    [["wait", FAILED], 1, { status: "failed" }],
    [["watch", RUN], 8, { status: "completed_partial" }],
    [["cancel", RUN], 0, { cancel: "ended" }],
    [["show", "01JD7"], 3, { error: { code: "WG5010" } }],
    [["output", FAILED], 3, { error: { code: "WG5044", details: { status: "failed" } } }],
    [["items", RUN, "--limit", "x"], 2, { error: { code: "WG5050" } }],
    [["runs", "--nope"], 2, { error: { code: "WG5050" } }],
    [["rnus"], 2, { error: { code: "WG5050" } }],
    [["describe", "nothing"], 3, { error: { code: "WG4010" } }],
  ] as const)("%j", async (words, exitCode, document) => {
    const ended = await commands.json(words, { cwd });
    expect(ended.document).toMatchObject(document);
    expect(ended.exitCode).toBe(exitCode);
    expect(ended.stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(ended.stderr).toBe("");
  });
});

test("a command alone in its process prints the same and leaves with the same", async () => {
  const lines = [
    ["show", RUN],
    ["watch", RUN],
    ["show", "01JD7"],
  ];
  for (const words of lines) expect(await workgraphJson(words, { cwd })).toEqual(await commands.json(words, { cwd }));
});

describe("for people", () => {
  test.each([
    ["runs", [RUN, FAILED]],
    [`show ${RUN}`, ["completed_partial", "flow.ts:32", "TypeError WG2001"]],
    [`items ${RUN} --status failed`, [`${RUN}.2.2`]],
    [`graph ${RUN}`, ["fetch   5 items  partial    url <- list"]],
    [`graph ${RUN} --format mermaid`, ["flowchart TD", "c1 -->"]],
    [`graph ${RUN} --format dot`, ["digraph run {"]],
    [`events ${RUN} --type run.completed`, ["run.completed"]],
  ])("%s prints text without colours or cursor codes", async (line, expected) => {
    const { stdout, stderr, exitCode } = await commands.workgraph(line.split(" "), {
      cwd,
      env: { FORCE_COLOR: "1", CI: "1" },
    });
    for (const text of expected) expect(stdout).toContain(text);
    expect(stdout + stderr).not.toContain(ESCAPE);
    expect(exitCode).toBe(0);
  });

  test("watch says start, errors, nodes and end on stderr, and nothing on stdout", async () => {
    const { stdout, stderr } = await workgraph(["watch", RUN], { cwd });
    expect(stdout).toBe("");
    for (const text of [
      `run ${RUN} demo`,
      "error: fetch",
      "fetch: 4 completed, 1 failed, 1 retry",
      `workgraph show ${RUN}`,
    ]) {
      expect(stderr).toContain(text);
    }
  });

  test.each([
    ["rnus", 'Did you mean "runs"?'],
    ["runs --jsno", 'Did you mean "--json"?'],
    ["runs --status complete", 'Did you mean "completed"?'],
    ["graph latest --format mermade", 'Did you mean "mermaid"?'],
    ["show 01JD7AAAAAAAXAAAAAAAAAAAAA", `Did you mean "${RUN}"?`],
    ["show 01JD7", FAILED],
    ["flow.ts", '"workgraph run flow.ts"'],
  ])("%s is answered with what may be meant", async (line, expected) => {
    const { stderr, stdout } = await commands.workgraph(line.split(" "), { cwd });
    expect(stderr).toContain(expected);
    expect(stdout).toBe("");
  });

  test("a cut list says how to go on", async () => {
    const { stderr } = await commands.workgraph(["items", RUN, "--limit", "2"], { cwd });
    expect(stderr).toContain("There is more of 7: --cursor 2.0");
  });
});

describe("without a data folder", () => {
  test("reading finds nothing and creates nothing", async () => {
    const empty = await mkdtemp(join(tmpdir(), "workgraph-cli-empty-"));
    try {
      const runs = await commands.json(["runs"], { cwd: empty });
      expect([runs.exitCode, runs.document.runs]).toEqual([0, []]);
      expect((await commands.workgraph(["show", "latest"], { cwd: empty })).exitCode).toBe(3);
      await expect(access(join(empty, ".workgraph"))).rejects.toThrow("ENOENT");
    } finally {
      await rm(empty, { recursive: true, force: true });
    }
  });

  test("WORKGRAPH_DATA and --data name another", async () => {
    const data = join(cwd, ".workgraph");
    const elsewhere = { cwd: tmpdir() };
    const byEnv = await commands.json(["runs"], { ...elsewhere, env: { WORKGRAPH_DATA: data } });
    const byFlag = await commands.json(["runs", "--data", data], elsewhere);
    expect([byEnv.document.total, byFlag.document.total]).toEqual([2, 2]);
  });

  test("a folder that is not ours is refused as a store error", async () => {
    const strange = await mkdtemp(join(tmpdir(), "workgraph-cli-strange-"));
    try {
      await writeFile(join(strange, "workgraph.db"), "this is no database, whatever its name says".repeat(100));
      const { exitCode, document } = await commands.json(["runs", "--data", strange], { cwd });
      expect([exitCode, (document.error as { code: string }).code]).toEqual([7, "WG5002"]);
    } finally {
      await rm(strange, { recursive: true, force: true });
    }
  });
});

describe("help", () => {
  test("lists commands and exit codes, and opens nothing", async () => {
    const help = await workgraph(["--help"], { cwd, env: { WORKGRAPH_DATA: "/nonexistent/folder" } });
    expect(help.stdout).toContain("launch-spec");
    expect(help.stdout).toContain("130 interrupted");
    expect([help.exitCode, help.stderr]).toEqual([0, ""]);
  });

  test("of each command shows an example of it", async () => {
    const { commandNames } = await import("./registry.ts");
    for (const name of commandNames()) {
      const help = await commands.workgraph([name, "--help"], { cwd });
      expect(help.exitCode, name).toBe(0);
      expect(help.stdout, name).toMatch(/Examples:\n {2}\$ workgraph /);
      expect(help.stdout, name).toContain("--json");
    }
  });

  test("without any word is a usage error", async () => {
    const { stdout, stderr, exitCode } = await workgraph([], { cwd });
    expect([stdout, exitCode]).toEqual(["", 2]);
    expect(stderr).toContain("Usage: workgraph");
  });
});

test("a reader that goes away is no error", async () => {
  const child = spawn(process.execPath, [BIN, "events", RUN, "--json"], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [exitCode] = (await once(child, "close")) as [number | null];
  expect([exitCode, stderr]).toEqual([0, ""]);
});
