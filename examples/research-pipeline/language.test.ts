import { expect, test } from "vitest";

import { readSpeech } from "./corpus.ts";
import { loadLanguage } from "./language.ts";

test("sentences are slices of the text, in order, without overlap, and cover it", async () => {
  const { sentences } = await loadLanguage();
  for (const id of ["1790-george-washington", "1981-jimmy-carter", "2021-joseph-r-biden"]) {
    const { text } = await readSpeech(id);
    const found = sentences(text);
    let end = 0;
    for (const sentence of found) {
      expect(text.slice(sentence.start, sentence.end)).toBe(sentence.text);
      expect(text.slice(end, sentence.start).trim()).toBe("");
      end = sentence.end;
    }
    expect(text.slice(end).trim()).toBe("");
    expect(found.length).toBeGreaterThan(10);
  }
});

test("an abbreviation does not end a sentence", async () => {
  const { sentences } = await loadLanguage();
  const found = sentences("Mr. Speaker, the U.S. Army has grown. It is paid for.");
  expect(found.map(({ text }) => text)).toEqual(["Mr. Speaker, the U.S. Army has grown.", "It is paid for."]);
});

test("terms are stems of words with a meaning of their own", async () => {
  const { terms } = await loadLanguage();
  expect(terms("The public schools, and the education of 3,000 children!")).toEqual([
    "public",
    "school",
    "educ",
    "children",
  ]);
  expect(terms("and of the")).toEqual([]);
});

test("forms of one word are one term, wherever they stand", async () => {
  const { terms } = await loadLanguage();
  const [first, second] = [terms("Schools."), terms("A SCHOOL is schooling")];
  expect(second.every((term) => term === first[0])).toBe(true);
  expect(second).toHaveLength(2);
});
