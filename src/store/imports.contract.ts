/** Logs that go from one store to another. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CHAIN_START, chainHash } from "./chain.ts";
import type { Opened } from "./held-run.contract.ts";
import {
  AT,
  callCreated,
  hold,
  itemCompleted,
  itemFailed,
  itemsStarted,
  newRun,
  runCompleted,
  runStarted,
} from "./held-run.contract.ts";
import type { ImportedRun, LogBlock } from "./imports.ts";
import type { Store } from "./store.ts";

const big = `"${"v".repeat(40_000)}"`;

export function importsContract(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, logs of others`, () => {
    let from: Opened;
    let to: Opened;
    beforeEach(async () => {
      from = await open();
      to = await open();
    });
    afterEach(async () => {
      await from.end();
      await to.end();
    });

    async function taken(store: Store, runId: string): Promise<ImportedRun> {
      const row = (await store.run(runId))!;
      const blocks: LogBlock[] = [];
      for (;;) {
        const page = await store.blocks(runId, {
          after: (blocks.at(-1)?.first ?? 0) + (blocks.at(-1)?.n ?? 1) - 1,
          limit: 2,
        });
        if (page.length === 0) break;
        blocks.push(...page);
      }
      const { project, workflow, version, tags, createdAt } = row;
      return {
        run: { runId, project, workflow, version, tags, createdAt, caller: { kind: "import", id: "file" } },
        blocks,
        lists: [{ call: 1, item: 0, first: 0, values: ["1", "2"], keys: ["a", "b"] }],
        logs: [{ call: 1, item: 0, attempt: 1, at: AT, level: "info", text: "line" }],
      };
    }

    async function ended(): Promise<ImportedRun> {
      const held = await hold(from.store, newRun("r1"));
      await held.append([runStarted, callCreated(1), itemsStarted(1, [0, 1, 2])]);
      await held.append([itemCompleted(1, 0, big), itemFailed(1, 1), itemCompleted(1, 2, "2")]);
      await held.append([runCompleted]);
      return taken(from.store, "r1");
    }

    test("a run reads in another store as it did in its own, and its chain holds", async () => {
      const imported = await ended();
      await to.store.putBlob(Buffer.from(big, "utf8"));
      await to.store.importRun(imported);
      expect(await to.store.events("r1")).toEqual(await from.store.events("r1"));
      expect(await to.store.items("r1")).toEqual(await from.store.items("r1"));
      expect(await to.store.calls("r1")).toEqual(await from.store.calls("r1"));
      expect(await to.store.errors("r1")).toEqual(await from.store.errors("r1"));
      expect(await to.store.values("r1", [{ call: 1, item: 0 }])).toEqual([big]);
      expect(await to.store.list("r1", { call: 1, item: 0 }, { first: 0, count: 9 })).toEqual({
        values: ["1", "2"],
        keys: ["a", "b"],
      });
      expect((await to.store.logs("r1")).map(({ text }) => text)).toEqual(["line"]);
      expect(await to.store.verify("r1")).toBeUndefined();
      const [row, was] = [await to.store.run("r1"), await from.store.run("r1")];
      expect(row).toMatchObject({
        status: "completed",
        caller: { kind: "import" },
        seq: was!.seq,
        counts: was!.counts,
      });
      expect(row?.startedAt).toBe(was!.startedAt);
      expect(await to.store.blocks("r1")).toEqual(await from.store.blocks("r1"));
    });

    test("an id is taken once", async () => {
      const imported = await ended();
      await to.store.putBlob(Buffer.from(big, "utf8"));
      await to.store.importRun(imported);
      await expect(to.store.importRun(imported)).rejects.toMatchObject({ code: "WG5013" });
    });

    test("a run that had no end reads interrupted, and can be taken", async () => {
      const held = await hold(from.store, newRun("r1"));
      await held.append([runStarted, callCreated(1)]);
      await to.store.importRun({ ...(await taken(from.store, "r1")), lists: [], logs: [] });
      expect((await to.store.run("r1"))?.status).toBe("interrupted");
      expect(await to.store.acquire("r1")).toMatchObject({ epoch: 1, seq: 3 });
    });

    test.each<readonly [string, (blocks: readonly LogBlock[]) => readonly LogBlock[]]>([
      [
        "a changed byte",
        (blocks) =>
          blocks.map((block, i) => (i === 1 ? { ...block, body: block.body.replace("node_1", "node_2") } : block)),
      ],
      ["a block that is missing", (blocks) => blocks.filter((_, i) => i !== 1)],
      ["blocks in another order", (blocks) => [blocks[0]!, ...blocks.slice(1).reverse()]],
      ["no beginning", (blocks) => blocks.slice(1)],
      ["nothing", () => []],
      ["an event of no kind, well hashed", (blocks) => withLine(blocks, '{"type":"run.exploded","at":1}')],
      [
        "a call that was never made, well hashed",
        (blocks) => withLine(blocks, '{"type":"items.started","at":1,"call":9,"items":[0]}'),
      ],
      [
        "an item out of range, well hashed",
        (blocks) => withLine(blocks, '{"type":"items.started","at":1,"call":1,"items":[1e12]}'),
      ],
      [
        "a value that is no JSON, well hashed",
        (blocks) => withLine(blocks, '{"type":"list.recorded","at":1,"list":-1,"size":1,"digest":"d"}\t{'),
      ],
      ["a null, well hashed", (blocks) => withLine(blocks, "null")],
    ])("a log with %s is refused, and nothing of it is kept", async (_, damage) => {
      const imported = await ended();
      await to.store.putBlob(Buffer.from(big, "utf8"));
      await expect(to.store.importRun({ ...imported, blocks: damage(imported.blocks) })).rejects.toMatchObject({
        code: "WG4066",
      });
      expect(await to.store.run("r1")).toBeUndefined();
      expect((await to.store.runs()).total).toBe(0);
    });
  });
}

/** One more block, with a hash that fits. */
function withLine(blocks: readonly LogBlock[], body: string): readonly LogBlock[] {
  const last = blocks.at(-1);
  const previous = last?.hash ?? CHAIN_START;
  const hash = chainHash(previous, body);
  return [...blocks, { first: (last?.first ?? 0) + (last?.n ?? 1), n: 1, previous, hash, body }];
}
