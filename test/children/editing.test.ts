/** Files that change while a parent runs, or before it is gone on with: its children run the code that it was started with. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import { CommandProcess, type DocumentEnded } from "../../src/cli/fixtures/workgraph-process.ts";
import { Place } from "../process/place.ts";
import { endPrograms } from "../process/program.ts";

const commands = new CommandProcess();
let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());
afterAll(async () => {
  await commands.end();
  await endPrograms();
});

/** What only reads follows each other in one process. */
const asked = (words: readonly string[]): Promise<DocumentEnded> => commands.json(words, { cwd: place.dir });

const child = (answer: string): string => `
import { existsSync } from "node:fs";
import { node, workflow } from "agentic-workgraph";
const say = node({ id: "say" }, async ({ word }: { word: string }) => {
  if (existsSync("broken")) throw new Error("broken");
  return word + ${answer};
});
export const child = workflow({ name: "child" }, ({ word }: { word: string }) => say({ word }));
`;

const PARENT = `
import { appendFileSync, existsSync } from "node:fs";
import { node, runSubgraph, workflow } from "agentic-workgraph";
import { child } from "./child.ts";
const hold = node({ id: "hold" }, async () => {
  appendFileSync(process.env.LEDGER!, "held\\n");
  while (!existsSync(process.env.GATE!)) await new Promise((resolve) => setTimeout(resolve, 5));
  return "said ";
});
export const parent = workflow({ name: "parent" }, async () => runSubgraph({ workflow: child, input: { word: await hold() } }));
`;

test("a child that begins after an edit runs the code from before it", async () => {
  place.write("child.ts", child('"before"'));
  place.write("parent.ts", PARENT);
  const program = place.start(["run", "parent.ts"]);
  await place.linesReach(1, program);
  place.write("child.ts", child('"after"'));
  place.write("gate", "");
  expect((await program.left).stdout).toBe("said before\n");
  const { runs } = (await asked(["runs", "--children", "latest"])).document as { runs: { runId: string }[] };
  expect((await commands.workgraph(["source", runs[0]!.runId], { cwd: place.dir })).stdout).toContain('"before"');
  const fresh = await place.json(["run", "child.ts", "--word", "new "]);
  expect(fresh.document).toMatchObject({ output: "new after" });
  const { versions } = (await asked(["versions", "child"])).document as { versions: unknown[] };
  expect(versions).toHaveLength(2);
});

test("a child is gone on with, alone and by its parent, though the files are gone", async () => {
  place.write("child.ts", child('"here"'));
  place.write("parent.ts", PARENT);
  place.write("gate", "");
  place.write("broken", "");
  expect((await place.json(["run", "parent.ts"])).document).toMatchObject({ status: "failed" });
  for (const name of ["child.ts", "parent.ts", "broken"]) rmSync(join(place.dir, name));
  const { runs } = (await asked(["runs", "--children", "latest"])).document as { runs: { runId: string }[] };
  expect((await place.json(["resume", runs[0]!.runId])).document).toMatchObject({ output: "said here" });
  expect((await place.json(["resume", "latest"])).document).toMatchObject({ status: "completed", output: "said here" });
});

test("a child that is rerun from its own row is a newer run, and its parent says so", async () => {
  place.write("child.ts", child('"first"'));
  place.write("parent.ts", PARENT);
  place.write("gate", "");
  place.write("broken", "");
  const failed = await place.json(["run", "parent.ts"]);
  rmSync(join(place.dir, "broken"));
  const { runs } = (await asked(["runs", "--children", "latest"])).document as { runs: { runId: string }[] };
  const again = (await place.json(["rerun", runs[0]!.runId])).document;
  expect(again).toMatchObject({ status: "completed", output: "said first" });
  const shown = (await asked(["show", failed.document.runId as string])).document as {
    status: string;
    children: { runId: string; status: string; newer: unknown[] }[];
  };
  expect(shown.status).toBe("failed");
  expect(shown.children).toMatchObject([
    { runId: runs[0]!.runId, status: "failed", newer: [{ runId: again.runId, kind: "rerun", status: "completed" }] },
  ]);
  const resumed = (await place.json(["resume", failed.document.runId as string])).document;
  expect(resumed).toMatchObject({ status: "completed", output: "said first" });
  expect((await asked(["show", runs[0]!.runId])).document).toMatchObject({ status: "completed" });
});
