/**
 * What the store alone costs, without a runtime: one JSON line per measure, medians of ROUNDS.
 *
 *   node --disable-warning=ExperimentalWarning bench/micro/store.ts [measure ...]
 *
 * The floor is plain node:sqlite: one row per item, one commit per 64; or one row, one commit.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { AppendedEvent, RunEvent } from "../../src/model/events.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { NewRun, Store } from "../../src/store/store.ts";

const ROUNDS = 5;
const ITEMS = 20_000;
const BATCH = 64;
const STEPS = 1_000;
const RUNS = 1_000;
const AT = 1_763_820_000_000;

function newRun(runId: string): NewRun {
  return {
    runId,
    project: "bench",
    workflow: "bench",
    version: "0".repeat(64),
    tags: {},
    caller: { kind: "bench", id: "bench" },
    input: "{}",
    createdAt: AT,
  };
}

function created(call: number): RunEvent {
  return {
    type: "call.created",
    at: AT,
    call,
    kind: "node",
    node: "work",
    site: { file: "bench.ts", line: 12, column: 3 },
    identity: "0123456789abcdef",
    segment: call,
    inputs: call === 1 ? {} : { value: { from: "call", call: call - 1, port: 0, how: "item" } },
    edges: call === 1 ? [] : [{ from: call - 1, kind: "solid", param: "value" }],
    space: [],
    many: false,
  };
}

function started(call: number, items: readonly number[]): AppendedEvent {
  return { event: { type: "items.started", at: AT, call, items } };
}

function completed(call: number, item: number): AppendedEvent {
  return {
    event: { type: "item.completed", at: AT, call, item, attempt: 1, from: "running", to: "completed", ms: 0.125 },
    value: `"value ${item}"`,
  };
}

async function inStore<T>(use: (store: Store, dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "workgraph-bench-"));
  const store = await openSqliteStore({ dir });
  try {
    return await use(store, dir);
  } finally {
    await store.close();
    rmSync(dir, { recursive: true });
  }
}

function inPlain<T>(use: (database: DatabaseSync) => T): T {
  const dir = mkdtempSync(join(tmpdir(), "workgraph-bench-"));
  const database = new DatabaseSync(join(dir, "floor.db"));
  try {
    database.exec("PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    database.exec(
      "CREATE TABLE item (id INTEGER PRIMARY KEY, call INTEGER, item INTEGER, status TEXT, at INTEGER, value TEXT)",
    );
    return use(database);
  } finally {
    database.close();
    rmSync(dir, { recursive: true });
  }
}

/** us per row. */
function floor(rows: number, perCommit: number): number {
  return inPlain((database) => {
    const insert = database.prepare("INSERT INTO item VALUES (NULL, ?, ?, ?, ?, ?)");
    const begin = performance.now();
    for (let row = 0; row < rows;) {
      database.exec("BEGIN IMMEDIATE");
      for (let n = 0; n < perCommit && row < rows; n++, row++) insert.run(1, row, "completed", AT, `"value ${row}"`);
      database.exec("COMMIT");
    }
    return ((performance.now() - begin) * 1_000) / rows;
  });
}

/** us per item: every turn completes 64 items and starts the next 64, as a fan-out of no-op items does. */
function fanOut(items: number): Promise<number> {
  return inStore(async (store) => {
    await store.createRun(newRun("r"));
    let { epoch, seq } = await store.acquire("r");
    await store.append({ runId: "r", epoch, expectedSeq: seq++, events: [{ event: created(1) }] });
    const begin = performance.now();
    let running: number[] = [];
    for (let next = 0; next < items || running.length > 0;) {
      const events: AppendedEvent[] = running.map((item) => completed(1, item));
      running = [];
      while (running.length < BATCH && next < items) running.push(next++);
      if (running.length > 0) events.push(started(1, running));
      await store.append({ runId: "r", epoch, expectedSeq: seq, events });
      seq += events.length;
    }
    return ((performance.now() - begin) * 1_000) / items;
  });
}

/** us per step: each step is one commit of four events. */
function chain(steps: number): Promise<{ readonly all: number; readonly first: number; readonly last: number }> {
  return inStore(async (store) => {
    await store.createRun(newRun("r"));
    let { epoch, seq } = await store.acquire("r");
    const times: number[] = [];
    for (let call = 1; call <= steps; call++) {
      const begin = performance.now();
      const events: AppendedEvent[] = [
        { event: created(call) },
        started(call, [0]),
        completed(call, 0),
        { event: { type: "call.closed", at: AT, call, status: "completed" } },
      ];
      await store.append({ runId: "r", epoch, expectedSeq: seq, events });
      seq += events.length;
      times.push((performance.now() - begin) * 1_000);
    }
    const mean = (part: readonly number[]): number => part.reduce((sum, time) => sum + time, 0) / part.length;
    return { all: mean(times), first: median(times.slice(50, 150)), last: median(times.slice(-100)) };
  });
}

/** us per run: 1,000 at once, three calls each, in four commits. */
function manyRuns(): Promise<number> {
  return inStore(async (store) => {
    const begin = performance.now();
    await Promise.all(
      Array.from({ length: RUNS }, async (_, number) => {
        const runId = `01J${String(number).padStart(23, "0")}`;
        await store.createRun(newRun(runId));
        let { epoch, seq } = await store.acquire(runId);
        const append = async (events: readonly AppendedEvent[]): Promise<void> => {
          const expectedSeq = seq;
          seq += events.length;
          await store.append({ runId, epoch, expectedSeq, events });
        };
        await append([
          { event: { type: "run.started", at: AT, epoch, owner: "bench", seed: "s", clock: AT } },
          { event: created(1) },
          { event: created(2) },
          { event: created(3) },
          started(1, [0]),
        ]);
        await append([
          completed(1, 0),
          { event: { type: "call.closed", at: AT, call: 1, status: "completed" } },
          started(2, [0]),
        ]);
        await append([
          completed(2, 0),
          { event: { type: "call.closed", at: AT, call: 2, status: "completed" } },
          started(3, [0]),
        ]);
        await append([
          completed(3, 0),
          { event: { type: "call.closed", at: AT, call: 3, status: "completed" } },
          { event: { type: "run.completed", at: AT, partial: false }, value: "1" },
        ]);
        await store.release(runId, epoch);
      }),
    );
    return ((performance.now() - begin) * 1_000) / RUNS;
  });
}

/** ms to read what a resume reads of a run of 100k items, in another connection; and bytes on disk per item. */
function reading(items: number): Promise<Readonly<Record<string, number>>> {
  return inStore(async (store, dir) => {
    await store.createRun(newRun("r"));
    let { epoch, seq } = await store.acquire("r");
    await store.append({ runId: "r", epoch, expectedSeq: seq++, events: [{ event: created(1) }] });
    for (let next = 0; next < items; next += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, items - next) }, (_, n) => next + n);
      const events = [started(1, batch), ...batch.map((item) => completed(1, item))];
      await store.append({ runId: "r", epoch, expectedSeq: seq, events });
      seq += events.length;
    }
    await store.release("r", epoch);
    const other = await openSqliteStore({ dir });
    const timed = async (read: () => Promise<unknown>): Promise<number> => {
      const begin = performance.now();
      await read();
      return performance.now() - begin;
    };
    const results = {
      acquireMs: await timed(() => other.acquire("r")),
      eventsMs: await timed(async () => {
        for (let after = 0; ;) {
          const events = await other.events("r", { after, limit: 10_000, values: "none" });
          if (events.length === 0) return;
          after += events.length;
        }
      }),
      callsMs: await timed(() => other.calls("r")),
      itemsFailedMs: await timed(() => other.items("r", { status: ["failed"] })),
      items10kMs: await timed(() => other.items("r", { after: [1, items - 20_000], limit: 10_000 })),
      valuesAllMs: await timed(() =>
        other.values(
          "r",
          Array.from({ length: items }, (_, item) => ({ call: 1, item })),
        ),
      ),
      value1Ms: await timed(() => other.values("r", [{ call: 1, item: 777 }])),
      verifyMs: await timed(() => other.verify("r")),
      bytesPerItem: statSync(join(dir, "workgraph.db")).size / items,
    };
    await other.close();
    return results;
  });
}

/** Worst delay of the event loop in ms while a fan-out is written. */
async function lag(items: number): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await fanOut(items);
  delay.disable();
  return delay.max / 1e6;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Measures the floor right before each round: what else the machine does then weighs on both. */
async function beside(
  floorUs: () => number,
  ours: () => Promise<number>,
): Promise<{ readonly floorUs: number; readonly oursUs: number; readonly ratio: number }> {
  const rounds: { readonly floorUs: number; readonly oursUs: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push({ floorUs: floorUs(), oursUs: await ours() });
  return {
    floorUs: median(rounds.map((round) => round.floorUs)),
    oursUs: median(rounds.map((round) => round.oursUs)),
    ratio: median(rounds.map((round) => round.oursUs / round.floorUs)),
  };
}

async function repeat(measure: () => number | Promise<number>): Promise<number> {
  const values: number[] = [];
  for (let round = 0; round < ROUNDS; round++) values.push(await measure());
  return median(values);
}

function print(measure: string, results: Readonly<Record<string, number>>): void {
  const rounded = Object.entries(results).map(([name, value]) => [name, Number(value.toFixed(2))]);
  console.log(JSON.stringify({ measure, ...Object.fromEntries(rounded) }));
}

const measures: Readonly<Record<string, () => Promise<void>>> = {
  async fanout() {
    print(
      "fan-out, us per item",
      await beside(
        () => floor(ITEMS, BATCH),
        () => fanOut(ITEMS),
      ),
    );
  },
  async chain() {
    const step = await beside(
      () => floor(STEPS, 1),
      async () => (await chain(STEPS)).all,
    );
    const long = await chain(10_000);
    print("chain, us per step", { ...step, step100Us: long.first, step10kUs: long.last });
  },
  async runs() {
    const runUs = await repeat(manyRuns);
    print("1,000 runs at once, us per run", { runUs, runsPerS: 1e6 / runUs });
  },
  async reading() {
    print("reading 100k items", await reading(100_000));
  },
  async lag() {
    print("worst event-loop delay in a fan-out, ms", {
      idleMs: await lag(0),
      worstMs: await repeat(() => lag(200_000)),
    });
  },
};

const chosen = process.argv.slice(2);
for (const [name, measure] of Object.entries(measures)) {
  if (chosen.length === 0 || chosen.includes(name)) await measure();
}
