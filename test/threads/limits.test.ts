/** Pools and rate limits that several processes of one store share: real processes, counted by what they write. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Place } from "../process/place.ts";
import { endPrograms } from "../process/program.ts";

const FLOW = `
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { node, workflow } from "agentic-workgraph";
const say = (what: string) => appendFileSync(process.env.LEDGER!, what + " " + process.pid + " " + Date.now() + "\\n");
const numbers = node({ id: "numbers", out: "many" }, ({ count }: { count: number }) => Array.from({ length: count }, (_, i) => i));
const gpu = node({ id: "gpu", pool: "gpu" }, async ({ n }: { n: number }) => {
  say("begin");
  await sleep(30);
  say("end");
  return n;
});
const asked = node({ id: "asked", rateLimit: { limit: 3, per: "600ms" } }, ({ n }: { n: number }) => { say("begin"); return n; });
const other = node({ id: "other", pool: "gpuu" }, ({ n }: { n: number }) => n);
export const pooled = workflow({ name: "pooled" }, ({ count }: { count: number }) => gpu({ n: numbers({ count }) }));
export const rated = workflow({ name: "rated" }, ({ count }: { count: number }) => asked({ n: numbers({ count }) }));
export const typo = workflow({ name: "typo" }, () => other({ n: 1 }));
`;

let place: Place;
beforeEach(() => {
  place = new Place();
  place.write("flow.ts", FLOW);
  place.write("workgraph.config.ts", "export default { pools: { gpu: { slots: 2 } } };\n");
});
afterEach(() => place.remove());
afterAll(endPrograms);

interface Line {
  readonly what: string;
  readonly pid: string;
  readonly at: number;
}

function lines(): readonly Line[] {
  return place.lines().map((line) => {
    const [what, pid, at] = line.split(" ");
    return { what: what!, pid: pid!, at: Number(at) };
  });
}

/** The most that were under way at once, in the order of the ledger. */
function mostAtOnce(all: readonly Line[]): number {
  let now = 0;
  let most = 0;
  for (const { what } of all) most = Math.max(most, (now += what === "begin" ? 1 : -1));
  return most;
}

test("attempts of two processes never use more of a pool than it has, and both come through", async () => {
  const two = [1, 2].map(() => place.run(["run", "flow.ts#pooled", "--count", "12"]));
  const left = await Promise.all(two);
  expect(left.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const all = lines();
  expect(all.length).toBe(48);
  expect(mostAtOnce(all)).toBe(2);
  expect(new Set(all.map(({ pid }) => pid)).size).toBe(2);
}, 60_000);

test("the count of what is under way sees a pool that nobody shares", async () => {
  place.write("workgraph.config.ts", "export default { pools: { gpu: { slots: 100 } } };\n");
  expect((await place.run(["run", "flow.ts#pooled", "--count", "12"])).exitCode).toBe(0);
  expect(mostAtOnce(lines())).toBeGreaterThan(2);
}, 60_000);

test("two processes together start no more than the rate allows in any window", async () => {
  const two = [1, 2].map(() => place.run(["run", "flow.ts#rated", "--count", "6"]));
  const left = await Promise.all(two);
  expect(left.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
  const times = lines()
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  expect(times.length).toBe(12);
  // A start is told by the node a moment after it was allowed: 100 ms are left to a busy machine.
  for (let i = 3; i < times.length; i++) expect(times[i]! - times[i - 3]!).toBeGreaterThanOrEqual(500);
}, 60_000);

test("a pool that the project does not have fails the item and names the nearest one", async () => {
  const left = await place.run(["run", "flow.ts#typo"]);
  expect(left.exitCode).toBe(1);
  expect(left.stderr).toContain('waits for the pool "gpuu", which the project does not have');
}, 60_000);
