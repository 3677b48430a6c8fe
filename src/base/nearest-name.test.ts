import { expect, test } from "vitest";
import { nearestName } from "./nearest-name.ts";

const known = ["fetch_urls", "scrape_page", "summarize_page", "synthesize_report"];

test.each([
  ["scrape_pgae", "scrape_page"],
  ["scrapePage", "scrape_page"],
  ["sumarize_page", "summarize_page"],
  ["SCRAPE-PAGE", "scrape_page"],
  ["fetch", "fetch_urls"],
  ["synth", "synthesize_report"],
])("%j means %j", (name, expected) => {
  expect(nearestName(name, known)).toBe(expected);
});

test.each(["", "x", "banana", "s", "completely_different"])("%j means none of them", (name) => {
  expect(nearestName(name, known)).toBeUndefined();
});

test("a word that ends otherwise means the one that begins as it does", () => {
  expect(nearestName("retry", ["retries", "timeout"])).toBe("retries");
  expect(nearestName("retry", ["retries", "retrieve"])).toBeUndefined();
});

test("a beginning of several names means none of them", () => {
  expect(nearestName("scr", ["scrape_page", "scroll_page"])).toBeUndefined();
});

test("of equally near names the first known wins", () => {
  expect(nearestName("run_c", ["run_a", "run_b"])).toBe("run_a");
});

test("one letter of a two-letter name may be wrong, not both", () => {
  expect(nearestName("ax", ["ab"])).toBe("ab");
  expect(nearestName("xy", ["ab"])).toBeUndefined();
});
