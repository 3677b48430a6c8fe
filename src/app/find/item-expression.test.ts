import { expect, test } from "vitest";
import { itemExpression, type ItemFacts } from "./item-expression.ts";

const ITEM: ItemFacts = {
  node: "score_page",
  status: "completed",
  path: "pages[3]",
  attempts: 2,
  ms: 12.5,
  value: {
    score: 0.4,
    title: "A Draft",
    tags: ["old", "long"],
    parts: [{ words: 3 }, { words: 90 }],
    "a b": null,
    none: 0,
  },
  input: { page: { url: "https://example.com/draft/3" }, limit: 10 },
};

test.each([
  ["value.score < 0.5", true],
  ["value.score >= 0.5", false],
  ["value.score == 0.4 and input.limit == 10", true],
  ['not input.page.url contains "draft"', false],
  ['value.score > 1 or value.title startsWith "A"', true],
  ['value.tags contains "old"', true],
  ['"old" in value.tags', true],
  ['status in ["failed", "completed"]', true],
  ["value.parts[*].words > 50", true],
  ["value.parts[0].words > 50", false],
  ["value.parts[-1].words == 90", true],
  ['value["a b"] == null', true],
  ["value.nothing == missing", true],
  ["value.nothing != missing", false],
  ["value.nothing != 3", false],
  ["value.nothing", false],
  ["value.none", false],
  ["value.title", true],
  ["length(value.tags) == 2 and length(value.title) == 7", true],
  ['type(value.parts) == "list" and type(value) == "object"', true],
  ['lower(value.title) == "a draft"', true],
  ['input.page.url matches "/draft/\\d+$"', true],
  ['input.page.url matches "^http:"', false],
  ['value.score < "1"', false],
  ['value.tags == ["old", "long"]', true],
  ["attempts > 1 and (ms > 100 or not (status == 'failed'))", true],
  ["not not value.score", true],
  ["error.message contains 'x'", false],
])("%s is %s", (source, fits) => {
  expect(itemExpression(source).fits(ITEM)).toBe(fits);
});

test("it says what has to be read before it can be asked", () => {
  expect([...itemExpression("status == 'failed'").roots]).toEqual(["status"]);
  expect([...itemExpression("value.a == input.b").roots]).toEqual(["value", "input"]);
});

test.each([
  ["", 1, undefined],
  ["value.score <", 14, undefined],
  ["value.score contain 3", 13, 'Did you mean "contains"?'],
  ["valu.score < 3", 1, 'Did you mean "value"?'],
  ["value.score = 3", 13, 'Did you mean "=="?'],
  ["(value.a == 1", 14, undefined],
  ['value.a == "open', 12, undefined],
  ["len(value.a) > 1", 1, undefined],
  ['value.a matches "a**("', 21, undefined],
  ["value.a matches value.b", 17, undefined],
  ["value..a", 7, undefined],
  ["value[a]", 7, undefined],
  ["process.exit(1)", 1, undefined],
  ["value.a; 1", 8, undefined],
  ["constructor.constructor('x')()", 1, undefined],
  ["(".repeat(60), 51, undefined],
  ["1".repeat(1_001), 1_001, undefined],
])("%j is refused at character %i", (source, at, hint) => {
  expect(() => itemExpression(source)).toThrow(
    expect.objectContaining({ code: "WG6134", details: { at }, ...(hint === undefined ? {} : { hint }) }),
  );
});

test("a path reaches nothing but fields of its own", () => {
  expect(itemExpression("value.constructor != missing").fits(ITEM)).toBe(false);
  expect(itemExpression("value.__proto__ != missing").fits(ITEM)).toBe(false);
  expect(itemExpression("value.tags.length != missing").fits(ITEM)).toBe(false);
});
