/** A run that fails starts the workflow it names, once, wherever it ran. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FakeClock } from "../../src/base/clock.ts";
import { ProcessLauncher } from "../../src/app/process-launcher.ts";
import { Registration } from "../../src/app/registration.ts";
import { TriggerService } from "../../src/app/trigger-service.ts";
import { workgraph, workgraphJson } from "../../src/cli/fixtures/workgraph-process.ts";
import { ask, Place } from "../server/place.ts";

const FLOW = `
import { appendFileSync } from "node:fs";
import { node, runSubgraph, workflow, type FailedRun } from "agentic-workgraph";
const check = node({ id: "check" }, async ({ n }: { n: number }) => {
  if (n > 1) throw new RangeError("n is " + n);
  return n;
});
const note = node({ id: "note", out: "one" }, async ({ told }: { told: object }) => {
  appendFileSync(TOLD, JSON.stringify(told) + "\\n");
  return told;
});
const refuse = node({ id: "refuse" }, async (): Promise<number> => {
  throw new Error("cannot tell");
});
export const tell = workflow({ name: "tell" }, (failed: FailedRun) => note({ told: failed }));
const brief = workflow({ name: "brief" }, ({ runId }: Pick<FailedRun, "runId">) => note({ told: { runId } }));
const broken = workflow({ name: "broken", onRunFailed: tell }, () => refuse({}));
export const watched = workflow({ name: "watched", onRunFailed: tell }, ({ n }: { n: number }) => check({ n }));
export const hidden = workflow({ name: "hidden", onRunFailed: brief }, ({ n }: { n: number }) => check({ n }));
export const looped = workflow({ name: "looped", onRunFailed: broken }, ({ n }: { n: number }) => check({ n }));
export const parent = workflow({ name: "parent" }, ({ n }: { n: number }) =>
  runSubgraph({ workflow: watched, input: { n } }).settled(),
);
`;

const place = new Place();
beforeAll(
  () => void place.write("flow.workflow.ts", FLOW.replace("TOLD", JSON.stringify(join(place.dir, "told.ndjson")))),
);
afterAll(() => place.remove());

interface Told {
  readonly runId: string;
  readonly [field: string]: unknown;
}

/** What was told since the last look. */
function told(): readonly Told[] {
  const path = join(place.dir, "told.ndjson");
  const text = readFileSync(path, { encoding: "utf8", flag: "a+" });
  writeFileSync(path, "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Told);
}

async function run(name: string, n: number): Promise<string> {
  const ended = await workgraph(["run", name, "--n", String(n), "--json"], { cwd: place.dir });
  return (JSON.parse(ended.stdout) as { readonly runId: string }).runId;
}

test("on the command line, with what it needs to know, and not again after a resume", { timeout: 60_000 }, async () => {
  const runId = await run("watched", 3);
  expect(told()).toEqual([
    {
      runId,
      workflow: "watched",
      version: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      input: { n: 3 },
      errors: [
        expect.objectContaining({ code: "WG2001" }) as object,
        { code: "WG2000", name: "RangeError", message: "n is 3", node: "check", address: `${runId}.1.0` },
      ],
    },
  ]);
  const resumed = await workgraph(["resume", runId], { cwd: place.dir });
  expect(resumed.exitCode).toBe(1);
  expect(resumed.stderr).not.toContain("was not started");
  expect(told()).toEqual([]);
  const { document } = await workgraphJson(["runs", "--workflow", "tell"], { cwd: place.dir });
  expect(document["runs"]).toMatchObject([{ caller: { kind: "run-failed", id: runId } }]);
});

test("a run that completes, and a child run that fails, start nothing", { timeout: 60_000 }, async () => {
  await run("watched", 1);
  await run("parent", 5);
  expect(told()).toEqual([]);
});

test("what is not exported is started too, with the parameters it declares", { timeout: 60_000 }, async () => {
  const runId = await run("hidden", 9);
  expect(told()).toEqual([{ runId }]);
});

test("what tells of failures does not go on telling of its own", { timeout: 60_000 }, async () => {
  await run("looped", 9);
  expect(told()).toEqual([]);
  const { document } = await workgraphJson(["runs", "--workflow", "broken"], { cwd: place.dir });
  expect(document["total"]).toBe(1);
});

test("in the runner of a server", { timeout: 60_000 }, async () => {
  const server = await place.serve(await place.workspace());
  const { body } = await ask(server, "/api/workflows/watched/runs", { body: { input: { n: 4 } } });
  await ask(server, `/api/runs/${String(body["runId"])}/wait`);
  let seen: readonly Told[] = [];
  await expect.poll(() => (seen = [...seen, ...told()]), { timeout: 20_000 }).toHaveLength(1);
  expect(seen).toMatchObject([{ runId: body["runId"], input: { n: 4 } }]);
  await server.close(5_000);
});

test("of a run whose process did not live to tell, a server tells once", { timeout: 60_000 }, async () => {
  const workspace = await place.workspace();
  const registration = new Registration(workspace.project);
  const watched = await registration.find("watched");
  const { store } = workspace;
  const clock = new FakeClock(Date.now() + 20_000);
  const runId = "01KZZZZZZZZZZZZZZZZZZZZZZZ";
  const createdAt = Date.now() - 30_000;
  const { name: workflow, version } = watched;
  await store.createRun({
    runId,
    workflow,
    version,
    project: "p",
    tags: {},
    caller: { kind: "cli", id: "u" },
    input: '{"n":8}',
    createdAt,
  });
  const { epoch, seq } = await store.acquire(runId);
  const error = { code: "WG2001", kind: "thrown", name: "Error", message: "gone" } as const;
  const events = [{ event: { type: "run.failed", at: createdAt, error, failures: [] } as const }];
  await store.append({ runId, epoch, expectedSeq: seq, events });
  await store.release(runId, epoch);
  const launcher = new ProcessLauncher(workspace);
  const service = new TriggerService({ workspace, registration, launcher, clock });
  await service.start();
  for (let round = 0; round < 3; round++) {
    await clock.advance(16_000);
    await expect.poll(() => clock.waiting, { timeout: 20_000 }).toBe(2);
  }
  let all: readonly Told[] = [];
  await expect.poll(() => (all = [...all, ...told()]), { timeout: 20_000 }).toHaveLength(1);
  expect(all).toMatchObject([{ runId, input: { n: 8 }, errors: [{ code: "WG2001", message: "gone" }] }]);
  expect(service.health().dropped).toEqual([]);
  await service.close();
  await launcher.close(5_000);
  registration.close();
});
