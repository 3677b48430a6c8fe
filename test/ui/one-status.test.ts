/**
 * One status everywhere: whatever order the facts of a run come in and wherever one looks, the list of runs, the run, its items, its
 * graph, its view and what a page folds from the stream say the same.
 *
 * WORKGRAPH_STATUS_LOGS=2000 npx vitest run test/ui/one-status.test.ts    looks at so many logs; default 40
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { seededRandom } from "../../src/base/random.ts";
import { createRun } from "../../src/app/fixtures/recorded-run.ts";
import { listEvents } from "../../src/app/operations/list-events.ts";
import { listItems } from "../../src/app/operations/list-items.ts";
import { listRuns } from "../../src/app/operations/list-runs.ts";
import { readGraph } from "../../src/app/operations/read-graph.ts";
import { outlineOf, readView } from "../../src/app/operations/read-view.ts";
import { showRun } from "../../src/app/operations/show-run.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import { workgraphJson } from "../../src/cli/fixtures/workgraph-process.ts";
import type { ErrorRecord } from "../../src/model/error-record.ts";
import type { AppendedEvent, RunEvent } from "../../src/model/events.ts";
import { foldAll } from "../../src/model/fold.ts";
import type { CallStatus, ItemCounts } from "../../src/model/status.ts";
import { unpackView } from "../../src/model/packed-view.ts";
import type { RunView } from "../../src/model/view.ts";
import { shownView } from "../../ui/api/shown-view.ts";
import { Place } from "../server/place.ts";

type Random = () => number;

const LOGS = Number(process.env["WORKGRAPH_STATUS_LOGS"] ?? 40);
const AT = 1_763_820_000_000;
const MAX_CALLS = 4;
const MAX_ITEMS = 6;
const error: ErrorRecord = { code: "WG2000", kind: "thrown", name: "Error", message: "no" };

const place = new Place();
let workspace: Workspace;
beforeAll(async () => {
  workspace = await place.workspace();
});
afterAll(() => place.remove());

/** What one item may go through; each is one of its facts in their order. */
function itemFacts(call: number, item: number, random: Random): RunEvent[] {
  const facts: RunEvent[] = [];
  const base = { at: AT, call, item };
  const kind = random();
  if (kind < 0.1) return [{ type: "items.skipped", at: AT, call, items: [item], causes: [[call, 0]], code: "WG2003" }];
  if (kind < 0.2) {
    return [
      { type: "item.completed", ...base, attempt: 0, from: "waiting", to: "reused", ms: 0, source: ["R", call, item] },
    ];
  }
  for (let attempt = 1; ; attempt++) {
    facts.push({ type: "items.started", at: AT, call, items: [item], attempts: [attempt] });
    const ended = { ...base, attempt, from: "running", ms: 1 } as const;
    const chance = random();
    if (chance < 0.25 && attempt < 4)
      facts.push({ type: "item.retrying", ...ended, to: "retrying", delayMs: 1, error });
    else if (chance < 0.45) return [...facts, { type: "item.failed", ...ended, to: "failed", error }];
    else if (chance < 0.5) return [...facts, { type: "item.failed", ...ended, to: "abandoned", error }];
    else return [...facts, { type: "item.completed", ...ended, to: "completed" }];
  }
}

/** The facts of a run, those of different items in any order; cut off anywhere. */
function logOf(random: Random, epoch: number): readonly RunEvent[] {
  const log: RunEvent[] = [{ type: "run.started", at: AT, epoch, owner: "o", seed: "s", clock: AT }];
  const calls = 1 + Math.floor(random() * MAX_CALLS);
  const open: { readonly call: number; readonly facts: RunEvent[][] }[] = [];
  let made = 0;
  while (made < calls || open.length > 0) {
    if (made < calls && (open.length === 0 || random() < 0.2)) {
      const call = ++made;
      log.push({
        type: "call.created",
        at: AT,
        call,
        kind: "node",
        node: `node_${1 + (call % 3)}`,
        site: { file: "flow.ts", line: 10 + (call % 3), column: 1 },
        identity: `i${call}`,
        segment: 0,
        inputs: {},
        edges: [],
        space: [],
        many: false,
      });
      const items = Math.floor(random() * MAX_ITEMS);
      open.push({ call, facts: Array.from({ length: items }, (_, item) => itemFacts(call, item, random)) });
      continue;
    }
    const at = Math.floor(random() * open.length);
    const { call, facts } = open[at]!;
    const left = facts.filter((one) => one.length > 0);
    const next = left[Math.floor(random() * left.length)]?.shift();
    if (next !== undefined) {
      log.push(next);
      continue;
    }
    log.push({ type: "call.closed", at: AT, call, status: closedStatus(log, call) });
    open.splice(at, 1);
    if (random() < 0.1) log.push({ type: "calls.superseded", at: AT, calls: [call] });
  }
  const end = random();
  const events = end < 0.4 ? log : log.slice(0, 1 + Math.floor(random() * log.length));
  return [...events, ...endOf(random, log)];
}

function closedStatus(log: readonly RunEvent[], call: number): CallStatus {
  const failed = log.filter((one) => one.type === "item.failed" && one.call === call).length;
  const done = log.filter((one) => one.type === "item.completed" && one.call === call).length;
  return failed === 0 ? (done === 0 ? "empty" : "completed") : done === 0 ? "failed" : "partial";
}

/** How it ends; or not at all, and then whoever ran it is gone. */
function endOf(random: Random, log: readonly RunEvent[]): readonly RunEvent[] {
  const chance = random();
  const at = AT + 1;
  if (chance < 0.3) return [{ type: "run.completed", at, partial: log.some(({ type }) => type === "item.failed") }];
  if (chance < 0.5) return [{ type: "run.failed", at, error, failures: [] }];
  if (chance < 0.65) return [{ type: "run.cancelled", at, by: "somebody", items: [] }];
  if (chance < 0.75) return [{ type: "run.paused", at, reason: "store-full" }];
  return [];
}

/** Items by status without those of which there are none. */
function present(counts: ItemCounts): ItemCounts {
  return Object.fromEntries(
    Object.entries(counts)
      .filter(([name, count]) => count > 0 && name !== "total")
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function sumOf(counts: readonly ItemCounts[]): ItemCounts {
  const all: Record<string, number> = {};
  for (const one of counts) for (const [name, count] of Object.entries(one)) all[name] = (all[name] ?? 0) + count;
  return present(all);
}

interface Said {
  readonly status: string;
  readonly counts: ItemCounts;
  readonly calls: readonly { readonly status: string; readonly counts: ItemCounts }[];
}

function saidBy(view: RunView, status: string): Said {
  return {
    status,
    counts: present(view.counts),
    calls: view.calls.map((call) => ({ status: call.status, counts: present(call.counts) })),
  };
}

/** The same, as each place where it can be looked at tells it. */
async function everywhere(run: string, opened: RunView): Promise<Readonly<Record<string, Said>>> {
  const shown = await showRun(workspace, { run });
  const calls = shown.callList.map(({ status, items }) => ({ status, counts: present(items) }));
  const listed = (await listRuns(workspace, { limit: 900 })).runs.find(({ runId }) => runId === run)!;
  const graph = await readGraph(workspace, { run });
  const folded = await readGraph(workspace, { run, shape: "folded" });
  const { items } = await listItems(workspace, { run, limit: 1_000 });
  const read = await readView(workspace, { run });
  const { events } = await listEvents(workspace, { run, cursor: String(opened.seq), limit: 1_000 });
  const live = foldAll(
    opened,
    events.map(({ seq, event }) => ({ seq, event })),
  );
  const superseded = new Set(shown.callList.filter(({ status }) => status === "superseded").map(({ call }) => call));
  const byItem = sumOf(items.filter(({ call }) => !superseded.has(call)).map(({ status }) => ({ [status]: 1 })));
  return {
    detail: { status: shown.status, counts: present(shown.counts), calls },
    list: { status: listed.status, counts: present(listed.counts), calls },
    items: { status: shown.status, counts: byItem, calls },
    graph: {
      status: graph.status,
      counts: sumOf(graph.calls.filter(({ status }) => status !== "superseded").map(({ items: of }) => of)),
      calls: graph.calls.map(({ status, items: of }) => ({ status, counts: present(of) })),
    },
    "folded graph": {
      status: folded.status,
      counts: sumOf(folded.calls.filter(({ status }) => status !== "superseded").map(({ items: of }) => of)),
      calls,
    },
    outline: saidBy(
      shownView(outlineOf((await workspace.store.run(run))!, await workspace.store.calls(run)), read.status),
      read.status,
    ),
    "page opened now": saidBy(shownView(unpackView(read.view), read.status), read.status),
    "page open since": saidBy(shownView(live, read.status), read.status),
  };
}

async function differences(run: string, opened: RunView): Promise<readonly string[]> {
  const said = await everywhere(run, opened);
  const [first, ...rest] = Object.entries(said);
  return rest
    .filter(([, one]) => JSON.stringify(one) !== JSON.stringify(first![1]))
    .map(([name, one]) => `${name}: ${JSON.stringify(one)} but ${first![0]}: ${JSON.stringify(first![1])}`);
}

test(`list, run, items, graph and page say the same of ${LOGS} runs, at every commit and when nobody runs them`, async () => {
  const statuses = new Set<string>();
  for (let log = 0; log < LOGS; log++) {
    const random = seededRandom(`one status ${log}`);
    const runId = `01JD8${String(log).padStart(21, "0")}`;
    await createRun(workspace.store, runId, { createdAt: AT });
    const { epoch, seq } = await workspace.store.acquire(runId);
    const events = logOf(random, epoch);
    let opened = unpackView((await readView(workspace, { run: runId })).view);
    for (let at = 0; at < events.length;) {
      const some = events.slice(at, at + 1 + Math.floor(random() * 6));
      const appended: readonly AppendedEvent[] = some.map((event) => ({ event }));
      await workspace.store.append({ runId, epoch, expectedSeq: seq + at, events: appended });
      at += some.length;
      expect(await differences(runId, opened), `log ${log} after ${seq + at} events`).toEqual([]);
      // Some pages are opened in the middle.
      if (random() < 0.2) opened = unpackView((await readView(workspace, { run: runId })).view);
    }
    await workspace.store.release(runId, epoch);
    expect(await differences(runId, opened), `log ${log} when nobody runs it`).toEqual([]);
    statuses.add((await showRun(workspace, { run: runId })).status);
  }
  expect([...statuses].toSorted()).toEqual(
    expect.arrayContaining(["cancelled", "completed", "completed_partial", "failed", "interrupted", "paused"]),
  );
});

test("the command line says it too", async () => {
  const { runs } = await listRuns(workspace, { limit: 900 });
  const { document } = await workgraphJson(["runs", "--limit", "900"], { cwd: place.dir });
  const listed = document["runs"] as readonly { runId: string; status: string; counts: ItemCounts }[];
  expect(listed.map(({ runId, status, counts }) => [runId, status, present(counts)])).toEqual(
    runs.map(({ runId, status, counts }) => [runId, status, present(counts)]),
  );
  const cut = runs.find(({ status }) => status === "interrupted")!;
  const shown = await workgraphJson(["show", cut.runId], { cwd: place.dir });
  expect(shown.document).toMatchObject({ status: "interrupted", counts: cut.counts });
});

test("a page that drops an event is noticed", async () => {
  const { runs } = await listRuns(workspace, { limit: 900 });
  const { runId: run } = runs.find(({ counts }) => (counts.completed ?? 0) > 0)!;
  const { events } = await listEvents(workspace, { run, limit: 1_000 });
  const facts = events.map(({ seq, event }) => ({ seq, event }));
  const whole = foldAll(unpackView((await readView(workspace, { run, at: 1 })).view), facts);
  const lost = facts.findLastIndex(({ event }) => event.type === "item.completed");
  const without = foldAll(unpackView((await readView(workspace, { run, at: 1 })).view), facts.toSpliced(lost, 1));
  expect(saidBy(without, "completed")).not.toEqual(saidBy(whole, "completed"));
});
