/**
 * Random programs: every edge that a run records, and every item that flowed into another, is what the taint oracle says; also
 * after a crash at a random event, and a resume.
 *
 * `WORKGRAPH_GRAPH_SEEDS=1000 vitest run test/graph` runs a thousand of them; `WORKGRAPH_GRAPH_SEED=17` runs one.
 */
import { expect, test } from "vitest";
import { differences } from "./compare.ts";
import { generateProgram } from "./generate.ts";
import { observedCalls } from "./observed.ts";
import { Oracle } from "./oracle.ts";
import { hash } from "./program.ts";
import { render } from "./render.ts";
import { run, runWithCrash } from "./run.ts";

const one = process.env["WORKGRAPH_GRAPH_SEED"];
const count = Number(process.env["WORKGRAPH_GRAPH_SEEDS"] ?? 40);
const SEEDS = one === undefined ? Array.from({ length: count }, (_, i) => i + 1) : [Number(one)];

test("the graph of a run is what flowed, before and after a crash", { timeout: 3_600_000 }, async () => {
  for (const seed of SEEDS) {
    const program = generateProgram(seed);
    const expected = Oracle.of(program);
    const whole = await run(program);
    const said = differences(expected, await observedCalls(whole));
    expect(said, `seed ${seed}\n${render(program)}`).toEqual([]);
    const crashed = await runWithCrash(program, whole, (hash(`crash ${seed}`) % 1000) / 1000);
    const after = differences(expected, await observedCalls(crashed));
    expect(after, `seed ${seed}, after a crash\n${render(program)}`).toEqual([]);
    await whole.store.close();
    await crashed.store.close();
  }
});
