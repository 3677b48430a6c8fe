import { expect, test } from "vitest";

import { surveyOf } from "./relevance.ts";
import { composeReport } from "./report.ts";
import type { DocumentSummary } from "./report.ts";

function summary(year: number, ...texts: string[]): DocumentSummary {
  const id = `${year}-someone`;
  return {
    source: { id, year, president: "Someone", party: "none", length: 1000 },
    passages: 10,
    matching: texts.length,
    quotations: texts.map((text, index) => {
      return { text, start: 500 - 100 * index, end: 500 - 100 * index + text.length, score: 1, terms: [text] };
    }),
  };
}

const survey = surveyOf([{ id: "1900-someone", year: 1900, size: 100, counts: [1] }], ["school"]);
const parts = { query: "schools", survey, missing: 0, sentences: 10 };

test("quotations are verbatim, by document in order of time and by place in the document", () => {
  const summaries = [summary(1950, "Later *said*.", "Said | <before>."), summary(1900, "First.")];
  const { markdown, quotes } = composeReport({ ...parts, summaries });
  expect(quotes.map(({ text }) => text)).toEqual(["First.", "Said | <before>.", "Later *said*."]);
  for (const { text, document, start, end } of quotes) {
    expect(markdown).toContain(`> ${text}\n>\n> (\`${document}\`, characters ${start} to ${end})`);
  }
});

test("no more sentences than asked for, and the counts say what was read", () => {
  const summaries = [summary(1900, "One.", "Two."), summary(1901, "Three.")];
  const { quotes, stats } = composeReport({ ...parts, summaries, sentences: 2 });
  expect(quotes).toHaveLength(2);
  expect(stats).toEqual({
    documentsSearched: 1,
    documentsRead: 2,
    documentsMissing: 0,
    passagesScored: 20,
    passagesMatching: 3,
    sentencesQuoted: 2,
  });
});

test("missing documents are said", () => {
  expect(composeReport({ ...parts, summaries: [summary(1900, "One.")], missing: 2 }).markdown).toContain(
    "**2 of the documents",
  );
  expect(composeReport({ ...parts, summaries: [summary(1900, "One.")] }).markdown).not.toContain("missing");
});

test("nothing found is said, not left blank", () => {
  const { markdown, quotes } = composeReport({ ...parts, survey: surveyOf([], ["school"]), summaries: [] });
  expect(quotes).toEqual([]);
  expect(markdown).toContain("No sentence of these documents");
  expect(markdown).not.toMatch(/NaN|Infinity|undefined/);
});
