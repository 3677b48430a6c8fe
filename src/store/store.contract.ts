/** What every store does, whatever it is made of. A test file per implementation calls `storeContract`. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
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

export function storeContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, its rules`, () => {
    let opened: Opened;
    let store: Store;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.end());

    describe("runs", () => {
      test("a created run is queued and has its first event with the input", async () => {
        expect(await store.createRun(newRun("r1", { tags: { team: "a" } }))).toEqual({ runId: "r1", created: true });
        expect(await store.run("r1")).toMatchObject({
          status: "queued",
          seq: 1,
          epoch: 0,
          ownerDeaths: 0,
          tags: { team: "a" },
        });
        const [event] = await store.events("r1");
        expect(event).toMatchObject({ runId: "r1", seq: 1, event: { type: "run.created" }, value: '{"query":"x"}' });
      });

      test("an idempotency key gives the first run again, and refuses another input", async () => {
        await store.createRun(newRun("r1", { idempotencyKey: "k" }));
        expect(await store.createRun(newRun("r2", { idempotencyKey: "k" }))).toEqual({ runId: "r1", created: false });
        await expect(store.createRun(newRun("r3", { idempotencyKey: "k", input: "{}" }))).rejects.toMatchObject({
          code: "WG5008",
        });
        expect(await store.createRun(newRun("r4", { idempotencyKey: "k", workflow: "other" }))).toMatchObject({
          created: true,
        });
        expect((await store.runs()).total).toBe(2);
      });

      test("two creations of one turn with one key make one run", async () => {
        const both = await Promise.all([
          store.createRun(newRun("r1", { idempotencyKey: "k" })),
          store.createRun(newRun("r2", { idempotencyKey: "k" })),
        ]);
        expect(both).toEqual([
          { runId: "r1", created: true },
          { runId: "r1", created: false },
        ]);
      });

      test("an id is given once", async () => {
        await store.createRun(newRun("r1"));
        await expect(store.createRun(newRun("r1"))).rejects.toMatchObject({ code: "WG5013" });
      });

      test("runs are listed newest first, filtered, in pages", async () => {
        for (const n of [1, 2, 3, 4]) {
          await store.createRun(
            newRun(`r${n}`, { workflow: n % 2 === 0 ? "even" : "odd", tags: { 'a "key"': `${n}` } }),
          );
        }
        const held = await holdAgain(store, "r4");
        await held.append([runStarted]);
        const ids = async (filter: Parameters<Store["runs"]>[0]): Promise<string[]> =>
          (await store.runs(filter)).runs.map((run) => run.runId);
        expect(await ids({})).toEqual(["r4", "r3", "r2", "r1"]);
        expect(await ids({ limit: 2, before: "r4" })).toEqual(["r3", "r2"]);
        expect(await ids({ workflow: "odd" })).toEqual(["r3", "r1"]);
        expect(await ids({ status: "running" })).toEqual(["r4"]);
        expect(await ids({ status: "interrupted" })).toEqual([]);
        expect(await ids({ status: "queued", workflow: "even" })).toEqual(["r2"]);
        expect(await ids({ tags: { 'a "key"': "3" } })).toEqual(["r3"]);
        expect((await store.runs({ limit: 1 })).total).toBe(4);
      });

      test("a prefix finds ids, with every character taken as it is", async () => {
        for (const id of ["ab_1", "abx1", "ab_2", "zz"]) await store.createRun(newRun(id));
        expect(await store.runsByPrefix("ab_", 10)).toEqual(["ab_2", "ab_1"]);
        expect(await store.runsByPrefix("ab", 1)).toEqual(["abx1"]);
      });

      test("what is not there is undefined or WG5001", async () => {
        expect(await store.run("no")).toBeUndefined();
        await expect(store.events("no")).rejects.toMatchObject({ code: "WG5001" });
        await expect(store.acquire("no")).rejects.toMatchObject({ code: "WG5001" });
        await expect(take(store.tail("no"), 1)).rejects.toMatchObject({ code: "WG5001" });
      });

      test("status follows the log and whether somebody owns the run", async () => {
        const held = await hold(store, newRun("r1"));
        const status = async (): Promise<string | undefined> => (await store.run("r1"))?.status;
        expect(await status()).toBe("queued");
        await held.append([runStarted]);
        expect(await status()).toBe("running");
        await store.release("r1", held.epoch);
        expect(await status()).toBe("interrupted");
        const again = await holdAgain(store, "r1");
        await again.append([runCompleted]);
        expect(await store.run("r1")).toMatchObject({ status: "completed", startedAt: AT + 1, endedAt: AT + 9 });
      });
    });

    describe("ownership (R1)", () => {
      test("each acquire raises the epoch and the older one can write nothing more", async () => {
        const first = await hold(store, newRun("r1"));
        const second = await holdAgain(store, "r1");
        expect(second.epoch).toBe(first.epoch + 1);
        const refused = { code: "WG5009" };
        await expect(first.append([runStarted])).rejects.toMatchObject(refused);
        await expect(
          store.stage("r1", first.epoch, { call: 1, item: 0, first: 0, values: ["1"] }),
        ).rejects.toMatchObject(refused);
        await expect(store.scratchpad.set("r1", first.epoch, { key: "k", value: "1" })).rejects.toMatchObject(refused);
        await expect(
          store.once.put("r1", first.epoch, { call: 1, item: 0, key: "k", value: "1" }),
        ).rejects.toMatchObject(refused);
        await second.append([runStarted]);
        expect((await store.run("r1"))?.seq).toBe(2);
      });

      test("an append of the same turn as a new acquire is before it or refused, never after it", async () => {
        const first = await hold(store, newRun("r1"));
        const [acquired, appended] = await Promise.allSettled([store.acquire("r1"), first.append([runStarted])]);
        const seq = acquired.status === "fulfilled" ? acquired.value.seq : 0;
        expect((await store.run("r1"))?.seq).toBe(seq);
        expect(appended.status).toBe(seq === 2 ? "fulfilled" : "rejected");
      });

      test("a released run is nobody's", async () => {
        const held = await hold(store, newRun("r1"));
        const appended = held.append([runStarted]);
        await store.release("r1", held.epoch);
        await appended;
        await expect(held.append([runCompleted])).rejects.toMatchObject({ code: "WG5009" });
        expect((await store.run("r1"))?.owner).toBeUndefined();
      });
    });

    describe("the log (R2, R3, R4)", () => {
      test("seq has no gaps, and appends of one turn keep their order", async () => {
        const held = await hold(store, newRun("r1"));
        await Promise.all([
          held.append([runStarted, callCreated(1)]),
          held.append([itemsStarted(1, [0])]),
          held.append([itemCompleted(1, 0, "1")]),
        ]);
        const events = await store.events("r1");
        expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5]);
        expect(events.map((event) => event.event.type)).toEqual([
          "run.created",
          "run.started",
          "call.created",
          "items.started",
          "item.completed",
        ]);
      });

      test("a wrong seq is refused, writes nothing, and does not disturb what was given beside it", async () => {
        const held = await hold(store, newRun("r1"));
        const other = await hold(store, newRun("r2"));
        const good = held.append([runStarted]);
        const bad = store.append({
          runId: "r1",
          epoch: held.epoch,
          expectedSeq: 7,
          events: [runCompleted],
          logs: [],
          lists: [],
        });
        const beside = other.append([runStarted]);
        await expect(bad).rejects.toMatchObject({ code: "WG5011" });
        await Promise.all([good, beside]);
        expect((await store.run("r1"))?.seq).toBe(2);
        expect((await store.run("r2"))?.seq).toBe(2);
      });

      test("nothing is read before its append has resolved", async () => {
        const held = await hold(store, newRun("r1"));
        const appended = held.append([runStarted]);
        expect((await store.run("r1"))?.seq).toBe(1);
        await appended;
        expect((await store.run("r1"))?.seq).toBe(2);
      });

      test("the hash chain holds over many commits", async () => {
        const held = await hold(store, newRun("r1"));
        await held.append([runStarted, callCreated(1)]);
        for (let item = 0; item < 40; item++)
          await held.append([itemsStarted(1, [item]), itemCompleted(1, item, `${item}`)]);
        expect(await store.verify("r1")).toBeUndefined();
      });

      test("events are paged, with or without values", async () => {
        const held = await hold(store, newRun("r1"));
        await held.append([
          callCreated(1),
          ...Array.from({ length: 50 }, (_, item) => itemCompleted(1, item, `"${item}"`)),
        ]);
        const page = await store.events("r1", { after: 12, limit: 3 });
        expect(page.map((event) => [event.seq, event.value])).toEqual([
          [13, '"10"'],
          [14, '"11"'],
          [15, '"12"'],
        ]);
        const bare = await store.events("r1", { after: 12, limit: 3, values: "none" });
        expect(bare.map((event) => event.value)).toEqual([undefined, undefined, undefined]);
        expect(await store.events("r1", { after: 999 })).toEqual([]);
      });

      test("an event comes back as its JSON, fields this version does not know included", async () => {
        const held = await hold(store, newRun("r1"));
        const odd = Object.assign({ size: 3, fallback: true, later: { a: [1] } }, itemCompleted(1, 0).event);
        await held.append([callCreated(1), { event: odd }]);
        expect((await store.events("r1", { after: 2 }))[0]?.event).toEqual(odd);
      });
    });

    describe("values (R6)", () => {
      const odd = [
        '"\\ud800"',
        '"\\u0000"',
        '"\u2028é漢🙂"',
        "null",
        '{"$":"Date","v":0}',
        "-0",
        `"${"x".repeat(16 * 1024)}"`,
        `"${"é".repeat(40_000)}"`,
      ];

      test("come back byte for byte, inline and as blobs", async () => {
        const held = await hold(store, newRun("r1"));
        await held.append([callCreated(1), ...odd.map((value, item) => itemCompleted(1, item, value))]);
        const keys = odd.map((_, item) => ({ call: 1, item }));
        expect(await store.values("r1", keys)).toEqual(odd);
        expect(await store.values("r1", [...keys].reverse())).toEqual([...odd].reverse());
        expect(
          await store.values("r1", [
            { call: 1, item: 99 },
            { call: 9, item: 0 },
          ]),
        ).toEqual([undefined, undefined]);
        expect(await store.eventValue("r1", 10)).toBe(odd.at(-1));
        expect(await store.eventValue("r1", 2)).toBeUndefined();
      });

      test("a big one names its blob in the event", async () => {
        const held = await hold(store, newRun("r1"));
        await held.append([callCreated(1), itemCompleted(1, 0, odd.at(-1))]);
        const event = (await store.events("r1", { after: 2 }))[0];
        expect(event).not.toHaveProperty("value");
        const bytes = await store.getBlob(event?.blob ?? "");
        expect(Buffer.from(bytes ?? []).toString("utf8")).toBe(odd.at(-1));
      });

      test("only a completed item has a value", async () => {
        const held = await hold(store, newRun("r1"));
        await held.append([callCreated(1), itemsStarted(1, [0, 1]), itemFailed(1, 0)]);
        expect(
          await store.values("r1", [
            { call: 1, item: 0 },
            { call: 1, item: 1 },
          ]),
        ).toEqual([undefined, undefined]);
      });

      test("blobs are stored once, under their sha256", async () => {
        const bytes = Uint8Array.from([0, 255, 10, 9]);
        const hash = await store.putBlob(bytes);
        expect(await store.putBlob(bytes)).toBe(hash);
        expect(await store.getBlob(hash)).toEqual(bytes);
        expect(await store.getBlob("0".repeat(64))).toBeUndefined();
      });
    });

    describe("lists", () => {
      const values = Array.from({ length: 1_000 }, (_, n) => (n === 500 ? `"${"y".repeat(20_000)}"` : `${n}`));

      test("elements are read by range and by key", async () => {
        const held = await hold(store, newRun("r1"));
        await held.append([callCreated(1)], {
          lists: [{ call: 1, item: 0, first: 0, values, keys: values.map((_, n) => `k${n}`) }],
        });
        expect(await store.list("r1", { call: 1, item: 0 }, { first: 254, count: 4 })).toEqual({
          values: ["254", "255", "256", "257"],
          keys: ["k254", "k255", "k256", "k257"],
        });
        expect((await store.list("r1", { call: 1, item: 0 }, { first: 998, count: 10 })).values).toEqual([
          "998",
          "999",
        ]);
        expect((await store.list("r1", { call: 1, item: 0 }, { first: 0, count: 1_000 })).values).toEqual(values);
        const keys = [999, 0, 500, 255, 256].map((index) => ({ call: 1, item: 0, index }));
        expect(await store.values("r1", keys)).toEqual(["999", "0", values[500], "255", "256"]);
        expect(await store.values("r1", [{ call: 1, item: 0, index: 1_000 }])).toEqual([undefined]);
      });

      test("a staged chunk replaces what stood there from its first element on", async () => {
        const held = await hold(store, newRun("r1"));
        const stage = (first: number, staged: readonly string[]): Promise<void> =>
          store.stage("r1", held.epoch, { call: -1, item: 0, first, values: staged });
        await stage(0, values);
        await stage(300, ["a", "b"]);
        await stage(302, ["c"]);
        const read = async (): Promise<readonly string[]> =>
          (await store.list("r1", { call: -1, item: 0 }, { first: 298, count: 100 })).values;
        expect(await read()).toEqual(["298", "299", "a", "b", "c"]);
        await stage(0, ["z"]);
        expect((await store.list("r1", { call: -1, item: 0 }, { first: 0, count: 9 })).values).toEqual(["z"]);
      });
    });

    describe("side tables", () => {
      test("64 writers of one scratchpad key by cas lose no update", async () => {
        const held = await hold(store, newRun("r1"));
        const increment = async (): Promise<void> => {
          for (;;) {
            const present = await store.scratchpad.get("r1", "n");
            const value = `${Number(present?.value ?? "0") + 1}`;
            if (await store.scratchpad.cas("r1", held.epoch, { key: "n", expected: present?.value, value })) return;
          }
        };
        await Promise.all(Array.from({ length: 64 }, increment));
        expect(await store.scratchpad.get("r1", "n")).toEqual({ value: "64", version: 64 });
        expect(await store.scratchpad.set("r1", held.epoch, { key: "n", value: '"x"' })).toBe(65);
        expect(await store.scratchpad.get("r1", "other")).toBeUndefined();
      });

      test("once keeps the first result", async () => {
        const held = await hold(store, newRun("r1"));
        const place = { call: 1, item: 2, key: "pay" };
        await store.once.put("r1", held.epoch, { ...place, value: "1" });
        await store.once.put("r1", held.epoch, { ...place, value: "2" });
        expect(await store.once.get("r1", place)).toBe("1");
        expect(await store.once.get("r1", { ...place, item: 3 })).toBeUndefined();
      });

      test("log lines have a rising cursor and keep every character", async () => {
        const held = await hold(store, newRun("r1"));
        const line = {
          call: 1,
          item: 0,
          attempt: 1,
          at: AT,
          level: "info",
          text: "a\u0000b\n\tc",
          fields: '{"n":1}',
        } as const;
        await held.append([], { logs: [line, { ...line, item: 1, text: "second" }] });
        const lines = await store.logs("r1");
        expect(lines).toMatchObject([line, { item: 1, text: "second" }]);
        expect(await store.logs("r1", { after: lines[0]?.id ?? 0 })).toHaveLength(1);
        expect(await store.logs("r1", { call: 1, item: 0 })).toHaveLength(1);
        expect(await store.logs("r1", { call: 2 })).toHaveLength(0);
      });

      test("a command is taken once, by the owner of its run", async () => {
        const held = await hold(store, newRun("r1"));
        await store.createRun(newRun("r2"));
        await store.command({ runId: "r1", kind: "cancel", by: "u", args: { reason: "x" } });
        await store.command({ runId: "r2", kind: "cancel", by: "u" });
        expect(await store.pendingCommands()).toMatchObject([{ runId: "r1", args: { reason: "x" } }, { runId: "r2" }]);
        expect(await store.takeCommands(["r1", "r2"])).toMatchObject([
          { runId: "r1", kind: "cancel", by: "u", args: { reason: "x" } },
        ]);
        expect(await store.takeCommands(["r1", "r2"])).toEqual([]);
        expect(await store.pendingCommands()).toMatchObject([{ runId: "r2" }]);
        await holdAgain(store, "r2");
        expect(await store.takeCommands(["r1", "r2"])).toMatchObject([{ runId: "r2", args: {} }]);
        await expect(store.command({ runId: "no", kind: "cancel", by: "u" })).rejects.toMatchObject({ code: "WG5001" });
        expect(held.epoch).toBe(1);
      });
    });

    describe("the end", () => {
      test("a closed store says so", async () => {
        const held = await hold(store, newRun("r1"));
        await store.close();
        await expect(store.run("r1")).rejects.toMatchObject({ code: "WG5007" });
        await expect(held.append([runStarted])).rejects.toMatchObject({ code: "WG5007" });
        await store.close();
      });

      test("close commits what was given before it", async () => {
        const held = await hold(store, newRun("r1"));
        const appended = held.append([runStarted]);
        await store.close();
        expect(await appended).toBeUndefined();
      });

      test("flushSync commits at once", async () => {
        const held = await hold(store, newRun("r1"));
        const appended = held.append([runStarted]);
        store.flushSync();
        expect((await store.run("r1"))?.seq).toBe(2);
        await appended;
      });

      test("everything is there after closing and opening again", async (context) => {
        if (!opened.reopen) return context.skip("this store ends with its process");
        const held = await hold(
          store,
          newRun("r1", { parent: { run: "r0", call: 1, item: 2 }, manifest: "m", code: { root: "sub" } }),
        );
        await held.append([
          runStarted,
          callCreated(1),
          itemsStarted(1, [0, 1]),
          itemCompleted(1, 0, "7"),
          itemFailed(1, 1),
        ]);
        const before = [
          await store.events("r1"),
          await store.calls("r1"),
          await store.items("r1"),
          await store.errors("r1"),
        ];
        store = await opened.reopen();
        expect([
          await store.events("r1"),
          await store.calls("r1"),
          await store.items("r1"),
          await store.errors("r1"),
        ]).toEqual(before);
        expect(await store.run("r1")).toMatchObject({
          status: "interrupted",
          ownerDeaths: 0,
          manifest: "m",
          code: { root: "sub" },
          parent: { run: "r0", call: 1, item: 2 },
        });
        const again = await holdAgain(store, "r1");
        await again.append([itemCompleted(1, 1, "8")]);
        expect(await store.verify("r1")).toBeUndefined();
        expect((await store.run("r1"))?.counts).toEqual({ completed: 2 });
      });
    });
  });
}
