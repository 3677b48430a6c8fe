/** What doctor finds: each kind of damage is planted, found by its code, and not found before. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { doctor, type DoctorInput } from "../../src/app/operations/doctor.ts";
import { backup } from "../../src/app/operations/backup.ts";
import { openWorkspace } from "../../src/app/workspace.ts";
import { findProject } from "../../src/app/project.ts";
import { Kept } from "./kept.ts";

let kept: Kept;
beforeEach(async () => {
  kept = await Kept.open();
  await kept.run("r1", { endedAgoMs: 1000, output: "x".repeat(400_000) });
  await kept.run("r2", { endedAgoMs: 1000 });
});
afterEach(() => kept.remove());

async function codes(input: DoctorInput = {}): Promise<readonly string[]> {
  const { findings } = await doctor(kept.workspace, input);
  return findings.map(
    ({ code, where, repaired }) => `${code} ${where.split("/").at(-1)}${repaired === undefined ? "" : " repaired"}`,
  );
}

function tamper(sql: string): void {
  const database = new DatabaseSync(join(kept.workspace.project.dataDir, "workgraph.db"));
  database.exec(sql);
  database.close();
}

test("a history that is whole has no findings", async () => {
  expect(await doctor(kept.workspace, {})).toEqual({ ok: true, runs: 2, findings: [], truncated: false });
});

test("a changed byte in a log is found, in its run alone; repairing writes out what is whole and changes no log", async () => {
  tamper(
    `UPDATE log SET body = replace(body, '"run.completed"', '"run.Completed"') WHERE id BETWEEN 2 * 268435456 AND 3 * 268435456`,
  );
  expect(await codes()).toEqual(["WG5080 r2"]);
  const { ok, findings } = await doctor(kept.workspace, { repair: true });
  expect([ok, findings[0]?.repaired === undefined]).toEqual([false, false]);
  const file = join(kept.workspace.project.dataDir, "salvage", "r2.ndjson");
  expect(JSON.parse(readFileSync(file, "utf8").split("\n")[0]!)).toMatchObject({
    seq: 1,
    event: { type: "run.created" },
  });
  expect(await codes()).toEqual(["WG5080 r2"]);
});

test("a value whose bytes are gone is found", async () => {
  tamper("DELETE FROM blob WHERE length(bytes) > 100000");
  expect(await codes()).toEqual(["WG5081 r1"]);
});

test("what dead processes left is told, and removed by a repair", async () => {
  const { dataDir } = kept.workspace.project;
  mkdirSync(join(dataDir, "staging", "r1.1.0.1", "book"), { recursive: true });
  mkdirSync(join(dataDir, "owners"), { recursive: true });
  writeFileSync(join(dataDir, "owners", "gone.db"), "");
  writeFileSync(join(dataDir, "versions.json"), "{ half");
  const left = ["WG5085 gone.db", "WG5086 versions.json", "WG5083 r1.1.0.1"];
  expect(await codes()).toEqual(left);
  expect(await codes({ repair: true })).toEqual(left.map((one) => `${one} repaired`));
  expect(await codes()).toEqual([]);
  expect(existsSync(join(dataDir, "staging", "r1.1.0.1"))).toBe(false);
});

test("a damaged page that no hash chain covers is found; repairing copies what can be read to a file that is whole", async () => {
  const other = join(kept.dir, "other");
  mkdirSync(other);
  const file = join(other, "workgraph.db");
  await backup(kept.workspace, { file, from: kept.dir });
  const database = new DatabaseSync(file);
  const row = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'run_by_parent'").get();
  database.close();
  const bytes = readFileSync(file);
  bytes.fill(0x5a, (Number(row!["rootpage"]) - 1) * 4096, Number(row!["rootpage"]) * 4096);
  writeFileSync(file, bytes);

  const damaged = await openWorkspace(await findProject({ from: kept.dir, data: other }), "write");
  try {
    expect(await doctor(damaged, {})).toMatchObject({
      ok: false,
      runs: 2,
      findings: [{ code: "WG5079", where: file }],
    });
    expect((await doctor(damaged, { recent: 1 })).findings).toEqual([]);
    const { findings } = await doctor(damaged, { repair: true });
    expect(findings).toMatchObject([{ code: "WG5079", repaired: expect.stringContaining("salvage") as string }]);
  } finally {
    await damaged.close();
  }
  const salvaged = join(other, "salvage");
  const whole = await openWorkspace(await findProject({ from: kept.dir, data: salvaged }), "read");
  try {
    expect(await doctor(whole, {})).toMatchObject({ ok: true, runs: 2, findings: [] });
  } finally {
    await whole.close();
  }
});

test("of many runs only the newest can be looked at", async () => {
  expect(await doctor(kept.workspace, { recent: 1 })).toMatchObject({ runs: 1 });
  await expect(doctor(kept.workspace, { recent: 0 })).rejects.toMatchObject({ code: "WG5050" });
});

test("a backup opens as a data folder of its own, and doctor finds nothing in it", async () => {
  const other = join(kept.dir, "other");
  mkdirSync(other);
  const made = await backup(kept.workspace, { file: "other/workgraph.db", from: kept.dir });
  expect(made.sizeBytes).toBeGreaterThan(0);
  const copy = await openWorkspace(await findProject({ from: kept.dir, data: other }), "read");
  try {
    expect(await doctor(copy, {})).toMatchObject({ ok: true, runs: 2, findings: [] });
  } finally {
    await copy.close();
  }
  await expect(backup(kept.workspace, { file: "other/workgraph.db", from: kept.dir })).rejects.toMatchObject({
    code: "WG5064",
  });
  rmSync(other, { recursive: true });
});
