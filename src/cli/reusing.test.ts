/** fork, rerun, why, run --reuse and resume --with-current-code as real processes. */
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { workgraph, workgraphJson } from "./fixtures/workgraph-process.ts";

// Several processes a test.
vi.setConfig({ testTimeout: 30_000 });

const FLOW = `import { node, workflow } from "agentic-workgraph";
const FACTOR = 2;
const scale = node({ id: "scale" }, async ({ x }: { x: number }) => x * FACTOR);
const parity = node({ id: "parity" }, async ({ x }: { x: number }) => x % 2);
export const flow = workflow({ name: "flow" }, ({ xs }: { xs: number[] }) => parity({ x: scale({ x: xs }) }));
`;

let cwd: string;
beforeAll(async () => {
  cwd = await realpath(await mkdtemp(join(tmpdir(), "workgraph-reusing-")));
  await writeFile(join(cwd, "package.json"), '{"name": "sample", "type": "module"}');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

test("the edit-run loop: what is announced is what executes, and why says which line did it", async () => {
  await writeFile(join(cwd, "flow.ts"), FLOW);
  await workgraph(["run", "flow.ts", '{"xs": [1, 2, 3]}'], { cwd });
  await writeFile(join(cwd, "flow.ts"), FLOW.replace("FACTOR = 2", "FACTOR = 4"));

  const plan = await workgraph(["run", "flow.ts", '{"xs": [1, 2, 3]}', "--reuse", "latest", "--dry-run"], { cwd });
  expect(plan.stdout).toContain("executes 3 items for certain:\n  scale 1.0, 1.1, 1.2  its code changed");
  expect(plan.stdout).toContain("parity 2.0, 2.1, 2.2 waits for scale");

  const again = await workgraphJson(["run", "flow.ts", '{"xs": [1, 2, 3]}', "--reuse", "latest"], { cwd });
  expect(again.document).toMatchObject({ status: "completed", output: [0, 0, 0], reuse: { kind: "reuse" } });

  const why = await workgraph(["why", "latest.1.0"], { cwd });
  expect(why.stdout).toContain("flow.ts:2 FACTOR\n    - const FACTOR = 2;\n    + const FACTOR = 4;");
});

test("fork takes all of it over, rerun nothing, and an unknown place exits with what there is", async () => {
  await writeFile(join(cwd, "flow.ts"), FLOW);
  await workgraph(["run", "flow.ts", '{"xs": [5, 6]}'], { cwd });
  const forked = await workgraph(["fork", "latest"], { cwd });
  expect(forked.exitCode).toBe(0);
  expect(forked.stderr).toContain("4 reused");
  const made = await workgraphJson(["why", "latest.2.0"], { cwd });
  expect(made.document).toMatchObject({ status: "reused", reasons: [{ kind: "reused" }] });
  const rerun = await workgraphJson(["rerun", "latest"], { cwd });
  expect(rerun.document).toMatchObject({ counts: { completed: 4 } });
  const wrong = await workgraph(["fork", "latest", "--from", "scal"], { cwd });
  expect(wrong.stderr).toContain('did you mean "scale"?');
  expect(wrong.exitCode).not.toBe(0);
});

test("resume --with-current-code says what it takes before it begins", async () => {
  await writeFile(join(cwd, "flow.ts"), FLOW);
  await workgraph(["run", "flow.ts", '{"xs": [7]}'], { cwd });
  const went = await workgraph(["resume", "latest", "--with-current-code"], { cwd });
  expect(went.stderr).toContain("the same code\nreuses 2 items (scale 1, parity 1)");
  expect(went.exitCode).toBe(0);
  const bare = await workgraph(["resume", "latest", "--dry-run"], { cwd });
  expect(bare.exitCode).toBe(2);
});
