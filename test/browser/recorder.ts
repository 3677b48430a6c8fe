/**
 * A process of its own that records a run of "pages -> read -> words" by hand, at a pace: what a runner would commit, without what
 * nodes would cost. It takes an order as its one argument, and words on its standard input; it answers in lines of JSON.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { findProject } from "../../src/app/project.ts";
import { openWorkspace } from "../../src/app/workspace.ts";
import { encode } from "../../src/model/codec.ts";
import type { AppendedEvent, RunEvent } from "../../src/model/events.ts";
import type { LogLine } from "../../src/store/store.ts";

export interface Order {
  readonly dir: string;
  readonly runId: string;
  readonly items: number;
  /** Attempts of each item; the last one succeeds. */
  readonly attempts: number;
  /** Items in one commit; the commits are told when `paceMs` lies between them. */
  readonly batch: number;
  readonly paceMs?: number;
}

/** One commit: how many items had ended by then, and when it was durable, epoch ms. */
export interface Commit {
  readonly done: number;
  readonly at: number;
}

const order = JSON.parse(process.argv[2] ?? "{}") as Order;
const error = { code: "WG2000", kind: "thrown", name: "Error", message: "connection reset" } as const;

const workspace = await openWorkspace(await findProject({ from: order.dir }), "write");
const { store } = workspace;
const { runId, items, attempts, batch, paceMs } = order;
const began = Date.now();
await store.createRun({
  runId,
  project: "sample",
  workflow: "pages",
  version: "unversioned",
  tags: {},
  caller: { kind: "cli", id: "recorder" },
  input: encode({ count: items }),
  createdAt: began,
});
const { epoch, seq } = await store.acquire(runId);
let expectedSeq = seq;

async function append(events: readonly AppendedEvent[], logs: readonly LogLine[] = []): Promise<void> {
  await store.append({ runId, epoch, expectedSeq, events, logs });
  expectedSeq += events.length;
}

const plain = (event: RunEvent): AppendedEvent => ({ event });

function created(call: number, node: string, from: number): AppendedEvent {
  return plain({
    type: "call.created",
    at: began,
    call,
    kind: "node",
    node,
    site: { file: "pages.ts", line: 10 + call, column: 1 },
    identity: `${node}-1`,
    segment: 0,
    inputs: from === 0 ? {} : { page: { from: "call", call: from, port: 0, how: "item" } },
    edges: from === 0 ? [] : [{ from, kind: "solid", param: "page" }],
    space: from === 0 ? [] : [1],
    many: from === 0,
  });
}

/** All there is of one item. */
function itemEvents(item: number): readonly AppendedEvent[] {
  const events: AppendedEvent[] = [];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const at = Date.now();
    const base = { at, call: 2, item, attempt, from: "running", ms: 3 } as const;
    events.push(plain({ type: "items.started", at, call: 2, items: [item], attempts: [attempt] }));
    if (attempt < attempts) events.push(plain({ type: "item.retrying", ...base, to: "retrying", delayMs: 1, error }));
    else
      events.push({
        event: { type: "item.completed", ...base, to: "completed" },
        value: encode({ page: item, words: item % 97 }),
      });
  }
  return events;
}

const tell = (told: object): void => void process.stdout.write(`${JSON.stringify(told)}\n`);

await append([
  plain({ type: "run.started", at: began, epoch, owner: "recorder", seed: "s", clock: began }),
  created(1, "pages", 0),
  created(2, "read", 1),
  plain({ type: "items.started", at: began, call: 1, items: [0] }),
  plain({
    type: "item.completed",
    at: began,
    call: 1,
    item: 0,
    attempt: 1,
    from: "running",
    to: "completed",
    ms: 1,
    size: items,
  }),
  plain({ type: "call.closed", at: began, call: 1, status: "completed" }),
]);
if (paceMs !== undefined) {
  tell({ ready: runId });
  const lines = createInterface({ input: process.stdin });
  await new Promise((resolve) => lines.once("line", resolve));
  lines.close();
  process.stdin.unref();
}
const commits: Commit[] = [];
const start = performance.now();
for (let done = 0; done < items;) {
  const some = Array.from({ length: Math.min(batch, items - done) }, (_, i) => done + i);
  const logs = some
    .filter((item) => item % 100 === 0)
    .map((item): LogLine => ({ call: 2, item, attempt: 1, at: Date.now(), level: "info", text: `read page ${item}` }));
  await append(some.flatMap(itemEvents), logs);
  done += some.length;
  commits.push({ done, at: Date.now() });
  if (paceMs !== undefined) await sleep(Math.max(0, start + commits.length * paceMs - performance.now()));
}
const at = Date.now();
await append([plain({ type: "call.closed", at, call: 2, status: "completed" })]);
await append([{ event: { type: "run.completed", at, partial: false }, value: encode({ pages: items }) }]);
await store.release(runId, epoch);
await workspace.close();
tell({
  ended: runId,
  events: expectedSeq,
  tookMs: Math.round(performance.now() - start),
  commits: paceMs === undefined ? [] : commits,
});
