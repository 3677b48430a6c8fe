/**
 * Hidden non-determinism is found by the check after a run, with the line that does it. One kind each in fixtures/hidden.ts; that
 * there is no false alarm, clean-runs.test.ts says.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProject } from "../../src/app/project.ts";
import { openWorkspace, type Workspace } from "../../src/app/workspace.ts";
import { showRun } from "../../src/app/operations/show-run.ts";
import { openRunner, type Runner } from "../../src/runner/runner.ts";

const FILE = fileURLToPath(new URL("./fixtures/hidden.ts", import.meta.url));

/** Export, and the kinds and lines that its marks name. */
function marks(): readonly (readonly [name: string, found: readonly (readonly [kind: string, line: number])[]])[] {
  const found = new Map<string, [string, number][]>();
  let name = "";
  for (const [i, line] of readFileSync(FILE, "utf8").split("\n").entries()) {
    name = /^export const (\w+)/.exec(line)?.[1] ?? name;
    const kind = /\/\/ here: ([\w-]+)$/.exec(line)?.[1];
    if (kind !== undefined) found.set(name, [...(found.get(name) ?? []), [kind, i + 1]]);
  }
  return [...found];
}

const dir = mkdtempSync(join(tmpdir(), "workgraph-hidden-"));
let workspace: Workspace;
let runner: Runner;

beforeAll(async () => {
  writeFileSync(join(dir, "package.json"), '{"name": "hidden", "type": "module"}');
  workspace = await openWorkspace(await findProject({ from: dir, env: {} }), "write");
  runner = await openRunner({ ...workspace, replayCheck: "on" });
});

afterAll(async () => {
  await runner.close();
  await workspace.close();
  rmSync(dir, { recursive: true, force: true });
});

test("there are at least 20 kinds", () => {
  expect(marks().length).toBeGreaterThanOrEqual(20);
});

test("nothing of the process is left replaced by a check", async () => {
  const seen = (): unknown[] => [
    process.env,
    process.hrtime,
    Object.getOwnPropertyDescriptor(process, "pid")?.get,
    readFileSync,
    globalThis.setTimeout,
    Date,
    Math.random,
    process.stdout.write,
    Object.getOwnPropertyDescriptor(Intl.DateTimeFormat.prototype, "format")?.get,
  ];
  const before = seen();
  await (await runner.launch({ target: `${FILE}#environment`, input: undefined })).result();
  expect(seen().map((value, i) => value === before[i])).toEqual(before.map(() => true));
});

test("what acts on the world is not done again by a check", async () => {
  const journal = join(tmpdir(), `workgraph-hidden-${process.pid}`);
  rmSync(journal, { force: true });
  await (await runner.launch({ target: `${FILE}#written`, input: undefined })).result();
  expect(readFileSync(journal, "utf8")).toBe("once\n");
  rmSync(journal);
});

test.each(marks())("%s is found as %j, and the run is none the worse", async (name, kinds) => {
  const live = await runner.launch({ target: `${FILE}#${name}`, input: undefined });
  const { status, replay } = await live.result();
  expect(status).toBe("completed");
  expect(replay?.map(({ cause }) => [cause.kind, cause.site?.line])).toEqual(kinds);
  expect(replay?.[0]?.cause.site?.file).toBe(FILE);
  expect((await showRun(workspace, { run: live.runId })).replay).toEqual(replay);
});
