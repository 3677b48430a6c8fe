import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";

const FIXTURE = new URL("./fixtures/misuses.ts", import.meta.url);
const TSC = new URL("../../node_modules/.bin/tsc", import.meta.url).pathname;
const PROJECT = new URL("./fixtures/tsconfig.json", import.meta.url).pathname;

/** Text of the compiler's errors by line of the fixture. */
const errors = new Map<number, string>();
const source = await readFile(FIXTURE, "utf8");
const misuses = source.split("\n").flatMap((line, index) => {
  const says = /^\/\/ says: (.*)$/.exec(line)?.[1];
  return says === undefined ? [] : [{ says, line: index + 2 }];
});

beforeAll(async () => {
  const failed = await promisify(execFile)(TSC, ["-p", PROJECT, "--pretty", "false"]).then(
    () => ({ stdout: "" }),
    (error: { stdout: string }) => error,
  );
  let line = 0;
  for (const text of failed.stdout.split("\n")) {
    line = Number(/misuses\.ts\((\d+),\d+\): error/.exec(text)?.[1] ?? line);
    errors.set(line, `${errors.get(line) ?? ""}${text}\n`);
  }
}, 60_000);

describe("the compiler refuses a misuse with a text that says what to write", () => {
  test("there are misuses to look at", () => {
    expect(misuses.length).toBeGreaterThan(20);
  });

  test.each(misuses)("$says", ({ says, line }) => {
    expect(errors.get(line)).toContain(says);
  });

  test("and nothing else in the file", () => {
    const expected = new Set(misuses.map(({ line }) => line));
    expect([...errors.keys()].filter((line) => line > 0 && !expected.has(line))).toEqual([]);
  });
});
