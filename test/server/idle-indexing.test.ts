/** Values come into the index of words while the server has nothing else to do, and not while it has. */
import { afterAll, expect, test } from "vitest";
import { setTimeout as pause } from "node:timers/promises";
import { IdleIndexing } from "../../src/server/idle-indexing.ts";
import type { Store } from "../../src/store/store.ts";
import { Place } from "./place.ts";

const place = new Place();
afterAll(() => place.remove());

async function lagOf(store: Store): Promise<number> {
  const { events, lines } = await store.searchLag();
  return events + lines;
}

test("what was recorded is found without anybody asking for an index, when the server is idle", async () => {
  const workspace = await place.workspaceWithDemo();
  const { store } = workspace;
  const behind = await lagOf(store);
  expect(behind).toBeGreaterThan(0);
  let isBusy = true;
  const indexing = new IdleIndexing(workspace, () => isBusy);
  await pause(500);
  expect(await lagOf(store)).toBe(behind);
  isBusy = false;
  for (const until = Date.now() + 10_000; Date.now() < until && (await lagOf(store)) > 0;) await pause(50);
  expect(await lagOf(store)).toBe(0);
  await indexing.close();
});
