/** Schedules of real servers, in real time: one run for each second, whoever serves. */
import { setTimeout } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import type { RunningServer } from "../../src/server/listen.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import { ask, Place } from "../server/place.ts";

const FLOW = `
import { node, workflow } from "agentic-workgraph";
const add = node({ id: "add" }, async ({ n }: { n: number }) => n + 1);
export const ticking = workflow(
  { name: "ticking", schedule: { cron: "* * * * * *", missed: "all", input: { n: 4 } } },
  ({ n }: { n: number }) => add({ n }),
);
export const wrong = workflow({ name: "wrong", schedule: "0 25 * * *", webhook: true }, ({ n }: { n: number }) => add({ n }));
`;

const place = new Place();
afterAll(() => place.remove());

async function fires({ store }: Workspace): Promise<readonly string[]> {
  const { runs } = await store.runs({ workflow: "ticking", limit: 1_000 });
  expect(runs.every(({ caller }) => caller.kind === "schedule")).toBe(true);
  return runs.map(({ caller }) => caller.id).toSorted();
}

async function until<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    await setTimeout(100);
  }
}

test("a cron of a second makes one run of each, across two servers and a restart", { timeout: 90_000 }, async () => {
  place.write("flow.workflow.ts", FLOW);
  const workspace = await place.workspace();
  const [one, two] = [await place.serve(workspace), await place.serve(await place.workspace())];
  await until(
    () => fires(workspace),
    (made) => made.length >= 3,
  );
  await Promise.all([one.close(5_000), two.close(5_000)]);
  await setTimeout(2_100);
  const three: RunningServer = await place.serve(await place.workspace());
  const before = (await fires(workspace)).length;
  const made = await until(
    () => fires(workspace),
    (now) => now.length >= before + 4,
  );
  const first = Date.parse(made[0]!);
  expect(made).toEqual(made.map((_, n) => new Date(first + n * 1_000).toISOString()));
  const { runs } = await until(
    () => workspace.store.runs({ workflow: "ticking", status: "completed", limit: 1 }),
    ({ total }) => total > 0,
  );
  expect((await ask(three, `/api/runs/${runs[0]!.runId}/output`)).body).toMatchObject({ output: 5 });

  const listed = await ask(three, "/api/triggers?next=2");
  expect(listed.body).toMatchObject({
    triggers: [
      { workflow: "ticking", schedule: { cron: "* * * * * *", missed: "all", input: { n: 4 }, last: {} } },
      { workflow: "wrong", webhook: { path: "/api/webhooks/wrong", secret: "none" } },
    ],
  });
  const [ticking, wrong] = listed.body["triggers"] as { readonly schedule?: { readonly next: readonly string[] } }[];
  expect(ticking?.schedule?.next).toHaveLength(2);
  expect(wrong).not.toHaveProperty("schedule");
  const { body } = await ask(three, "/api/workflows");
  expect(body["problems"]).toMatchObject([{ code: "WG6080", line: 8, exportName: "wrong" }]);
});
