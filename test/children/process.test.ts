/**
 * Child runs of real processes that are killed: every child is gone on with, none is made twice.
 *
 * `WORKGRAPH_CRASHES=20` kills the same family that often (2 in an ordinary run).
 */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { Place } from "../process/place.ts";
import { endPrograms } from "../process/program.ts";
import { THREE_LEVELS } from "./fixtures.ts";

const KILLS = Number(process.env.WORKGRAPH_CRASHES ?? 2);

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

async function look(): Promise<Seen> {
  const store = await openSqliteStore({ dir: `${place.dir}/.workgraph`, readOnly: true });
  try {
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
  } finally {
    await store.close();
  }
}

test("50 children, each over 3 more: killed in the middle, all are gone on with and none is made twice", async () => {
  const twice: string[] = [];
  let seen: Seen | undefined;
  let killed = 0;
  for (let attempt = 0; killed < KILLS; attempt++) {
    const before = place.lines().length;
    const program = place.start(seen ? ["resume", "latest"] : ["run", "flow.ts#top", "--children", "50"]);
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
  expect([document.status, document.output, exitCode]).toEqual(["completed", 50 + (50 * 49) / 2, 0]);
  for (const line of place.lines().slice(before)) if (seen?.recorded.has(line)) twice.push(`executed again: ${line}`);
  const end = await look();
  expect([...twice, ...end.twice]).toEqual([]);
  expect(end.statuses).toEqual({ "top completed": 1, "middle completed": 50, "low completed": 150 });
  const tree = (await place.json(["show", "latest", "--tree"])).document as {
    tree: { rollUp: unknown; children: { node: string; children: unknown[] }[] };
    total: number;
  };
  expect(tree.tree.rollUp).toMatchObject({ runs: 201, byStatus: { completed: 201 } });
  expect(tree.tree.children).toHaveLength(50);
  expect(tree.tree.children[0]!.children).toHaveLength(3);
});

test("a child and its parent lead to each other, and a failing one tells where", async () => {
  const { document, exitCode } = await place.json(["run", "flow.ts#top", "--children", "3"], { FAILS: "2" });
  expect([document.status, exitCode]).toEqual(["failed", 1]);
  const shown = (await place.json(["show", "latest"])).document as {
    runId: string;
    children: { runId: string; status: string; address: string }[];
    errors: { code: string; child: string; message: string }[];
    rollUp: unknown;
  };
  expect(shown.children.map(({ status }) => status)).toEqual(["completed", "completed", "failed"]);
  const failed = shown.children[2]!;
  expect(shown.errors.find(({ code }) => code === "WG2030")).toMatchObject({ child: failed.runId });
  const child = (await place.json(["show", failed.runId])).document;
  expect(child).toMatchObject({ status: "failed", parent: { run: shown.runId, item: 2 } });
  const item = (await place.json(["show", failed.address])).document;
  expect(item).toMatchObject({ status: "failed", child: { runId: failed.runId, status: "failed" } });
  // Without what made it fail, the child is gone on with by itself; its parent then takes what it gave.
  const alone = await place.json(["resume", failed.runId]);
  expect(alone.document).toMatchObject({ status: "completed", runId: failed.runId });
  const told = (await place.run(["show", "latest"])).stdout;
  expect(told).toContain("resume the parent to take its result");
  const lines = place.lines().length;
  const again = await place.json(["resume", shown.runId]);
  expect(again.document).toMatchObject({ status: "completed" });
  expect(place.lines()).toHaveLength(lines + 1);
});

test("a child that another process runs is followed, and taken over when that process is gone", async () => {
  const { document } = await place.json(["run", "flow.ts#top", "--children", "3"], { FAILS: "2" });
  const { children } = (await place.json(["show", "latest"])).document as {
    children: { runId: string; status: string }[];
  };
  const { runId } = children.find(({ status }) => status === "failed")!;
  const lines = place.lines().length;
  const alone = place.start(["resume", runId], { SLOW: "1" });
  await place.linesReach(lines + 1, alone);
  const parent = place.start(["resume", document.runId as string]);
  await parent.shown(/going on with/);
  expect((await place.json(["show", document.runId as string])).document).toMatchObject({ status: "running" });
  alone.signal("SIGKILL");
  expect((await parent.left).exitCode).toBe(0);
  const { statuses, twice } = await look();
  expect(statuses).toEqual({ "top completed": 1, "middle completed": 3, "low completed": 9 });
  expect(twice).toEqual([]);
});

test("a version of its own: a child shows, and runs alone, as the same code", async () => {
  await place.json(["run", "flow.ts#top", "--children", "1"]);
  await place.json(["run", "flow.ts#low", "--x", "4"]);
  const { runs } = (await place.json(["runs", "--workflow", "low"])).document as { runs: { version: string }[] };
  expect(new Set(runs.map(({ version }) => version)).size).toBe(1);
  expect(runs.length).toBeGreaterThan(3);
  const listed = (await place.json(["runs"])).document as { runs: { workflow: string }[] };
  expect(listed.runs.map((run) => run.workflow)).toEqual(["low", "top"]);
});

test("what ends the process inside a child is named by the child, and its parents are not to blame", async () => {
  await place.start(["run", "flow.ts#top", "--children", "1"], { DEADLY: "1" }).left;
  for (let i = 0; i < 2; i++) await place.start(["resume", "latest"], { DEADLY: "1" }).left;
  const { document, exitCode } = await place.json(["resume", "latest"], { DEADLY: "1" });
  expect([document.status, exitCode]).toEqual(["failed", 1]);
  const tree = (await place.json(["errors", "latest"])).document as { errors: { code: string; message: string }[] };
  expect(tree.errors.map(({ code }) => code)).toContain("WG2030");
  expect(tree.errors.map(({ code }) => code)).not.toContain("WG2014");
  const { runs } = (await place.json(["runs", "--workflow", "low", "--status", "failed"])).document as {
    runs: { runId: string }[];
  };
  expect(runs).toHaveLength(1);
  const errors = (await place.json(["errors", runs[0]!.runId])).document as { errors: { code: string }[] };
  expect(errors.errors.map(({ code }) => code)).toContain("WG2014");
  const healed = await place.json(["resume", "latest"]);
  expect(healed.document).toMatchObject({ status: "completed" });
});

test("a child that is cancelled by itself is a failure of its parent; a cancel of the topmost run reaches all", async () => {
  const program = place.start(["run", "flow.ts#top", "--children", "2"], { SLOW: "1" });
  await place.linesReach(9, program);
  const { runs } = (await place.json(["runs", "--workflow", "low"])).document as {
    runs: { runId: string; parent: { run: string } }[];
  };
  const { runId, parent } = runs[0]!;
  expect((await place.json(["cancel", runId])).document).toMatchObject({ status: "cancelled" });
  const { errors } = (await place.json(["errors", parent.run])).document as {
    errors: { code: string; message: string }[];
  };
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
