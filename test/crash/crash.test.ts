/**
 * Kill -9 at random moments of a run's life, resume, kill the resume too: nothing recorded is lost, changed or executed again.
 *
 * A few kills by default. `WORKGRAPH_KILLS=200 npx vitest run test/crash` kills 200 times per workflow;
 * `WORKGRAPH_SEED=...` chooses other moments.
 */
import { afterAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { endPrograms } from "../process/program.ts";
import type { Reference } from "./audit.ts";
import { KilledRun, type WorkflowUnderTest } from "./killed-run.ts";

const KILLS = Number(process.env.WORKGRAPH_KILLS ?? 4);
const SEED = process.env.WORKGRAPH_SEED ?? "crash";
/** At most this many processes of one run are killed. */
const MAX_KILLS_PER_RUN = 3;

const WORKFLOWS: readonly WorkflowUnderTest[] = [
  { name: "fanOut", atOnce: 3 * 6 },
  { name: "looping", atOnce: 8 },
  { name: "shapes", atOnce: 1 + 3 * 5 },
];

afterAll(endPrograms);

describe.each(WORKFLOWS)("$name, killed", ({ name, atOnce }) => {
  test(`${KILLS} times, keeps what was recorded`, { timeout: 60_000 + KILLS * 15_000 }, async () => {
    const random = seededRandom(`${SEED} ${name}`);
    const { reference, durationMs } = await unkilled(name);
    const deciles = Array<number>(10).fill(0);
    for (let kills = 0, trial = 0; kills < KILLS && trial < 4 * KILLS; trial++) {
      const run = new KilledRun(name);
      const planned = Math.min(KILLS - kills, 1 + Math.floor(random() * MAX_KILLS_PER_RUN));
      for (let k = 0; k < planned; k++) {
        const part = random();
        const before = run.kills;
        // Later processes have less left to do.
        if ((await run.killAfter((part * durationMs) / (k + 1))) !== undefined) break;
        if (run.kills > before) deciles[Math.floor(part * 10)]!++;
      }
      const left = await run.finish();
      const said = `seed "${SEED}", trial ${trial}, kept in ${run.dir}\n${left.stderr.slice(-2000)}`;
      expect(run.faults(left, { reference, atOnce }), said).toEqual([]);
      expect(left.exitCode, said).toBe(0);
      kills += run.kills;
      run.remove();
    }
    expect(deciles.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(KILLS);
    if (KILLS >= 100) process.stdout.write(`${name}: kills by tenths of the run ${deciles.join(" ")}\n`);
  });
});

/** The same workflow left alone: what it records, what comes out, and how long it takes on this machine now. */
async function unkilled(name: string): Promise<{ readonly reference: Reference; readonly durationMs: number }> {
  const run = new KilledRun(name);
  const left = await run.finish();
  expect(left.exitCode, left.stderr).toBe(0);
  const reference = { recorded: run.recorded, output: left.stdout };
  expect(run.faults(left, { reference, atOnce: 0 })).toEqual([]);
  run.remove();
  return { reference, durationMs: run.durationMs };
}
