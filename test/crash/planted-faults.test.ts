/** The crash test must be able to fail: faults planted into a real run's ledger and store are found. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { endPrograms, type Left } from "../process/program.ts";
import type { Reference } from "./audit.ts";
import { KilledRun } from "./killed-run.ts";

let run: KilledRun;
let left: Left;
let reference: Reference;
beforeEach(async () => {
  run = new KilledRun("deadly");
  left = await run.finish();
  reference = { recorded: run.recorded, output: left.stdout };
});
afterEach(() => run.remove());
afterAll(endPrograms);

test("a run that nobody touched shows none", () => {
  expect(run.faults(left, { reference, atOnce: 0 })).toEqual([]);
  expect(run.recorded).toHaveLength(12);
});

test("a line more in the ledger is an execution after the result was recorded", () => {
  const { key } = run.effects()[3]!;
  appendFileSync(run.ledger, `${JSON.stringify({ key, pid: 1 })}\n`);
  expect(run.faults(left, { reference, atOnce: 0 })).toContain(`executed again after it was recorded: ${key}`);
});

test("events that are taken out of the store are missed", async () => {
  const database = new DatabaseSync(join(run.data, "workgraph.db"));
  const { id } = database.prepare("SELECT id FROM log ORDER BY id LIMIT 1 OFFSET 3").get() as { id: number };
  database.prepare("DELETE FROM log WHERE id = ?").run(id);
  database.close();
  // Either the store refuses what it finds, or the audit does.
  const found = await run.look().then(
    () => run.faults(left, { reference, atOnce: 0 }),
    (error: unknown) => [String(error)],
  );
  expect(found).not.toEqual([]);
});

test("a value that is changed in the store is seen", async () => {
  const database = new DatabaseSync(join(run.data, "workgraph.db"));
  const { changes } = database.prepare("UPDATE log SET body = replace(body, '\t45', '\t46')").run();
  database.close();
  expect(changes).toBeGreaterThan(0);
  const found = await run.look().then(
    () => run.faults(left, { reference, atOnce: 0 }),
    (error: unknown) => [String(error)],
  );
  expect(found).not.toEqual([]);
});
