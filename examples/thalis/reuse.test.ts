/**
 * The edit-run loop, with the command line, on a copy of this example: what `--dry-run` announces after an edit is what executes,
 * and the trainings that still hold are not done again.
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

import type { ReusePlan } from "../../src/model/reuse-plan.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { endPrograms, runJson } from "../../test/process/program.ts";

/** Each of them starts the program several times. */
vi.setConfig({ testTimeout: 180_000 });

const EXAMPLE = dirname(fileURLToPath(import.meta.url));
const dir = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-thalis-")));
const BASES = "line,small";
const TRAINING =
  `thalis/training-testing.ts --from-artifact thalis-dataset-prep/dataset-prep --per-picture 200 --bases ${BASES}`.split(
    " ",
  );
const MULTIBASE = "thalis/training/proofed-concept-to-multibase-batch.ts";

async function workgraph(...words: readonly string[]): Promise<Record<string, unknown>> {
  const { document, exitCode, stdout } = await runJson(words, { cwd: dir });
  if (exitCode !== 0) throw new Error(`${words.join(" ")}: ${stdout}`);
  return document;
}

function edit(file: string, from: string, to: string): void {
  const path = join(dir, "thalis", file);
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2) throw new Error(`"${from}" does not stand in ${file} exactly once`);
  writeFileSync(path, text.replace(from, to));
}

interface Executed {
  /** `CALL.ITEM NODE` of what ran, not of what was taken over. */
  readonly items: readonly string[];
  readonly reused: readonly string[];
}

async function reading<T>(use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openSqliteStore({ dir: join(dir, ".workgraph"), readOnly: true });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function executedBy(store: Store, runId: string): Promise<Executed> {
  const nodes = new Map((await store.calls(runId)).map(({ call, event }) => [call, event.node]));
  const { items } = await store.items(runId, { limit: 1000 });
  const named = (reused: "reused" | "made"): string[] =>
    items
      .filter(({ status }) => (status === "reused") === (reused === "reused"))
      .map(({ call, item }) => `${call}.${item} ${nodes.get(call)}`);
  return { items: named("made"), reused: named("reused") };
}

beforeAll(async () => {
  writeFileSync(join(dir, "package.json"), '{"name": "thalis-copy", "type": "module"}');
  mkdirSync(join(dir, "thalis"));
  cpSync(EXAMPLE, join(dir, "thalis"), { recursive: true });
  symlinkSync(join(EXAMPLE, "../../node_modules"), join(dir, "node_modules"));
  await workgraph("run", "thalis/thalis-dataset-prep.ts", "--seeds", "6", "--per-seed", "2", "--size", "64");
  await workgraph("run", ...TRAINING);
}, 180_000);
afterAll(async () => {
  await endPrograms();
  rmSync(dir, { recursive: true, force: true });
});

test("after an edit of a helper, the calls that were announced execute and no others; the time saved is that of the trainings", async () => {
  const again = [MULTIBASE, "--from-artifact", "proofing-job-to-eval/proof-eval", "--bases", BASES];
  const first = await workgraph("run", ...again);
  const trained = await reading((store) => store.items(first["runId"] as string, { limit: 100 }));

  // The chart is drawn by one node of five; how pictures are trained does not depend on it.
  edit("pictures/chart.ts", "const MARGIN = 8;", "const MARGIN = 10;");
  const plan = (await workgraph("run", ...again, "--reuse", "latest", "--dry-run")) as unknown as ReusePlan;
  const announced = [
    ...plan.executes.map(({ place, node }) => `${place} ${node}`),
    ...plan.dependents.map(({ call, node }) => `${call}.0 ${node}`),
  ];
  expect(announced).toEqual(["3.0 write_multibase_batch"]);
  expect(plan.reused.nodes).toEqual({ list_bases: 1, train_base: 2 });

  const second = await workgraph("run", ...again, "--reuse", "latest");
  const { items, reused } = await reading((store) => executedBy(store, second["runId"] as string));
  expect(items).toEqual(announced);
  expect(reused).toHaveLength(3);
  const reuse = second["reuse"] as { run: string; items: number; savedMs: number };
  const tookMs = trained.items.filter(({ call }) => call < 3).reduce((sum, { ms = 0 }) => sum + ms, 0);
  expect(reuse).toMatchObject({ run: first["runId"], items: 3, savedMs: plan.reused.savedMs });
  expect(reuse.savedMs).toBeGreaterThan(0);
  expect(Math.abs(reuse.savedMs - tookMs)).toBeLessThanOrEqual(4); // each of the three is rounded
});

test("an edit that changes what training does makes every training run again", async () => {
  const again = [MULTIBASE, "--from-artifact", "proofing-job-to-eval/proof-eval", "--bases", BASES];
  edit("colours/model.ts", "const BATCH = 32;", "const BATCH = 24;");
  const plan = (await workgraph("run", ...again, "--reuse", "latest", "--dry-run")) as unknown as ReusePlan;
  expect(plan.executes.map(({ node, because }) => [node, because.kind])).toEqual([
    ["train_base", "code"],
    ["train_base", "code"],
  ]);
  expect(plan.dependents.map(({ node }) => node)).toEqual(["write_multibase_batch"]);
});

test("a whole stage takes over what holds inside of its child runs, by itself", async () => {
  edit("colours/model.ts", "const BATCH = 24;", "const BATCH = 32;");
  const second = await workgraph("run", ...TRAINING, "--reuse", "latest");
  const inside = await reading(async (store) => {
    const { runs } = await store.runs({ parent: second["runId"] as string });
    return Promise.all(
      runs.toReversed().map(async ({ workflow, runId }) => [workflow, await executedBy(store, runId)]),
    );
  });
  const executed = Object.fromEntries(inside as [string, Executed][]);
  // The chart is part of two folders; who reads those runs again, and what comes out equal goes no further.
  expect(executed["dataset-to-proofing-job"]!.items).toEqual([]);
  expect(executed["proofing-job-to-eval"]!.items).toEqual(["2.0 write_proof_eval"]);
  expect(executed["proofed-concept-to-multibase-batch"]!.items).toEqual([
    "1.0 list_bases",
    "3.0 write_multibase_batch",
  ]);
  expect(executed["proofed-concept-to-multibase-batch"]!.reused).toHaveLength(2);
});
