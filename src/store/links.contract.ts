/** What a store answers about where runs come from, published folders, and results that other runs may take. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AppendedEvent } from "../model/events.ts";
import type { Opened } from "./held-run.contract.ts";
import {
  AT,
  callCreated,
  hold,
  holdAgain,
  itemCompleted,
  memoKey,
  newRun,
  runCompleted,
  runStarted,
} from "./held-run.contract.ts";
import type { RunFilter, Store } from "./store.ts";

const SHA = (digit: string): string => digit.repeat(64);

function published(
  name: string,
  more: {
    readonly at?: number;
    readonly sha256?: string;
    readonly labels?: readonly string[];
    readonly files?: readonly string[];
  } = {},
): AppendedEvent {
  const files = (more.files ?? []).map((sha256, n) => ({ path: `f${n}.txt`, sha256, size: 1 }));
  return {
    event: {
      type: "artifact.published",
      at: more.at ?? AT + 3,
      call: 1,
      item: 0,
      attempt: 1,
      name,
      kind: "set",
      labels: more.labels ?? [],
      sha256: more.sha256 ?? SHA("a"),
      files: files.length,
      sizeBytes: 7,
    },
    value: JSON.stringify({ schema: 1, files }),
  };
}

const read = (sha256: string): AppendedEvent => ({
  event: {
    type: "artifact.read",
    at: AT,
    call: 2,
    item: 1,
    attempt: 1,
    asked: "w/x@latest",
    selector: "w/x@r1",
    sha256,
  },
});

function reused(call: number, item: number, value: string): AppendedEvent {
  const event = {
    type: "item.completed",
    at: AT,
    call,
    item,
    attempt: 0,
    from: "waiting",
    to: "reused",
    ms: 0,
  } as const;
  return { event: { ...event, digest: "d1", source: ["r0", 4, 2] }, value };
}

export function linksContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, its links`, () => {
    let opened: Opened;
    let store: Store;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.end());

    const ids = async (filter: RunFilter): Promise<string[]> => (await store.runs(filter)).runs.map((run) => run.runId);

    describe("where runs come from", () => {
      beforeEach(async () => {
        await store.createRun(newRun("a"));
        await store.createRun(newRun("b", { parent: { run: "a", call: 1, item: 0 }, createdAt: AT + 10 }));
        await store.createRun(newRun("c", { parent: { run: "b", call: 2, item: 3 }, createdAt: AT + 20 }));
        await store.createRun(
          newRun("d", { origin: { kind: "fork", run: "a" }, priority: 5, createdAt: AT + 30, workflow: "other" }),
        );
      });

      test("parent, origin, root and priority stand in the row and, but for priority, in the first event", async () => {
        expect(await store.run("a")).toMatchObject({ root: "a", priority: 0, pinned: false });
        expect(await store.run("a")).not.toHaveProperty("origin");
        expect(await store.run("c")).toMatchObject({ root: "a", parent: { run: "b", call: 2, item: 3 } });
        expect(await store.run("d")).toMatchObject({ root: "d", origin: { kind: "fork", run: "a" }, priority: 5 });
        expect((await store.events("c"))[0]?.event).toMatchObject({ parent: { run: "b", call: 2, item: 3 } });
        expect((await store.events("d"))[0]?.event).toMatchObject({ origin: { kind: "fork", run: "a" } });
        expect((await store.events("a"))[0]?.event).not.toHaveProperty("parent");
      });

      test("a parent that is not in this store is the topmost run that is known", async () => {
        await store.createRun(newRun("e", { parent: { run: "elsewhere", call: 1, item: 0 } }));
        expect(await store.run("e")).toMatchObject({ root: "elsewhere" });
      });

      test("runs are found by parent, by what is above them, by origin, and topmost ones alone", async () => {
        expect(await ids({ parent: "a" })).toEqual(["b"]);
        expect(await ids({ root: "a" })).toEqual(["c", "b", "a"]);
        expect(await ids({ root: "b" })).toEqual(["c", "b"]);
        expect(await ids({ origin: "a" })).toEqual(["d"]);
        expect(await ids({ level: "root" })).toEqual(["d", "a"]);
        expect((await store.runs({ level: "root", limit: 1 })).total).toBe(2);
        expect(await ids({ level: "all" })).toEqual(["d", "c", "b", "a"]);
      });

      test("runs are found by time, and by any of several statuses", async () => {
        expect(await ids({ createdFrom: AT + 10, createdBefore: AT + 30 })).toEqual(["c", "b"]);
        const held = await holdAgain(store, "d");
        await held.append([runStarted]);
        await (await holdAgain(store, "c")).append([runStarted, runCompleted]);
        expect(await ids({ status: ["running", "completed"] })).toEqual(["d", "c"]);
        expect(await ids({ status: ["running"], workflow: "research" })).toEqual([]);
        expect(await ids({ status: [] })).toEqual([]);
        expect((await store.runs({ status: ["queued", "running"], level: "root" })).total).toBe(2);
      });
    });

    test("a reused result counts as reused, and its value is read like any other", async () => {
      const held = await hold(store, newRun("r1"));
      await held.append([callCreated(1), reused(1, 0, '"old"'), itemCompleted(1, 1, '"new"')]);
      expect((await store.run("r1"))?.counts).toEqual({ completed: 1, reused: 1 });
      expect((await store.calls("r1"))[0]?.counts).toEqual({ completed: 1, reused: 1 });
      expect((await store.items("r1", { status: ["reused"] })).items).toMatchObject([{ item: 0, attempts: 0 }]);
      expect(await store.values("r1", [{ call: 1, item: 0 }])).toEqual(['"old"']);
      expect((await store.events("r1", { after: 2 }))[0]?.event).toMatchObject({ source: ["r0", 4, 2], digest: "d1" });
    });

    describe("published folders", () => {
      beforeEach(async () => {
        const one = await hold(store, newRun("r1", { workflow: "prep", version: "v7" }));
        const two = await hold(store, newRun("r2", { workflow: "train" }));
        await one.append([callCreated(1), published("seeds", { labels: ["gold", "x"], files: [SHA("1"), SHA("2")] })]);
        await two.append([
          callCreated(1),
          published("model", { at: AT + 9, sha256: SHA("b"), files: [SHA("2")] }),
          read(SHA("a")),
        ]);
        await one.append([published("more", { at: AT + 20, sha256: SHA("c"), labels: ["x"] })]);
      });

      const names = async (filter: Parameters<Store["artifacts"]>[0]): Promise<string[]> =>
        (await store.artifacts(filter)).artifacts.map((row) => row.name);

      test("are listed newest first with what their event and run say", async () => {
        const { artifacts, total } = await store.artifacts();
        expect(artifacts.map((row) => row.name)).toEqual(["more", "model", "seeds"]);
        expect(total).toBe(3);
        expect(artifacts[2]).toEqual({
          runId: "r1",
          workflow: "prep",
          version: "v7",
          call: 1,
          item: 0,
          attempt: 1,
          seq: 3,
          at: AT + 3,
          name: "seeds",
          kind: "set",
          labels: ["gold", "x"],
          sha256: SHA("a"),
          files: 2,
          sizeBytes: 7,
        });
      });

      test("are found by run, workflow, name, kind, label, hash, and by a file in them", async () => {
        expect(await names({ runId: "r1" })).toEqual(["more", "seeds"]);
        expect(await names({ workflow: "train" })).toEqual(["model"]);
        expect(await names({ workflow: "prep", name: "seeds" })).toEqual(["seeds"]);
        expect(await names({ kind: "no" })).toEqual([]);
        expect(await names({ label: "x" })).toEqual(["more", "seeds"]);
        expect(await names({ label: "gold", workflow: "train" })).toEqual([]);
        expect(await names({ sha256: "bbbbbb" })).toEqual(["model"]);
        expect(await names({ sha256: SHA("c") })).toEqual(["more"]);
        expect(await names({ file: SHA("2") })).toEqual(["model", "seeds"]);
        expect(await names({ file: SHA("9") })).toEqual([]);
        expect(await names({ runId: "no" })).toEqual([]);
      });

      test("come in pages", async () => {
        const first = await store.artifacts({ limit: 2 });
        expect(first.total).toBe(3);
        const last = first.artifacts.at(-1)!;
        expect(await names({ before: { runId: last.runId, seq: last.seq } })).toEqual(["seeds"]);
        expect((await store.artifacts({ label: "x", limit: 1 })).total).toBe(2);
      });

      test("are found with their commit and not before it", async () => {
        const held = await holdAgain(store, "r2");
        const appended = held.append([published("late")]);
        expect(await names({ name: "late" })).toEqual([]);
        await appended;
        expect(await names({ name: "late" })).toEqual(["late"]);
      });

      test("tell who opened them", async () => {
        const row = {
          runId: "r2",
          call: 2,
          item: 1,
          seq: 4,
          asked: "w/x@latest",
          selector: "w/x@r1",
          sha256: SHA("a"),
        };
        expect(await store.artifactReads({ sha256: SHA("a") })).toEqual([row]);
        expect(await store.artifactReads({ runId: "r2" })).toEqual([row]);
        expect(await store.artifactReads({ runId: "r1" })).toEqual([]);
      });

      test("with a manifest that is no manifest, or a big one, are indexed all the same", async () => {
        const held = await holdAgain(store, "r2");
        const files = Array.from({ length: 3_000 }, (_, n) => n.toString(16).padStart(64, "0"));
        const odd = { ...published("odd"), value: '"{not json"' };
        await held.append([odd, published("big", { files }), { event: published("bare").event }]);
        expect(await names({ runId: "r2", kind: "set" })).toEqual(["model", "bare", "big", "odd"]);
        expect(await names({ file: files[2_345]! })).toEqual(["big"]);
      });
    });

    describe("memo entries", () => {
      test("the newest result under a key is found, in the order asked", async () => {
        const one = await hold(store, newRun("r1"));
        const two = await hold(store, newRun("r2"));
        await one.append([callCreated(1), itemCompleted(1, 0, "1"), itemCompleted(1, 1, "2")], {
          memos: [
            { key: memoKey("k0"), call: 1, item: 0 },
            { key: memoKey("k1"), call: 1, item: 1 },
          ],
        });
        await two.append([callCreated(5), itemCompleted(5, 0, "1")], {
          memos: [{ key: memoKey("k1"), call: 5, item: 0 }],
        });
        expect(await store.memos(["k1", "no", "k0"].map(memoKey))).toEqual([
          { runId: "r2", call: 5, item: 0, at: AT + 2 },
          undefined,
          { runId: "r1", call: 1, item: 0, at: AT + 2 },
        ]);
      });

      test("several of one turn, given in another order than their events, are all kept", async () => {
        const held = await hold(store, newRun("r1"));
        const events = Array.from({ length: 40 }, (_, item) => itemCompleted(1, item, "1"));
        const memos = events.map((_, item) => ({ key: memoKey(`k${item}`), call: 1, item })).reverse();
        await Promise.all([
          held.append([callCreated(1), ...events], { memos }),
          held.append([itemCompleted(1, 40, "1")], { memos: [{ key: memoKey("k40"), call: 1, item: 40 }] }),
        ]);
        const found = await store.memos(Array.from({ length: 41 }, (_, n) => memoKey(`k${n}`)));
        expect(found.map((entry) => entry?.item)).toEqual(Array.from({ length: 41 }, (_, n) => n));
      });
    });
  });
}
