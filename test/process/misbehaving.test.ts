/** What one node does to the process does not cost what others recorded, and never reads as success. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { CommandProcess, type DocumentEnded } from "../../src/cli/fixtures/workgraph-process.ts";
import { acting, Place } from "./place.ts";
import { endPrograms } from "./program.ts";

const commands = new CommandProcess();
let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());
afterAll(async () => {
  await commands.end();
  await endPrograms();
});

/** What only reads follows each other in one process. */
const asked = (words: readonly string[]): Promise<DocumentEnded> => commands.json(words, { cwd: place.dir });

const SUM = 66;

describe("a node that ends the process", () => {
  test.each<[how: string, exitCode: number | null, signal: string | null]>([
    ["exit0", 1, null],
    ["exit3", 3, null],
    ["abort", null, "SIGABRT"],
    ["kill", null, "SIGKILL"],
  ])("by %s: nothing recorded is lost", async (how, exitCode, signal) => {
    const left = await place.run(["run", acting("acting"), "--how", how]);
    expect([left.exitCode, left.signal]).toEqual([exitCode, signal]);
    const shown = await asked(["show", "latest"]);
    expect(shown.document).toMatchObject({ status: "interrupted" });
    const recorded = await asked(["items", "latest", "--status", "completed", "--values"]);
    const before = (recorded.document.items as { node: string; value: number }[])
      .filter((item) => item.node === "act")
      .map((item) => String(item.value));
    // Items 0 to 3 were committed long before 6 began.
    expect(before).toEqual(expect.arrayContaining(["0", "1"]));

    const acted = place.lines().length;
    const resumed = await place.json(["resume", "latest"]);
    expect(resumed.document).toMatchObject({ status: "completed", output: SUM });
    for (const x of before) expect(place.lines().slice(acted)).not.toContain(x);
  });

  test("is named, with the line that goes on, and in the item's log", async () => {
    const { stderr } = await place.run(["run", acting("acting"), "--how", "exit0"]);
    expect(stderr).toMatch(/^node "act" called process\.exit\(0\) at \w{26}\.2\.6 while run/m);
    expect(stderr).toMatch(/^workgraph resume \w{26}$/m);
    const { document } = await asked(["logs", "latest"]);
    expect(JSON.stringify(document)).toContain("process.exit(0) was called");
  });

  test("leaves a JSON document that names the node", async () => {
    const { document, exitCode } = await place.json(["run", acting("acting"), "--how", "exit0"]);
    expect(document).toMatchObject({
      error: { code: "WG2015", hint: expect.stringContaining("workgraph resume ") as unknown },
    });
    expect(exitCode).toBe(1);
  });
});

describe("a node that stands still", () => {
  test("blocking the process for two seconds: the run completes", async () => {
    const { document } = await place.json(["run", acting("acting"), "--how", "block"]);
    expect(document).toMatchObject({ status: "completed", output: SUM });
  });

  test("never settling: it fails by name, others are recorded, a resume tries it again", async () => {
    const { document, exitCode } = await place.json(["run", acting("acting"), "--how", "never"]);
    expect(document).toMatchObject({ status: "failed", counts: { completed: 12, failed: 1, skipped: 1 } });
    expect(exitCode).toBe(1);
    const errors = await asked(["errors", "latest"]);
    expect(JSON.stringify(errors.document)).toContain("WG2005");
    const resumed = await place.json(["resume", "latest"]);
    expect(resumed.document).toMatchObject({ status: "completed", output: SUM });
    expect(place.lines().filter((line) => line === "6")).toHaveLength(2);
    expect(place.lines()).toHaveLength(13);
  });

  test("a workflow function that waits for what never comes fails by name", async () => {
    const { document, exitCode } = await place.json(["run", acting("waiting")]);
    expect(document).toMatchObject({ status: "failed", error: { code: "WG3005" } });
    expect(exitCode).toBe(1);
  });

  test("looping for ever: other processes read, and kill -9 and resume get past it", async () => {
    const program = place.start(["run", acting("acting"), "--how", "forever"]);
    while (!place.lines().includes("blocked")) await place.linesReach(place.lines().length + 1, program);
    const shown = await asked(["show", "latest"]);
    expect(shown.document).toMatchObject({ status: "running" });
    const items = await asked(["items", "latest", "--status", "completed"]);
    expect((items.document.items as unknown[]).length).toBeGreaterThan(1);
    program.signal("SIGKILL");
    await program.left;
    const resumed = await place.json(["resume", "latest"]);
    expect(resumed.document).toMatchObject({ status: "completed", output: SUM });
  });
});

describe("an error that nothing caught", () => {
  test.each([
    ["late-throw", "late throw"],
    ["late-rejection", "late rejection"],
    ["throw-after-end", "thrown after its end"],
  ])("%s: is told with its item and line, in the log while the item runs, and others go on", async (how, text) => {
    const { document, stderr } = await place.json(["run", acting("acting"), "--how", how]);
    expect(document).toMatchObject({ status: "completed", output: SUM });
    const { runId } = document as { runId: string };
    expect(stderr).toMatch(
      new RegExp(`^${runId}\\.2\\.6 "act": an error that nothing caught: TypeError: ${text}`, "m"),
    );
    expect(stderr).toContain("acting.ts:");
    const logs = await asked(["logs", `${runId}.2.6`]);
    // The log of an item ends with it.
    expect(JSON.stringify(logs.document).includes(`TypeError: ${text}`)).toBe(how !== "throw-after-end");
  });
});

describe("what a node leaves behind", () => {
  test.each(["timer", "server", "exit-code", "no-listeners", "chdir"])("%s: the program ends with 0", async (how) => {
    const { document, exitCode } = await place.json(["run", acting("acting"), "--how", how]);
    expect([document.output, exitCode]).toEqual([SUM, 0]);
  });

  test("closed streams: the run completes and is recorded", async () => {
    const left = await place.run(["run", acting("acting"), "--how", "close-stdout"]);
    expect(left.exitCode).toBe(0);
    expect((await asked(["output", "latest"])).document).toMatchObject({ output: SUM });
  });

  test("100,000 lines on stdout: they go to stderr, the document stands alone", async () => {
    const { document, stderr, exitCode } = await place.json(["run", acting("acting"), "--how", "flood"]);
    expect([document.output, exitCode]).toEqual([SUM, 0]);
    expect(stderr.split("\n").filter((line) => line.endsWith("of a flood"))).toHaveLength(100_000);
  });
});
