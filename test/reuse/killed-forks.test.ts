/**
 * A fork whose process is killed, and whoever goes on with it: together they execute the cone of the edit, and nothing again that
 * was recorded.
 *
 * `REUSE_KILLS=40 npx vitest run test/reuse/killed-forks.test.ts` kills one fork that often (2 in an ordinary run).
 */
import { afterAll, expect, test, vi } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import { Place } from "../process/place.ts";
import { endPrograms } from "../process/program.ts";

const KILLS = Number(process.env["REUSE_KILLS"] ?? 2);
const ITEMS = 40 + KILLS * 6;
/** Items of a node in flight: what they were doing when the process died, may execute again. */
const CONCURRENCY = 4;
vi.setConfig({ testTimeout: 30_000 + KILLS * 10_000 });

const place = new Place();
afterAll(async () => {
  await endPrograms();
  place.remove();
});

const FLOW = `import { appendFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { node, runSubgraph, workflow } from "agentic-workgraph";
const note = (text: string): void => appendFileSync(process.env.LEDGER!, text + "\\n");
const keep = node({ id: "keep", concurrency: ${CONCURRENCY} }, async ({ x }: { x: number }) => { note("keep " + x); return x; });
const half = node({ id: "half", concurrency: ${CONCURRENCY} }, async ({ x }: { x: number }) => {
  note("half " + x);
  await wait(process.env.SLOW ? 8 : 0);
  return Math.floor(x / 2) + 0;
});
const next = node({ id: "next", concurrency: ${CONCURRENCY} }, async ({ x }: { x: number }) => { note("next " + x); return x + 1; });
const inner = workflow({ name: "inner", out: "many" }, ({ xs }: { xs: number[] }) => next({ x: half({ x: keep({ x: xs }) }) }));
export const flow = workflow({ name: "flow" }, ({ xs }: { xs: number[] }) => runSubgraph({ workflow: inner, input: { xs } }));
`.replace('name: "inner", out: "many"', 'name: "inner", out: "many", gather: ["xs"]');

/** What all runs that were made from others recorded as executed, and what they recorded more than once. */
async function recorded(): Promise<{ readonly items: number; readonly twice: number }> {
  const store = await openSqliteStore({ dir: `${place.dir}/.workgraph`, readOnly: true });
  try {
    const { runs } = await store.runs({ limit: 100 });
    const seen: string[] = [];
    for (const { runId, origin } of runs)
      if (origin !== undefined)
        for (const { event } of await store.events(runId, { limit: 100_000, values: "none" }))
          if (event.type === "item.completed") seen.push(`${runId}.${event.call}.${event.item}`);
    return { items: new Set(seen).size, twice: seen.length - new Set(seen).size };
  } finally {
    await store.close();
  }
}

test("a fork that is killed again and again executes the cone of the edit, and nothing that it recorded", async () => {
  const random = seededRandom(`kills ${process.env["REUSE_SEED"] ?? 1}`);
  const xs = Array.from({ length: ITEMS }, (_, i) => i);
  place.write("flow.ts", FLOW);
  const first = await place.json(["run", "flow.ts#flow", JSON.stringify({ xs })]);
  expect(first.document).toMatchObject({ status: "completed" });
  const begun = place.lines().length;
  // For every eighth of them another value: the others come out equal, and go no further.
  place.write("flow.ts", FLOW.replace("+ 0;", "+ (x % 8 === 0 ? 1000 : 0);"));
  const expected = [
    ...xs.map((x) => `half ${x}`),
    ...xs.filter((x) => x % 8 === 0).map((x) => `next ${Math.floor(x / 2) + 1000}`),
  ];

  let words = ["fork", first.document["runId"] as string];
  let killed = 0;
  for (let done = 0; killed < KILLS; killed++) {
    const program = place.start(words, { SLOW: "1" });
    done = place.lines().length + 2 + Math.floor(random() * 8);
    await place.linesReach(done, program).catch(() => undefined);
    program.signal("SIGKILL");
    if ((await program.left).signal !== "SIGKILL") break;
    words = ["resume", "latest"];
  }
  expect(killed).toBe(KILLS);
  const { document } = await place.json(words);
  expect(document).toMatchObject({
    status: "completed",
    output: xs.map((x) => Math.floor(x / 2) + (x % 8 === 0 ? 1001 : 1)),
  });

  const executed = place.lines().slice(begun);
  expect([...new Set(executed)].toSorted()).toEqual(expected.toSorted());
  expect(executed.length - expected.length).toBeLessThanOrEqual(killed * CONCURRENCY * 2);
  // The call of the child run, and three nodes over all items.
  expect(await recorded()).toEqual({ items: 1 + 3 * ITEMS, twice: 0 });
});
