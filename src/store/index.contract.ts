/** What a store keeps current beside the log: items, calls, counts, errors; and its tail. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import type { AppendedEvent } from "../model/events.ts";
import type { ItemStatus } from "../model/status.ts";
import type { Opened } from "./held-run.contract.ts";
import {
  AT,
  callCreated,
  hold,
  holdAgain,
  itemCompleted,
  itemFailed,
  itemsStarted,
  newRun,
  runCompleted,
  runStarted,
  take,
} from "./held-run.contract.ts";
import type { Store } from "./store.ts";

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

export function indexContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, its index`, () => {
    let opened: Opened;
    let store: Store;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.end());

    test("items carry what their events said", async () => {
      const held = await hold(store, newRun("r1"));
      await held.append([callCreated(1), itemsStarted(1, [0, 1, 2, 3])]);
      await held.append([
        itemCompleted(1, 0, "1"),
        itemFailed(1, 1),
        {
          event: {
            type: "item.retrying",
            at: AT,
            call: 1,
            item: 2,
            attempt: 1,
            from: "running",
            to: "retrying",
            ms: 5,
            delayMs: 10,
            error: { code: "WG2002", kind: "thrown", name: "E", message: "m" },
          },
        },
        { event: { type: "items.skipped", at: AT, call: 1, items: [7], causes: [[1, 1]], code: "WG2003" } },
      ]);
      const { items, total } = await store.items("r1");
      expect(items).toEqual([
        { call: 1, item: 0, status: "completed", attempts: 1, seq: 4, startedAt: AT + 1, ms: 0.25 },
        { call: 1, item: 1, status: "failed", attempts: 2, seq: 5, startedAt: AT + 1, ms: 3 },
        { call: 1, item: 2, status: "retrying", attempts: 1, seq: 6, startedAt: AT + 1, ms: 5 },
        { call: 1, item: 3, status: "running", attempts: 1, seq: 3, startedAt: AT + 1 },
        { call: 1, item: 7, status: "skipped", attempts: 0, seq: 7 },
      ]);
      expect(total).toBe(5);
      expect((await store.run("r1"))?.counts).toEqual({ completed: 1, failed: 1, retrying: 1, running: 1, skipped: 1 });
      expect((await store.errors("r1")).map(({ seq, item, final }) => [seq, item, final])).toEqual([
        [5, 1, true],
        [6, 2, false],
      ]);
      expect(await store.errors("r1", { after: 5 })).toHaveLength(1);
    });

    test("a filter's left-out items are no items", async () => {
      const held = await hold(store, newRun("r1"));
      await held.append([
        callCreated(1),
        { event: { type: "items.filtered", at: AT, call: 1, items: [0, 1, 2], kept: [1] } },
      ]);
      expect((await store.items("r1")).items.map((item) => item.item)).toEqual([1]);
      expect((await store.run("r1"))?.counts).toEqual({ completed: 1 });
    });

    test("items are paged over calls and pages, and filtered by status", async () => {
      const held = await hold(store, newRun("r1"));
      for (const call of [1, 2, 3]) {
        await held.append([
          callCreated(call),
          itemsStarted(call, range(0, 300)),
          ...range(0, 300).map((item) => (item % 100 === 7 ? itemFailed(call, item) : itemCompleted(call, item, "1"))),
        ]);
      }
      await held.append([{ event: { type: "call.closed", at: AT, call: 2, status: "partial" } }]);
      const seen: string[] = [];
      for (let after: readonly [number, number] | undefined; ;) {
        const { items, total } = await store.items("r1", { limit: 70, ...(after ? { after } : {}) });
        expect(total).toBe(900);
        if (items.length === 0) break;
        seen.push(...items.map((item) => `${item.call}.${item.item}`));
        const last = items.at(-1)!;
        after = [last.call, last.item];
      }
      expect(seen).toEqual([1, 2, 3].flatMap((call) => range(0, 300).map((item) => `${call}.${item}`)));
      const failed = await store.items("r1", { status: ["failed"], limit: 4 });
      expect(failed.total).toBe(9);
      expect(failed.items.map((item) => [item.call, item.item])).toEqual([
        [1, 7],
        [1, 107],
        [1, 207],
        [2, 7],
      ]);
      expect(await store.items("r1", { call: 2, item: 299 })).toMatchObject({
        total: 1,
        items: [{ call: 2, item: 299 }],
      });
      expect((await store.items("r1", { call: 9 })).total).toBe(0);
    });

    test("calls have their events and counts, whether few items or many", async () => {
      const held = await hold(store, newRun("r1"));
      await held.append([callCreated(1), itemCompleted(1, 0, "1"), callCreated(2)]);
      // Grows out of its row, in several commits.
      for (const item of [3, 15, 16, 17, 200]) await held.append([itemCompleted(2, item, "1")]);
      await held.append([{ event: { type: "call.closed", at: AT, call: 1, status: "completed" } }]);
      const calls = await store.calls("r1");
      expect(calls.map(({ call, seq, counts, superseded }) => ({ call, seq, counts, superseded }))).toEqual([
        { call: 1, seq: 2, counts: { completed: 1 }, superseded: false },
        { call: 2, seq: 4, counts: { completed: 5 }, superseded: false },
      ]);
      expect(calls[0]?.event).toEqual(callCreated(1).event);
      expect(calls[0]?.closed?.status).toBe("completed");
      expect(calls[1]).not.toHaveProperty("closed");
      expect((await store.items("r1", { call: 2 })).items.map((item) => item.item)).toEqual([3, 15, 16, 17, 200]);
    });

    test("superseded calls leave the counts of the run", async () => {
      const held = await hold(store, newRun("r1"));
      await held.append([
        callCreated(1),
        callCreated(2),
        itemCompleted(1, 0, "1"),
        itemCompleted(2, 0, "1"),
        itemCompleted(2, 1, "1"),
      ]);
      await held.append([{ event: { type: "calls.superseded", at: AT, calls: [2] } }]);
      expect(await store.run("r1")).toMatchObject({ counts: { completed: 1 }, calls: 2 });
      expect((await store.calls("r1"))[1]).toMatchObject({ superseded: true, counts: { completed: 2 } });
    });

    test("a resume reopens what it names and stops what was in flight", async () => {
      const held = await hold(store, newRun("r1"));
      await held.append([runStarted, callCreated(1), callCreated(2), itemsStarted(2, range(0, 20)), itemFailed(1, 0)]);
      await held.append([
        { event: { type: "call.closed", at: AT, call: 1, status: "failed" } },
        {
          event: {
            type: "run.failed",
            at: AT + 5,
            error: { code: "WG2001", kind: "thrown", name: "E", message: "m" },
            failures: [[1, 0]],
          },
        },
      ]);
      expect(await store.run("r1")).toMatchObject({ status: "failed", endedAt: AT + 5 });
      await store.release("r1", held.epoch);
      const again = await holdAgain(store, "r1");
      await again.append([
        { event: { type: "run.resumed", at: AT + 6, epoch: 2, owner: "o", reason: "explicit", reopened: [[1, 0]] } },
      ]);
      const row = await store.run("r1");
      expect(row).toMatchObject({ status: "running", counts: { waiting: 21 } });
      expect(row).not.toHaveProperty("endedAt");
      expect((await store.calls("r1"))[0]).not.toHaveProperty("closed");
      expect((await store.items("r1", { call: 1 })).items[0]).toMatchObject({ status: "waiting", attempts: 2 });
    });

    test("the end of a run cancels what it cuts short, which waits again after a resume", async () => {
      const held = await hold(store, newRun("r1"));
      await held.append([runStarted, callCreated(1), callCreated(2)]);
      await held.append([
        itemsStarted(1, range(0, 20)),
        itemCompleted(1, 3, "3"),
        itemsStarted(2, [0]),
        itemFailed(2, 0),
      ]);
      await held.append([{ event: { type: "run.cancelled", at: AT + 5, by: "cli:ada", items: [] } }]);
      expect((await store.run("r1"))?.counts).toEqual({ completed: 1, failed: 1, cancelled: 19 });
      expect((await store.items("r1", { status: ["running"] })).items).toEqual([]);
      await store.release("r1", held.epoch);
      const again = await holdAgain(store, "r1");
      await again.append([
        { event: { type: "run.resumed", at: AT + 6, epoch: 2, owner: "o", reason: "explicit", reopened: [] } },
      ]);
      expect((await store.run("r1"))?.counts).toEqual({ completed: 1, failed: 1, waiting: 19 });
      expect((await store.calls("r1")).map((call) => call.counts)).toEqual([
        { completed: 1, waiting: 19 },
        { failed: 1 },
      ]);
    });

    test("tail gives every event once and in order, from any place, while others are appended", async () => {
      const held = await hold(store, newRun("r1"));
      await held.append([runStarted, callCreated(1)]);
      const tails = [0, 1, 2, 3, 5, 40].map(async (after) => {
        const seqs: number[] = [];
        for await (const event of store.tail("r1", { after, values: "none" })) seqs.push(event.seq);
        return { after, seqs };
      });
      for (let item = 0; item < 60; item++) {
        await held.append([itemsStarted(1, [item]), itemCompleted(1, item, `${item}`)]);
        if (item % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await held.append([runCompleted]);
      for (const { after, seqs } of await Promise.all(tails)) expect(seqs).toEqual(range(after + 1, 125));
    });

    test("tail of an ended run ends; of a run that went on after it failed, it goes on", async () => {
      const held = await hold(store, newRun("r1"));
      const error = { code: "WG2001", kind: "thrown", name: "E", message: "m" } as const;
      await held.append([runStarted, { event: { type: "run.failed", at: AT, error, failures: [] } }]);
      expect((await take(store.tail("r1"), 99)).map((event) => event.seq)).toEqual([1, 2, 3]);
      await held.append([
        { event: { type: "run.resumed", at: AT, epoch: 1, owner: "o", reason: "explicit", reopened: [] } },
      ]);
      const rest = take(store.tail("r1", { after: 2 }), 99);
      await held.append([runCompleted]);
      expect((await rest).map((event) => event.seq)).toEqual([3, 4, 5]);
      expect(await take(store.tail("r1", { after: 99 }), 1)).toEqual([]);
    });

    test("tail ends when its signal aborts", async () => {
      await store.createRun(newRun("r1"));
      const abort = new AbortController();
      const tail = take(store.tail("r1", { signal: abort.signal }), 99);
      await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      expect((await tail).map((event) => event.seq)).toEqual([1]);
    });

    test("20,000 random appends read back as a plain array and a plain map do", { timeout: 60_000 }, async () => {
      const random = seededRandom(20_261_122);
      const pick = (below: number): number => Math.floor(random() * below);
      const model = new Map<
        string,
        { readonly runId: string; readonly log: AppendedEvent[]; readonly items: Map<string, ItemStatus> }
      >();
      const runs = await Promise.all(
        ["a", "b", "c"].map(async (runId) => {
          const held = await hold(store, newRun(runId));
          model.set(runId, { runId, log: [], items: new Map() });
          return held;
        }),
      );
      const calls = 6;
      const pending: Promise<void>[] = [];
      const give = (index: number, events: readonly AppendedEvent[]): void => {
        const held = runs[index]!;
        model.get(held.runId)!.log.push(...events);
        pending.push(held.append(events));
      };
      for (const index of runs.keys()) give(index, range(1, calls + 1).map(callCreated));
      for (let n = 0; n < 20_000; n++) {
        const index = pick(runs.length);
        const { items } = model.get(runs[index]!.runId)!;
        const call = 1 + pick(calls);
        const item = pick(call * 90);
        const value = pick(200) === 0 ? `"${"v".repeat(17_000)}${n}"` : `${n}`;
        const [event, status] = (
          [
            [itemsStarted(call, [item]), "running"],
            [itemCompleted(call, item, value), "completed"],
            [itemFailed(call, item), "failed"],
          ] as const
        )[pick(3)]!;
        items.set(`${call}.${item}`, status);
        give(index, [event]);
        if (pick(50) === 0) await Promise.all(pending.splice(0));
        if (opened.reopen && n % 9_000 === 8_999) {
          await Promise.all(pending.splice(0));
          store = await opened.reopen();
          for (const [at, held] of runs.entries()) runs[at] = await holdAgain(store, held.runId);
        }
      }
      await Promise.all(pending);
      for (const { runId, log, items } of model.values()) {
        const events = (await store.events(runId, { after: 1, limit: 100_000 })).map(({ event, value, blob }) => ({
          event,
          value: blob ?? value,
        }));
        expect(events.length).toBe(log.length);
        expect(events.map(({ event }) => event)).toEqual(log.map(({ event }) => event));
        expect(await store.verify(runId)).toBeUndefined();
        const listed = (await store.items(runId, { limit: 10_000 })).items;
        expect(new Map(listed.map((item) => [`${item.call}.${item.item}`, item.status]))).toEqual(
          new Map([...items].sort(([a], [b]) => order(a) - order(b))),
        );
        const completed = listed.filter((item) => item.status === "completed");
        const values = await store.values(runId, completed);
        expect(values).toEqual(completed.map((item) => log[item.seq - 2]?.value));
        const counts: Record<string, number> = {};
        for (const status of items.values()) counts[status] = (counts[status] ?? 0) + 1;
        expect((await store.run(runId))?.counts).toEqual(counts);
        for (const call of await store.calls(runId)) {
          const of = listed.filter((item) => item.call === call.call).length;
          expect(Object.values(call.counts).reduce((sum, n) => sum + n, 0)).toBe(of);
        }
      }
    });
  });
}

function order(place: string): number {
  const [call, item] = place.split(".").map(Number);
  return call! * 1e6 + item!;
}
