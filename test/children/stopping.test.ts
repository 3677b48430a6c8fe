/** Cancelling, interrupting and losing a race, with child runs below. */
import { expect, test } from "vitest";
import { node, race, runSubgraph, workflow } from "../../src/index.ts";
import type { RunRow, Store } from "../../src/store/store.ts";
import { ofType, resume, start, type Started } from "../authoring/flow.ts";

/** Holds every attempt until it is let go; an aborted one ends with its signal. */
class Gate {
  #open = false;
  readonly #waiting: Array<() => void> = [];
  began = 0;

  async pass(signal: AbortSignal): Promise<void> {
    this.began++;
    if (this.#open) return;
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push(resolve);
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  }

  open(): void {
    this.#open = true;
    for (const go of this.#waiting.splice(0)) go();
  }

  async beganWith(count: number): Promise<void> {
    while (this.began < count) await new Promise((resolve) => setImmediate(resolve));
  }
}

function family() {
  const gate = new Gate();
  const hold = node({ id: "hold" }, async ({ name }: { name: string }, ctx) => {
    await gate.pass(ctx.signal);
    return name;
  });
  const low = workflow({ name: "low" }, ({ name }: { name: string }) => hold({ name }));
  const middle = workflow({ name: "middle" }, ({ name }: { name: string }) =>
    runSubgraph({ workflow: low, input: { name } }),
  );
  const top = workflow({ name: "top" }, () => runSubgraph({ workflow: middle, input: { name: ["a", "b"] } }));
  return { gate, middle, top };
}

async function rows(store: Store): Promise<ReadonlyMap<string, readonly RunRow["status"][]>> {
  const found = new Map<string, RunRow["status"][]>();
  for (const { workflow: name, status } of (await store.runs({ limit: 100 })).runs)
    found.set(name, [...(found.get(name) ?? []), status]);
  return found;
}

const all = (status: RunRow["status"]): ReadonlyMap<string, readonly RunRow["status"][]> =>
  new Map([
    ["low", [status, status]],
    ["middle", [status, status]],
    ["top", [status]],
  ]);

test("a cancel goes down to the last child; a resume goes on with the same runs", async () => {
  const { gate, top } = family();
  const started: Started = await start(top);
  await gate.beganWith(2);
  started.run.cancel("somebody");
  const ended = await started.end();
  expect(ended.status).toBe("cancelled");
  expect(new Map((await rows(ended.store)).entries())).toEqual(all("cancelled"));
  const [child] = (await ended.store.runs({ parent: ended.runId })).runs;
  const [last] = await ended.store.events(child!.runId, { after: child!.seq - 1 });
  expect(last!.event).toMatchObject({ type: "run.cancelled", by: `run:${ended.runId}` });
  gate.open();
  const again = await (await resume(top, ended)).end();
  expect([again.status, again.value]).toEqual(["completed", ["a", "b"]]);
  expect(new Map((await rows(ended.store)).entries())).toEqual(all("completed"));
});

test("an interrupt leaves every run as it is, to be gone on with", async () => {
  const { gate, top } = family();
  const started = await start(top);
  await gate.beganWith(2);
  await started.run.interrupt();
  expect(new Map((await rows(started.store)).entries())).toEqual(all("interrupted"));
  expect(ofType(await started.events(), "child.ended")).toEqual([]);
  gate.open();
  const again = await (await resume(top, { runId: started.run.runId, store: started.store })).end();
  expect([again.status, again.value]).toEqual(["completed", ["a", "b"]]);
  expect((await started.store.runs({})).total).toBe(5);
});

test("a child that loses a race is cancelled, and that is no failure", async () => {
  const { gate, middle } = family();
  const quick = node({ id: "quick" }, async () => {
    await gate.beganWith(1);
    return "too late";
  });
  const racing = workflow({ name: "racing" }, () =>
    race([runSubgraph({ workflow: middle, input: { name: "a" } }), quick()]),
  );
  const ended = await (await start(racing)).end();
  expect([ended.status, ended.value]).toEqual(["completed", "too late"]);
  expect((await rows(ended.store)).get("middle")).toEqual(["cancelled"]);
  expect((await rows(ended.store)).get("low")).toEqual(["cancelled"]);
});
