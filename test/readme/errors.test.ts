/** `docs/errors.md` and the source name the same codes. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { sectionsOf } from "../../src/app/operations/explain-code.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const shipped = globSync("src/**/*.ts", { cwd: ROOT }).filter(
  (path) => !/\.(test|test-d|contract)\.ts$|\/fixtures\//.test(path),
);
const sections = sectionsOf(readFileSync(`${ROOT}docs/errors.md`, "utf8"));

/** A code in quotes is given out; one in a comment is only mentioned. */
function codesGivenOut(): ReadonlyMap<string, string> {
  const codes = new Map<string, string>();
  for (const path of shipped) {
    readFileSync(`${ROOT}${path}`, "utf8")
      .split("\n")
      .forEach((line, index) => {
        for (const [, code = ""] of line.matchAll(/["'`](WG\d{4})["'`]/g)) codes.set(code, `${path}:${index + 1}`);
      });
  }
  return codes;
}

const given = codesGivenOut();

test("every code that the source gives out has a section, and the other way round", () => {
  expect(given.size).toBeGreaterThan(50);
  const documented = sections.map(({ code }) => code);
  expect([...given].filter(([code]) => !documented.includes(code))).toEqual([]);
  expect(documented.filter((code) => !given.has(code))).toEqual([]);
});

test("sections stand in the order of their codes, each with a title and a text of its own", () => {
  const codes = sections.map(({ code }) => code);
  expect(codes).toEqual([...new Set(codes)].toSorted());
  expect(new Set(sections.map(({ title }) => title)).size).toBe(sections.length);
  for (const { code, title, text } of sections) {
    expect(title, code).not.toBe("");
    expect(text.split("\n").slice(1).join("").length, code).toBeGreaterThan(40);
  }
});

test("each section says why, then under Fix what to do", () => {
  const formless = sections.filter(
    ({ text }) => !/^#+ [^\n]+\n\n(?!\*\*Fix).{20,}?\n\n\*\*Fix\*\*: .{10,}/s.test(text),
  );
  expect(formless.map(({ code }) => code)).toEqual([]);
});

test("codes that comments and pages mention exist", () => {
  const pages = ["README.md", ...globSync("{docs,examples}/**/*.md", { cwd: ROOT }), ...shipped];
  const mentioned = pages.flatMap((path) =>
    [...readFileSync(`${ROOT}${path}`, "utf8").matchAll(/\bWG\d{4}\b/g)].map(([code]) => `${path} ${code}`),
  );
  expect(mentioned.length).toBeGreaterThan(given.size);
  expect(mentioned.filter((where) => !given.has(where.slice(-6)))).toEqual([]);
});
