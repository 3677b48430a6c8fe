/** What docs/cli.md says, asked of real processes, where no other test does. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { BIN, CommandProcess, workgraph, workgraphJson, type Ended } from "./fixtures/workgraph-process.ts";

// Several processes a test.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const FLOWS = `
import { existsSync } from "node:fs";
import { z } from "zod";
import { node, workflow } from "agentic-workgraph";

const split = node({ id: "split", out: "many" }, async ({ text }: { text: string }) => text.split(" "));
const shout = node({ id: "shout" }, async ({ word }: { word: string }) => {
  if (word === "bad" && !existsSync("fixed")) throw new TypeError("no such word");
  return word.toUpperCase();
});
const rest = node({ id: "rest" }, async (_: object, ctx) => {
  await new Promise((resolve, reject) => {
    const held = setTimeout(resolve, 60_000);
    ctx.signal.addEventListener("abort", () => {
      clearTimeout(held);
      reject(new Error("stopped"));
    });
  });
  return 1;
});
const blocked = node({ id: "blocked", out: "one" }, async () => {
  const until = performance.now() + 150;
  while (performance.now() < until);
  return 1;
});
const join = node({ id: "join", gather: ["words"] }, async ({ words }: { words: string[] }) => words.join(" "));

export const loud = workflow({ name: "loud" }, ({ text }: { text: string }) =>
  join({ words: shout({ word: split({ text }) }) }),
);
export const decides = workflow({ name: "decides" }, async ({ text }: { text: string }) => {
  const words = await split({ text });
  return words.length > 1 ? shout({ word: text }) : text;
});
export const forever = workflow({ name: "forever" }, () => rest({}));
export const heavy = workflow({ name: "heavy" }, () => blocked());
export const fickle = workflow({ name: "fickle" }, async ({ data }: { data: string }) => {
  const known = process.env.OTHER_WAY ? await split({ text: data }) : await shout({ word: data });
  return data === "stay" ? rest({}) : known;
});
interface Everything {
  promptText: string;
  items: string[];
  ns: number[];
  n: number;
  dry: boolean;
  mode: "a b" | "c";
  data: string;
  at: { x: number };
  left?: string;
}
export const annotated = workflow({ name: "annotated" }, (everything: Everything) => everything);
export const checked = workflow(
  {
    name: "checked",
    input: z.object({
      items: z.array(z.string().min(1)).min(2),
      count: z.number().int().min(10),
      to: z.email(),
      at: z.object({ x: z.number(), y: z.number().optional() }),
      mode: z.enum(["fast", "slow"]),
      left: z.string().default("here"),
    }),
  },
  (given) => given,
);
`;

/** Gives a program a terminal; of util-linux. */
const SCRIPT = "/usr/bin/script";

/** What only reads. */
const commands = new CommandProcess();
let cwd: string;
beforeAll(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), "workgraph-documented-")));
  await writeFile(join(cwd, "package.json"), '{"name": "sample", "type": "module"}');
  await mkdir(join(cwd, "node_modules"));
  await symlink(dirname(fileURLToPath(import.meta.resolve("zod/package.json"))), join(cwd, "node_modules/zod"));
  await writeFile(join(cwd, "words.workflow.ts"), FLOWS);
  await writeFile(join(cwd, "flows.ts"), FLOWS);
  await writeFile(join(cwd, "input.json"), '{"text": "from a file"}');
});
afterAll(async () => {
  await commands.end();
  await rm(cwd, { recursive: true, force: true });
});

/** A command line as somebody types it. */
function typed(line: string, env: Readonly<Record<string, string>> = {}, folder: string = cwd): Ended {
  const shell = `workgraph() { "${process.execPath}" "${BIN}" "$@"; }; npx() { shift; workgraph "$@"; }; ${line}`;
  const { stdout, stderr, status } = spawnSync("bash", ["-c", shell], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: cwd, ...env },
    encoding: "utf8",
    timeout: 25_000,
  });
  return { stdout, stderr, exitCode: status };
}

/** Shell: until the node "rest" of the run with this tag has started, which ends by no means of its own. */
function untilItRests(tag: string): string {
  const run = `$(workgraph runs --tag ${tag} --json | grep -oE '"runId":"[^"]+' | cut -c10-)`;
  return `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
    workgraph items ${run} --node rest --json 2>/dev/null | grep -q '"status":"running"' && break
  done`;
}

function stoppedBySignal(line: string, tag: string): string {
  return `${line} & pid=$!
    ${untilItRests(tag)}
    kill -TERM $(workgraph runs --tag ${tag} --json | grep -oE '"pid":[0-9]+' | cut -c7-); wait $pid`;
}

describe("the description of a workflow", () => {
  test.each(["annotated", "checked"])("prints a command line of %s that runs when it is pasted", async (name) => {
    const { document } = await commands.json(["describe", name], { cwd });
    const ran = typed(`${document.commandLine as string} --json`);
    expect(ran.exitCode, ran.stdout).toBe(0);
    const { output } = JSON.parse(ran.stdout) as { output: Record<string, unknown> };
    const required = (document.inputSchema as { required: readonly string[] }).required;
    expect(Object.keys(output)).toEqual(expect.arrayContaining([...required]));
    expect(output.items).toHaveLength(2);
  });

  test("prints it for the folder it was asked in", async () => {
    await mkdir(join(cwd, "deep"), { recursive: true });
    await writeFile(join(cwd, "deep/alone.ts"), FLOWS.replaceAll(/export const (?!loud)/g, "const "));
    const folder = join(cwd, "deep");
    const { document } = await commands.json(["describe", "alone.ts"], { cwd: folder });
    expect(document.commandLine).toBe('workgraph run alone.ts --text "some text"');
    const ran = typed(document.commandLine as string, {}, folder);
    expect(ran.stdout, ran.stderr).toBe("SOME TEXT\n");
  });
});

describe("run", () => {
  test("takes a file of JSON, and a parameter that is named like an option of ours", async () => {
    const file = await workgraphJson(["run", "flows.ts#loud", "@input.json"], { cwd });
    expect(file.document).toMatchObject({ status: "completed", output: "FROM A FILE" });
    const named = await workgraphJson(["run", "fickle", "-i", "data=x", "--data", "elsewhere"], { cwd });
    expect(named.document).toMatchObject({ status: "completed", output: "X" });
    expect(existsSync(join(cwd, "elsewhere/workgraph.db"))).toBe(true);
  });

  test("tells how long a node took, also one that held the process", async () => {
    const { stderr } = await workgraph(["run", "heavy"], { cwd });
    const [, ms] = /^blocked: 1 completed in (\d+)ms$/m.exec(stderr) ?? [];
    expect(Number(ms), stderr).toBeGreaterThanOrEqual(149);
  });

  test.skipIf(!existsSync(SCRIPT))("draws a line per node on a terminal", () => {
    const line = `${process.execPath} ${BIN} run loud --text 'a b c'`;
    const { stdout } = spawnSync(SCRIPT, ["-qec", line, "/dev/null"], {
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd, TERM: "xterm" },
      encoding: "utf8",
    });
    expect(stdout).toContain("\u001b[");
    expect(stdout).toMatch(/shout +.*█+.* 3\/3 /);
    expect(stdout).toContain("A B C");
  });
});

describe("graph", () => {
  test("has calls with id, node, site and counts, and solid and dashed edges", async () => {
    const { document: run } = await workgraphJson(["run", "decides", "--text", "a b"], { cwd });
    const { document } = await commands.json(["graph", run.runId as string], { cwd });
    expect(document.calls).toMatchObject([
      { id: 1, node: "split", site: { line: expect.any(Number) as unknown }, items: { total: 1, completed: 1 } },
      { id: 2, node: "shout", items: { total: 1, completed: 1 } },
    ]);
    expect(document.edges).toEqual([{ from: 1, to: 2, kind: "dashed" }]);
    const dot = await commands.workgraph(["graph", run.runId as string, "--format", "dot"], { cwd });
    expect(dot.stdout).toMatch(/c1 -> c2 .*dashed/);
    const json = await commands.workgraph(["graph", run.runId as string, "--format", "json"], { cwd });
    expect(JSON.parse(json.stdout)).toEqual(document);
  });
});

describe("items", () => {
  test("has address, call, node, path, status and attempts of each, page by page", async () => {
    const { document: run } = await workgraphJson(["run", "loud", "--text", "a b c"], { cwd });
    const found: Record<string, unknown>[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined;) {
      const words = ["items", run.runId as string, "--limit", "2", ...(cursor === "" ? [] : ["--cursor", cursor])];
      const { document } = await commands.json(words, { cwd });
      found.push(...(document.items as Record<string, unknown>[]));
      cursor = document.cursor as string | undefined;
    }
    const one = (call: number, item: number, node: string, path: string): Record<string, unknown> => ({
      address: `${run.runId as string}.${call}.${item}`,
      call,
      node,
      path,
      status: "completed",
      attempts: 1,
    });
    expect(found).toMatchObject([
      one(1, 0, "split", "."),
      one(2, 0, "shout", "split[0]"),
      one(2, 1, "shout", "split[1]"),
      one(2, 2, "shout", "split[2]"),
      one(3, 0, "join", "."),
    ]);
    const { stdout } = await commands.workgraph(["show", `${run.runId as string}.1.0`], { cwd });
    expect(stdout).toMatch(/^elements {2}3$/m);
    expect(stdout).toMatch(/^elements\n"a"\n"b"\n"c"$/m);
    const listed = await commands.workgraph(["items", `${run.runId as string}.1`, "--values"], { cwd });
    expect(listed.stdout).toContain("3 elements");
  });
});

describe("resume", () => {
  test("tells what was there in one line, then what is new, and what it repaired", async () => {
    const { document: run } = await workgraphJson(["run", "loud", "--text", "a bad c"], { cwd });
    await writeFile(join(cwd, "fixed"), "");
    const { stdout, stderr } = await workgraph(["resume", run.runId as string], { cwd });
    await rm(join(cwd, "fixed"));
    expect(stdout).toBe("A BAD C\n");
    expect(
      stderr
        .replaceAll(/in [\d.]+m?s/g, "in TIME")
        .split("\n")
        .slice(0, 6),
    ).toEqual([
      `run ${run.runId as string} loud`,
      "going on with 5 items, 3 recorded",
      "shout: 3 completed in TIME",
      "join: 1 completed in TIME",
      "repaired: 1 failed of shout, 1 skipped of join",
      "completed in TIME: 5 completed",
    ]);
    const again = await workgraph(["resume", run.runId as string], { cwd });
    expect([again.stdout, again.exitCode]).toEqual(["A BAD C\n", 0]);
    expect(again.stderr).toContain("nothing to go on with: 5 items, all recorded");
  });

  test("leaves with 9 when the code goes another way than its log", async () => {
    typed(stoppedBySignal("workgraph run fickle -i data=stay --tag kept=way", "kept=way"));
    const { document, exitCode } = await workgraphJson(["resume", "latest"], { cwd, env: { OTHER_WAY: "1" } });
    expect([document.status, exitCode]).toEqual(["diverged", 9]);
  });
});

test("wait gives up with 6, cancel stops a run from elsewhere, and wait then leaves with 5", () => {
  const script = `
    workgraph run forever --tag kept=yes & pid=$!
    ${untilItRests("kept=yes")}
    workgraph wait latest --timeout 50ms; echo "wait $?"
    workgraph cancel latest; echo "cancel $?"
    workgraph wait latest; echo "wait $?"
    wait $pid; echo "run $?"`;
  const { stdout, stderr } = typed(script);
  const codes = stdout.split("\n").filter((line) => /^(wait|cancel|run) \d+$/.test(line));
  expect(codes, stderr).toEqual(["wait 6", "cancel 0", "wait 5", "run 5"]);
});

describe("started by npx", () => {
  const env = { npm_command: "exec" };

  test("prints lines that begin with npx, and they run", () => {
    const { stderr, exitCode } = typed("workgraph run loud --text bad", env);
    expect(exitCode).toBe(1);
    const [, line = ""] = /^ {2}(npx workgraph resume \w{26}) /m.exec(stderr) ?? [];
    expect(line, stderr).not.toBe("");
    expect(stderr).not.toMatch(/(?<!npx )workgraph (show|errors|resume)/);
    expect(typed(`touch fixed; ${line}; rm fixed`, env).stdout).toBe("BAD\n");
    expect(typed("workgraph shwo", env).stderr).toContain('Did you mean "show"?');
    expect(typed("workgraph show 7ZZ", env).stderr).toContain('"npx workgraph runs"');
  });

  test("so does the line after Ctrl-C", () => {
    const { stderr } = typed(stoppedBySignal("workgraph run forever --tag kept=so", "kept=so"), env);
    expect(stderr).toMatch(/^npx workgraph resume \w{26}$/m);
  });
});

test("a project's configuration names its workflows and its data folder", async () => {
  const folder = join(cwd, "configured");
  await mkdir(join(folder, "flows"), { recursive: true });
  await writeFile(join(folder, "package.json"), '{"name": "configured", "type": "module"}');
  await mkdir(join(folder, "node_modules"));
  await symlink(fileURLToPath(new URL("../..", import.meta.url)), join(folder, "node_modules/agentic-workgraph"));
  await writeFile(
    join(folder, "workgraph.config.ts"),
    `import { defineConfig } from "agentic-workgraph";\nexport default defineConfig({ workflows: ["flows/*.ts"], data: "records" });\n`,
  );
  const flow = `import { node, workflow } from "agentic-workgraph";
const one = node({ id: "one" }, async () => 1);
export const first = workflow({ name: "first" }, () => one());\n`;
  await writeFile(join(folder, "flows/first.ts"), flow);
  await writeFile(join(folder, "other.workflow.ts"), flow.replaceAll("first", "other"));
  const env = { NODE_OPTIONS: "--conditions=workgraph-source" };
  const list = await workgraphJson(["list"], { cwd: folder, env });
  expect(list.document.workflows).toMatchObject([{ name: "first", target: "flows/first.ts#first" }]);
  expect((await workgraph(["run", "first"], { cwd: folder, env })).stdout).toBe("1\n");
  expect(existsSync(join(folder, "records/workgraph.db"))).toBe(true);

  const byDefault = await commands.json(["list"], { cwd });
  expect((byDefault.document.workflows as { file: string }[])[0]).toMatchObject({ file: "words.workflow.ts" });
});
