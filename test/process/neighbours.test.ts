/** Several processes on one data folder; readers that go away; no terminal. */
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { acting, Place } from "./place.ts";
import { endPrograms, run } from "./program.ts";

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());
afterAll(endPrograms);

describe("two processes on one data folder", () => {
  test("both run, and each reads what the other does", async () => {
    const slow = place.start(["run", acting("gated"), "--json"]);
    await place.linesReach(3, slow);
    const quick = await place.json(["run", acting("acting")]);
    expect(quick.document).toMatchObject({ status: "completed", output: 66 });
    const { document } = await place.json(["runs"]);
    expect((document.runs as { workflow: string; status: string }[]).map((row) => [row.workflow, row.status])).toEqual([
      ["acting", "completed"],
      ["gated", "running"],
    ]);
    place.openGate();
    const left = await slow.left;
    expect(JSON.parse(left.stdout)).toMatchObject({ status: "completed", output: 780 });
  });

  test("the same run is refused, with the pid of who has it", async () => {
    const owner = place.start(["run", acting("gated")]);
    await place.linesReach(3, owner);
    const refused = await place.run(["resume", "latest"]);
    expect([refused.exitCode, refused.stdout]).toEqual([7, ""]);
    expect(refused.stderr).toContain("WG5006");
    expect(refused.stderr).toContain(`pid ${owner.pid}`);
    place.openGate();
    expect((await owner.left).exitCode).toBe(0);
    expect(place.lines()).toHaveLength(40);
  });

  test("one cancels the run of the other, which can be resumed", async () => {
    const owner = place.start(["run", acting("gated"), "--json"]);
    await place.linesReach(5, owner);
    const asked = await place.json(["cancel", "latest", "--reason", "enough"]);
    expect(asked.document).toMatchObject({ status: "cancelled" });
    const left = await owner.left;
    expect(left.exitCode).toBe(5);
    expect(JSON.parse(left.stdout)).toMatchObject({ status: "cancelled" });
    const { document } = await place.json(["items", "latest", "--status", "cancelled"]);
    expect((document.items as unknown[]).length).toBeGreaterThan(0);
    const acted = place.lines();
    place.openGate();
    const resumed = await place.json(["resume", "latest"]);
    expect(resumed.document).toMatchObject({ status: "completed", output: 780 });
    expect(new Set(place.lines()).size).toBe(place.lines().length);
    expect(place.lines().slice(0, acted.length)).toEqual(acted);
  });
});

describe("a reader that goes away", () => {
  test("head takes one line of the output, the run completes", async () => {
    const shell = '"$NODE" "$BIN" run "$FILE" --how flood 2>&1 | head -n 1; echo "left with ${PIPESTATUS[0]}" >&2';
    const left = await run([], {
      ...place.options({ FILE: acting("acting"), SHELL_TEXT: shell }),
      shell: 'exec bash -c "$SHELL_TEXT"',
    });
    expect(left.stdout.split("\n").filter(Boolean)).toHaveLength(1);
    expect(left.stderr).toContain("left with 0");
    const { document } = await place.json(["show", "latest"]);
    expect(document).toMatchObject({ status: "completed" });
    expect(place.lines()).toHaveLength(12);
  });

  test("a list that is cut short by head is no error", async () => {
    await place.run(["run", acting("acting")]);
    const shell = '"$NODE" "$BIN" events latest | head -n 1; echo "left with ${PIPESTATUS[0]}" >&2';
    const left = await run([], { ...place.options({ SHELL_TEXT: shell }), shell: 'exec bash -c "$SHELL_TEXT"' });
    expect(left.stdout.split("\n").filter(Boolean)).toHaveLength(1);
    expect(left.stderr.trim()).toBe("left with 0");
  });
});

test("without a terminal there are plain lines, no colours and no cursor codes", async () => {
  const left = await place.run(["run", acting("acting")], { FORCE_COLOR: "", TERM: "xterm-256color" });
  expect(left.stdout).toBe("66\n");
  expect(left.stderr).not.toContain("\u001b");
  expect(left.stderr).toMatch(/^act: 12 completed in /m);
});
