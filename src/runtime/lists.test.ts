/** Spaces of plain arrays, and lineage through await. */
import { describe, expect, test } from "vitest";
import { node, workflow, WorkgraphError } from "../index.ts";
import { crash, ofType, resume, run } from "../../test/authoring/flow.ts";

interface Page {
  readonly url: string;
}

const pages = node({ id: "pages", out: "many" }, async ({ n }: { n: number }): Promise<Page[]> =>
  Array.from({ length: n }, (_, i) => ({ url: `u${i}` })),
);
const title = node({ id: "title" }, async ({ page }: { page: Page }) => `title of ${page.url}`);
const join = node({ id: "join" }, async ({ a, b }: { a: Page; b: string }) => `${a.url}/${b}`);
const numbers = node({ id: "numbers", out: "many" }, async ({ n }: { n: number }) =>
  Array.from({ length: n }, (_, i) => i),
);
const plus = node({ id: "plus" }, async ({ a, b }: { a: number; b: number }) => a + b);
const all = node({ id: "all", gather: ["xs"], out: "one" }, async ({ xs }: { xs: number[] }) => xs);

const callsOf = (events: Parameters<typeof ofType>[0], name: string) =>
  ofType(events, "call.created").filter((call) => call.node === name);

describe("an awaited array", () => {
  test("passed on unmodified keeps the space of its handle, and aligns with what came from it", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      const handle = pages({ n: 3 });
      const titles = title({ page: handle });
      return join({ a: await handle, b: titles });
    });
    const end = await run(flow);
    expect(end.value).toEqual(["u0/title of u0", "u1/title of u1", "u2/title of u2"]);
    const [call] = callsOf(end.events, "join");
    expect(call?.space).toEqual([1]);
    expect(call?.inputs["a"]).toEqual({ from: "call", call: 1, port: 0, how: "item" });
  });

  test("that was changed is a list of its own, with an edge that says so", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      const list = await pages({ n: 2 });
      list.push({ url: "mine" });
      return title({ page: list });
    });
    const end = await run(flow);
    expect(end.value).toEqual(["title of u0", "title of u1", "title of mine"]);
    const [call] = callsOf(end.events, "title");
    expect(call?.space).toEqual([-1]);
    expect(call?.edges).toEqual([
      expect.objectContaining({ from: 1, param: "page", modified: true, items: [[0, 1]], elements: [[0, 1]] }),
    ]);
  });

  test("of which a member was changed is a list of its own too", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      const list = await pages({ n: 2 });
      (list[1] as { url: string }).url = "changed";
      return title({ page: list });
    });
    const end = await run(flow);
    expect(end.value).toEqual(["title of u0", "title of changed"]);
    expect(callsOf(end.events, "title")[0]?.space).toEqual([-1]);
  });
});

describe("a derived array", () => {
  test.each<[string, (list: Page[]) => Page[], [number, number][]]>([
    [
      "filter",
      (list) => list.filter(({ url }) => url !== "u1"),
      [
        [0, 0],
        [2, 2],
      ],
    ],
    ["slice", (list) => list.slice(1), [[1, 2]]],
    [
      "toSorted",
      (list) => list.toSorted((a, b) => (a.url < b.url ? 1 : -1)),
      [
        [2, 2],
        [1, 1],
        [0, 0],
      ],
    ],
    ["a spread", (list) => [...list], [[0, 2]]],
  ])("made by %s is a new space whose objects keep solid edges to their items", async (_name, derive, items) => {
    const flow = workflow({ name: "flow" }, async () => title({ page: derive(await pages({ n: 3 })) }));
    const [call] = callsOf((await run(flow)).events, "title");
    expect(call?.space).toEqual([-1]);
    expect(call?.edges).toMatchObject([
      { from: 1, kind: "solid", param: "page", items, elements: [[0, expect.any(Number)]] },
    ]);
  });

  test("of primitives has lost its lineage: what is left is the segment", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      const urls = (await pages({ n: 2 })).map(({ url }) => url);
      const up = node3;
      return up({ url: urls });
    });
    const node3 = node({ id: "up" }, async ({ url }: { url: string }) => url.toUpperCase());
    const end = await run(flow);
    expect(end.value).toEqual(["U0", "U1"]);
    expect(callsOf(end.events, "up")[0]?.edges).toEqual([{ from: 1, kind: "dashed" }]);
  });

  test("does not align with the list it was derived from (WG1001)", async () => {
    const flow = workflow({ name: "flow" }, async () => {
      const handle = pages({ n: 2 });
      const titles = title({ page: handle });
      return join({ a: (await handle).slice(0), b: titles });
    });
    const end = await run(flow);
    expect(end.error?.code).toBe("WG1001");
    expect(callsOf(end.events, "join")).toEqual([]);
  });
});

describe("a plain array", () => {
  test("aligns with itself: the same object in one call and in two", async () => {
    const list = [1, 2, 3];
    const flow = workflow({ name: "flow" }, () => {
      const twice = plus({ a: list, b: list });
      return plus({ a: twice, b: list });
    });
    const end = await run(flow);
    expect(end.value).toEqual([3, 6, 9]);
    expect(ofType(end.events, "list.recorded").map(({ list: no, size }) => [no, size])).toEqual([[-1, 3]]);
  });

  test("does not align with an equal one, never by position (WG1001 names both and the ways out)", async () => {
    const flow = workflow({ name: "flow" }, () => plus({ a: [1, 2], b: [1, 2] }));
    const { error } = await run(flow);
    expect(error?.code).toBe("WG1001");
    for (const part of ['node "plus"', '"a"', '"b"']) expect(error?.message).toContain(part);
  });

  test("that was changed between two calls is another list", async () => {
    const flow = workflow({ name: "flow" }, () => {
      const list = [1];
      const before = plus({ a: list, b: 0 });
      list.push(2);
      return [before, plus({ a: list, b: 0 })];
    });
    expect((await run(flow)).value).toEqual([[1], [1, 2]]);
  });

  test("of nothing runs nothing, and gathers to one run with []", async () => {
    const flow = workflow({ name: "flow" }, () => all({ xs: plus({ a: [], b: 1 }) }));
    const end = await run(flow);
    expect([end.value, end.status]).toEqual([[], "completed"]);
    expect(ofType(end.events, "call.closed").map(({ call, status }) => [call, status])).toEqual([
      [1, "empty"],
      [2, "completed"],
    ]);
  });

  test("with an element that cannot be recorded is refused at the call, with its place (WG1007)", async () => {
    const flow = workflow({ name: "flow" }, () => plus({ a: [1, (() => 1) as never], b: 1 }));
    const { error } = await run(flow);
    expect(error?.code).toBe("WG1007");
    expect(error?.message).toContain("$[1]");
  });

  test("is the same list after a crash", async () => {
    const flow = () =>
      workflow({ name: "flow" }, () => {
        const list = [1, 2, 3];
        return plus({ a: plus({ a: list, b: 1 }), b: list });
      });
    const at = await crash(flow(), {}, ({ events }) =>
      events.some(({ event }) => event.type === "item.completed" && event.call === 2),
    );
    expect((await (await resume(flow(), at)).end()).value).toEqual([3, 5, 7]);
  });
});

describe("an array of handles", () => {
  test("is their concatenation in array order, with values between them, in a space of its own", async () => {
    const flow = workflow({ name: "flow" }, () => {
      const a = numbers({ n: 2 });
      const one = plus({ a: 40, b: 2 });
      return plus({ a: [one, 7, a], b: 0 });
    });
    const end = await run(flow);
    expect(end.value).toEqual([42, 7, 0, 1]);
    expect(callsOf(end.events, "plus")[1]?.space).toEqual([3]);
  });

  test("collected in a loop is gathered in order", async () => {
    const flow = workflow({ name: "flow" }, () => {
      const results = [];
      for (let i = 0; i < 4; i++) results.push(plus({ a: i, b: i }));
      return all({ xs: results });
    });
    expect((await run(flow)).value).toEqual([0, 2, 4, 6]);
  });

  test("aligns with itself, the same object", async () => {
    const flow = workflow({ name: "flow" }, () => {
      const list = [numbers({ n: 2 }), 5];
      return plus({ a: list, b: plus({ a: list, b: 1 }) });
    });
    expect((await run(flow)).value).toEqual([1, 3, 11]);
  });
});

describe("what plain JavaScript leaves undeclared", () => {
  const untyped = (id: string, fn: (input: never) => unknown): ((args?: object) => PromiseLike<unknown>) =>
    node({ id } as never, (async (input: never) => fn(input)) as never) as never;

  test("an array on an undeclared parameter maps, and the call is marked", async () => {
    const double = untyped("double", ({ x }: { x: number }) => x * 2);
    const end = await run(workflow({ name: "flow" }, () => double({ x: [1, 2] })));
    expect(end.value).toEqual([2, 4]);
    expect(callsOf(end.events, "double")[0]?.undeclared).toContain("x");
  });

  test("an array result says what to declare (WG1009)", async () => {
    const open = untyped("open", () => [1, 2]);
    const end = await run(workflow({ name: "flow" }, () => open()));
    const [failed] = ofType(end.events, "item.failed");
    expect(failed?.error.code).toBe("WG1009");
    expect(failed?.error.message).toContain('"open" returned an array');
  });
});

test("misuse is thrown at the call, in the function, where it can be caught", async () => {
  let caught: unknown;
  const flow = workflow({ name: "flow" }, () => {
    try {
      return plus({ a: [1], b: [2] });
    } catch (error) {
      caught = error;
      return plus({ a: 1, b: 2 });
    }
  });
  expect((await run(flow)).value).toBe(3);
  expect(caught).toBeInstanceOf(WorkgraphError);
});
