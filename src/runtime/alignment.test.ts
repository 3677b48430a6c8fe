/** Rule 4: what aligns, and what is refused at the call. */
import { describe, expect, test } from "vitest";
import { cross, filter, merge, node, workflow, zip, zipBy } from "../index.ts";
import { ofType, run } from "../../test/authoring/flow.ts";

const books = node({ id: "books", out: "many" }, async ({ n }: { n: number }) =>
  Array.from({ length: n }, (_, i) => `b${i}`),
);
const chapters = node({ id: "chapters", out: "many" }, async ({ book }: { book: string }) => [
  `${book}.0`,
  `${book}.1`,
]);
const one = node({ id: "one" }, async ({ a }: { a: string }) => a);
const pair = node({ id: "pair" }, async ({ a, b }: { a: string; b: string }) => `${a}+${b}`);
const triple = node({ id: "triple" }, async ({ a, b, c }: { a: string; b: string; c: string }) => `${a}+${b}+${c}`);
const isEven = (text: string): boolean => Number(text[1]) % 2 === 0;
const isLow = (text: string): boolean => Number(text[1]) < 2;

const valueOf = async (fn: () => unknown): Promise<unknown> =>
  (await run(workflow({ name: "flow" }, fn as () => never))).value;

/** What the call is refused with; that nothing of it ran is part of it. */
async function refusal(fn: () => unknown) {
  const end = await run(workflow({ name: "flow" }, fn as () => never));
  const refused = ofType(end.events, "call.created").filter(({ node: id }) => id === "pair" || id === "triple");
  expect(refused).toEqual([]);
  return end.error;
}

describe("aligned", () => {
  test("are equal spaces, by path", async () => {
    expect(
      await valueOf(() => {
        const list = books({ n: 3 });
        return pair({ a: one({ a: list }), b: list });
      }),
    ).toEqual(["b0+b0", "b1+b1", "b2+b2"]);
  });

  test("is a parent with its children, at any depth", async () => {
    expect(
      await valueOf(() => {
        const list = books({ n: 2 });
        const deep = chapters({ book: chapters({ book: list }) });
        return pair({ a: list, b: deep });
      }),
    ).toEqual(["b0+b0.0.0", "b0+b0.0.1", "b0+b0.1.0", "b0+b0.1.1", "b1+b1.0.0", "b1+b1.0.1", "b1+b1.1.0", "b1+b1.1.1"]);
  });

  test("is a part with its list, on its own paths", async () => {
    expect(
      await valueOf(() => {
        const list = books({ n: 4 });
        return pair({ a: filter(list, isEven), b: list });
      }),
    ).toEqual(["b0+b0", "b2+b2"]);
  });

  test("is a part of a part with both, and a merge with what it joins", async () => {
    expect(
      await valueOf(() => {
        const list = books({ n: 4 });
        const even = filter(list, isEven);
        const both = filter(even, isLow);
        return triple({
          a: both,
          b: even,
          c: merge(
            even,
            filter(list, (text) => !isEven(text)),
          ),
        });
      }),
    ).toEqual(["b0+b0+b0"]);
  });

  test("is a filtered parent with children: those of the parents it kept", async () => {
    expect(
      await valueOf(() => {
        const list = books({ n: 3 });
        return pair({ a: filter(list, isEven), b: chapters({ book: list }) });
      }),
    ).toEqual(["b0+b0.0", "b0+b0.1", "b2+b2.0", "b2+b2.1"]);
  });

  test("are children of a part with that part, and with the whole list", async () => {
    expect(
      await valueOf(() => {
        const list = books({ n: 3 });
        const even = filter(list, isEven);
        return triple({ a: chapters({ book: even }), b: even, c: list });
      }),
    ).toEqual(["b0.0+b0+b0", "b0.1+b0+b0", "b2.0+b2+b2", "b2.1+b2+b2"]);
  });

  test("are the two sides of zip, zipBy and cross", async () => {
    expect(
      await valueOf(() => {
        const [a, b] = zip(books({ n: 2 }), ["x", "y"]);
        const [c, d] = zipBy(books({ n: 2 }), ["z1", "z0"], (text) => text[1] ?? "");
        const [e, f] = cross(books({ n: 2 }), ["x", "y"]);
        return [pair({ a, b }), pair({ a: c, b: d }), pair({ a: e, b: f })];
      }),
    ).toEqual([
      ["b0+x", "b1+y"],
      ["b0+z0", "b1+z1"],
      ["b0+x", "b0+y", "b1+x", "b1+y"],
    ]);
  });
});

describe("refused with WG1001, before anything runs,", () => {
  test("are unrelated lists of equal length, with both sources and the ways out", async () => {
    const error = await refusal(() => pair({ a: books({ n: 2 }), b: books({ n: 2 }) }));
    expect(error?.code).toBe("WG1001");
    for (const part of ['node "pair"', '"a" from the items of "books"', '"b" from the items of "books"']) {
      expect(error?.message).toContain(part);
    }
  });

  test("is a gathered list beside what it came from, mapped again", async () => {
    const error = await refusal(() => {
      const list = books({ n: 2 });
      const again = chapters({ book: "b0" });
      return pair({ a: list, b: again });
    });
    expect(error?.code).toBe("WG1001");
  });

  test("are siblings: children of one parent by two calls", async () => {
    const error = await refusal(() => {
      const list = books({ n: 2 });
      return pair({ a: chapters({ book: list }), b: chapters({ book: list }) });
    });
    expect(error?.code).toBe("WG1001");
  });

  test("are two different parts of one list", async () => {
    const error = await refusal(() => {
      const list = books({ n: 4 });
      return pair({ a: filter(list, isEven), b: filter(list, isLow) });
    });
    expect(error?.code).toBe("WG1001");
    expect(error?.message).toContain('two different filtered parts of the items of "books"');
  });

  test("are two different parts of one parent, beside a child", async () => {
    const error = await refusal(() => {
      const list = books({ n: 4 });
      return triple({ a: chapters({ book: list }), b: filter(list, isEven), c: filter(list, isLow) });
    });
    expect(error?.code).toBe("WG1001");
    expect(error?.message).toContain('"b"');
    expect(error?.message).toContain('"c"');
  });

  test("are children of one part beside another part", async () => {
    const error = await refusal(() => {
      const list = books({ n: 4 });
      return pair({ a: chapters({ book: filter(list, isEven) }), b: filter(list, isLow) });
    });
    expect(error?.code).toBe("WG1001");
    expect(error?.message).toContain("come from");
  });

  test("is what one part thinned out, beside another part of the same parent", async () => {
    const error = await refusal(() => {
      const list = books({ n: 4 });
      const thinned = one({ a: chapters({ book: list }) });
      const some = mix({ a: thinned, b: filter(list, isEven) });
      return pair({ a: some, b: filter(list, isLow) });
    });
    expect(error?.code).toBe("WG1001");
  });
});

const mix = node({ id: "mix" }, async ({ a, b }: { a: string; b: string }) => `${a}~${b}`);

test("two lists thinned by one filter align with each other", async () => {
  expect(
    await valueOf(() => {
      const list = books({ n: 3 });
      const deep = chapters({ book: list });
      const even = filter(list, isEven);
      return pair({ a: mix({ a: deep, b: even }), b: mix({ a: deep, b: even }) });
    }),
  ).toEqual(["b0.0~b0+b0.0~b0", "b0.1~b0+b0.1~b0", "b2.0~b2+b2.0~b2", "b2.1~b2+b2.1~b2"]);
});
