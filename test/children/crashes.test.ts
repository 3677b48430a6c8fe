/**
 * A parent with child runs, cut off before each of its writes and those of its children, and gone on with.
 *
 * R1. What is looked at is the store alone: how many runs there are, what each recorded, and what ran again after it was recorded.
 * R2. A write that does not reach the store is the death of the process: everybody's later writes are refused too.
 *
 * `WORKGRAPH_SEEDS=500` cuts off that many programs twice each, at seeded places; the exhaustive test stays as it is.
 */
import { expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { node, runSubgraph, workflow } from "../../src/index.ts";
import type { Append, Store } from "../../src/store/store.ts";
import { seedsFrom } from "../semantics/property.ts";
import { memoryStore, releaseAll, resume, start, type Ended, type Flow } from "../authoring/flow.ts";

class Cut extends Error {}

/** R2. Refuses write number `at` and all that follow; counts them otherwise. */
function cutting(store: Store, at: number): { readonly store: Store; readonly writes: () => number } {
  let writes = 0;
  let dead = false;
  const gate = async <T>(write: () => Promise<T>): Promise<T> => {
    dead ||= ++writes >= at;
    if (dead) throw new Cut("the process is gone");
    return write();
  };
  const proxy = new Proxy(store, {
    get(target, key) {
      if (key === "append") return (append: Append) => gate(() => target.append(append));
      if (key === "createRun") return (run: Parameters<Store["createRun"]>[0]) => gate(() => target.createRun(run));
      if (key === "release")
        return (run: string, epoch: number) => (dead ? Promise.resolve() : target.release(run, epoch));
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
  return { store: proxy, writes: () => writes };
}

interface Executed {
  readonly key: string;
  readonly life: number;
}

/** A parent over two children, each with two nodes of its own; what runs is noted by the path of runs that leads to it. */
class Family {
  readonly executed: Executed[] = [];
  life = 0;
  readonly parent: Flow;

  constructor(shape: { readonly fails: (attempt: number) => boolean; readonly children: number }) {
    const note = (key: string): void => void this.executed.push({ key, life: this.life });
    const first = node({ id: "first" }, async ({ name }: { name: string }, ctx) => {
      note(ctx.idempotencyKey);
      return `${name}1`;
    });
    const second = node({ id: "second" }, async ({ name }: { name: string }, ctx) => {
      note(ctx.idempotencyKey);
      if (shape.fails(ctx.attempt)) throw new Error("the first time");
      return `${name}2`;
    });
    const names = node({ id: "names", out: "many" }, async (_: { n: number }, ctx) => {
      note(ctx.idempotencyKey);
      return Array.from({ length: shape.children }, (_, i) => `c${i}`);
    });
    const join = node({ id: "join", gather: ["parts"] }, async ({ parts }: { parts: string[] }, ctx) => {
      note(ctx.idempotencyKey);
      return parts.join(" ");
    });
    const child = workflow({ name: "child" }, async ({ name }: { name: string }) =>
      second({ name: await first({ name }) }),
    );
    this.parent = workflow({ name: "parent" }, () => {
      const parts = runSubgraph({ workflow: child, id: "each", input: { name: names({ n: shape.children }) } });
      return join({ parts });
    });
  }
}

/** One life: begins or goes on, until the end or the cut. */
async function live(family: Family, store: Store, runId: string | undefined): Promise<Ended | undefined> {
  family.life++;
  try {
    const started =
      runId === undefined ? await start(family.parent, {}, { store }) : await resume(family.parent, { runId, store });
    return await started.end();
  } catch (error) {
    if (error instanceof Cut) return undefined;
    throw error;
  }
}

async function rootOf(store: Store): Promise<string | undefined> {
  return (await store.runs({ level: "root" })).runs[0]?.runId;
}

/** Items that a log has an outcome of, as `RUN.CALL.ITEM`, the form of idempotency keys. */
async function recorded(store: Store): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>();
  for (const { runId } of (await store.runs({ limit: 1000 })).runs)
    for (const { event } of await store.events(runId, { limit: 10_000 }))
      if (event.type === "item.completed") {
        const key = `${runId}.${event.call}.${event.item}`;
        outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
      }
  return outcomes;
}

/** Lives until an end, cut off where `cuts` says; gives what is wrong. */
async function survive(family: Family, cuts: readonly number[], runs: number): Promise<string[]> {
  const store = memoryStore();
  const wrong: string[] = [];
  let done = new Map<string, number>();
  let end: Ended | undefined;
  for (let life = 0; !end || end.status === "failed"; life++) {
    if (life > cuts.length + 3) return ["it does not come to an end"];
    const seen = family.executed.length;
    end = await live(family, cutting(store, cuts[life] ?? Infinity).store, await rootOf(store));
    for (const { key } of family.executed.slice(seen))
      if (done.has(key)) wrong.push(`executed again after it was recorded: ${key}`);
    store.flushSync();
    await releaseAll(store);
    done = await recorded(store);
  }
  if (end.status !== "completed") wrong.push(`ended as ${end.status}`);
  if (end.value !== Array.from({ length: runs - 1 }, (_, i) => `c${i}12`).join(" "))
    wrong.push(`gave ${String(end.value)}`);
  for (const [key, times] of done) if (times > 1) wrong.push(`recorded ${times} times: ${key}`);
  const { runs: rows } = await store.runs({ root: end.runId, limit: 1000 });
  if (rows.length !== runs) wrong.push(`${rows.length} runs in place of ${runs}`);
  const { total } = await store.runs({});
  if (total !== rows.length) wrong.push(`${total - rows.length} runs that belong to no parent`);
  for (const row of rows) if (row.status !== "completed") wrong.push(`${row.workflow} ${row.runId} is ${row.status}`);
  return wrong;
}

const NEVER = (): boolean => false;

async function writesOf(shape: ConstructorParameters<typeof Family>[0]): Promise<number> {
  const family = new Family(shape);
  const counted = cutting(memoryStore(), Infinity);
  await live(family, counted.store, undefined);
  return counted.writes();
}

test("a parent with two children, cut off before every single write, makes each child once and executes nothing recorded again", async () => {
  const shape = { fails: NEVER, children: 2 };
  const writes = await writesOf(shape);
  expect(writes).toBeGreaterThan(12);
  for (let at = 1; at <= writes; at++)
    expect(await survive(new Family(shape), [at], 3), `cut at write ${at}`).toEqual([]);
});

test("so it does when a child fails the first time and its parent is resumed", async () => {
  const shape = { fails: (attempt: number) => attempt === 1, children: 2 };
  const writes = await writesOf(shape);
  for (let at = 1; at <= writes; at++) {
    const wrong = await survive(new Family(shape), [at], 3);
    expect(wrong, `cut at write ${at}`).toEqual([]);
  }
});

test("and when it is cut off again and again, at seeded places", async () => {
  for (const seed of seedsFrom(90_000, 30)) {
    const random = seededRandom(`family ${seed}`);
    const shape = { fails: NEVER, children: 1 + Math.floor(random() * 5) };
    const cuts = Array.from({ length: 3 }, () => 1 + Math.floor(random() * 25));
    expect(await survive(new Family(shape), cuts, shape.children + 1), `seed ${seed}, cuts ${cuts.join()}`).toEqual([]);
  }
});

test("the check says no to a child that is made twice, and to one that runs again", async () => {
  const family = new Family({ fails: NEVER, children: 2 });
  const store = memoryStore();
  await live(family, store, undefined);
  await live(family, store, undefined);
  expect((await store.runs({})).total).toBe(6);
  const done = await recorded(store);
  expect(done.size).toBe(16);
  expect(family.executed.map(({ key }) => key).filter((key) => done.has(key))).toHaveLength(12);
});
