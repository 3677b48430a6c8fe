import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EmptyInput, MAX_INPUT_BYTES, readInput } from "./input.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "workgraph-input-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return `@${join(folder, name)}`;
}

test("JSON is read from the words, and from a file, with or without a byte order mark", async () => {
  expect(await readInput('{"a": [1]}')).toEqual({ a: [1] });
  expect(await readInput(await file("a.json", '\ufeff{"a": 2}\n'))).toEqual({ a: 2 });
});

test("malformed JSON names line and column", async () => {
  await expect(readInput('{"a": 1,\n "b": }')).rejects.toMatchObject({
    code: "WG5052",
    message: expect.stringContaining("line 2, column 7") as unknown,
    details: { line: 2, column: 7 },
  });
  await expect(readInput(await file("half.json", '{"a":'))).rejects.toThrow("ends too early, line 1, column 6");
});

test("nothing is told from malformed", async () => {
  await expect(readInput("")).rejects.toBeInstanceOf(EmptyInput);
  await expect(readInput(await file("empty.json", " \n"))).rejects.toMatchObject({ code: "WG5053" });
});

test("a file that is not there is named", async () => {
  await expect(readInput("@/nowhere/input.json")).rejects.toMatchObject({ code: "WG5054" });
});

test("a file of 5 GB is refused by its size, unread", async () => {
  const path = join(folder, "huge.json");
  const handle = await open(path, "w");
  await handle.truncate(5 * 2 ** 30);
  await handle.close();
  const before = process.memoryUsage().rss;
  await expect(readInput(`@${path}`)).rejects.toMatchObject({ code: "WG5051", details: { sizeBytes: 5 * 2 ** 30 } });
  expect(process.memoryUsage().rss - before).toBeLessThan(MAX_INPUT_BYTES);
});
