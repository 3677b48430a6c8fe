/**
 * The edit-run loop on a copy of this example: what a plan announces after an edit is what executes, inside of child runs, too, and
 * trainings that still hold are not done again.
 */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, expect, test, vi } from "vitest";

import type { RunPlan } from "../../src/model/reuse-plan.ts";
import { openRunner, type LaunchRequest, type RunResult } from "../../src/runner/runner.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";

vi.setConfig({ testTimeout: 60_000 });

const EXAMPLE = dirname(fileURLToPath(import.meta.url));
const dir = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-thalis-")));
const store = openMemoryStore();
const runner = openRunner({
  store,
  project: {
    root: dir,
    name: "thalis-copy",
    dataDir: join(dir, ".workgraph"),
    artifactsDir: join(dir, "artifacts"),
    config: {},
    workflowFiles: async () => [],
  },
});
const TRAINING: LaunchRequest = {
  target: join(dir, "thalis/training-testing.ts"),
  input: { selector: "thalis-dataset-prep/dataset-prep@latest", perPicture: 120, bases: "line,small" },
};

async function run(request: LaunchRequest): Promise<RunResult> {
  const result = await (await (await runner).launch(request)).result();
  if (result.status !== "completed") throw new Error(`${result.workflow}: ${result.error?.message}`);
  return result;
}

/** What a new run would do, and a new run. */
async function again(): Promise<{ readonly plan: RunPlan; readonly made: RunResult }> {
  const plan = await (await runner).planLaunch({ ...TRAINING, reuse: "latest" });
  return { plan, made: await run({ ...TRAINING, reuse: "latest" }) };
}

function edit(file: string, from: string, to: string): void {
  const path = join(dir, "thalis", file);
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2) throw new Error(`"${from}" does not stand in ${file} exactly once`);
  writeFileSync(path, text.replace(from, to));
}

/** `WORKFLOW CALL.ITEM NODE`; each workflow has one child run in a stage. */
interface Announced {
  readonly certain: readonly string[];
  readonly perhaps: readonly string[];
}

function announced(plan: RunPlan): Announced {
  const { workflow, executes, dependents } = plan;
  const below = plan.children.map(announced);
  return {
    certain: [
      ...executes.map(({ place, node }) => `${workflow} ${place} ${node}`),
      ...below.flatMap(({ certain }) => certain),
    ],
    perhaps: [
      ...dependents
        .filter(({ kind }) => kind === "node")
        .flatMap(({ call, node, items }) => items.map((item) => `${workflow} ${call}.${item} ${node}`)),
      ...below.flatMap(({ perhaps }) => perhaps),
    ],
  };
}

/** What ran of a stage and its child runs, not what was taken over. */
async function executed(runId: string): Promise<readonly string[]> {
  const [row, calls, { items }, { runs }] = await Promise.all([
    store.run(runId),
    store.calls(runId),
    store.items(runId, { limit: 1000 }),
    store.runs({ parent: runId }),
  ]);
  const nodes = new Map(
    calls.filter(({ event }) => event.kind === "node").map(({ call, event }) => [call, event.node]),
  );
  const own = items
    .filter(({ call, status }) => nodes.has(call) && status !== "reused")
    .map(({ call, item }) => `${row!.workflow} ${call}.${item} ${nodes.get(call)}`);
  return [...own, ...(await Promise.all(runs.toReversed().map((child) => executed(child.runId)))).flat()];
}

beforeAll(async () => {
  writeFileSync(join(dir, "package.json"), '{"name": "thalis-copy", "type": "module"}');
  mkdirSync(join(dir, "thalis"));
  cpSync(EXAMPLE, join(dir, "thalis"), { recursive: true });
  symlinkSync(join(EXAMPLE, "../../node_modules"), join(dir, "node_modules"));
  await run({ target: join(dir, "thalis/thalis-dataset-prep.ts"), input: { seeds: 6, perSeed: 2, size: 64 } });
  await run(TRAINING);
}, 60_000);
afterAll(async () => {
  await (await runner).close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

test("after an edit of what the last child run is made with, exactly what was announced executes, and no training", async () => {
  edit("training/multibase-run-to-model-validation.ts", '["grey", "mean", "ladder"]', '["mean", "ladder"]');
  const { plan, made } = await again();
  const { certain, perhaps } = announced(plan);
  expect(certain).toEqual(["multibase-run-to-model-validation 3.0 write_validated_model"]);
  expect(perhaps).toEqual(["training-testing 5.0 write_stage_artifact"]);
  expect((await executed(made.runId)).toSorted()).toEqual([...certain, ...perhaps].toSorted());
  expect(made.reuse).toMatchObject({ items: plan.reused.items, savedMs: plan.reused.savedMs });
  expect(plan.reused.nodes).toMatchObject({ train_base: 2, list_bases: 1, validate_model: 2 });
  expect(plan.reused.savedMs).toBeGreaterThan(0);
});

test("after an edit of a helper that draws charts, all that is certain executes, and nothing that was not announced", async () => {
  // Charts are part of two folders. Who reads those runs again; what comes out equal goes no further, so that nothing is trained.
  edit("pictures/chart.ts", "const MARGIN = 8;", "const MARGIN = 10;");
  const { plan, made } = await again();
  const { certain, perhaps } = announced(plan);
  expect(certain).toEqual(["proofing-job-to-eval 2.0 write_proof_eval"]);
  const ran = await executed(made.runId);
  expect(ran).toEqual(expect.arrayContaining([...certain]));
  expect([...certain, ...perhaps]).toEqual(expect.arrayContaining([...ran]));
  expect(ran.filter((item) => /multibase-batch/.test(item))).toEqual([
    "proofed-concept-to-multibase-batch 1.0 list_bases",
    "proofed-concept-to-multibase-batch 3.0 write_multibase_batch",
  ]);
  expect(made.reuse).toMatchObject({ inChildRuns: expect.any(Number) as number });
});

test("an edit that changes what training does makes every training run again", async () => {
  edit("colours/model.ts", "const BATCH = 32;", "const BATCH = 24;");
  const plan = await (await runner).planLaunch({ ...TRAINING, reuse: "latest" });
  const { certain, perhaps } = announced(plan);
  expect(certain).toEqual(["proofing-job-to-eval 1.0 train_proof"]);
  expect(perhaps.filter((item) => item.endsWith("train_base"))).toHaveLength(2);
});
