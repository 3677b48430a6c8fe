/** Which runs are forgotten, and what stays of them. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { gc, type GcInput, type GcRetention } from "../../src/app/operations/gc.ts";
import { pinRun } from "../../src/app/operations/pin.ts";
import { showRun } from "../../src/app/operations/show-run.ts";
import { listRuns } from "../../src/app/operations/list-runs.ts";
import { Kept } from "./kept.ts";

const DAY = 86_400_000;
let kept: Kept;
beforeEach(async () => {
  kept = await Kept.open();
});
afterEach(() => kept.remove());

async function forgotten(input: GcInput, retentions: readonly GcRetention[] = []): Promise<readonly string[]> {
  const { forgotten: runs } = await gc(kept.workspace, input, async () => retentions);
  return runs.map(({ runId }) => runId).toSorted();
}

async function readable(): Promise<readonly string[]> {
  const { runs } = await listRuns(kept.workspace, { level: "all" });
  return runs.filter((run) => run.forgotten === undefined).map(({ runId }) => runId);
}

describe("age", () => {
  test("what ended long enough ago goes, younger stays, and its row says when and why", async () => {
    await kept.run("old", { endedAgoMs: 40 * DAY });
    await kept.run("young", { endedAgoMs: 2 * DAY });
    expect(await forgotten({ olderThan: "30d" })).toEqual(["old"]);
    expect(await readable()).toEqual(["young"]);
    const [, row] = (await listRuns(kept.workspace, {})).runs.toReversed();
    expect([row?.runId, row?.forgotten]).toEqual(["young", undefined]);
    await expect(showRun(kept.workspace, { run: "old" })).rejects.toThrow(/WG5061.*gc: older than 30d/);
  });

  test("a dry run names the same and removes nothing", async () => {
    await kept.run("old", { endedAgoMs: 40 * DAY });
    expect(await forgotten({ olderThan: "30d", dryRun: true })).toEqual(["old"]);
    expect(await readable()).toEqual(["old"]);
    expect(await forgotten({ olderThan: "30d" })).toEqual(["old"]);
    expect(await forgotten({ olderThan: "30d" })).toEqual([]);
  });

  test("without an age each workflow's own retention counts, and one that has none keeps its runs", async () => {
    await kept.run("short", { endedAgoMs: 3 * DAY, workflow: "short" });
    await kept.run("long", { endedAgoMs: 3 * DAY, workflow: "long" });
    await kept.run("none", { endedAgoMs: 300 * DAY, workflow: "none" });
    const retentions = [
      { workflow: "short", retentionMs: DAY },
      { workflow: "long", retentionMs: 10 * DAY },
    ];
    expect(await forgotten({}, retentions)).toEqual(["short"]);
  });
});

describe("what stays whatever its age", () => {
  test("a pinned run, until it is unpinned", async () => {
    await kept.run("old", { endedAgoMs: 40 * DAY });
    await pinRun(kept.workspace, { run: "old", how: "pinned" });
    expect(await forgotten({ olderThan: "30d" })).toEqual([]);
    await pinRun(kept.workspace, { run: "old", how: "free" });
    expect(await forgotten({ olderThan: "30d" })).toEqual(["old"]);
  });

  test("failed runs with keepFailed, the newest of each workflow with keep", async () => {
    await kept.run("a1", { endedAgoMs: 50 * DAY, failed: true });
    await kept.run("a2", { endedAgoMs: 45 * DAY });
    await kept.run("a3", { endedAgoMs: 40 * DAY });
    await kept.run("b1", { endedAgoMs: 40 * DAY, workflow: "other" });
    expect(await forgotten({ olderThan: "30d", keepFailed: true, keep: 1, dryRun: true })).toEqual(["a2"]);
    expect(await forgotten({ keep: 1, dryRun: true })).toEqual(["a1", "a2"]);
    expect(await forgotten({ keep: 0, dryRun: true })).toEqual(["a1", "a2", "a3", "b1"]);
  });

  test("a run that has not ended", async () => {
    await kept.run("open", { endedAgoMs: undefined });
    expect(await forgotten({ keep: 0 })).toEqual([]);
  });
});

describe("families", () => {
  test("children go with their parent", async () => {
    await kept.run("parent", { endedAgoMs: 40 * DAY });
    await kept.run("parent-child", { endedAgoMs: 40 * DAY, parent: "parent" });
    const { forgotten: runs } = await gc(kept.workspace, { olderThan: "30d" }, async () => []);
    expect(runs.map(({ runId, below }) => [runId, below])).toEqual([["parent", 1]]);
    expect(await readable()).toEqual([]);
  });

  test("a pinned child keeps all of them", async () => {
    await kept.run("parent", { endedAgoMs: 40 * DAY });
    await kept.run("parent-child", { endedAgoMs: 40 * DAY, parent: "parent" });
    await pinRun(kept.workspace, { run: "parent-child", how: "pinned" });
    const answer = await gc(kept.workspace, { olderThan: "30d" }, async () => []);
    expect(answer.forgotten).toEqual([]);
    expect(answer.kept).toEqual({ pinned: 1 });
  });
});

test.each([{ olderThan: "soon" }, { keep: -1 }, { keep: Number.NaN }])(
  "%o is refused before anything is read",
  async (input) => {
    await expect(gc(kept.workspace, input, async () => [])).rejects.toMatchObject({ code: "WG5050" });
  },
);
