/** What is found over all runs: full text, and groups of errors. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "../base/random.ts";
import type { AppendedEvent } from "../model/events.ts";
import type { Held, Opened } from "./held-run.contract.ts";
import {
  AT,
  callCreated,
  hold,
  holdAgain,
  itemCompleted,
  itemFailed,
  newRun,
  runCompleted,
  runStarted,
} from "./held-run.contract.ts";
import type { SearchHit, SearchQuery } from "./search.ts";
import type { LogLine, Store } from "./store.ts";

const line = (text: string, more: Partial<LogLine> = {}): LogLine => ({
  call: 1,
  item: 0,
  attempt: 1,
  at: AT,
  level: "info",
  text,
  ...more,
});

function failedBecause(
  message: string,
  more: { readonly at?: number; readonly node?: string; readonly code?: string } = {},
): AppendedEvent {
  const { event } = itemFailed(1, 0, message);
  if (event.type !== "item.failed") throw new Error("not an error");
  const error = {
    ...event.error,
    code: more.code ?? "WG2002",
    ...(more.node === undefined ? {} : { node: more.node }),
  };
  return { event: { ...event, at: more.at ?? event.at, error } };
}

export function searchContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, what it finds`, () => {
    let opened: Opened;
    let store: Store;
    let held: Held;
    beforeEach(async () => {
      opened = await open();
      store = opened.store;
      held = await hold(store, newRun("r1", { input: '{"topic":"glass cathedrals"}' }));
      await held.append([runStarted, callCreated(1)]);
    });
    afterEach(() => opened.end());

    async function indexAll(): Promise<void> {
      for (let lag = await store.searchLag(); lag.events + lag.lines > 0 || lag.more;)
        lag = await store.indexSome(1_000);
    }

    const found = async (text: string, more: Partial<SearchQuery> = {}): Promise<readonly SearchHit[]> =>
      (await store.search({ text, ...more })).hits;

    describe("full text", () => {
      test("an error is found with its commit", async () => {
        await held.append([failedBecause("The Server hung up unexpectedly", { node: "fetch_page" })]);
        expect(await found("server HUNG")).toEqual([
          {
            kind: "error",
            runId: "r1",
            workflow: "research",
            call: 1,
            item: 0,
            seq: 4,
            at: AT + 2,
            snippet: expect.stringContaining("The Server hung up") as string,
          },
        ]);
        expect(await found("fetch_page")).toHaveLength(1);
        expect(await found("WG2002")).toHaveLength(1);
        expect(await found("server nothing")).toEqual([]);
      });

      test("log lines and values are found once they are indexed", async () => {
        await held.append([itemCompleted(1, 0, '{"title":"Stained\\nwindows of Chartres"}')], {
          logs: [line("fetched the first page", { fields: '{"url":"https://a.example/rose"}' })],
        });
        await held.append([runCompleted]);
        await indexAll();
        expect(await found("windows chartres")).toMatchObject([{ kind: "value", call: 1, item: 0, seq: 4 }]);
        expect(await found("first page")).toMatchObject([{ kind: "log", call: 1, item: 0, at: AT }]);
        expect(await found("rose")).toMatchObject([{ kind: "log" }]);
        expect((await found("rose"))[0]?.line).toBe((await store.logs("r1"))[0]?.id);
        expect(await found("cathedral")).toMatchObject([
          { kind: "value", seq: 1, snippet: expect.stringContaining("glass") as string },
        ]);
        expect(await found("done")).toMatchObject([{ kind: "value", seq: 5 }]);
      });

      test("elements of lists, and values that are blobs, are found by the event that names them", async () => {
        const event = { ...itemCompleted(1, 0).event, size: 3 };
        await held.append([{ event } as AppendedEvent, itemCompleted(1, 1, `"${"pad ".repeat(5_000)}needle"`)], {
          lists: [{ call: 1, item: 0, first: 0, values: ['"amber"', '"basalt"', '"chalk"'] }],
        });
        await indexAll();
        expect(await found("basalt")).toMatchObject([{ kind: "value", seq: 4, item: 0 }]);
        expect(await found("needle")).toMatchObject([{ kind: "value", seq: 5, item: 1 }]);
      });

      test("a phrase in quotes is found as it stands", async () => {
        await held.append([failedBecause("the red door is open"), failedBecause("the open door is red")]);
        expect(await found('"red door"')).toMatchObject([{ seq: 4 }]);
        expect(await found("red door")).toHaveLength(2);
      });

      test("kinds, workflow and run narrow it", async () => {
        const other = await hold(store, newRun("r2", { workflow: "other" }));
        await other.append([callCreated(1), failedBecause("marker")], { logs: [line("marker in a line")] });
        await held.append([failedBecause("marker"), itemCompleted(1, 1, '"marker"')], { logs: [line("a marker")] });
        await indexAll();
        expect((await found("marker")).map((hit) => `${hit.kind} ${hit.runId}`)).toEqual([
          "error r2",
          "error r1",
          "log r1",
          "log r2",
          "value r1",
        ]);
        expect((await found("marker", { kinds: ["value", "error"], runId: "r1" })).map((hit) => hit.kind)).toEqual([
          "error",
          "value",
        ]);
        expect((await found("marker", { workflow: "other" })).map((hit) => hit.kind)).toEqual(["error", "log"]);
        expect(await found("marker", { runId: "no" })).toEqual([]);
        expect(await found("marker", { workflow: "no" })).toEqual([]);
      });

      test("pages hold every hit once, newest first", async () => {
        await held.append(
          Array.from({ length: 30 }, (_, n) => failedBecause(`stone ${n}`)),
          { logs: Array.from({ length: 25 }, (_, n) => line(`stone line ${n}`)) },
        );
        await indexAll();
        const seen: string[] = [];
        let after: string | undefined;
        do {
          const page = await store.search({ text: "stone", limit: 7, ...(after === undefined ? {} : { after }) });
          expect(page.hits.length).toBeLessThanOrEqual(7);
          seen.push(...page.hits.map((hit) => hit.snippet.match(/stone (?:line )?\d+/)?.[0] ?? ""));
          after = page.next;
        } while (after !== undefined);
        const down = (count: number, text: string): string[] =>
          Array.from({ length: count }, (_, n) => `${text} ${count - 1 - n}`);
        expect(seen).toEqual([...down(30, "stone"), ...down(25, "stone line")]);
        await expect(store.search({ text: "stone", after: "x'; DROP" })).rejects.toMatchObject({ code: "WG5063" });
      });

      test("a query is any text: nothing in it is an operator, and nothing in it breaks", async () => {
        await held.append([failedBecause('say "AND" or NEAR(x) * - ^ : {text}')]);
        expect(await found("AND NEAR")).toHaveLength(1);
        expect(await found("NOT")).toEqual([]);
        expect(await found("text: say")).toHaveLength(1);
        for (const text of [
          "",
          "   ",
          '"',
          '""',
          "*",
          "(",
          "a OR",
          "NEAR(",
          "^x",
          "{text}:",
          "-",
          "'; --",
          "\0",
          "\ud800",
          "🙂",
        ]) {
          expect(Array.isArray(await found(text))).toBe(true);
        }
        const random = seededRandom(11);
        const alphabet = `ab "'*()^:{}-+~.,;\\%_\0\n🙂é<>&|`;
        for (let round = 0; round < 300; round++) {
          const text = Array.from({ length: 12 }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
          await found(text);
        }
        await found("x ".repeat(100_000));
      });

      test("what was forgotten is not found", async () => {
        await held.append([failedBecause("gone soon"), itemCompleted(1, 1, '"gone value"'), runCompleted], {
          logs: [line("gone line")],
        });
        await indexAll();
        expect(await found("gone")).toHaveLength(3);
        await store.release("r1", held.epoch);
        await store.forget("r1");
        expect(await found("gone")).toEqual([]);
      });

      test("a run that goes on after it ended is indexed further", async () => {
        await held.append([runCompleted]);
        await indexAll();
        await held.append([
          { event: { type: "run.resumed", at: AT, epoch: 1, owner: "o", reason: "explicit", reopened: [] } },
          itemCompleted(1, 3, '"afterwards"'),
        ]);
        await indexAll();
        expect(await found("afterwards")).toMatchObject([{ seq: 6 }]);
      });

      test("the lag says what is missing, a little time indexes a little, and opening again loses nothing", async () => {
        const held2 = await hold(store, newRun("r2"));
        for (let n = 0; n < 20; n++) {
          await held2.append(
            n === 0 ? [callCreated(1)] : [itemCompleted(1, n, `"word${n} ${"filler ".repeat(2_000)}"`)],
          );
        }
        const first = await store.searchLag();
        let lag = await store.indexSome(1);
        expect(lag.events).toBeLessThanOrEqual(first.events);
        expect(first.events).toBe(opened.reopen ? 3 + 21 : 0);
        if (opened.reopen) store = await opened.reopen();
        for (let round = 0; lag.events > 0 && round < 100; round++) lag = await store.indexSome(5);
        expect(lag).toEqual({ events: 0, lines: 0, more: false });
        expect(await store.searchLag()).toEqual({ events: 0, lines: 0, more: false });
        expect(await found("word19")).toHaveLength(1);
        expect(await found("word1", { limit: 200 })).toHaveLength(11);
      });
    });

    test("lists of runs are narrowed by words in their records, and by how long they took", async () => {
      await held.append([failedBecause("connection refused by host"), failedBecause("a Connection was lost")]);
      const other = await hold(store, newRun("r2"));
      await other.append([
        callCreated(1),
        { event: { type: "run.started", at: AT, epoch: 1, owner: "o", seed: "s", clock: AT } },
        itemCompleted(1, 0, '"connection established"'),
        { event: { type: "run.completed", at: AT + 40, partial: false }, value: '"done"' },
      ]);
      for (let lag = await store.indexSome(1_000); lag.events > 0; lag = await store.indexSome(1_000));
      const ids = async (filter: Parameters<Store["runs"]>[0]): Promise<string[]> =>
        (await store.runs(filter)).runs.map(({ runId }) => runId);
      expect(await ids({ text: "connection" })).toEqual(["r2", "r1"]);
      expect(await ids({ text: "connection refused" })).toEqual(["r1"]);
      expect(await ids({ text: '"connection was"' })).toEqual(["r1"]);
      expect(await ids({ text: "connection", before: "r2" })).toEqual(["r1"]);
      expect(await ids({ text: " " })).toEqual(["r2", "r1"]);
      expect(await ids({ minMs: 40 })).toEqual(["r2"]);
      expect(await ids({ minMs: 41 })).toEqual([]);
      expect(await ids({ maxMs: 40, minMs: 10 })).toEqual(["r2"]);
      expect(await ids({ maxMs: 39 })).toEqual([]);
    });

    describe("groups of errors", () => {
      test("errors that differ in numbers, ids and quoted text are one; others are not", async () => {
        await held.append([
          failedBecause('no page "a" after 12 ms', { at: AT + 1 }),
          failedBecause('no page "b" after 340 ms', { at: AT + 5 }),
          failedBecause("refused", { at: AT + 3 }),
        ]);
        const other = await hold(store, newRun("r2", { version: "v2" }));
        await other.append([callCreated(1), failedBecause('no page "c" after 1 ms', { at: AT + 9 })]);
        const { groups, total } = await store.errorGroups();
        expect(total).toBe(2);
        expect(groups).toEqual([
          {
            fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
            workflow: "research",
            code: "WG2002",
            pattern: "WG2002 -: no page <text> after <n> ms",
            message: 'no page "c" after 1 ms',
            firstAt: AT + 1,
            lastAt: AT + 9,
            count: 3,
            finalCount: 3,
            runs: 2,
            versions: [
              { version: "v2", runs: 1, lastAt: AT + 9 },
              { version: "v1", runs: 1, lastAt: AT + 5 },
            ],
            last: { runId: "r2", seq: 3, call: 1, item: 0 },
          },
          expect.objectContaining({ message: "refused", count: 1, runs: 1, lastAt: AT + 3 }) as object,
        ]);
      });

      test("retried attempts count, and do not count as final; the end of a run has no item", async () => {
        const error = { code: "WG2002", kind: "thrown", name: "Error", message: "flaky 1" } as const;
        await held.append([
          {
            event: {
              type: "item.retrying",
              at: AT,
              call: 1,
              item: 0,
              attempt: 1,
              from: "running",
              to: "retrying",
              ms: 1,
              delayMs: 1,
              error,
            },
          },
          failedBecause("flaky 2", { at: AT + 1 }),
          { event: { type: "run.failed", at: AT + 2, error: { ...error, code: "WG2001" }, failures: [[1, 0]] } },
        ]);
        const { groups } = await store.errorGroups();
        expect(groups).toMatchObject([
          { code: "WG2001", last: { runId: "r1", seq: 6 } },
          { code: "WG2002", count: 2, finalCount: 1 },
        ]);
        expect(groups[0]?.last).not.toHaveProperty("call");
      });

      test("filters say which groups are listed, pages go from the last seen on", async () => {
        const words = ["apple", "pear", "plum", "fig", "quince"];
        await held.append(words.map((word, n) => failedBecause(word, { at: AT + n, node: n < 2 ? "peel" : "cut" })));
        const other = await hold(store, newRun("r2", { workflow: "other", version: "v9" }));
        await other.append([callCreated(1), failedBecause("apple", { at: AT + 50, node: "peel" })]);
        const names = async (filter: Parameters<Store["errorGroups"]>[0]): Promise<string[]> =>
          (await store.errorGroups(filter)).groups.map((group) => group.message);
        expect(await names({ workflow: "research" })).toEqual(["quince", "fig", "plum", "pear", "apple"]);
        expect(await names({ node: "peel" })).toEqual(["apple", "pear", "apple"]);
        expect(await names({ version: "v9" })).toEqual(["apple"]);
        expect(await names({ runId: "r1", code: "WG2002", since: AT + 3 })).toEqual(["quince", "fig"]);
        expect(await names({ runId: "no" })).toEqual([]);
        const page = await store.errorGroups({ workflow: "research", limit: 2 });
        expect(page.total).toBe(5);
        expect(await names({ workflow: "research", limit: 2, before: page.groups[1]! })).toEqual(["plum", "pear"]);
        expect(await names({ fingerprint: page.groups[0]!.fingerprint })).toEqual(["quince"]);
      });

      test("stay when their run is forgotten, and are there after opening again", async () => {
        await held.append([failedBecause("kept in mind"), runCompleted]);
        await store.release("r1", held.epoch);
        await store.forget("r1");
        const before = (await store.errorGroups()).groups;
        expect(before).toMatchObject([{ message: "kept in mind", count: 1, last: { runId: "r1" } }]);
        if (!opened.reopen) return;
        store = await opened.reopen();
        expect((await store.errorGroups()).groups).toEqual(before);
        await holdAgain(store, (await store.createRun(newRun("r3"))).runId);
      });
    });
  });
}
