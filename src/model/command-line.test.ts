import { afterEach, expect, test, vi } from "vitest";
import { commandLine, shellWord } from "./command-line.ts";

afterEach(() => vi.unstubAllEnvs());

test.each([
  ["exec", "npx workgraph show latest"],
  ["run-script", "workgraph show latest"],
  [undefined, "workgraph show latest"],
])("a command line to type, when npm says %s", (npm, line) => {
  vi.stubEnv("npm_command", npm);
  expect(commandLine("show latest")).toBe(line);
});

test.each([
  ["flow.ts", "flow.ts"],
  ["flow.ts#main", "'flow.ts#main'"],
  ["it's", "'it'\\''s'"],
  ["", "''"],
])("%s is the shell word %s", (text, word) => {
  expect(shellWord(text)).toBe(word);
});
