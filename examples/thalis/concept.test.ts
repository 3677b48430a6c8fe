import { FatalError } from "agentic-workgraph";
import { expect, test } from "vitest";

import { normalized, slugOf, wordsOf } from "./concept.ts";

test("a prompt is its nouns, adjectives and verbs, in their basic form", async () => {
  expect(await wordsOf("A world made of glass cathedrals")).toEqual({
    words: ["world", "make", "glass", "cathedral"],
    things: ["world", "glass", "cathedral"],
    qualities: [],
    actions: ["make"],
  });
});

test("a prompt that says nothing is refused for good", async () => {
  expect(() => normalized(" \n ")).toThrow(FatalError);
  await expect(wordsOf("of the and 42")).rejects.toThrow(FatalError);
});

test("layout is no part of a prompt, and its slug fits a file name", () => {
  expect(normalized("  Old\n\tstones ")).toBe("Old stones");
  expect(slugOf("Ash & Ember: a Café/../x")).toBe("ash-ember-a-cafe-x");
  expect(slugOf("\u6d77")).toBe("concept");
});
