import { afterEach, expect, test } from "vitest";
import { systemClock } from "../base/clock.ts";
import { node } from "../define/node.ts";
import { workflow } from "../define/workflow.ts";
import { LocalEngine } from "../engines/local/local-engine.ts";
import { decode, encode } from "../model/codec.ts";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import type { Store } from "../store/store.ts";
import { RateLimiter } from "./rate-limit.ts";
import { startRun } from "./start.ts";

let store: Store | undefined;
afterEach(async () => {
  await store?.close();
  store = undefined;
});

async function run(definition: { readonly definition: Parameters<typeof startRun>[0] }, input: unknown) {
  store = openMemoryStore({});
  const clock = systemClock;
  const started = await startRun(
    definition.definition,
    { version: "unversioned", input: encode(input) },
    { store, engine: new LocalEngine({ clock }), clock, limiter: new RateLimiter(clock) },
  );
  if (!started.created) throw new Error("not created");
  const end = await started.run.ended;
  return {
    ...end,
    value: end.output === undefined ? undefined : decode(end.output),
    events: await store.events(started.run.runId, {}),
  };
}

test("the first item begins when its start is recorded, so that one that ends its process at once is known", async () => {
  let recorded: readonly string[] = [];
  const memory = openMemoryStore({});
  store = new Proxy(memory, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== "function") return member;
      return (...given: unknown[]): unknown => {
        const done: unknown = Reflect.apply(member, target, given);
        if (key !== "append") return done;
        const [{ events }] = given as [Parameters<Store["append"]>[0]];
        return (done as Promise<void>).then(
          () => void (recorded = [...recorded, ...events.map(({ event }) => event.type)]),
        );
      };
    },
  });
  let atFirst: readonly string[] | undefined;
  const ends = node({ id: "ends" }, async () => void (atFirst = recorded));
  const clock = systemClock;
  const started = await startRun(
    workflow({ name: "main" }, () => ends({})).definition,
    { version: "unversioned", input: encode({}) },
    { store, engine: new LocalEngine({ clock }), clock, limiter: new RateLimiter(clock) },
  );
  if (!started.created) throw new Error("not created");
  await started.run.ended;
  expect(atFirst).toEqual(["run.started", "call.created", "items.started"]);
});

const fetchUrls = node({ id: "fetch_urls", out: "many" }, async ({ query }: { query: string }) => [
  `${query}0`,
  `${query}1`,
  `${query}2`,
]);
const up = node({ id: "up" }, async ({ x }: { x: string }) => x.toUpperCase());
const join = node(
  { id: "join", gather: ["xs"] },
  async ({ xs, t }: { xs: string[]; t: string }) => `${t}:${xs.join(",")}`,
);

test("a list fans out item by item and gathers into one", async () => {
  const flow = workflow({ name: "flow" }, ({ query }: { query: string }) =>
    join({ xs: up({ x: fetchUrls({ query }) }), t: query }),
  );
  const end = await run(flow, { query: "q" });
  expect(end.error).toBeUndefined();
  expect(end.value).toBe("q:Q0,Q1,Q2");
  expect(end.status).toBe("completed");
});

test("awaited values branch and loop", async () => {
  const flow = workflow({ name: "loop" }, async ({ n }: { n: number }) => {
    let text = "a";
    for (let i = 0; i < n; i++) text = await up({ x: `${text}b` });
    return text;
  });
  expect((await run(flow, { n: 3 })).value).toBe("ABBB".replace("ABBB", "ABBB"));
});
