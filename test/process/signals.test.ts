/** Ctrl-C and its like, sent to the process group as a terminal does. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { acting, Place } from "./place.ts";
import { endPrograms } from "./program.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());
afterAll(endPrograms);

const SUM = 780;

describe("a signal during a run", () => {
  test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s stops it, and the line it prints goes on", async (signal) => {
    const program = place.start(["run", acting("gated")]);
    await place.linesReach(5, program);
    program.signal(signal);
    const left = await program.left;
    expect([left.exitCode, left.stdout], left.stderr).toEqual([130, ""]);
    const [, words] = /^workgraph (resume \w{26})$/m.exec(left.stderr) ?? [];
    expect(words, left.stderr).toBeDefined();
    expect((await place.json(["show", "latest"])).document).toMatchObject({ status: "interrupted" });

    place.openGate();
    const resumed = await place.json(words!.split(" "));
    expect(resumed.document).toMatchObject({ status: "completed", output: SUM });
    expect(resumed.exitCode).toBe(0);
    expect(new Set(place.lines()).size, "what had acted was recorded and is not run again").toBe(place.lines().length);
  });

  test("with --json leaves one document that says how to go on", async () => {
    const program = place.start(["run", acting("gated"), "--json"]);
    await place.linesReach(5, program);
    program.signal("SIGINT");
    const { stdout, exitCode } = await program.left;
    expect(JSON.parse(stdout)).toMatchObject({
      status: "interrupted",
      resume: expect.stringMatching(/^workgraph resume \w{26}$/) as unknown,
    });
    expect(exitCode).toBe(130);
  });

  test("twice leaves at once, though a node does not stop", async () => {
    const program = place.start(["run", acting("unstoppable")]);
    await place.linesReach(1, program);
    program.signal("SIGINT");
    await sleep(150);
    const secondAt = performance.now();
    program.signal("SIGINT");
    const left = await program.left;
    expect(performance.now() - secondAt).toBeLessThan(2_000);
    expect(left.exitCode).toBe(130);
    expect(left.stderr).toMatch(/^workgraph resume \w{26}$/m);
    expect((await place.json(["show", "latest"])).document).toMatchObject({ status: "interrupted" });
  });

  test("a resume that is stopped can be resumed", async () => {
    for (const words of [
      ["run", acting("gated")],
      ["resume", "latest"],
    ]) {
      const program = place.start(words);
      await program.shown(/^run \w{26} gated/m);
      await place.linesReach(5, program);
      program.signal("SIGINT");
      expect((await program.left).exitCode).toBe(130);
    }
    place.openGate();
    const { document } = await place.json(["resume", "latest"]);
    expect(document).toMatchObject({ status: "completed", output: SUM });
    expect(place.lines()).toHaveLength(40);
  });
});
