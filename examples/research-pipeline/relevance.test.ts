import { describe, expect, test } from "vitest";

import { countTerms, documentScore, passageScore, surveyOf } from "./relevance.ts";
import type { TermCounts } from "./relevance.ts";

function document(id: string, counts: number[], size = 100): TermCounts {
  return { id, year: Number.parseInt(id, 10), size, counts };
}

test("terms are counted in the order of the query, and words of an object's prototype are only words", () => {
  expect(countTerms(["school", "tax", "school", "constructor"], ["tax", "school"])).toEqual([1, 2]);
  expect(countTerms(["tax"], ["constructor", "__proto__"])).toEqual([0, 0]);
});

describe("survey", () => {
  test("a rare term weighs more than a common one, and every weight is above 0", () => {
    const { terms } = surveyOf(
      [document("1900-a", [3, 1]), document("1901-b", [1, 0]), document("1902-c", [2, 0])],
      ["common", "rare"],
    );
    expect(terms.map(({ documents }) => documents)).toEqual([3, 1]);
    expect(terms[1]?.weight).toBeGreaterThan(terms[0]?.weight ?? Infinity);
    expect(terms[0]?.weight).toBeGreaterThan(0);
  });

  test("decades stand in order, and a long text with the same mentions says less", () => {
    const documents = [document("1909-a", [1], 1000), document("1900-b", [1], 1000), document("1790-c", [0])];
    const { decades, terms } = surveyOf([...documents, document("1950-d", [2], 1000)], ["x"]);
    expect(decades.map(({ decade, speeches }) => [decade, speeches])).toEqual([
      [1790, 1],
      [1900, 2],
      [1950, 1],
    ]);
    expect(decades[0]?.perThousand).toBe(0);
    expect(decades[1]?.perThousand).toBeCloseTo(terms[0]?.weight ?? Infinity);
    expect(decades[2]?.perThousand).toBeCloseTo(2 * (terms[0]?.weight ?? Infinity));
  });

  test("no documents make a survey of nothing, without dividing by 0", () => {
    const survey = surveyOf([], ["x"]);
    expect(survey).toMatchObject({ documents: 0, averageSize: 0, decades: [] });
    expect(Number.isFinite(survey.terms[0]?.weight)).toBe(true);
  });
});

describe("document score", () => {
  const documents = [
    document("1-a", [4, 0]),
    document("2-b", [4, 4]),
    document("3-c", [4, 0], 1000),
    document("4-d", [0, 0]),
  ];
  const survey = surveyOf(documents, ["x", "y"]);
  const [one, both, long, none] = documents.map((each) => documentScore(each, survey));

  test("more of the query is better", () => expect(both).toBeGreaterThan(one ?? Infinity));
  test("a longer document needs more", () => expect(long).toBeLessThan(one ?? -Infinity));
  test("nothing of the query is 0", () => expect(none).toBe(0));

  test("repetition helps less and less", () => {
    const [few, more, many] = [1, 2, 50].map((times) => documentScore(document("5-e", [times, 0]), survey));
    expect(more).toBeGreaterThan(few ?? Infinity);
    expect(many).toBeLessThan(3 * (few ?? 0));
  });
});

describe("passage score", () => {
  const survey = surveyOf([document("1-a", [1, 1]), document("2-b", [0, 0])], ["school", "teacher"]);

  test("a passage without a word of the query scores 0", () => expect(passageScore(["tax", "war"], survey)).toBe(0));
  test("touching both subjects beats repeating one", () => {
    expect(passageScore(["school", "teacher"], survey)).toBeGreaterThan(passageScore(["school", "school"], survey));
  });
  test("the same match counts less in a longer passage", () => {
    const padded = ["school", ...Array.from({ length: 40 }, (_, index) => `word${index}`)];
    expect(passageScore(padded, survey)).toBeLessThan(passageScore(["school"], survey));
  });
});
