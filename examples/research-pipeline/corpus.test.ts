import { expect, test } from "vitest";

import { FIRST_YEAR, infoOf, readSpeech, speechesOfYear } from "./corpus.ts";

test("every year between the first and the last gives its own speeches, and ids are unique", async () => {
  const ids: string[] = [];
  for (let year = FIRST_YEAR; year <= 2021; year += 1) {
    for (const speech of await speechesOfYear(year)) {
      expect(speech.year).toBe(year);
      expect(speech.length).toBe(speech.text.length);
      ids.push(speech.id);
    }
  }
  expect(ids).toHaveLength(233);
  expect(new Set(ids).size).toBe(233);
});

test("a year with two speeches gives both, a year without any gives none", async () => {
  const ids = (await speechesOfYear(1953)).map(({ id }) => id);
  expect(ids).toEqual(["1953-dwight-d-eisenhower", "1953-harry-s-truman"]);
  expect(await speechesOfYear(1933)).toEqual([]);
  expect(await speechesOfYear(2999)).toEqual([]);
});

test("a speech is found by its id, and a wrong id is named", async () => {
  const speech = await readSpeech("1790-george-washington");
  expect(speech.text).toContain("Fellow-Citizens of the Senate and House of Representatives");
  expect(infoOf(speech)).not.toHaveProperty("text");
  await expect(readSpeech("1790-ada-lovelace")).rejects.toThrow('"1790-ada-lovelace"');
  await expect(readSpeech("nonsense")).rejects.toThrow('"nonsense"');
});
