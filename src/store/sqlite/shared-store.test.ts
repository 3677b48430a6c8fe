/** Several stores on one folder, as several processes have them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Changes } from "../change-feed.ts";
import { callCreated, hold, itemCompleted, newRun, runStarted } from "../held-run.contract.ts";
import type { Store } from "../store.ts";
import { openSqliteStore } from "./sqlite-store.ts";

let dir: string;
let one: Store;
let two: Store;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "workgraph-shared-"));
  one = await openSqliteStore({ dir });
  two = await openSqliteStore({ dir });
});
afterEach(async () => {
  await one.close();
  await two.close();
  rmSync(dir, { recursive: true, force: true });
});

test("a fire is claimed by one process", async () => {
  for (let fireAt = 1; fireAt <= 40; fireAt++) {
    const claims = await Promise.all(
      [one, two].map((store, n) => store.claimFire({ trigger: "t", fireAt, runId: `r${fireAt}-${n}` })),
    );
    expect(claims.filter((claim) => claim.claimed)).toHaveLength(1);
    expect(claims[0]?.runId).toBe(claims[1]?.runId);
  }
});

test("two that index at once bring everything in once", async () => {
  for (const runId of ["r1", "r2", "r3", "r4"]) {
    const held = await hold(one, newRun(runId));
    await held.append([runStarted, callCreated(1)], {
      logs: [{ call: 1, item: 0, attempt: 1, at: 1, level: "info", text: `line of ${runId}` }],
    });
    for (let item = 0; item < 60; item++)
      await held.append([itemCompleted(1, item, `"amber ${runId} ${"x ".repeat(999)}"`)]);
  }
  for (let round = 0; round < 200; round++) {
    const lags = await Promise.all([one.indexSome(10), two.indexSome(10)]);
    if (lags.every((lag) => lag.events + lag.lines === 0)) break;
  }
  const seen = new Set<string>();
  let after: string | undefined;
  let hits = 0;
  do {
    const page = await two.search({ text: "amber", limit: 200, ...(after === undefined ? {} : { after }) });
    hits += page.hits.length;
    for (const hit of page.hits) seen.add(`${hit.runId}.${hit.seq}`);
    after = page.next;
  } while (after !== undefined);
  expect(hits).toBe(240);
  expect(seen.size).toBe(240);
  expect((await one.search({ text: "line" })).hits).toHaveLength(4);
});

test("a run that another process forgets is forgotten here", async () => {
  const held = await hold(one, newRun("r1"));
  await held.append([runStarted, { event: { type: "run.completed", at: 9, partial: false } }]);
  await expect(two.forget("r1")).rejects.toMatchObject({ code: "WG5060" });
  await one.release("r1", held.epoch);
  expect(await two.events("r1")).toHaveLength(3);
  await one.forget("r1", "elsewhere");
  await expect(two.events("r1")).rejects.toMatchObject({ code: "WG5061" });
  await expect(two.acquire("r1")).rejects.toMatchObject({ code: "WG5061" });
});

test("changes tell of commits of another process", async () => {
  const abort = new AbortController();
  const next = two.changes(abort.signal)[Symbol.asyncIterator]();
  const told: Promise<IteratorResult<Changes>> = next.next();
  await one.createRun(newRun("r1"));
  expect(await told).toEqual({ done: false, value: { runs: [], others: true } });
  abort.abort();
  expect((await next.next()).done).toBe(true);
});
