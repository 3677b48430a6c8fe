import { expect, test } from "vitest";
import { FakeClock } from "../base/clock.ts";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import type { Store } from "../store/store.ts";
import { RunSweep } from "./run-sweep.ts";
import type { Workspace } from "./workspace.ts";

const AT = 1_700_000_000_000;

function place(): { readonly store: Store; readonly clock: FakeClock; readonly sweep: RunSweep } {
  const clock = new FakeClock(AT);
  const store = openMemoryStore({ clock });
  const project = { root: "/nowhere", dataDir: "/nowhere" };
  return { store, clock, sweep: new RunSweep({ store, project } as unknown as Workspace, clock) };
}

async function queued(store: Store, runId: string, kind: string): Promise<void> {
  const caller = { kind, id: "x" };
  await store.createRun({
    runId,
    workflow: "w",
    version: "v",
    project: "p",
    tags: {},
    createdAt: AT,
    caller,
    input: "{}",
  });
}

/** Asleep until then. */
async function paused(
  store: Store,
  runId: string,
  of: { readonly kind: string; readonly until: number },
): Promise<void> {
  await queued(store, runId, of.kind);
  const { epoch, seq } = await store.acquire(runId);
  const events = [
    { event: { type: "run.started", at: AT, epoch, owner: "o", seed: "s", clock: AT } },
    { event: { type: "run.paused", at: AT, reason: "sleep", until: of.until } },
  ] as const;
  await store.append({ runId, epoch, expectedSeq: seq, events });
  await store.release(runId, epoch);
}

const found = async (sweep: RunSweep): Promise<readonly string[]> =>
  (await sweep.look()).map(({ runId }) => runId).toSorted();

test("what is queued is found, but for what was imported", async () => {
  const { store, sweep } = place();
  await queued(store, "OURS", "cli");
  await queued(store, "THEIRS", "import");
  expect(await found(sweep)).toEqual(["OURS"]);
});

test("a run that sleeps is woken when its time has come, and not before; an imported one sleeps on", async () => {
  const { store, clock, sweep } = place();
  await paused(store, "OURS", { kind: "cli", until: AT + 60_000 });
  await paused(store, "THEIRS", { kind: "import", until: AT + 60_000 });
  await clock.advance(59_999);
  expect(await found(sweep)).toEqual([]);
  await clock.advance(1);
  expect(await found(sweep)).toEqual(["OURS"]);
});

test("a run that cannot be started waits twice as long each time, and after eight times for people", async () => {
  const { store, clock, sweep } = place();
  await queued(store, "OURS", "cli");
  const row = { runId: "OURS", epoch: 0, counts: {} };
  const waits: number[] = [];
  for (let times = 1; times < 8; times += 1) {
    sweep.failed(row);
    let waitedMs = 0;
    for (; (await found(sweep)).length === 0; waitedMs += 250) await clock.advance(250);
    waits.push(waitedMs);
  }
  expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000]);
  sweep.failed(row);
  await clock.advance(3_600_000);
  expect(await found(sweep)).toEqual([]);
  expect(sweep.givenUp).toEqual(["OURS"]);
});

test("a result in between begins the count anew", async () => {
  const { store, clock, sweep } = place();
  await queued(store, "OURS", "cli");
  for (let done = 0; done < 20; done += 1) {
    sweep.failed({ runId: "OURS", epoch: 0, counts: { completed: done } });
    await clock.advance(250);
    expect(await found(sweep)).toEqual(["OURS"]);
  }
  expect(sweep.givenUp).toEqual([]);
});
