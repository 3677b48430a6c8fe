import { describe, expect, test } from "vitest";
import { filter, merge, node, workflow, zip, type ItemsFailed } from "../index.ts";
import { crash, ofType, resume, run } from "../../test/authoring/flow.ts";

const list = node({ id: "list", out: "many" }, async ({ n }: { n: number }) =>
  Array.from({ length: n }, (_, i) => ({ i })),
);
const use = node({ id: "use" }, async ({ x }: { x: { i: number } | number }) => (typeof x === "number" ? x : x.i));
const two = node({ id: "two" }, async ({ a, b }: { a: object; b: number }) => [a, b].length);
const all = node({ id: "all", gather: ["xs"] }, async ({ xs }: { xs: { i: number }[] }) => xs.length);

/** `call: edges` for every call, an edge as `from -> param` when solid and `from ~>` when dashed. */
async function edgesOf(fn: () => unknown): Promise<readonly string[]> {
  const end = await run(workflow({ name: "flow" }, fn as () => never));
  expect(end.error).toBeUndefined();
  return ofType(end.events, "call.created").map(({ call, node: id, edges }) => {
    const shown = edges.map(({ from, kind, param, modified }) =>
      kind === "solid" ? `${from}${modified ? " modified" : ""} -> ${param}` : `${from} ~>`,
    );
    return `${call} ${id}: ${shown.join(", ") || "none"}`;
  });
}

describe("solid edges", () => {
  test("go from a handle to the parameter it was passed to, also by gather", async () => {
    expect(
      await edgesOf(() => {
        const xs = list({ n: 2 });
        return [use({ x: xs }), all({ xs })];
      }),
    ).toEqual(["1 list: none", "2 use: 1 -> x", "3 all: 1 -> xs"]);
  });

  test("go through combinators", async () => {
    expect(
      await edgesOf(() => {
        const xs = list({ n: 2 });
        const [a, b] = zip(xs, xs);
        return two({
          a: merge(
            filter(a, () => true),
            filter(a, () => false),
          ),
          b: use({ x: b }),
        });
      }),
    ).toEqual([
      "1 list: none",
      "2 zip: 1 -> 0, 1 -> 1",
      "3 filter: 2 -> items",
      "4 filter: 2 -> items",
      "5 merge: 3 -> 0, 4 -> 1",
      "6 use: 2 -> x",
      "7 two: 5 -> a, 6 -> b",
    ]);
  });

  test("go from an object that came out of an awaited handle, beside the dashed one of the segment", async () => {
    expect(
      await edgesOf(async () => {
        const [first] = await list({ n: 2 });
        await use({ x: first! });
      }),
    ).toEqual(["1 list: none", "2 use: 1 -> x"]);
  });

  test("go from what a result holds inside, and from what settled() and a rejection give", async () => {
    const plan = node({ id: "plan" }, async () => ({ parts: [{ i: 1 }, { i: 2 }], names: ["a"] }));
    const bad = node({ id: "bad" }, async ({ x }: { x: { i: number } }) => {
      if (x.i === 1) throw new Error("bad");
      return x;
    });
    expect(
      await edgesOf(async () => {
        const { parts, names } = await plan({});
        await use({ x: parts });
        await two({ a: { names }, b: 1 });
        const h = bad({ x: list({ n: 2 }) });
        const cells = await h.settled();
        await two({ a: { cells }, b: 2 });
        try {
          await h;
        } catch (error) {
          await two({ a: (error as ItemsFailed).failures[0]!, b: 3 });
        }
      }),
    ).toEqual([
      "1 plan: none",
      "2 use: 1 -> x",
      "3 two: 1 -> a, 2 ~>",
      "4 list: 3 ~>",
      "5 bad: 4 -> x, 3 ~>",
      "6 two: 5 -> a",
      "7 two: 5 -> a",
    ]);
  });

  test("say that an object was changed on the way", async () => {
    expect(
      await edgesOf(async () => {
        const [first, second] = await list({ n: 2 });
        first!.i = 7;
        await use({ x: first! });
        await use({ x: second! });
      }),
    ).toEqual(["1 list: none", "2 use: 1 modified -> x", "3 use: 1 -> x, 2 ~>"]);
  });

  test("go from an object deep inside another", async () => {
    expect(
      await edgesOf(async () => {
        const values = await list({ n: 1 });
        await use({ x: 1 });
        await two({ a: { kept: [values[0]!] }, b: 1 });
      }),
    ).toEqual(["1 list: none", "2 use: 1 ~>", "3 two: 1 -> a, 2 ~>"]);
  });

  test("are not guessed: an equal object proves nothing", async () => {
    expect(
      await edgesOf(async () => {
        const [first] = await list({ n: 1 });
        await use({ x: { ...first! } });
      }),
    ).toEqual(["1 list: none", "2 use: 1 ~>"]);
  });
});

describe("dashed edges", () => {
  test("come from the handle whose delivery opened the segment", async () => {
    expect(
      await edgesOf(async () => {
        const a = use({ x: 1 });
        const b = use({ x: 2 });
        if ((await a) === 1) use({ x: 3 });
        await b;
        use({ x: 4 });
      }),
    ).toEqual(["1 use: none", "2 use: none", "3 use: 1 ~>", "4 use: 2 ~>"]);
  });

  test("come from all that Promise.all waited for", async () => {
    expect(
      await edgesOf(async () => {
        await Promise.all([use({ x: 1 }), use({ x: 2 })]);
        use({ x: 3 });
      }),
    ).toEqual(["1 use: none", "2 use: none", "3 use: 1 ~>, 2 ~>"]);
  });

  test("come from all that Promise.race and Promise.any waited for, whoever won", async () => {
    expect(
      await edgesOf(async () => {
        const [a, b] = [use({ x: 1 }), use({ x: 2 })];
        await Promise.race([a, b]);
        use({ x: 3 });
        await Promise.any([a, b]);
        use({ x: 4 });
      }),
    ).toEqual(["1 use: none", "2 use: none", "3 use: 1 ~>, 2 ~>", "4 use: 1 ~>, 2 ~>"]);
  });

  test("come from what each of several helpers had waited for last", async () => {
    const twice = async (x: number): Promise<number> => use({ x: await use({ x }) });
    expect(
      await edgesOf(async () => {
        // A plain value among them settles at once.
        await Promise.all([twice(1), twice(2), Promise.resolve(3)]);
        use({ x: 5 });
      }),
    ).toEqual(["1 use: none", "2 use: none", "3 use: 1 ~>", "4 use: 2 ~>", "5 use: 3 ~>, 4 ~>"]);
  });

  test("come from the one that failed and from those it was awaited with", async () => {
    const bad = node({ id: "bad" }, async ({ x }: { x: number }): Promise<number> => {
      throw new Error(`bad ${x}`);
    });
    expect(
      await edgesOf(async () => {
        await Promise.all([use({ x: 1 }), bad({ x: 2 })]).catch(() => 0);
        use({ x: 3 });
      }),
    ).toEqual(["1 use: none", "2 bad: none", "3 use: 1 ~>, 2 ~>"]);
  });

  test("come from the list that a for await goes through", async () => {
    expect(
      await edgesOf(async () => {
        for await (const { i } of list({ n: 2 })) use({ x: i });
      }),
    ).toEqual(["1 list: none", "2 use: 1 ~>", "3 use: 1 ~>"]);
  });

  test("are missing, and the call is marked, after an await that the run does not see", async () => {
    const end = await run(
      workflow({ name: "flow" }, async () => {
        await use({ x: 1 });
        await new Promise((resolve) => setTimeout(resolve, 5));
        await use({ x: 2 });
      }),
    );
    const [, second] = ofType(end.events, "call.created");
    expect(second?.untracked).toBe(true);
    expect(second?.edges).toEqual([]);
  });
});

test("edges are those of the log after a crash, none is made twice", async () => {
  const flow = workflow({ name: "flow" }, async () => {
    const xs = list({ n: 3 });
    const [first] = await xs;
    return use({ x: first! });
  });
  const at = await crash(flow, {}, ({ events }) =>
    events.some(({ event }) => event.type === "item.completed" && event.call === 2),
  );
  const end = await (await resume(flow, at)).end();
  expect(end.value).toBe(0);
  expect(ofType(end.events, "call.created").map(({ call }) => call)).toEqual([1, 2]);
});
