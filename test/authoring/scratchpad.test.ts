/** `ctx.scratchpad` on both stores. */
import { describe, expect, test } from "vitest";
import { node, workflow } from "../../src/index.ts";
import { crash, ofType, resume, run, stores } from "./flow.ts";

const list = node({ id: "list", out: "many" }, async ({ count }: { count: number }) =>
  Array.from({ length: count }, (_, i) => i),
);

describe.each(stores)("on the %s store", (_, open) => {
  test("what one node sets another gets, exactly, as a copy of its own", async () => {
    const write = node({ id: "write" }, async (_: object, { scratchpad }) => {
      const value = { at: new Date(5), tags: new Set(["a"]) };
      await scratchpad.set("k", value);
      value.tags.add("changed after");
      return 1;
    });
    const read = node({ id: "read", out: "one" }, async ({ after }: { after: number }, { scratchpad }) => [
      await scratchpad.get("k"),
      await scratchpad.get("none"),
      after,
    ]);
    const end = await run(
      workflow({ name: "flow" }, () => read({ after: write() })),
      {},
      { store: await open() },
    );
    expect(end.value).toEqual([{ at: new Date(5), tags: new Set(["a"]) }, undefined, 1]);
  });

  test("cas under 64 writers at once loses no write", async () => {
    const count = node({ id: "count", concurrency: 64 }, async (_: { x: number }, { scratchpad }) => {
      for (let tries = 1; ; tries++) {
        const before = await scratchpad.get<number>("n");
        if (await scratchpad.cas("n", before, (before ?? 0) + 1)) return tries;
      }
    });
    const total = node({ id: "total", gather: ["done"] }, async (_: { done: number[] }, { scratchpad }) =>
      scratchpad.get<number>("n"),
    );
    const end = await run(
      workflow({ name: "flow" }, () => total({ done: count({ x: list({ count: 64 }) }) })),
      {},
      { store: await open() },
    );
    expect(end.value).toBe(64);
  });

  test("cas answers whether it wrote, and undefined means nothing was set", async () => {
    const tries = node({ id: "tries", out: "one" }, async (_: object, { scratchpad: { cas, get } }) => [
      await cas("k", undefined, { n: 1 }),
      await cas("k", undefined, { n: 2 }),
      await cas("k", { n: 1 }, { n: 3 }),
      await get("k"),
    ]);
    expect(
      (
        await run(
          workflow({ name: "flow" }, () => tries()),
          {},
          { store: await open() },
        )
      ).value,
    ).toEqual([true, false, true, { n: 3 }]);
  });

  test("survives a crash and a resume, and belongs to its run alone", async () => {
    const store = await open();
    const write = node({ id: "write" }, async ({ text }: { text: string }, { scratchpad }) => {
      await scratchpad.set("k", text);
      return text;
    });
    const read = node(
      { id: "read" },
      async ({ after }: { after: string }, { scratchpad }) => `${after} ${await scratchpad.get<string>("k")}`,
    );
    const flow = workflow({ name: "flow" }, ({ text }: { text: string }) => read({ after: write({ text }) }));
    const at = await crash(
      flow,
      { text: "kept" },
      ({ events }) => events.some(({ event }) => event.type === "items.started" && event.call === 2),
      { store },
    );
    expect((await run(flow, { text: "other" }, { store })).value).toBe("other other");
    expect((await (await resume(flow, at)).end()).value).toBe("kept kept");
  });

  test("a value that cannot be recorded is an error in the node that names the place", async () => {
    const write = node({ id: "write" }, async (_: object, { scratchpad }) => scratchpad.set("k", { f: () => 1 }));
    const end = await run(
      workflow({ name: "flow" }, () => write()),
      {},
      { store: await open() },
    );
    expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
      code: "WG1007",
      message: expect.stringContaining("$.f") as string,
    });
  });
});
