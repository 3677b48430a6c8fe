/** Logs, progress and streams: what an attempt writes beside the event log. */
import { describe, expect, test } from "vitest";
import { FakeClock } from "../../src/base/clock.ts";
import { decode } from "../../src/model/codec.ts";
import { node, workflow, type Ctx } from "../../src/index.ts";
import { rest, run } from "./flow.ts";

async function linesOf(write: (ctx: Ctx) => void | Promise<void>, clock = new FakeClock()) {
  const writer = node({ id: "writer" }, async (_: object, ctx) => write(ctx));
  const end = await run(
    workflow({ name: "flow" }, () => writer()),
    {},
    { clock },
  );
  expect(end.error).toBeUndefined();
  return end.store.logs(end.runId, { limit: 100_000 });
}

test("each level is kept, with its fields, and says which attempt wrote it", async () => {
  const lines = await linesOf(({ log }) => {
    log.debug("d");
    log.info("i", { n: 1, at: new Date(0) });
    log.warn("w");
    log.error("e");
  });
  expect(lines.map(({ level, text }) => `${level} ${text}`)).toEqual(["debug d", "info i", "warn w", "error e"]);
  expect(lines[1]).toMatchObject({ call: 1, item: 0, attempt: 1, at: Date.UTC(2026, 0, 1) });
  expect(decode(lines[1]!.fields!)).toEqual({ n: 1, at: new Date(0) });
});

test("a line never fails the node: fields that cannot be recorded say so, text that throws too", async () => {
  const lines = await linesOf(({ log }) => {
    log.info("i", { f: () => 1 });
    log.info({
      toString: () => {
        throw new Error("no");
      },
    } as never);
  });
  expect(decode(lines[0]!.fields!)).toEqual({ unrecordable: expect.stringContaining('"$.f" is a function') as string });
  expect(lines[1]?.text).toBe("[text that cannot be shown]");
});

test("a million lines are cut, with a mark", async () => {
  const lines = await linesOf(({ log }) => {
    for (let i = 0; i < 1_000_000; i++) log.info(`e${i}`);
  });
  expect(lines).toHaveLength(10_001);
  expect(lines.at(-2)?.text).toBe("e9999");
  expect(lines.at(-1)).toMatchObject({
    level: "warn",
    text: "[cut: more than 10000 log lines in one attempt; later ones are not kept]",
  });
});

test("a long line and many long lines are cut, with a mark", async () => {
  const lines = await linesOf(({ log }) => {
    for (let i = 0; i < 100; i++) log.info("x".repeat(1_000_000));
  });
  expect(lines[0]?.text).toMatch(/^x{65536}\.\.\. \[cut: 934464 more characters\]$/);
  expect(lines.length).toBeLessThan(70);
  expect(lines.at(-1)?.text).toContain("[cut: more than 4194304 characters of log lines");
});

describe("progress", () => {
  test("is coalesced: at most one line in 100 ms, and the end is always written", async () => {
    const clock = new FakeClock();
    const lines = await linesOf(async ({ progress }) => {
      for (let i = 1; i <= 1000; i++) {
        progress({ done: i, total: 1000 }, `at ${i}`);
        if (i % 100 === 0 && i < 1000) await clock.advance(60);
      }
    }, clock);
    expect(lines.map(({ text }) => text)).toEqual(["at 1", "at 201", "at 401", "at 601", "at 801", "at 1000"]);
    expect(decode(lines.at(-1)!.fields!)).toEqual({ share: 1, done: 1000, total: 1000 });
  });

  test("takes a share, and a total of 0", async () => {
    const clock = new FakeClock();
    const lines = await linesOf(async ({ progress }) => {
      progress(0.25);
      await clock.advance(200);
      progress({ done: 0, total: 0 });
    }, clock);
    expect(lines.map(({ level, fields }) => [level, decode(fields!)])).toEqual([
      ["progress", { share: 0.25 }],
      ["progress", { share: 0, done: 0, total: 0 }],
    ]);
  });
});

describe("stream", () => {
  test("chunks of one turn are one line, in their order with log lines", async () => {
    const lines = await linesOf(async ({ stream, log }) => {
      stream("Hel");
      stream("lo");
      await rest();
      stream(" wor");
      log.info("between");
      stream("ld");
      stream({ done: true });
    });
    expect(lines.map(({ level, text }) => [level, text])).toEqual([
      ["stream", "Hello"],
      ["stream", " wor"],
      ["info", "between"],
      ["stream", "ld"],
      ["stream", '{"done":true}'],
    ]);
  });

  test("a million single characters are kept up to the limit, with a mark", async () => {
    const lines = await linesOf(({ stream }) => {
      for (let i = 0; i < 2_000_000; i++) stream("x");
    });
    const chunks = lines.filter(({ level }) => level === "stream");
    expect(chunks.reduce((sum, { text }) => sum + text.length, 0)).toBe(2 ** 20);
    expect(lines.at(-1)).toMatchObject({
      level: "warn",
      text: "[cut: more than 1048576 characters streamed in one attempt; later ones are not kept]",
    });
  });

  test("one chunk larger than the limit is cut too", async () => {
    const lines = await linesOf(({ stream }) => {
      stream("x".repeat(5_000_000));
      stream("after");
    });
    expect(lines.map(({ level, text }) => [level, text.length > 200 ? text.length : text])).toEqual([
      ["stream", 2 ** 20],
      ["warn", "[cut: more than 1048576 characters streamed in one attempt; later ones are not kept]"],
    ]);
  });
});
