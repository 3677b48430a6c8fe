/** What only threads can do, asked of real processes. */
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { Place } from "../process/place.ts";
import { endPrograms } from "../process/program.ts";

const FLOW = `
import { threadId } from "node:worker_threads";
import { node, workflow } from "agentic-workgraph";
const spins = node({ id: "spins", thread: true, timeout: 4000, retries: { max: 1, delay: 0 } }, (_: object, ctx) => {
  if (ctx.attempt === 1) for (;;);
  return { thread: threadId > 0, attempt: ctx.attempt };
});
const exits = node({ id: "exits", thread: true, retries: { max: 1, delay: 0 } }, async (_: object, ctx) => {
  if (ctx.attempt === 1) process.exit(3);
  return ctx.attempt;
});
const throws = node({ id: "throws", thread: true }, () => new Promise(() => void setTimeout(() => { throw new RangeError("by nobody"); })));
export const spin = workflow({ name: "spin" }, async () => [await spins({}), await exits({})]);
export const loose = workflow({ name: "loose" }, () => throws());
`;

let place: Place;
beforeEach(() => {
  place = new Place();
  place.write("flow.ts", FLOW);
});
afterEach(() => place.remove());
afterAll(endPrograms);

test("an endless loop is stopped by its timeout, and process.exit ends a thread: the next attempts get fresh ones", async () => {
  const { exitCode, stdout } = await place.run(["run", "flow.ts#spin"]);
  expect([exitCode, JSON.parse(stdout)]).toEqual([0, [{ thread: true, attempt: 2 }, 2]]);
}, 60_000);

test("an error that nobody caught fails its attempt, with its place in the author's file", async () => {
  const { exitCode, stderr } = await place.run(["run", "flow.ts#loose"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("by nobody");
  expect(stderr).toContain("flow.ts:12");
}, 60_000);
