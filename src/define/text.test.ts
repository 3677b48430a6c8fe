import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { text } from "./text.ts";

const folder = mkdtempSync(join(tmpdir(), "workgraph-text-"));
const meta = { url: pathToFileURL(join(folder, "flow.ts")).href };
afterAll(() => rmSync(folder, { recursive: true }));

function thrown(f: () => unknown): WorkgraphError {
  try {
    f();
  } catch (error) {
    if (error instanceof WorkgraphError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("text reads the file beside the module, byte for byte", () => {
  writeFileSync(join(folder, "prompt.md"), "\ufeffSay “hello”.\r\n");
  expect(text(meta, "./prompt.md")).toBe("\ufeffSay “hello”.\r\n");
});

test("a file name may hold what a URL may not", () => {
  writeFileSync(join(folder, "a #1? 100%.md"), "odd");
  expect(text(meta, "./a #1? 100%.md")).toBe("odd");
});

test("a file that is missing is named with its whole path and the line that asked", () => {
  const error = thrown(() => text(meta, "./missing.md"));
  expect(error.code).toBe("WG1126");
  expect(error.message).toContain(join(folder, "missing.md"));
  expect(error.message).toMatch(/ENOENT.*text\.test\.ts:\d+/);
  expect(error.cause).toBeInstanceOf(Error);
});

test.each([["prompt.md"], ["/etc/hostname"], ["file:///etc/hostname"], [""], [undefined]])(
  "a path that is not relative is refused: %s",
  (path) => {
    expect(thrown(() => text(meta, path as string)).code).toBe("WG1126");
  },
);

test("something else in place of import.meta is refused", () => {
  expect(thrown(() => text("flow.ts" as never, "./prompt.md")).hint).toContain("import.meta");
  expect(thrown(() => text(undefined as never, "./prompt.md")).code).toBe("WG1126");
});
