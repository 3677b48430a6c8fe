/**
 * What a long history costs to read: lists, searches and pages with 50,000 runs and one run of 1,000,000 items in the store.
 *
 * The runs are written through the store as a runner writes them. Each question is asked of `app/`, as the server and the command
 * line ask it, in rounds that mix all of them; a line says the p99 of its question, and which percentiles stand below it.
 */
import { setImmediate } from "node:timers/promises";
import { errorGroups } from "../../src/app/operations/error-groups.ts";
import { listEvents } from "../../src/app/operations/list-events.ts";
import { listItems } from "../../src/app/operations/list-items.ts";
import { listLogs } from "../../src/app/operations/list-logs.ts";
import { listRuns } from "../../src/app/operations/list-runs.ts";
import { indexFor, search } from "../../src/app/operations/search.ts";
import { showItem } from "../../src/app/operations/show-item.ts";
import { showRun } from "../../src/app/operations/show-run.ts";
import { findProject } from "../../src/app/project.ts";
import { openWorkspace, type Workspace } from "../../src/app/workspace.ts";
import type { AppendedEvent } from "../../src/model/events.ts";
import type { LogLine } from "../../src/store/store.ts";
import { inTemporaryFolder } from "../harness/folder.ts";
import { call, completed, writeLongRun } from "../harness/long-run.ts";
import { print, require } from "../harness/report.ts";
import { seededUnit } from "../harness/seeded.ts";

const RUNS = Number(process.env["HISTORY_RUNS"] ?? 50_000);
const ITEMS = Number(process.env["HISTORY_ITEMS"] ?? 1_000_000);
const ROUNDS = Number(process.env["HISTORY_ROUNDS"] ?? 100);
const BAR_MS = 200;
const AT = Date.UTC(2026, 0, 1);
const AT_ONCE = 64;
const WORKFLOWS = ["research", "nightly", "import", "report", "mail"] as const;
const REASONS = ["connection refused by host", "timeout after 30 ms", "no such page", "disk is slow"] as const;

const random = seededUnit(7);
const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;

function idOf(n: number): string {
  return `01KE${String(n).padStart(22, "0")}`;
}

async function writeRun({ store }: Workspace, n: number): Promise<void> {
  const at = AT + n * 60_000;
  const runId = idOf(n);
  const workflow = pick(WORKFLOWS);
  const version = `v${Math.floor(n / 5_000)}`;
  const failed = random() < 0.1;
  await store.createRun({
    runId,
    workflow,
    version,
    project: "p",
    caller: { kind: "cli", id: "u" },
    createdAt: at,
    tags: { team: pick(["red", "blue"]) },
    input: '{"query":"x"}',
  });
  const { epoch, seq } = await store.acquire(runId);
  const error = {
    code: "WG2002",
    kind: "thrown",
    name: "Error",
    message: `${pick(REASONS)} ${n}`,
    node: "fetch",
  } as const;
  const failure = { attempt: 1, from: "running", to: "failed", ms: 3, error } as const;
  const events: AppendedEvent[] = [
    { event: { type: "run.started", at, epoch, owner: "o", seed: "s", clock: at } },
    call(1, at),
    completed(0, at + 5),
    completed(1, at + 6),
    failed ? { event: { type: "item.failed", at: at + 7, call: 1, item: 2, ...failure } } : completed(2, at + 7),
    failed
      ? { event: { type: "run.failed", at: at + 10 + (n % 5_000), error, failures: [[1, 2]] } }
      : { event: { type: "run.completed", at: at + 10 + (n % 5_000), partial: false }, value: '"done"' },
  ];
  const logs: LogLine[] = [{ call: 1, item: 0, attempt: 1, at, level: "info", text: `fetched ${n} of many` }];
  await store.append({ runId, epoch, expectedSeq: seq, events, logs });
  await store.release(runId, epoch);
}

const LONG = idOf(RUNS);

async function writeAll(workspace: Workspace): Promise<void> {
  for (let n = 0; n < RUNS; n += AT_ONCE) {
    const count = Math.min(AT_ONCE, RUNS - n);
    await Promise.all(Array.from({ length: count }, (_, more) => writeRun(workspace, n + more)));
  }
  await writeLongRun(workspace, { runId: LONG, items: ITEMS, at: AT + RUNS * 60_000 });
}

/** Questions, each asked about another place every time. */
const QUESTIONS: Readonly<Record<string, (workspace: Workspace) => Promise<unknown>>> = {
  "runs, newest": (workspace) => listRuns(workspace),
  "runs, a page far down": (workspace) => listRuns(workspace, { cursor: idOf(Math.floor(random() * RUNS)) }),
  "runs of a workflow": (workspace) => listRuns(workspace, { workflow: pick(WORKFLOWS) }),
  "runs of a version": (workspace) => listRuns(workspace, { version: `v${Math.floor(random() * 9)}` }),
  "failed runs of a workflow": (workspace) => listRuns(workspace, { workflow: pick(WORKFLOWS), status: "failed" }),
  "runs with a tag": (workspace) => listRuns(workspace, { tags: { team: "red" } }),
  "runs with a tag that none has": (workspace) => listRuns(workspace, { tags: { team: "green" } }),
  "runs of a day": (workspace) => {
    const from = new Date(AT + Math.floor(random() * RUNS) * 60_000).toISOString();
    return listRuns(workspace, { from, to: new Date(Date.parse(from) + 86_400_000).toISOString() });
  },
  "runs that took long": (workspace) => listRuns(workspace, { minMs: 4_900, workflow: pick(WORKFLOWS) }),
  "runs with rare words": (workspace) => listRuns(workspace, { text: `refused ${Math.floor(random() * RUNS)}` }),
  "runs with a word that all have": (workspace) => listRuns(workspace, { text: "page" }),
  "one run": (workspace) => showRun(workspace, { run: idOf(Math.floor(random() * RUNS)) }),
  "the long run": (workspace) => showRun(workspace, { run: LONG }),
  "items of the long run": (workspace) =>
    listItems(workspace, { run: LONG, cursor: `1.${Math.floor(random() * ITEMS)}`, limit: 100 }),
  "one item of the long run": (workspace) => showItem(workspace, { item: `${LONG}.1.${Math.floor(random() * ITEMS)}` }),
  "events of the long run": (workspace) =>
    listEvents(workspace, { run: LONG, cursor: String(Math.floor(random() * ITEMS)), limit: 100 }),
  "log lines of the long run": (workspace) => listLogs(workspace, { run: LONG, limit: 100 }),
  "search, a rare word": (workspace) => search(workspace, { text: `fetched ${Math.floor(random() * RUNS)}` }),
  "search, a word that all have": (workspace) => search(workspace, { text: "page" }),
  "search, errors of a workflow": (workspace) =>
    search(workspace, { text: "refused", kinds: ["error"], workflow: pick(WORKFLOWS) }),
  "groups of errors": (workspace) => errorGroups(workspace),
  "groups of a version": (workspace) => errorGroups(workspace, { version: `v${Math.floor(random() * 9)}` }),
};

await inTemporaryFolder(async (dir) => {
  const project = await findProject({ from: dir, data: dir });
  const workspace = await openWorkspace(project, "write");
  const begin = performance.now();
  await writeAll(workspace);
  const writtenS = (performance.now() - begin) / 1_000;
  for (let lag = await indexFor(workspace, 60_000); lag.events > 0; lag = await indexFor(workspace, 60_000));
  process.stderr.write(
    `written in ${Math.round(writtenS)} s, indexed in ${Math.round((performance.now() - begin) / 1_000 - writtenS)} s\n`,
  );
  require((await listRuns(workspace, { level: "all" })).total === RUNS + 1, "not all runs are there");
  const took = new Map<string, number[]>(Object.keys(QUESTIONS).map((name) => [name, []]));
  for (let round = -2; round < ROUNDS; round++) {
    for (const [name, question] of Object.entries(QUESTIONS)) {
      await setImmediate();
      const asked = performance.now();
      await question(workspace);
      if (round >= 0) took.get(name)!.push(performance.now() - asked);
    }
  }
  await workspace.close();
  for (const [name, times] of took) {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
    print({
      measure: `${name}, with ${RUNS} runs and one of ${ITEMS} items`,
      value: at(0.99),
      unit: "ms (p99)",
      bar: `<= ${BAR_MS} ms`,
      met: at(0.99) <= BAR_MS,
      runs: ROUNDS,
      spread: [sorted[0]!, sorted.at(-1)!],
      medianMs: at(0.5),
    });
  }
});
