/** What an item opened besides its inputs decides, too: a selector that names another folder now. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Workbench } from "./workbench.ts";

let bench: Workbench;
beforeEach(() => {
  bench = new Workbench();
});
afterEach(() => bench.close());

const SOURCE = `import { readFile } from "node:fs/promises";
import { node, workflow } from "agentic-workgraph";
const note = (id: string, input: object): void => void (globalThis as { reuseLedger?: string[] }).reuseLedger?.push(\`\${id} \${JSON.stringify(input)}\`);
const write = node({ id: "write" }, async ({ text }: { text: string }, ctx) => {
  const dir = await ctx.artifact("book");
  await dir.write("text.txt", text);
  return dir.ref;
});
export const books = workflow({ name: "books" }, ({ text }: { text: string }) => write({ text }));
const open = node({ id: "open" }, async ({ selector }: { selector: string }, ctx) => {
  note("open", { selector });
  const dir = await ctx.openArtifact(selector);
  return readFile(\`\${dir.path}/text.txt\`, "utf8");
});
const shout = node({ id: "shout" }, async ({ text }: { text: string }) => {
  note("shout", { text });
  return text.toUpperCase();
});
export const reader = workflow({ name: "reader" }, ({ selector }: { selector: string }) => shout({ text: open({ selector }) }));
`;

test("an item that opened @latest executes when that names other content now, and is reused when it is equal", async () => {
  bench.write(SOURCE);
  const books = { target: `${bench.file}#books` };
  const published = await bench.launch({ text: "one" }, books);
  expect(published.error).toBeUndefined();
  const first = await bench.launch({ selector: "books/book@latest" }, { target: `${bench.file}#reader` });
  expect(first).toMatchObject({ status: "completed", output: "ONE" });

  await bench.launch({ text: "one" }, books);
  expect((await bench.fork({ run: first.runId, kind: "fork" })).executed).toEqual([]);

  await bench.launch({ text: "two" }, books);
  const made = await bench.fork({ run: first.runId, kind: "fork" });
  expect(made.executed).toEqual(['open {"selector":"books/book@latest"}', 'shout {"text":"two"}']);
  expect(made.output).toBe("TWO");
});
