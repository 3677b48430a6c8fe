/** What a store keeps and what it lets go. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FakeClock } from "../base/clock.ts";
import type { Opened } from "./held-run.contract.ts";
import {
  AT,
  callCreated,
  hold,
  holdAgain,
  itemCompleted,
  itemFailed,
  memoKey,
  newRun,
  runCompleted,
  runStarted,
  take,
} from "./held-run.contract.ts";
import type { NewRun, Store } from "./store.ts";

const HOUR_MS = 3_600_000;
const big = (text: string): string => `"${text.repeat(20_000)}"`;

export function retentionContract(name: string, open: (clock: FakeClock) => Promise<Opened>): void {
  describe(`${name}, what it keeps`, () => {
    let opened: Opened;
    let store: Store;
    let clock: FakeClock;
    beforeEach(async () => {
      clock = new FakeClock(AT);
      opened = await open(clock);
      store = opened.store;
    });
    afterEach(() => opened.end());

    /** A run that has ended, with something in every table. */
    async function ended(run: NewRun): Promise<void> {
      const held = await hold(store, run);
      const { runId } = run;
      await held.append([runStarted, callCreated(1), itemCompleted(1, 0, big("v")), itemFailed(1, 1)], {
        lists: [{ call: 1, item: 0, first: 0, values: ["1", big("l")] }],
        logs: [{ call: 1, item: 0, attempt: 1, at: AT, level: "info", text: "line" }],
        memos: [{ key: memoKey(runId), call: 1, item: 0 }],
      });
      await store.scratchpad.set(runId, held.epoch, { key: "k", value: "1" });
      await store.once.put(runId, held.epoch, { call: 1, item: 0, key: "k", value: "1" });
      const { event } = {
        event: {
          type: "artifact.published",
          at: AT,
          call: 1,
          item: 0,
          attempt: 1,
          name: "out",
          labels: [],
          sha256: "e".repeat(64),
          files: 0,
          sizeBytes: 0,
        },
      } as const;
      await held.append([{ event, value: '{"files":[]}' }, runCompleted]);
      await store.release(runId, held.epoch);
    }

    describe("forgetting", () => {
      test("removes the log and everything that follows from it, and says so when it is read", async () => {
        await ended(newRun("r1"));
        await ended(newRun("r2"));
        await store.forget("r1", "older than 30 days");
        const gone = {
          code: "WG5061",
          message: expect.stringMatching(/"r1" was forgotten at 2025-.* \(older than 30 days\)/) as string,
        };
        const reads: readonly (() => Promise<unknown>)[] = [
          () => store.events("r1"),
          () => store.calls("r1"),
          () => store.items("r1"),
          () => store.values("r1", [{ call: 1, item: 0 }]),
          () => store.list("r1", { call: 1, item: 0 }, { first: 0, count: 2 }),
          () => store.eventValue("r1", 1),
          () => store.errors("r1"),
          () => store.logs("r1"),
          () => store.scratchpad.get("r1", "k"),
          () => store.once.get("r1", { call: 1, item: 0, key: "k" }),
          () => store.verify("r1"),
          () => take(store.tail("r1"), 1),
          () => store.command({ runId: "r1", kind: "cancel", by: "u" }),
          () => store.acquire("r1"),
        ];
        for (const readOnce of reads) await expect(readOnce()).rejects.toMatchObject(gone);
        expect(await store.memos(["r1", "r2"].map(memoKey))).toMatchObject([undefined, { runId: "r2" }]);
        await store.sweepBlobs("delete");
        expect(await store.memos(["r1", "r2"].map(memoKey))).toMatchObject([undefined, { runId: "r2" }]);
        expect(await store.verify("r2")).toBeUndefined();
        expect(await store.values("r2", [{ call: 1, item: 0 }])).toEqual([big("v")]);
      });

      test("leaves the row as it was, with a tombstone, and the artifacts", async () => {
        await ended(newRun("r1", { tags: { a: "b" } }));
        const before = await store.run("r1");
        await clock.advance(5);
        await store.forget("r1", "as asked");
        expect(await store.run("r1")).toEqual({ ...before, forgottenAt: AT + 5, forgottenWhy: "as asked" });
        expect(before).toMatchObject({ seq: 7, calls: 1, counts: { completed: 1, failed: 1 }, status: "completed" });
        expect((await store.runs()).runs.map((run) => run.runId)).toEqual(["r1"]);
        expect((await store.artifacts({ runId: "r1" })).artifacts).toMatchObject([{ name: "out" }]);
      });

      test("is refused for a run that has not ended, is held, or is pinned; nothing is removed", async () => {
        const held = await hold(store, newRun("r1"));
        await held.append([runStarted]);
        await expect(store.forget("r1")).rejects.toMatchObject({ code: "WG5060" });
        await held.append([runCompleted]);
        await expect(store.forget("r1")).rejects.toMatchObject({
          code: "WG5060",
          message: expect.stringContaining(`pid ${process.pid}`) as string,
        });
        await store.release("r1", held.epoch);
        await store.pin("r1", "pinned");
        expect(await store.run("r1")).toMatchObject({ pinned: true });
        await expect(store.forget("r1")).rejects.toMatchObject({
          code: "WG5060",
          message: expect.stringContaining("pinned") as string,
        });
        expect(await store.events("r1")).toHaveLength(3);
        await store.pin("r1", "free");
        await store.forget("r1");
        expect(await store.run("r1")).toMatchObject({ pinned: false, forgottenAt: AT });
        await expect(store.forget("no")).rejects.toMatchObject({ code: "WG5001" });
        await expect(store.pin("no", "pinned")).rejects.toMatchObject({ code: "WG5001" });
      });

      test("twice keeps the first tombstone", async () => {
        await ended(newRun("r1"));
        await store.forget("r1", "first");
        await clock.advance(99);
        await store.forget("r1", "second");
        expect(await store.run("r1")).toMatchObject({ forgottenAt: AT, forgottenWhy: "first" });
      });

      test("does not make an idempotency key free", async () => {
        await ended(newRun("r1", { idempotencyKey: "k" }));
        await store.forget("r1");
        expect(await store.createRun(newRun("r2", { idempotencyKey: "k" }))).toEqual({ runId: "r1", created: false });
        await expect(store.createRun(newRun("r3", { idempotencyKey: "k", input: "{}" }))).rejects.toMatchObject({
          code: "WG5008",
        });
      });

      test("is still so after the store was opened again", async (context) => {
        if (!opened.reopen) return context.skip("this store ends with its process");
        await ended(newRun("r1"));
        await store.forget("r1", "why not");
        store = await opened.reopen();
        expect(await store.run("r1")).toMatchObject({ seq: 7, forgottenAt: AT, forgottenWhy: "why not" });
        await expect(store.events("r1")).rejects.toMatchObject({ code: "WG5061" });
      });
    });

    describe("sweeping blobs", () => {
      test("removes what nothing names, once it is old, and counts it beforehand", async () => {
        const source = await store.putBlob(Buffer.from("the source of a version"));
        const manifest = await store.putBlob(Buffer.from(JSON.stringify({ code: source, sources: [] })));
        const loose = await store.putBlob(Buffer.from("nobody's"));
        await ended(newRun("r1", { manifest }));
        await ended(newRun("r2"));
        expect(await store.sweepBlobs("delete")).toEqual({ blobs: 0, bytes: 0 });
        await clock.advance(2 * HOUR_MS);
        expect(await store.sweepBlobs("dry")).toEqual({ blobs: 1, bytes: 8 });
        expect(await store.getBlob(loose)).toBeDefined();
        expect(await store.sweepBlobs("delete")).toEqual({ blobs: 1, bytes: 8 });
        expect(await store.getBlob(loose)).toBeUndefined();
        expect(await store.getBlob(source)).toBeDefined();
        expect(await store.getBlob(manifest)).toBeDefined();
        expect(await store.values("r1", [{ call: 1, item: 0 }])).toEqual([big("v")]);
        expect((await store.list("r1", { call: 1, item: 0 }, { first: 1, count: 1 })).values).toEqual([big("l")]);
      });

      test("removes what only a forgotten run named, and keeps what another run names too", async () => {
        await ended(newRun("r1"));
        const held = await hold(store, newRun("r2"));
        await held.append([callCreated(1), itemCompleted(1, 0, big("v")), itemCompleted(1, 1, big("only here"))]);
        await ended(newRun("r3"));
        await store.forget("r1");
        await store.forget("r3");
        await clock.advance(2 * HOUR_MS);
        await store.sweepBlobs("delete");
        expect(
          await store.values(
            "r2",
            [0, 1].map((item) => ({ call: 1, item })),
          ),
        ).toEqual([big("v"), big("only here")]);
        expect((await store.sweepBlobs("dry")).blobs).toBe(0);
      });

      test("spares a blob that was put again meanwhile", async () => {
        const hash = await store.putBlob(Buffer.from("x"));
        await clock.advance(2 * HOUR_MS);
        await store.putBlob(Buffer.from("x"));
        await store.sweepBlobs("delete");
        expect(await store.getBlob(hash)).toBeDefined();
      });
    });

    test("a run that goes on after others were forgotten reads as before", async () => {
      const held = await hold(store, newRun("r2"));
      await held.append([runStarted, callCreated(1)]);
      await ended(newRun("r1"));
      await store.forget("r1");
      await held.append([itemCompleted(1, 0, "1")]);
      const again = await holdAgain(store, "r2");
      await again.append([runCompleted]);
      expect(await store.verify("r2")).toBeUndefined();
    });
  });
}
