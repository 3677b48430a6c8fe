/** Notes follow code: they show while the node is what it was, and are marked when it has changed. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Caller, Launcher } from "../../src/app/launcher.ts";
import { findProject } from "../../src/app/project.ts";
import { Registration } from "../../src/app/registration.ts";
import { perform, type OperationContext } from "../../src/app/registry.ts";
import type { NoteEntry } from "../../src/app/run-notes.ts";
import { openWorkspace, type Workspace } from "../../src/app/workspace.ts";
import { notesText } from "../../src/cli/note-text.ts";
import { openWorkgraph, type Workgraph } from "../../src/index.ts";
import { operationNamed } from "../../src/model/operations/catalog.ts";
import { ROOT } from "./pages.ts";

const FLOW = `import { node, workflow } from "agentic-workgraph";
const split = node({ id: "split", out: "many" }, async ({ text }: { text: string }) => text.split(" "));
const shout = node({ id: "shout" }, async ({ word }: { word: string }) => word.toUpperCase());
export const loud = workflow({ name: "loud" }, ({ text }: { text: string }) => shout({ word: split({ text }) }));
export const quiet = workflow({ name: "quiet" }, ({ text }: { text: string }) => split({ text }));
`;

let folder: string;
let wg: Workgraph;
let workspace: Workspace;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "workgraph-notes-"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(ROOT.replace(/\/$/, ""), join(folder, "node_modules/agentic-workgraph"));
  writeFileSync(join(folder, "package.json"), '{ "name": "notes", "type": "module" }');
  wg = await openWorkgraph({ dir: folder });
  workspace = await openWorkspace(await findProject({ from: folder, env: {} }), "write");
});

afterAll(async () => {
  await wg.close();
  await workspace.close();
  rmSync(folder, { recursive: true });
});

async function run(source: string, name = "loud"): Promise<string> {
  writeFileSync(join(folder, "flow.ts"), source);
  const started = await wg.launch(`${join(folder, "flow.ts")}#${name}`, { text: "a b" });
  await started.result();
  return started.runId;
}

const PERSON: Caller = { kind: "cli", id: "ada" };

async function ask(name: string, input: object, caller: Caller = PERSON): Promise<Record<string, unknown>> {
  const registration = new Registration(workspace.project);
  try {
    const context: OperationContext = { workspace, registration, launcher: {} as Launcher, caller, access: "launch" };
    const answer = await perform(name, context, input);
    expect(operationNamed(name)!.output.safeParse(answer).error?.issues).toBeUndefined();
    return answer as Record<string, unknown>;
  } finally {
    registration.close();
  }
}

/** What an answer says of notes: text, and how the code stands. */
async function said(name: string, input: object): Promise<readonly string[]> {
  const { notes = [] } = (await ask(name, input)) as { readonly notes?: readonly NoteEntry[] };
  return notes.map(({ text, code }) => `${text}: ${code}`);
}

test("a note shows on later runs until the code of its node changes, then as from older code", async () => {
  const first = await run(FLOW);
  const onItem = await ask("notes.add", { on: `${first}.2.1`, text: "b is the hard one" });
  expect(onItem).toMatchObject({ on: "item", address: `${first}.2.1`, node: "shout", workflow: "loud", code: "same" });
  const onNode = await ask("notes.add", { on: "loud/split", text: "splits at spaces" }, { kind: "mcp", id: "ada" });
  expect(onNode).toMatchObject({ on: "node", address: first, author: { kind: "agent", id: "ada" } });
  await ask("notes.add", { on: first.slice(0, 20), text: "the first of all" });

  const all = ["the first of all: same", "splits at spaces: same", "b is the hard one: same"];
  expect(await said("runs.show", { run: first })).toEqual(all);
  const again = await run(`// Only a comment.\n${FLOW.replaceAll("text: string", "text: string ")}`);
  expect(await said("runs.show", { run: again })).toEqual(all);
  expect(await said("items.show", { item: `${again}.2.0` })).toEqual(["b is the hard one: same"]);
  expect(await said("items.why", { item: `${again}.2.1` })).toEqual(["b is the hard one: same"]);
  expect(await said("calls.show", { call: `${again}.1` })).toEqual(["splits at spaces: same"]);
  // An item says what was said of it and of its node, not what was said of its neighbours.
  expect(await said("items.show", { item: `${first}.2.0` })).toEqual([]);

  const changed = await run(FLOW.replace("toUpperCase()", 'toUpperCase() + "!"'));
  expect(await said("runs.show", { run: changed })).toEqual([
    "the first of all: older",
    "splits at spaces: same",
    "b is the hard one: older",
  ]);
  expect(await said("notes.list", {})).toEqual(await said("runs.show", { run: changed }));
  expect(await said("notes.list", { on: "shout" })).toEqual(["b is the hard one: older"]);

  await ask("notes.add", { on: changed, text: "louder now" });
  expect(await said("runs.show", { run: changed })).toContain("louder now: same");
  expect(await said("runs.show", { run: again })).toEqual(all);
  // Another workflow with the same node: what is about that node follows it there.
  expect(await said("runs.show", { run: await run(FLOW, "quiet") })).toEqual(["splits at spaces: same"]);

  const { notes } = (await ask("notes.list", { on: changed })) as unknown as { readonly notes: readonly NoteEntry[] };
  expect(notesText(notes)).toContain(`ada, ${notes[3]!.at.slice(0, 16).replace("T", " ")}, on loud/shout`);
  expect(notesText(notes).match(/from older code/g)).toHaveLength(2);
});

test("lists are paged, and what cannot be a note is refused with what to write", async () => {
  const page = await ask("notes.list", { limit: 3 });
  expect(page).toMatchObject({ total: 4, truncated: true });
  expect(await ask("notes.list", { cursor: page.cursor })).toMatchObject({ truncated: false, notes: [{ on: "item" }] });
  const refused = (on: string, text = "x"): Promise<unknown> => ask("notes.add", { on, text });
  await expect(refused("loud/split", "  ")).rejects.toMatchObject({ code: "WG5123" });
  await expect(refused("loud/splt")).rejects.toMatchObject({ code: "WG5124", hint: 'Did you mean "split"?' });
  await expect(refused("split")).rejects.toMatchObject({ code: "WG5125", hint: 'Write which: "loud/split".' });
  await expect(refused("latest.9")).rejects.toMatchObject({ code: "WG5041" });
});
