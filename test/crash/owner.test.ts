/** Owners that are stopped, killed again and again, or kept busy: who may go on with a run, and when. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { endPrograms, run as program, runJson, type Program } from "../process/program.ts";
import { KilledRun } from "./killed-run.ts";

let run: KilledRun;
afterEach(() => run.remove());
afterAll(endPrograms);

async function effectsReach(count: number, owner: Program): Promise<void> {
  while (run.effects().length < count) {
    const left = await Promise.race([owner.left, sleep(10)]);
    if (left) throw new Error(`left with ${left.exitCode}:\n${left.stderr}`);
  }
}

const keysOf = (): string[] => run.effects().map((effect) => effect.key);

describe("an owner that is frozen", () => {
  beforeEach(() => {
    run = new KilledRun("unhurried");
  });

  test("is not replaced, and goes on when it is woken", async () => {
    const owner = run.begin();
    await effectsReach(6, owner);
    owner.signal("SIGSTOP");
    // As if it had been frozen inside a commit: nobody can write to the store now.
    const database = new DatabaseSync(join(run.data, "workgraph.db"), { timeout: 0 });
    try {
      database.exec("BEGIN IMMEDIATE");
    } catch {
      // It was.
    }
    const options = { cwd: run.dir, env: { LEDGER: run.ledger } };
    const shown = await runJson(["show", "latest", "--data", run.data], options);
    expect(shown.document).toMatchObject({ status: "running" });
    const refused = await runJson(["resume", "latest", "--data", run.data], options);
    expect(refused.document).toMatchObject({
      error: {
        code: "WG5006",
        message: expect.stringContaining(`pid ${owner.pid}`) as unknown,
        details: { pid: owner.pid },
      },
    });
    expect(refused.exitCode).toBe(7);
    database.close();
    owner.signal("SIGCONT");
    const left = await owner.left;
    expect([left.exitCode, left.stdout]).toEqual([0, "1770\n"]);
    expect(new Set(keysOf()).size).toBe(keysOf().length);
  });

  test("is replaced once it is killed in its sleep", async () => {
    const owner = run.begin();
    await effectsReach(6, owner);
    owner.signal("SIGSTOP");
    owner.signal("SIGKILL");
    await owner.left;
    const resumed = await program(["resume", "latest", "--data", run.data], {
      cwd: run.dir,
      env: { LEDGER: run.ledger },
    });
    expect([resumed.exitCode, resumed.stdout]).toEqual([0, "1770\n"]);
    // No lock of the dead is left lying about.
    expect(readdirSync(join(run.data, "owners"))).toEqual([]);
  });
});

test("two resumes at once: one goes on, the other is refused", async () => {
  run = new KilledRun("unhurried");
  await run.killAfter(150);
  const options = { cwd: run.dir, env: { LEDGER: run.ledger } };
  const words = ["resume", "latest", "--data", run.data];
  const both = await Promise.all([runJson(words, options), runJson(words, options)]);
  const codes = both.map((one) => one.exitCode ?? -1).toSorted((a, b) => a - b);
  const documents = JSON.stringify(both.map((one) => one.document));
  expect(codes, documents).toEqual([0, 7]);
  expect(documents).toContain("WG5006");
  expect(documents).toContain('"output":1770');
  await run.look();
  expect(run.sights.at(-1)).toMatchObject({ twice: [] });
});

describe("a run whose item ends every process that runs it", () => {
  beforeEach(() => {
    run = new KilledRun("deadly");
  });

  test("stops after three, names the item, and runs on when somebody asks for it", async () => {
    const options = { cwd: run.dir, env: { LEDGER: run.ledger, DEADLY: "1" } };
    const words = ["resume", "latest", "--data", run.data];
    // It kills itself long before the minute is over.
    for (let death = 0; death < 3; death++) await run.killAfter(60_000, { DEADLY: "1" });
    expect(run.kills).toBe(3);
    const effects = run.effects().length;

    const stopped = await runJson(words, options);
    expect(stopped.exitCode).toBe(1);
    const { runId } = stopped.document as { runId: string };
    expect(stopped.document).toMatchObject({
      status: "failed",
      error: {
        code: "WG2014",
        kind: "owner-lost",
        message: expect.stringContaining(`"fragile" ${runId}.2.7`) as unknown,
      },
    });
    expect(run.effects(), "nothing was executed to find that out").toHaveLength(effects);
    const failed = await runJson(["items", "latest", "--status", "failed", "--data", run.data], options);
    expect(failed.document.items).toMatchObject([{ address: `${runId}.2.7`, attempts: 3 }]);

    const calm = { cwd: run.dir, env: { LEDGER: run.ledger } };
    const resumed = await runJson(words, calm);
    expect(resumed.document).toMatchObject({ status: "completed", output: 45 });
    expect(resumed.exitCode).toBe(0);
    await run.look();
    const at = run.effects().map((effect) => effect.key);
    for (const key of run.sights[2]!.recorded.keys()) {
      expect(at.slice(run.sights[2]!.effects), "recorded before").not.toContain(key);
    }
  });
});
