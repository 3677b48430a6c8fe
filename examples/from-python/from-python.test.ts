/** The examples of the Python original do what their headers say: launched as anybody launches them, in a project of their own. */
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { testWorkflow, tokens } from "agentic-workgraph/testing";
import { openWorkgraph, type RunHandle, type Workflow, type Workgraph } from "agentic-workgraph";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { conditionalReview } from "./conditional-review.ts";
import { externalCapture } from "./external-capture.ts";
import { externalTool } from "./external-tool.ts";
import { fanOutResearch } from "./fan-out-research.ts";
import { exampleHello } from "./hello.ts";
import { iterativeRefinement } from "./iterative-refinement.ts";
import { passages } from "./passages.ts";
import { scratchpadCollaboration } from "./scratchpad-collaboration.ts";
import { serialProgress } from "./serial-progress.ts";
import { subgraphParent } from "./subgraph.ts";
import { supervisor } from "./supervisor.ts";

let dir = "";
let wg: Workgraph;
let store: Store;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "workgraph-from-python-"));
  await writeFile(join(dir, "package.json"), '{"name": "from-python", "type": "module"}');
  wg = await openWorkgraph({ dir });
  store = await openSqliteStore({ dir: join(dir, ".workgraph"), readOnly: true });
});
afterAll(async () => {
  await store.close();
  await wg.close();
  await rm(dir, { recursive: true, force: true });
});

interface Seen<Output> {
  readonly handle: RunHandle<Output>;
  readonly output: Output;
  /** Node ids in the order of the calls. */
  readonly nodes: readonly string[];
}

async function run<Input extends object, Output>(flow: Workflow<Input, Output>, input: Input): Promise<Seen<Output>> {
  const handle = await wg.launch(flow, input as never);
  const output = await handle.result();
  return { handle, output, nodes: (await store.calls(handle.runId)).map(({ event }) => event.node) };
}

const logsOf = async (runId: string): Promise<readonly string[]> =>
  (await store.logs(runId, { limit: 1000 })).map((line) => JSON.stringify(line));

test("hello greets who is named, or the world", async () => {
  expect((await run(exampleHello, {})).output).toBe("hello world");
  expect((await run(exampleHello, { name: "Ada" })).output).toBe("hello Ada");
});

test("serial progress goes through three stages, each of which says how far it is", async () => {
  const { handle, output } = await run(serialProgress, { pauseMs: 1 });
  expect(output).toBe("serial progress -> stage one complete -> stage two complete -> stage three complete");
  const logs = await logsOf(handle.runId);
  for (const stage of ["one", "two", "three"]) {
    expect(logs.filter((line) => line.includes(`stage ${stage} is done`))).toHaveLength(1);
  }
});

test("fan-out research summarizes each topic in words of its page, streamed, and writes one brief", async () => {
  const { handle, output, nodes } = await run(fanOutResearch, {});
  expect(nodes).toEqual(["fetch_topics", "summarize_topic", "synthesize_brief"]);
  const lines = output.split("\n").slice(2);
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) {
    const { topic = "", said = "" } = /^- (?<topic>.*?): (?<said>.*) \(0\.\d\d\)$/.exec(line)?.groups ?? {};
    expect(passages.find(({ title }) => title === topic)?.sentences).toContain(said);
  }
  expect((await logsOf(handle.runId)).join("")).toContain("random");
  expect((await run(fanOutResearch, { seed: "xylophone" })).output).toContain("Nothing was found.");
});

test("fan-out research asks the model that it is given, and refuses a summary that is none", async () => {
  const answer = JSON.stringify({ topic: "Queues", summary: "They wait.", confidence: 0.5 });
  const input = { seed: "queues", model: "writer" };
  const asked = await testWorkflow(fanOutResearch, {
    input,
    models: { writer: tokens(answer.slice(0, 20), answer.slice(20)) },
  });
  expect(asked.error).toBeUndefined();
  expect(asked.output).toContain("- Queues: They wait. (0.50)");
  expect(asked.prompts("writer").texts.join("\n")).toContain("A queue decouples");
  const refused = await testWorkflow(fanOutResearch, { input, models: { writer: { topic: "Queues" } } });
  expect(refused.status).toBe("failed");
});

test("conditional review revises what lacks something, and nothing else", async () => {
  const revised = await run(conditionalReview, {});
  expect(revised.nodes).toEqual(["draft_answer", "review_answer", "revise_answer"]);
  const approved = await run(conditionalReview, { question: "How do queues work?" });
  expect(approved.nodes).toEqual(["draft_answer", "review_answer"]);
  expect(approved.output).toMatch(/^A queue decouples .* \[Queues]$/);
});

test("iterative refinement leaves out one sentence a round, and no more than it has", async () => {
  const whole = passages.find(({ title }) => title === "Retries")?.sentences ?? [];
  const { output, nodes } = await run(iterativeRefinement, { rounds: 3 });
  expect(nodes).toEqual(["seed_draft", "refine_draft", "refine_draft", "refine_draft"]);
  expect(whole.filter((sentence) => output.includes(sentence))).toHaveLength(whole.length - 3);
  expect((await run(iterativeRefinement, { rounds: 9 })).output).toMatch(/^[^.]+\.$/);
});

test("scratchpad collaboration loses no note of critics that write at the same time", async () => {
  const { output } = await run(scratchpadCollaboration, { topic: "retries" });
  expect(output.findings).toBeGreaterThan(3);
  expect(output.critique).toHaveLength(output.findings);
  expect(output.recommendation).not.toBe("");
  expect(output.critique.filter((note) => note.startsWith("claims without")).length).toBeGreaterThan(0);
});

test("a subgraph is a run of its own, whose output its parent publishes", async () => {
  const { handle, output } = await run(subgraphParent, { topic: "recovery" });
  const { runs } = await wg.runs({ workflow: "example-subgraph-child" });
  expect(runs).toHaveLength(1);
  expect(runs[0]).toMatchObject({ status: "completed", parent: { run: handle.runId } });
  expect(await readFile(join(dir, output.published.path, "report.md"), "utf8")).toContain("- recovery debugger stays");
});

test("the supervisor repairs, waits longer or goes on without, and says why", async () => {
  const handle = await wg.launch(supervisor, {});
  const { status, output } = await handle.end();
  expect(status).toBe("completed_partial");
  expect(output).toMatchObject({ total: 100, read: ["north", "center"], rescued: ["west", "east"] });
  const decisions = (output as { decisions: string[] }).decisions.join("\n");
  expect(decisions).toMatch(/^east: repair, because .*JSON.*\(attempts: 2\)$/m);
  expect(decisions).toMatch(/^south: skip, because south is empty \(attempts: 1\)$/m);
  expect(decisions).toMatch(/^west: again, because .*100 ms.*\(attempts: 2\)$/m);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("an external tool", () => {
  test("gives its exit code, how long it took and what it said, line by line in the log", async () => {
    const script = "console.log('one'); console.error('two'); console.log('three')";
    const { handle, output } = await run(externalTool, { command: process.execPath, args: ["-e", script] });
    expect(output).toMatchObject({ exitCode: 0, stdout: ["one", "three"], stderr: ["two"] });
    expect(output.durationMs).toBeGreaterThan(0);
    const logs = await logsOf(handle.runId);
    expect(logs.filter((line) => line.includes('"two"')).join("")).toContain("warn");
  });

  test("that fails is a failed run, with its exit code in the event log", async () => {
    const handle = await wg.launch(externalTool, { command: "sh", args: ["-c", "echo oh >&2; exit 3"] });
    expect((await handle.end()).error?.message).toMatch(/"sh" ended with exit code 3 after \d+ ms: oh/);
    const ended = (await store.events(handle.runId))
      .map(({ event }) => event)
      .find(({ type }) => type === "item.emitted");
    expect(JSON.stringify(ended)).toContain("tool.ended");
  });

  test("that is not there fails with its name", async () => {
    const handle = await wg.launch(externalTool, { command: "no-such-program-here", args: [] });
    expect((await handle.end()).error?.message).toContain("no-such-program-here");
  });

  test("is ended with what it started when its run is cancelled", async () => {
    const handle = await wg.launch(externalTool, { command: "sh", args: ["-c", "sleep 60 & echo up $!; wait"] });
    let pid = 0;
    while (pid === 0) {
      await pause(20);
      pid = Number(/up (\d+)/.exec((await logsOf(handle.runId)).join(""))?.[1] ?? 0);
    }
    expect(isAlive(pid)).toBe(true);
    await handle.cancel();
    expect((await handle.end()).status).toBe("cancelled");
    while (isAlive(pid)) await pause(20); // whoever collects it may take a moment
  });
});

describe("external capture", () => {
  const browser = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
  const isThere = access(browser).then(
    () => true,
    () => false,
  );

  test("publishes a picture that a real browser took of a page of this machine", async ({ skip }) => {
    if (!(await isThere)) skip(`no browser at ${browser}: install one, or name it in CHROMIUM`);
    const { handle, output } = await run(externalCapture, {});
    expect(output).toMatchObject({ width: 800, height: 600 });
    const png = await readFile(join(dir, output.screenshot.path, "page.png"));
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(png.length).toBe(output.sizeBytes);
    const manifest = JSON.parse(await readFile(join(dir, output.screenshot.path, "manifest.json"), "utf8")) as {
      readonly producer: { readonly run: string; readonly node: string };
    };
    expect(manifest.producer).toMatchObject({ run: handle.runId, node: "capture_page" });
  });

  test("says what is missing where there is no browser", async () => {
    const before = process.env["CHROMIUM"];
    process.env["CHROMIUM"] = join(dir, "no-browser");
    try {
      const handle = await wg.launch(externalCapture, {});
      expect((await handle.end()).error?.message).toMatch(/no browser at ".*no-browser": install Chromium, or name it/);
    } finally {
      if (before === undefined) delete process.env["CHROMIUM"];
      else process.env["CHROMIUM"] = before;
    }
  });
});
