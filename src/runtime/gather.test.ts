import { describe, expect, test } from "vitest";
import { filter, node, workflow, zip } from "../index.ts";
import { crash, ofType, resume, run } from "../../test/authoring/flow.ts";

const books = node({ id: "books", out: "many" }, async ({ n }: { n: number }) =>
  Array.from({ length: n }, (_, i) => i),
);
/** As many chapters as the book's number; later books are done first. */
const chapters = node({ id: "chapters", out: "many" }, async ({ book }: { book: number }) => {
  for (let i = 0; i < (4 - book) * 4; i++) await new Promise((resolve) => setImmediate(resolve));
  return Array.from({ length: book }, (_, i) => book * 10 + i);
});
const read = node({ id: "read" }, async ({ chapter }: { chapter: number }) => {
  for (let i = 0; i < (chapter % 3) * 3; i++) await new Promise((resolve) => setImmediate(resolve));
  return chapter;
});
const bind = node(
  { id: "bind", gather: ["parts"], out: "one" },
  async ({ book, parts }: { book: number; parts: number[] }) => [book, ...parts],
);
const all = node({ id: "all", gather: ["xs"], out: "one" }, async ({ xs }: { xs: number[] }) => xs);
const flowOf = (fn: () => unknown) => workflow({ name: "flow" }, fn as () => never);
const valueOf = async (fn: () => unknown): Promise<unknown> => (await run(flowOf(fn))).value;

describe("a gather", () => {
  test("gets its set in path order, whatever was done first", async () => {
    expect(await valueOf(() => all({ xs: read({ chapter: chapters({ book: books({ n: 4 }) }) }) }))).toEqual([
      10, 20, 21, 30, 31, 32,
    ]);
  });

  test("beside an item that its set descends from gets that item's own, empty ones included", async () => {
    expect(
      await valueOf(() => {
        const list = books({ n: 4 });
        return bind({ book: list, parts: read({ chapter: chapters({ book: list }) }) });
      }),
    ).toEqual([[0], [1, 10], [2, 20, 21], [3, 30, 31, 32]]);
  });

  test("of descendants goes on as soon as its own are there, not when all are", async () => {
    const order: string[] = [];
    const bound = node(
      { id: "bound", gather: ["parts"] },
      async ({ book, parts }: { book: number; parts: number[] }) => {
        order.push(`bound ${book} of ${parts.length}`);
      },
    );
    const split = node({ id: "split", out: "many", concurrency: 1 }, async ({ book }: { book: number }) => {
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
      order.push(`split ${book}`);
      return [1, 2];
    });
    await run(
      flowOf(() => {
        const list = books({ n: 3 });
        return bound({ book: list, parts: split({ book: list }) });
      }),
    );
    expect(order.indexOf("bound 0 of 2")).toBeLessThan(order.indexOf("split 2"));
  });

  test("of descendants two levels down gets them all, in order", async () => {
    expect(
      await valueOf(() => {
        const list = books({ n: 3 });
        const deep = chapters({ book: chapters({ book: list }) });
        return bind({ book: list, parts: filter(deep, (x) => x < 200) });
      }),
    ).toEqual([[0], [1, ...Array.from({ length: 10 }, (_, i) => 100 + i)], [2]]);
  });

  test("beside items of the same list, or of another, gets the whole set", async () => {
    expect(
      await valueOf(() => {
        const list = books({ n: 2 });
        return [
          bind({ book: list, parts: list }),
          bind({ book: list, parts: books({ n: 3 }) }),
          bind({ book: list, parts: [7, 8] }),
        ];
      }),
    ).toEqual([
      [
        [0, 0, 1],
        [1, 0, 1],
      ],
      [
        [0, 0, 1, 2],
        [1, 0, 1, 2],
      ],
      [
        [0, 7, 8],
        [1, 7, 8],
      ],
    ]);
  });

  test("beside an item parameter given an ancestor's part gets descendants of what is kept", async () => {
    expect(
      await valueOf(() => {
        const list = books({ n: 4 });
        return bind({ book: filter(list, (book) => book > 1), parts: chapters({ book: list }) });
      }),
    ).toEqual([
      [2, 20, 21],
      [3, 30, 31, 32],
    ]);
  });

  test("of pairs takes one side", async () => {
    expect(
      await valueOf(() => {
        const [, b] = zip(books({ n: 2 }), [5, 6]);
        return all({ xs: b });
      }),
    ).toEqual([5, 6]);
  });

  test("of nothing runs once with [], of no item not at all", async () => {
    const end = await run(
      flowOf(() => [all({ xs: read({ chapter: books({ n: 0 }) }) }), bind({ book: books({ n: 0 }), parts: [1] })]),
    );
    expect([end.value, end.status]).toEqual([[[], []], "completed"]);
    expect(ofType(end.events, "call.closed").map(({ call, status }) => [call, status])).toContainEqual([2, "empty"]);
  });

  test("of descendants is the same after a crash in the middle", async () => {
    const flow = flowOf(() => {
      const list = books({ n: 4 });
      return bind({ book: list, parts: read({ chapter: chapters({ book: list }) }) });
    });
    for (const completed of [2, 4, 6, 9]) {
      let seen = 0;
      const at = await crash(flow, {}, ({ events }) => {
        seen += events.filter(({ event }) => event.type === "item.completed").length;
        return seen > completed;
      });
      const end = await (await resume(flow, at)).end();
      expect(end.value, `after ${completed}`).toEqual([[0], [1, 10], [2, 20, 21], [3, 30, 31, 32]]);
    }
  });
});
