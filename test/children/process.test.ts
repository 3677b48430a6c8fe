/**
 * Child runs of real processes that are killed: every child is gone on with, none is made twice.
 *
 * `WORKGRAPH_CRASHES=20` kills a family of 50 children that often; an ordinary run one of 24, twice.
 */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { listErrors } from "../../src/app/operations/list-errors.ts";
import { listRuns } from "../../src/app/operations/list-runs.ts";
import { showItem } from "../../src/app/operations/show-item.ts";
import { showRun } from "../../src/app/operations/show-run.ts";
import { showTree } from "../../src/app/operations/show-tree.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { Place } from "../process/place.ts";
import { endPrograms } from "../process/program.ts";
import { THREE_LEVELS } from "./fixtures.ts";

const KILLS = Number(process.env.WORKGRAPH_CRASHES ?? 2);
const CHILDREN = KILLS > 2 ? 50 : 24;

let place: Place;
beforeEach(() => {
  place = new Place();
  place.write("flow.ts", THREE_LEVELS);
});
afterEach(() => place.remove());
afterAll(endPrograms);

interface Seen {
  readonly statuses: Readonly<Record<string, number>>;
  readonly total: number;
  /** Items with a recorded result, as idempotency keys. */
  readonly recorded: ReadonlySet<string>;
  readonly twice: readonly string[];
}

/** What the commands that only read would print with --json, without a process for each. */
async function ask<T>(question: (workspace: Workspace) => Promise<T>): Promise<T> {
  const root = place.dir;
  const dataDir = `${root}/.workgraph`;
  const store = await openSqliteStore({ dir: dataDir, readOnly: true });
  const close = (): Promise<void> => store.close();
  const workflowFiles = async (): Promise<readonly string[]> => [];
  const project = { root, name: "place", dataDir, artifactsDir: `${root}/artifacts`, config: {}, workflowFiles };
  try {
    return await question({ store, project, close });
  } finally {
    await close();
  }
}

const shown = (run: string): ReturnType<typeof showRun> => ask((workspace) => showRun(workspace, { run }));
const errorsOf = (run: string): ReturnType<typeof listErrors> => ask((workspace) => listErrors(workspace, { run }));
const listed = (workflow: string): ReturnType<typeof listRuns> => ask((workspace) => listRuns(workspace, { workflow }));

function look(): Promise<Seen> {
  return ask(async ({ store }) => {
    const statuses: Record<string, number> = {};
    const recorded = new Set<string>();
    const twice: string[] = [];
    const { runs, total } = await store.runs({ limit: 1000 });
    const items = new Set<string>();
    for (const { runId, workflow, status, parent } of runs) {
      const key = `${workflow} ${status}`;
      statuses[key] = (statuses[key] ?? 0) + 1;
      if (parent) {
        const item = `${parent.run}.${parent.call}.${parent.item}`;
        if (items.has(item)) twice.push(`two runs for ${item}`);
        items.add(item);
      }
      for (const { event } of await store.events(runId, { limit: 10_000, values: "none" }))
        if (event.type === "item.completed") {
          const item = `${runId}.${event.call}.${event.item}`;
          if (recorded.has(item)) twice.push(`recorded twice: ${item}`);
          recorded.add(item);
        }
    }
    return { statuses, total, recorded, twice };
  });
}

test(`${CHILDREN} children, each over 3 more: killed in the middle, all are gone on with and none is made twice`, async () => {
  const twice: string[] = [];
  let seen: Seen | undefined;
  let killed = 0;
  for (let attempt = 0; killed < KILLS; attempt++) {
    const before = place.lines().length;
    const program = place.start(seen ? ["resume", "latest"] : ["run", "flow.ts#top", "--children", String(CHILDREN)]);
    await Promise.race([
      place.linesReach(before + 10 + ((attempt * 7) % 15), program).catch(() => undefined),
      program.left,
    ]);
    program.signal("SIGKILL");
    const { signal } = await program.left;
    if (signal !== "SIGKILL") break;
    killed++;
    for (const line of place.lines().slice(before)) if (seen?.recorded.has(line)) twice.push(`executed again: ${line}`);
    seen = await look();
    twice.push(...seen.twice);
  }
  expect(killed).toBeGreaterThan(0);
  const before = place.lines().length;
  const { document, exitCode } = await place.json(["resume", "latest"]);
  expect([document.status, document.output, exitCode]).toEqual([
    "completed",
    CHILDREN + (CHILDREN * (CHILDREN - 1)) / 2,
    0,
  ]);
  for (const line of place.lines().slice(before)) if (seen?.recorded.has(line)) twice.push(`executed again: ${line}`);
  const end = await look();
  expect([...twice, ...end.twice]).toEqual([]);
  expect(end.statuses).toEqual({ "top completed": 1, "middle completed": CHILDREN, "low completed": 3 * CHILDREN });
  const tree = await ask((workspace) => showTree(workspace, { run: "latest" }));
  expect(tree.tree.rollUp).toMatchObject({ runs: 1 + 4 * CHILDREN, byStatus: { completed: 1 + 4 * CHILDREN } });
  expect(tree.tree.children).toHaveLength(CHILDREN);
  expect(tree.tree.children[0]!.children).toHaveLength(3);
});

test("a child and its parent lead to each other, and a failing one tells where", async () => {
  const { document, exitCode } = await place.json(["run", "flow.ts#top", "--children", "3"], { FAILS: "2" });
  expect([document.status, exitCode]).toEqual(["failed", 1]);
  const parent = await shown("latest");
  expect(parent.children?.map(({ status }) => status)).toEqual(["completed", "completed", "failed"]);
  const failed = parent.children![2]!;
  expect(parent.errors.find(({ code }) => code === "WG2030")).toMatchObject({ child: failed.runId });
  const child = await shown(failed.runId);
  expect(child).toMatchObject({ status: "failed", parent: { run: parent.runId, item: 2 } });
  const item = await ask((workspace) => showItem(workspace, { item: failed.address }));
  expect(item).toMatchObject({ status: "failed", child: { runId: failed.runId, status: "failed" } });
  // Without what made it fail, the child is gone on with by itself; its parent then takes what it gave.
  const alone = await place.json(["resume", failed.runId]);
  expect(alone.document).toMatchObject({ status: "completed", runId: failed.runId });
  const told = (await place.run(["show", "latest"])).stdout;
  expect(told).toContain("resume the parent to take its result");
  const lines = place.lines().length;
  const again = await place.json(["resume", parent.runId]);
  expect(again.document).toMatchObject({ status: "completed" });
  expect(place.lines()).toHaveLength(lines + 1);
});

test("a child that another process runs is followed, and taken over when that process is gone", async () => {
  const { document } = await place.json(["run", "flow.ts#top", "--children", "3"], { FAILS: "2" });
  const { children = [] } = await shown("latest");
  const { runId } = children.find(({ status }) => status === "failed")!;
  const lines = place.lines().length;
  const alone = place.start(["resume", runId], { SLOW: "1" });
  await place.linesReach(lines + 1, alone);
  const parent = place.start(["resume", document.runId as string]);
  await parent.shown(/going on with/);
  expect(await shown(document.runId as string)).toMatchObject({ status: "running" });
  alone.signal("SIGKILL");
  expect((await parent.left).exitCode).toBe(0);
  const { statuses, twice } = await look();
  expect(statuses).toEqual({ "top completed": 1, "middle completed": 3, "low completed": 9 });
  expect(twice).toEqual([]);
});

test("a version of its own: a child shows, and runs alone, as the same code", async () => {
  await place.json(["run", "flow.ts#top", "--children", "1"]);
  await place.json(["run", "flow.ts#low", "--x", "4"]);
  const { runs } = await listed("low");
  expect(new Set(runs.map(({ version }) => version)).size).toBe(1);
  expect(runs.length).toBeGreaterThan(3);
  const roots = (await place.json(["runs"])).document as { runs: { workflow: string }[] };
  expect(roots.runs.map((run) => run.workflow)).toEqual(["low", "top"]);
});

test("what ends the process inside a child is named by the child, and its parents are not to blame", async () => {
  await place.start(["run", "flow.ts#top", "--children", "1"], { DEADLY: "1" }).left;
  let last = await place.run(["resume", "latest", "--json"], { DEADLY: "1" });
  // Three deaths with the item under way; on a busy machine one may come before its start is recorded, and does not count.
  for (let i = 0; i < 6 && last.signal !== null; i++)
    last = await place.run(["resume", "latest", "--json"], { DEADLY: "1" });
  expect([JSON.parse(last.stdout), last.exitCode]).toMatchObject([{ status: "failed" }, 1]);
  const codes = async (run: string): Promise<readonly string[]> => (await errorsOf(run)).errors.map(({ code }) => code);
  expect(await codes("latest")).toContain("WG2030");
  expect(await codes("latest")).not.toContain("WG2014");
  const dead = (await listed("low")).runs.filter(({ status }) => status === "failed");
  expect(dead).toHaveLength(1);
  expect(await codes(dead[0]!.runId)).toContain("WG2014");
  const healed = await place.json(["resume", "latest"]);
  expect(healed.document).toMatchObject({ status: "completed" });
});

test("a child that is cancelled by itself is a failure of its parent; a cancel of the topmost run reaches all", async () => {
  const program = place.start(["run", "flow.ts#top", "--children", "2"], { SLOW: "1" });
  await place.linesReach(9, program);
  const { runs } = await listed("low");
  const { runId, parent } = runs[0]!;
  expect((await place.json(["cancel", runId])).document).toMatchObject({ status: "cancelled" });
  const { errors } = await errorsOf(parent!.run);
  expect(errors).toMatchObject([
    { code: "WG2030", message: expect.stringContaining(`${runId} of "low" was cancelled`) as string },
  ]);
  expect((await place.json(["cancel", "latest"])).document).toMatchObject({ status: "cancelled" });
  await program.left;
  expect((await look()).statuses).toEqual({ "top cancelled": 1, "middle cancelled": 2, "low cancelled": 6 });
  // What was cancelled goes on; the failure was none of the cancel, and is told once more before somebody decides about it.
  expect((await place.json(["resume", "latest"])).document).toMatchObject({ status: "failed" });
  expect((await place.json(["resume", "latest"])).document).toMatchObject({ status: "completed" });
  expect((await look()).statuses).toEqual({ "top completed": 1, "middle completed": 2, "low completed": 6 });
});
