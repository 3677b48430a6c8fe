/** What processes and people share through a store: fires of triggers, pools, notes, and that something changed. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Changes } from "./change-feed.ts";
import type { Opened } from "./held-run.contract.ts";
import { AT, hold, newRun, runStarted } from "./held-run.contract.ts";
import type { Store } from "./store.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function sharingContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, what is shared`, () => {
    let opened: Opened;
    let store: Store;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.end());

    test("one of many claims of a fire succeeds, and all learn which run it is", async () => {
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, n) => store.claimFire({ trigger: "t", fireAt: 100, runId: `r${n}` })),
      );
      expect(claims.filter((claim) => claim.claimed)).toHaveLength(1);
      expect(new Set(claims.map((claim) => claim.runId))).toEqual(new Set(["r0"]));
      expect(await store.claimFire({ trigger: "t", fireAt: 90, runId: "x" })).toEqual({ claimed: true, runId: "x" });
      expect(await store.claimFire({ trigger: "other", fireAt: 100, runId: "y" })).toMatchObject({ claimed: true });
      expect(await store.lastFire("t")).toMatchObject({ trigger: "t", fireAt: 100, runId: "r0" });
      expect(await store.lastFire("none")).toBeUndefined();
    });

    test("a process alone on a pool gets all of it, and nothing when it wants nothing", async () => {
      expect(await store.leasePool({ pool: "gpu", slots: 4, using: 0, want: 1 })).toEqual({
        granted: 4,
        contended: false,
      });
      expect(await store.leasePool({ pool: "gpu", slots: 4, using: 3, want: 9 })).toEqual({
        granted: 4,
        contended: false,
      });
      expect(await store.leasePool({ pool: "gpu", slots: 2, using: 3, want: 3 })).toMatchObject({ granted: 3 });
      expect(await store.leasePool({ pool: "gpu", slots: 4, using: 0, want: 0 })).toMatchObject({ granted: 0 });
    });

    test("starts under a rate are granted up to its limit, counted by name, and come back after a window", async () => {
      const ask = { rate: "r", limit: 3, perMs: 150, want: 2 };
      expect(await store.takeStarts(ask)).toEqual({ granted: 2, waitMs: 0 });
      const second = await store.takeStarts(ask);
      expect(second.granted).toBe(1);
      expect(second.waitMs).toBeGreaterThan(0);
      expect(second.waitMs).toBeLessThanOrEqual(150);
      expect(await store.takeStarts({ ...ask, rate: "other" })).toEqual({ granted: 2, waitMs: 0 });
      let { granted, waitMs } = await store.takeStarts(ask);
      while (granted === 0) {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        ({ granted, waitMs } = await store.takeStarts(ask));
      }
      expect(granted).toBeGreaterThanOrEqual(1);
    });

    test("notes are found by what they are on, newest first, in pages", async () => {
      await store.createRun(newRun("r1"));
      const author = { kind: "human", id: "ada" };
      const first = await store.addNote({ runId: "r1", call: 1, item: 2, author, text: "look\u0000 here 🙂", at: AT });
      const second = await store.addNote({
        node: "fetch",
        nodeHash: "h1",
        author: { kind: "agent", id: "b" },
        text: "slow",
        at: AT + 1,
      });
      const third = await store.addNote({ runId: "r1", author, text: "fine", at: AT + 2 });
      expect(third).toBeGreaterThan(second);
      expect(await store.notes({ runId: "r1" })).toEqual({
        notes: [
          { id: third, runId: "r1", author, text: "fine", at: AT + 2 },
          { id: first, runId: "r1", call: 1, item: 2, author, text: "look\u0000 here 🙂", at: AT },
        ],
        total: 2,
      });
      expect((await store.notes({ node: "fetch", nodeHash: "h1" })).notes).toMatchObject([{ text: "slow" }]);
      expect((await store.notes({ runId: "r1", call: 1, item: 3 })).total).toBe(0);
      const page = await store.notes({ limit: 2 });
      expect(page).toMatchObject({ total: 3, notes: [{ id: third }, { id: second }] });
      expect((await store.notes({ limit: 2, before: second })).notes).toMatchObject([{ id: first }]);
      await expect(store.addNote({ runId: "no", author, text: "", at: AT })).rejects.toMatchObject({ code: "WG5001" });
    });

    test("changes name the runs that were committed to, once for many commits, until the signal aborts", async () => {
      const one = await hold(store, newRun("r1"));
      const abort = new AbortController();
      const seen: Changes[] = [];
      const listening = (async () => {
        for await (const change of store.changes(abort.signal)) seen.push(change);
      })();
      await turn();
      expect(seen).toEqual([]);
      const two = store.createRun(newRun("r2"));
      await Promise.all([one.append([runStarted]), one.append([]), two]);
      await turn();
      expect(seen.flatMap((change) => change.runs).toSorted()).toEqual(
        expect.arrayContaining(["r1", "r2"]) as string[],
      );
      expect(seen.length).toBeLessThanOrEqual(2);
      expect(seen.some((change) => change.others)).toBe(false);
      abort.abort();
      await listening;
    });

    test("changes end with the store", async () => {
      const listening = (async () => {
        const seen: Changes[] = [];
        for await (const change of store.changes()) seen.push(change);
        return seen;
      })();
      await turn();
      await store.close();
      expect(await listening).toEqual([]);
    });

    test("health says how it fares", async () => {
      expect(await store.health()).toMatchObject({ writable: true });
      expect((await store.health()).freeBytes).toBeGreaterThan(0);
    });
  });
}
