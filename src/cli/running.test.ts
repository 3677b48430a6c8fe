import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { BIN, CommandProcess, workgraph, workgraphJson } from "./fixtures/workgraph-process.ts";

// Several processes a test, on a machine that may have others.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const WORKFLOWS = `
import { appendFileSync } from "node:fs";
import { node, workflow } from "agentic-workgraph";

const split = node({ id: "split", out: "many" }, async ({ text }: { text: string }) => text.split(" "));
const shout = node({ id: "shout", concurrency: 2 }, async ({ word }: { word: string }, ctx) => {
  console.log("printed by a node");
  if (word === "bad") throw new TypeError("no such word");
  ctx.log.info("shouting", { word });
  return word.toUpperCase();
});
const join = node({ id: "join", gather: ["words"] }, async ({ words }: { words: string[] }) => words.join(" "));
const joinKnown = node({ id: "join_known", gather: ["words"], onFailed: "drop" }, async ({ words }: { words: string[] }) => words.join(" "));

export const loud = workflow({ name: "loud" }, ({ text, times = 1 }: { text: string; times?: number }) => {
  if (times !== 1) return join({ words: shout({ word: split({ text: Array(times).fill(text).join(" ") }) }) });
  return join({ words: shout({ word: split({ text }) }) });
});
export const lenient = workflow({ name: "lenient" }, ({ text }: { text: string }) =>
  joinKnown({ words: shout({ word: split({ text }) }) }),
);

const slow = node({ id: "slow", concurrency: 1 }, async ({ n }: { n: number }, ctx) => {
  appendFileSync(process.env.LEDGER!, n + "\\n");
  if (n === 3 && process.env.STOP_AT_3) {
    await new Promise((_, reject) => {
      const held = setTimeout(() => undefined, 60_000);
      ctx.signal.addEventListener("abort", () => {
        clearTimeout(held);
        reject(new Error("stopped"));
      });
    });
  }
  return n;
});
const total = node({ id: "total", gather: ["all"] }, async ({ all }: { all: number[] }) => all.reduce((a, b) => a + b, 0));
export const counting = workflow({ name: "counting" }, () => total({ all: slow({ n: [0, 1, 2, 3, 4] }) }));

const hang = node({ id: "hang" }, () => new Promise<number>(() => undefined));
export const hanging = workflow({ name: "hanging" }, () => hang({}));

const deaf = node({ id: "deaf" }, async () => {
  appendFileSync(process.env.LEDGER!, "deaf\\n");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  return 1;
});
export const ignoring = workflow({ name: "ignoring" }, () => deaf({}));

const leak = node({ id: "leak" }, async () => {
  setInterval(() => undefined, 1_000);
  return 1;
});
export const leaking = workflow({ name: "leaking" }, () => leak({}));
`;

/** What only reads, or is refused. */
const commands = new CommandProcess();
let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "workgraph-running-"));
  await writeFile(join(cwd, "package.json"), '{"name": "sample", "type": "module"}');
  await mkdir(join(cwd, "workflows"));
  await writeFile(join(cwd, "workflows/words.ts"), WORKFLOWS);
  await writeFile(join(cwd, "alone.ts"), WORKFLOWS.replaceAll(/export const (?!loud)/g, "const "));
  await writeFile(join(cwd, "broken.ts"), 'import { node } from "agentic-workgraph";\nconst x = ;\n');
});
afterAll(async () => {
  await commands.end();
  await rm(cwd, { recursive: true, force: true });
});

describe("run --json", () => {
  test("ends with one document, whatever nodes print", async () => {
    const { document, stdout, exitCode } = await workgraphJson(["run", "workflows/words.ts#loud", '{"text": "a b"}'], {
      cwd,
    });
    expect(document).toMatchObject({ workflow: "loud", status: "completed", output: "A B" });
    expect(document).toMatchObject({ counts: { completed: 4 }, runId: expect.any(String) as unknown });
    expect([typeof document.version, typeof document.durationMs]).toEqual(["string", "number"]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(exitCode).toBe(0);

    const run = document.runId as string;
    const items = await commands.json(["items", run, "--all"], { cwd });
    expect(items.document).toMatchObject({ total: 4, truncated: false });
    const graph = await commands.json(["graph", run], { cwd });
    expect(graph.document.edges).toMatchObject([
      { from: 1, to: 2, kind: "solid" },
      { from: 2, to: 3, kind: "solid" },
    ]);
    const source = await commands.json(["source", `${run}.2`], { cwd });
    expect(source.document).toMatchObject({ files: [{ path: "workflows/words.ts", now: "same" }] });
    const shown = await commands.json(["show", `${run}.2.0`], { cwd });
    expect(shown.document).toMatchObject({
      node: "shout",
      value: "A",
      logs: [{ text: "shouting", fields: { word: "a" } }],
    });
  });

  test.each([
    [["run", "loud", "-i", "text=x"], undefined, "X"],
    [["run", "loud", "--text", "x y", "--times=2"], undefined, "X Y X Y"],
    [["run", "loud", "-"], '{"text": "from stdin"}', "FROM STDIN"],
    [["run", "alone.ts", "--text", "x"], undefined, "X"],
  ])("takes its input by %j", async (words, stdin, output) => {
    const { document } = await workgraphJson(words, { cwd, ...(stdin === undefined ? {} : { stdin }) });
    expect(document.output).toBe(output);
  });

  test.each([
    [["run", "loud", "--text", "a bad"], 1, { status: "failed", output: null, error: { name: "ItemsFailed" } }],
    [["run", "lenient", "--text", "a bad"], 8, { status: "completed_partial", output: "A" }],
    [["run", "lowd", "--text", "a"], 3, { error: { code: "WG4010" } }],
    [["run", "nowhere.ts"], 3, { error: { code: "WG4011" } }],
    [["run", "broken.ts"], 4, { error: { code: "WG4002" } }],
    [["run", "loud"], 4, { error: { code: "WG1014" } }],
    [["run", "loud", "--txet", "a"], 4, { error: { code: "WG1014" } }],
    [["run", "loud", '{"text": }'], 4, { error: { code: "WG5052" } }],
    [["run", "loud", "{}", "{}"], 2, { error: { code: "WG5050" } }],
    [["run"], 2, { error: { code: "WG5050" } }],
  ])("%j leaves with %i", async (words, exitCode, document) => {
    const runs = exitCode === 1 || exitCode === 8;
    const ended = await (runs ? workgraphJson(words, { cwd }) : commands.json(words, { cwd }));
    expect(ended.document).toMatchObject(document);
    expect(ended.exitCode).toBe(exitCode);
  });

  test("empty input says what parameters there are", async () => {
    const { document, exitCode } = await workgraphJson(["run", "loud", "-"], { cwd, stdin: " " });
    expect(document.error).toMatchObject({
      code: "WG5053",
      hint: expect.stringContaining("text: string, times?: number") as unknown,
    });
    expect(exitCode).toBe(4);
  });

  test("with an idempotency key is one run", async () => {
    const words = ["run", "loud", "--text", "once", "--idempotency-key", "k1"];
    const first = await workgraphJson(words, { cwd });
    const second = await workgraphJson(words, { cwd });
    expect(second.document).toMatchObject({ runId: first.document.runId, output: "ONCE" });
  });
});

describe("run for people", () => {
  test("gives the output on stdout and narrates on stderr", async () => {
    const { stdout, stderr, exitCode } = await workgraph(["run", "loud", "--text", "a b", "--tag", "team=x"], { cwd });
    expect([stdout, exitCode]).toEqual(["A B\n", 0]);
    expect(stderr).toMatch(/^run \w{26} loud$/m);
    expect(stderr).toMatch(/^shout: 2 completed in /m);
    expect(stderr).toMatch(/^completed in .*: 4 completed$/m);
    expect(stderr).toMatch(/^ {2}workgraph show \w{26}/m);
    expect(stderr).not.toContain("\u001b");
    const { document } = await commands.json(["runs", "--tag", "team=x"], { cwd });
    expect(document.total).toBe(1);
  });

  test("says errors as they happen, with the line of the author's file", async () => {
    const { stdout, stderr, exitCode } = await workgraph(["run", "loud", "--text", "a bad"], { cwd });
    expect([stdout, exitCode]).toEqual(["", 1]);
    expect(stderr).toMatch(
      /^error: shout \w{26}\.2\.1 attempt 1: TypeError: no such word \(workflows\/words\.ts:8\)$/m,
    );
    expect(stderr).toMatch(/^ {2}at workflows\/words\.ts:\d+:\d+\n {2}workgraph show \w{26}/m);
    expect(stderr).toMatch(/^ {2}workgraph errors \w{26}.*\n {2}workgraph fork \w{26}.*\n {2}workgraph resume \w{26}/m);
  });

  test("runs one node on what its flags say", async () => {
    const { stdout, exitCode } = await workgraph(["run-node", "loud", "shout", "--word", "hush"], { cwd });
    expect([stdout, exitCode]).toEqual(["HUSH\n", 0]);
  });

  test("says why a run failed with --quiet, too", async () => {
    const { stderr } = await workgraph(["run", "loud", "--text", "bad", "--quiet"], { cwd });
    expect(stderr).toMatch(/^failed in .*\n {2}ItemsFailed WG2001: /m);
  });

  test("says nothing with --quiet", async () => {
    const { stdout, stderr } = await workgraph(["run", "leaking", "--quiet"], { cwd });
    expect([stdout, stderr]).toEqual(["1\n", ""]);
  });

  test("names the workflows of the project and describes them", async () => {
    const list = await commands.json(["list"], { cwd });
    expect((list.document.workflows as { name: string }[]).map((one) => one.name)).toContain("loud");
    const described = await commands.json(["launch-spec", "loud"], { cwd });
    expect(described.document).toMatchObject({
      parameters: [
        { name: "text", type: "string", required: true },
        { name: "times", required: false, default: 1 },
      ],
      inputSchema: { required: ["text"] },
      commandLine: 'workgraph run loud --text "some text"',
    });
  });

  test("checks the files of the project, or those that are named", async () => {
    expect((await commands.workgraph(["check"], { cwd })).exitCode).toBe(0);
    const broken = await commands.workgraph(["check", "broken.ts"], { cwd });
    expect([broken.exitCode, broken.stdout]).toEqual([4, expect.stringContaining("broken.ts:2:")]);
  });
});

interface Started {
  readonly child: ChildProcess;
  /** Resolves when stderr has shown it. */
  shown(pattern: RegExp): Promise<string>;
  readonly ended: Promise<{ readonly exitCode: number | null; readonly stderr: string; readonly stdout: string }>;
}

function start(words: readonly string[], env: Readonly<Record<string, string>> = {}): Started {
  const child = spawn(process.execPath, [BIN, ...words], {
    cwd,
    env: { ...process.env, npm_command: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  const waiting: (() => void)[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    for (const look of waiting) look();
  });
  const ended = once(child, "close").then(([exitCode]) => ({ exitCode: exitCode as number | null, stderr, stdout }));
  return {
    child,
    shown: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(stderr);
          if (match) resolve(match[0]);
        };
        waiting.push(look);
        look();
        void ended.then(() => reject(new Error(`ended before ${String(pattern)} was shown:\n${stderr}`)));
      }),
    ended,
  };
}

async function ledgerHas(path: string, line: string): Promise<void> {
  for (;;) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text.split("\n").includes(line)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Effects come first, their record a moment later. */
async function recorded(runId: string, items: number): Promise<void> {
  for (;;) {
    const { document } = await commands.json(["items", runId], { cwd });
    if ((document.total as number) >= items) return;
  }
}

describe("a run that is stopped", () => {
  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s prints the resume line, which works and repeats nothing",
    async (signal) => {
      const ledger = join(cwd, `ledger-${signal}`);
      const { child, ended } = start(["run", "counting", "--data", "kept here"], { LEDGER: ledger, STOP_AT_3: "1" });
      await ledgerHas(ledger, "3");
      child.kill(signal);
      const { exitCode, stderr } = await ended;
      expect(exitCode).toBe(130);
      const line = /^workgraph (resume \w{26}) --data 'kept here'$/m.exec(stderr);
      expect(line, stderr).not.toBeNull();

      const words = [...line![1]!.split(" "), "--data", "kept here"];
      const status = await commands.json(["show", words[1]!, "--data", "kept here"], { cwd });
      expect(status.document.status).toBe("interrupted");
      const resumed = await workgraphJson(words, { cwd, env: { LEDGER: ledger } });
      expect(resumed.document).toMatchObject({ status: "completed", output: 10 });
      expect((await readFile(ledger, "utf8")).trim().split("\n")).toEqual(["0", "1", "2", "3", "3", "4"]);
    },
  );

  test("ends at once with the second signal, whatever its nodes do, and can be resumed", async () => {
    const ledger = join(cwd, "ledger-twice");
    const { child, shown, ended } = start(["run", "ignoring"], { LEDGER: ledger });
    await ledgerHas(ledger, "deaf");
    child.kill("SIGINT");
    await shown(/second Ctrl-C/);
    // Signals that come together are one keystroke.
    await new Promise((resolve) => setTimeout(resolve, 150));
    const askedAt = performance.now();
    child.kill("SIGINT");
    const { exitCode, stderr } = await ended;
    expect(exitCode).toBe(130);
    // The first signal alone gives nodes five seconds to end.
    expect(performance.now() - askedAt).toBeLessThan(3_000);
    expect(stderr).toMatch(/^workgraph resume \w{26}/m);
  });

  test("is cancelled from another process", async () => {
    const ledger = join(cwd, "ledger-cancel");
    const { shown, ended } = start(["run", "counting"], { LEDGER: ledger, STOP_AT_3: "1" });
    const [, runId] = /run (\w{26})/.exec(await shown(/run \w{26}/))!;
    await ledgerHas(ledger, "3");
    const cancelled = await workgraphJson(["cancel", runId!, "--reason", "enough"], { cwd });
    expect(cancelled.document).toMatchObject({ cancel: "asked", status: "cancelled" });
    expect((await ended).exitCode).toBe(5);
    expect((await commands.workgraph(["wait", runId!], { cwd })).exitCode).toBe(5);
  });

  test("is cancelled when its owner is dead", async () => {
    const ledger = join(cwd, "ledger-orphan");
    const { child, shown, ended } = start(["run", "counting"], { LEDGER: ledger, STOP_AT_3: "1" });
    const [, runId] = /run (\w{26})/.exec(await shown(/run \w{26}/))!;
    await recorded(runId!, 4);
    child.kill("SIGKILL");
    await ended;
    expect((await commands.workgraph(["watch", runId!], { cwd })).exitCode).toBe(130);
    const cancelled = await workgraphJson(["cancel", runId!], { cwd });
    expect(cancelled.document).toMatchObject({ cancel: "orphan", status: "cancelled" });
    // Item 3 was running when its owner died, and item 4 had not begun.
    expect(cancelled.document.counts).toEqual({ completed: 3, cancelled: 1 });
    expect((await commands.workgraph(["show", runId!], { cwd })).stdout).not.toContain("running");

    const resumed = await workgraphJson(["resume", runId!], { cwd, env: { LEDGER: ledger } });
    expect(resumed.document).toMatchObject({ status: "completed", output: 10, counts: { completed: 6 } });
  });
});

describe("code that does not behave", () => {
  test("a node that never settles ends the run instead of the process", async () => {
    const { exitCode, stderr } = await workgraph(["run", "hanging"], { cwd });
    expect(exitCode, stderr).toBe(1);
    expect(stderr).toContain("failed");
  });

  test("a timer that is never cleared does not keep the process", async () => {
    const { document, exitCode } = await workgraphJson(["run", "leaking"], { cwd });
    expect([document.output, exitCode]).toEqual([1, 0]);
  });

  test("a reader that goes away does not stop the run", async () => {
    const child = spawn(process.execPath, [BIN, "run", "loud", "--text", "a b c", "--tag", "reader=gone"], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    child.stderr.destroy();
    const [exitCode] = (await once(child, "close")) as [number | null];
    expect(exitCode).toBe(0);
    const { document } = await commands.json(["runs", "--tag", "reader=gone"], { cwd });
    expect(document.runs).toMatchObject([{ status: "completed" }]);
  });
});
