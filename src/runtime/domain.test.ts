import { describe, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import { rootSpace, Space } from "../trace/space.ts";
import { Domain } from "./domain.ts";

function domains(): { readonly root: Domain; readonly books: Domain; readonly chapters: Domain } {
  const root = Domain.root(rootSpace());
  const books = new Domain(new Space(1, "books", { parent: root.space }), root);
  return { root, books, chapters: new Domain(new Space(2, "chapters", { parent: books.space }), books) };
}
const pathsOf = (domain: Domain): string[] => [...domain.pathOrder()].map((ordinal) => domain.path(ordinal));

describe("path order", () => {
  test("is by the parent's place, then by index, whatever came first", () => {
    const { books, chapters } = domains();
    books.grow(0, { firstIndex: 0, count: 3 });
    chapters.grow(2, { firstIndex: 0, count: 1 });
    chapters.grow(0, { firstIndex: 0, count: 2 });
    chapters.grow(1, { firstIndex: 0, count: 1 });
    chapters.grow(0, { firstIndex: 2, count: 1 });
    expect(chapters.sorted).toBe(false);
    expect(pathsOf(chapters)).toEqual([
      "books[0]/chapters[0]",
      "books[0]/chapters[1]",
      "books[0]/chapters[2]",
      "books[1]/chapters[0]",
      "books[2]/chapters[0]",
    ]);
  });

  test("equals sorting by compare, for any growth", () => {
    const random = seededRandom("domain");
    for (let round = 0; round < 200; round++) {
      const { books, chapters } = domains();
      const parents = 1 + Math.floor(random() * 6);
      books.grow(0, { firstIndex: 0, count: parents });
      const next = new Map<number, number>();
      for (let i = 0; i < 12; i++) {
        const parent = Math.floor(random() * parents);
        const count = 1 + Math.floor(random() * 3);
        chapters.grow(parent, { firstIndex: next.get(parent) ?? 0, count });
        next.set(parent, (next.get(parent) ?? 0) + count);
        expect(chapters.at(0)).toBe(chapters.pathOrder()[0]);
      }
      const ordinals = Array.from({ length: chapters.length }, (_, ordinal) => ordinal);
      expect([...chapters.pathOrder()]).toEqual(ordinals.toSorted((a, b) => chapters.compare(a, b)));
      const isInOrder = [...chapters.pathOrder()].every((ordinal, place) => ordinal === place);
      expect(isInOrder || !chapters.sorted).toBe(true);
    }
  });

  test("has a tombstone after what was yielded before it; it shows its parent's path", () => {
    const { books, chapters } = domains();
    books.grow(0, { firstIndex: 0, count: 2 });
    chapters.growTombstone(0);
    chapters.grow(1, { firstIndex: 0, count: 1 });
    chapters.grow(0, { firstIndex: 0, count: 1 });
    expect(pathsOf(chapters)).toEqual(["books[0]/chapters[0]", "books[0]", "books[1]/chapters[0]"]);
    expect(chapters.isTombstone(0)).toBe(true);
    expect(chapters.mayChange).toBe(true);
  });

  test("shows keys where a node has them", () => {
    const { root, books } = domains();
    books.grow(0, { firstIndex: 0, count: 2, keys: ["moby", "emma"] });
    expect(pathsOf(books)).toEqual(["books[moby]", "books[emma]"]);
    expect(root.path(0)).toBe(".");
  });
});

describe("the end of a list", () => {
  test("is told once, when those above have ended too", () => {
    const { books, chapters } = domains();
    let told = 0;
    chapters.listen({ onDomainClosed: () => told++ });
    chapters.close(7);
    expect([chapters.closed, told, chapters.isExpanded(3)]).toEqual([false, 0, true]);
    books.close(9);
    expect([chapters.closed, told, chapters.settledSeq]).toEqual([true, 1, 9]);
    chapters.close(11);
    expect([told, chapters.settledSeq]).toEqual([1, 9]);
  });

  test("of one parent's items is told once", () => {
    const { books, chapters } = domains();
    books.grow(0, { firstIndex: 0, count: 2 });
    const expanded: number[] = [];
    chapters.listen({ onExpanded: (parent) => expanded.push(parent) });
    chapters.expanded(1);
    chapters.expanded(1);
    expect([expanded, chapters.isExpanded(1), chapters.isExpanded(0)]).toEqual([[1], true, false]);
  });
});

test("a void is absent, and so is all that descends from it; ordinals stay", () => {
  const { books, chapters } = domains();
  books.growVoid(0);
  books.grow(0, { firstIndex: 0, count: 1 });
  chapters.grow(0, { firstIndex: 0, count: 1 });
  chapters.grow(1, { firstIndex: 0, count: 1 });
  expect([books.isVoid(0), books.isVoid(1)]).toEqual([true, false]);
  expect([chapters.isVoid(0), chapters.isVoid(1)]).toEqual([true, false]);
  expect(chapters.ancestor(1, books)).toBe(1);
});
