import { describe, expect, test } from "vitest";
import { z } from "zod";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { node } from "./node.ts";
import { readNode, readWorkflow } from "./options.ts";
import { workflow } from "./workflow.ts";

const fn = async (): Promise<number> => 1;

function refusal(options: unknown, f: unknown = fn): WorkgraphError {
  return thrown(() => readNode(options, f, undefined));
}

function workflowRefusal(options: unknown, f: unknown = fn): WorkgraphError {
  return thrown(() => readWorkflow(options, f, undefined));
}

function thrown(f: () => unknown): WorkgraphError {
  try {
    f();
  } catch (error) {
    if (error instanceof WorkgraphError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("node options that are refused", () => {
  test.each<[string, Record<string, unknown>, string, string]>([
    ["no id", { id: undefined }, "WG1110", "it has no id"],
    ["an empty id", { id: "" }, "WG1110", '"" is no id'],
    ["an id with capitals", { id: "scrapePage" }, "WG1110", '"scrapePage" is no id'],
    ["an id that starts with a digit", { id: "1st" }, "WG1110", '"1st" is no id'],
    ["an id of 65 letters", { id: "a".repeat(65) }, "WG1110", "is no id"],
    ["an id that is no text", { id: 7 }, "WG1110", "7 is no id"],
    ["concurrency 0", { concurrency: 0 }, "WG1112", "concurrency is 0"],
    ["concurrency -1", { concurrency: -1 }, "WG1112", "concurrency is -1"],
    ["concurrency NaN", { concurrency: Number.NaN }, "WG1112", "concurrency is NaN"],
    ["concurrency Infinity", { concurrency: Infinity }, "WG1112", "concurrency is Infinity"],
    ["concurrency as text", { concurrency: "8" }, "WG1112", 'concurrency is "8"'],
    ["concurrency 1.5", { concurrency: 1.5 }, "WG1112", "concurrency is 1.5"],
    ["concurrency null", { concurrency: null }, "WG1112", "concurrency is null"],
    ["timeout 2^31", { timeout: 2 ** 31 }, "WG1113", "timeout is 2147483648"],
    ["timeout 25d", { timeout: "25d" }, "WG1113", 'timeout is "25d"'],
    ["timeout 0", { timeout: 0 }, "WG1113", "timeout is 0"],
    ["timeout -5", { timeout: -5 }, "WG1113", "timeout is -5"],
    ["timeout NaN", { timeout: Number.NaN }, "WG1113", "timeout is NaN"],
    ["timeout garbage", { timeout: "soon" }, "WG1113", 'timeout is "soon"'],
    ["timeout null", { timeout: null }, "WG1113", "timeout is null"],
    ["negative retries", { retries: -1 }, "WG1114", "retries is -1"],
    ["half a retry", { retries: 0.5 }, "WG1114", "retries is 0.5"],
    ["endless retries", { retries: Infinity }, "WG1114", "retries is Infinity"],
    ["retries as text", { retries: "2" }, "WG1114", 'retries is "2"'],
    ["retries without max", { retries: { delay: "1s" } }, "WG1114", "retries.max is undefined"],
    ["a misspelt part of retries", { retries: { max: 1, dealy: 5 } }, "WG1114", 'retries has no "dealy"'],
    ["an unknown backoff", { retries: { max: 1, backoff: "linear" } }, "WG1114", 'retries.backoff is "linear"'],
    ["jitter true", { retries: { max: 1, jitter: true } }, "WG1114", "retries.jitter is true"],
    ["a delay of no duration", { retries: { max: 1, delay: "x" } }, "WG1114", 'retries.delay is "x"'],
    ["a maxDelay below delay", { retries: { max: 1, delay: 9, maxDelay: 8 } }, "WG1114", "shorter than"],
    ["gather that is a text", { gather: "xs" }, "WG1115", 'gather is "xs"'],
    ["gather of numbers", { gather: [1] }, "WG1115", "gather is an array"],
    ["gather twice", { gather: ["xs", "xs"] }, "WG1115", "gather names a parameter twice"],
    ["gather and whole", { gather: ["xs"], whole: ["xs"] }, "WG1115", '"xs" is in gather and in whole'],
    ["out: all", { out: "all" }, "WG1116", 'out is "all"'],
    ["key without many", { key: String }, "WG1116", "out is not given"],
    ["key with one", { key: String, out: "one" }, "WG1116", 'out is "one"'],
    ["key that is no function", { key: "url", out: "many" }, "WG1116", 'key is "url"'],
    ["onFailed: ignore", { gather: ["xs"], onFailed: "ignore" }, "WG1117", 'onFailed is "ignore"'],
    ["tolerate -1", { gather: ["xs"], onFailed: { tolerate: -1 } }, "WG1117", "onFailed.tolerate is -1"],
    ["tolerate 1.5", { gather: ["xs"], onFailed: { tolerate: 1.5 } }, "WG1117", "onFailed.tolerate is 1.5"],
    ["tolerate NaN", { gather: ["xs"], onFailed: { tolerate: Number.NaN } }, "WG1117", "onFailed.tolerate is NaN"],
    ["onFailed without gather", { onFailed: "drop" }, "WG1117", "no parameter gathers"],
    ["onInvalid: ignore", { output: z.number(), onInvalid: "ignore" }, "WG1118", 'onInvalid is "ignore"'],
    ["onInvalid without output", { onInvalid: "retry" }, "WG1118", "onInvalid is given without output"],
    ["rateLimit as a number", { rateLimit: 5 }, "WG1119", "rateLimit is 5"],
    ["rateLimit of 0", { rateLimit: { limit: 0, per: "1s" } }, "WG1119", "rateLimit.limit is 0"],
    ["rateLimit without per", { rateLimit: { limit: 1 } }, "WG1119", "rateLimit.per is undefined"],
    ["rateLimit per 0", { rateLimit: { limit: 1, per: 0 } }, "WG1119", "rateLimit.per is 0"],
    ["a pool that is no name", { pool: "My Pool" }, "WG1119", 'pool is "My Pool"'],
    ["cache 0", { cache: 0 }, "WG1120", "cache is 0"],
    ["cache for ever and a day", { cache: "for ever" }, "WG1120", 'cache is "for ever"'],
    ["output that is no schema", { output: { type: "object" } }, "WG1121", "output is an object"],
    ["an input that is no schema", { input: { url: "string" } }, "WG1121", 'input.url is "string"'],
    ["effect as text", { effect: "yes" }, "WG1122", 'effect is "yes"'],
    ["thread 1", { thread: 1 }, "WG1122", "thread is 1"],
    ["a title that is no text", { title: 5 }, "WG1122", "title is 5"],
    ["an unknown option", { retriess: 2 }, "WG1111", 'there is no option "retriess"'],
  ])("%s", (_, options, code, what) => {
    const error = refusal({ id: "fetch", ...options });
    expect(error.code).toBe(code);
    expect(error.message).toContain(what);
    expect(error.hint).not.toBe("");
  });

  test("options that are no object", () => {
    for (const options of [undefined, null, "fetch", [], fn]) expect(refusal(options).code).toBe("WG1123");
  });

  test("a function that is missing, or a synchronous generator", () => {
    expect(refusal({ id: "fetch" }, "fn").message).toContain('its function is "fn"');
    expect(refusal({ id: "fetch" }, function* () {}).hint).toContain("async function*");
  });

  test("out: one for a generator", () => {
    expect(refusal({ id: "fetch", out: "one" }, async function* () {}).code).toBe("WG1116");
  });

  test("an option that is nearly known gets the known name", () => {
    expect(refusal({ id: "fetch", concurency: 2 }).hint).toBe('did you mean "concurrency"?');
  });

  test("a value that cannot be shown does not replace the error by its own", () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error("no");
        },
      },
    );
    expect(refusal({ id: "fetch", concurrency: hostile }).code).toBe("WG1112");
    expect(refusal({ id: "fetch", timeout: Symbol("t") }).code).toBe("WG1113");
    expect(refusal({ id: "fetch", timeout: 10n }).message).toContain("timeout is 10n");
    expect(refusal({ id: "fetch", timeout: "x".repeat(10_000) }).message.length).toBeLessThan(200);
  });
});

test("an error names the node and the line of the node() call", () => {
  const error = thrown(() => node({ id: "fetch", concurrency: 0 }, fn));
  expect(error.message).toMatch(/^WG1112: node "fetch": concurrency is 0, at \/.*options\.test\.ts:\d+:\d+$/);
  expect(error.site?.line).toBeGreaterThan(0);
  expect(thrown(() => workflow({ name: "No" }, fn)).message).toMatch(/workflow "No": .* at .*options\.test\.ts:\d+/);
});

describe("node options that are read", () => {
  const read = (options: Record<string, unknown>, f: unknown = fn) =>
    readNode({ id: "fetch", ...options }, f, undefined);

  test("defaults", () => {
    expect(read({})).toEqual({
      kind: "node",
      id: "fetch",
      concurrency: 16,
      gather: new Set(),
      whole: new Set(),
      out: "undeclared",
      onFailed: "fail",
      onInvalid: "fail",
      retries: { max: 0, backoff: "exponential", delayMs: 1_000, maxDelayMs: 30_000, jitter: "full" },
      effect: false,
      thread: false,
      fn,
    });
  });

  test("durations in ms, from numbers and text", () => {
    expect(read({ timeout: "1.5h" }).timeoutMs).toBe(5_400_000);
    expect(read({ timeout: 2 ** 31 - 1 }).timeoutMs).toBe(2_147_483_647);
    expect(read({ rateLimit: { limit: 3, per: "1m" } }).rateLimit).toEqual({ limit: 3, perMs: 60_000 });
    expect(read({ cache: "2d" }).cache).toBe(172_800_000);
  });

  test("retries as a number or in parts; a long delay raises the longest", () => {
    expect(read({ retries: 2 }).retries.max).toBe(2);
    expect(read({ retries: { max: 1, delay: "1m", backoff: "fixed", jitter: "none" } }).retries).toEqual({
      max: 1,
      backoff: "fixed",
      delayMs: 60_000,
      maxDelayMs: 60_000,
      jitter: "none",
    });
  });

  test("onInvalid retry brings two retries, unless told otherwise", () => {
    const output = z.number();
    expect(read({ output, onInvalid: "retry" }).retries.max).toBe(2);
    expect(read({ output, onInvalid: "retry", retries: 0 }).retries.max).toBe(0);
    expect(read({ output, onInvalid: { fallback: undefined } }).onInvalid).toEqual({ fallback: undefined });
  });

  test("an async generator streams, whether or not it says many", () => {
    const generator = async function* (): AsyncGenerator<number> {};
    expect(read({}, generator).out).toBe("stream");
    expect(read({ out: "many", key: String }, generator).out).toBe("stream");
  });

  test("undefined is an option that was not given; cache: false is none", () => {
    expect("timeoutMs" in read({ timeout: undefined })).toBe(false);
    expect("cache" in read({ cache: false })).toBe(false);
  });

  test("input schemas by parameter, and tolerate as a count or a share", () => {
    const url = z.string();
    expect(read({ input: { url, title: undefined } }).input).toEqual({ url });
    expect(read({ gather: ["xs"], onFailed: { tolerate: 0 } }).onFailed).toEqual({ tolerate: 0 });
    expect(read({ gather: ["xs"], onFailed: { tolerate: 0.25 } }).onFailed).toEqual({ tolerate: 0.25 });
    expect(read({ gather: ["xs"], onFailed: { tolerate: 4 } }).onFailed).toEqual({ tolerate: 4 });
  });
});

describe("workflow options", () => {
  test.each<[string, Record<string, unknown>, string, string]>([
    ["no name", { name: undefined }, "WG1110", "it has no name"],
    ["a bad name", { name: "Research Pipeline" }, "WG1110", '"Research Pipeline" is no name'],
    ["an unknown option", { tag: [] }, "WG1111", 'there is no option "tag"'],
    ["tags that are no texts", { tags: [1] }, "WG1122", "tags is an array"],
    ["onFailure: stop", { onFailure: "stop" }, "WG1122", 'onFailure is "stop"'],
    ["durability: ram", { durability: "ram" }, "WG1122", 'durability is "ram"'],
    ["onRunFailed that is no workflow", { onRunFailed: fn }, "WG1122", "onRunFailed is a function"],
    ["an empty schedule", { schedule: "" }, "WG1122", 'schedule is ""'],
    ["a schedule of four fields", { schedule: "0 6 * *" }, "WG1122", 'schedule is "0 6 * *"'],
    ["an unknown time zone", { schedule: { cron: "@daily", timeZone: "Mars" } }, "WG1122", 'timeZone is "Mars"'],
    ["missed: some", { schedule: { cron: "@daily", missed: "some" } }, "WG1122", 'schedule.missed is "some"'],
    ["a field that a schedule has not", { schedule: { cron: "@daily", zone: "UTC" } }, "WG1122", 'has no "zone"'],
    ["input that is no JSON", { schedule: { cron: "@daily", input: { n: 1n } } }, "WG1122", "schedule.input is"],
    ["a secret in the code", { webhook: { secretEnv: "s3cr3t-!" } }, "WG1122", "webhook.secretEnv is"],
    ["a webhook of any size", { webhook: { maxBytes: 2e9 } }, "WG1122", "webhook.maxBytes is 2000000000"],
    ["a window of a day", { webhook: { window: "1d" } }, "WG1122", 'webhook.window is "1d"'],
    ["a webhook that is a text", { webhook: "/x" }, "WG1122", 'webhook is "/x"'],
    ["retention of nothing", { retention: 0 }, "WG1122", "retention is 0"],
    ["gather and whole", { gather: ["a"], whole: ["a"] }, "WG1115", "in gather and in whole"],
  ])("refused: %s", (_, options, code, what) => {
    const error = workflowRefusal({ name: "flow", ...options });
    expect(error.code).toBe(code);
    expect(error.message).toContain(what);
  });

  test("refused: a generator", () => {
    expect(workflowRefusal({ name: "flow" }, async function* () {}).code).toBe("WG1123");
  });

  test("what starts runs is told in one form", () => {
    const onFailed = workflow({ name: "tell-somebody" }, () => 1);
    const read = (options: object): object => readWorkflow({ name: "flow", ...options }, fn, undefined);
    expect(read({ schedule: " 0  6 * * *", webhook: true, onRunFailed: onFailed })).toMatchObject({
      schedule: { cron: "0 6 * * *", missed: "skip" },
      webhook: { maxBytes: 262_144, windowMs: 300_000 },
      onRunFailed: onFailed.definition,
    });
    const given = { cron: "@daily", timeZone: "Europe/Berlin", missed: "once", input: { n: 1 } };
    expect(read({ schedule: given, webhook: { secretEnv: "KEY", parameter: "event", window: "1m" } })).toMatchObject({
      schedule: given,
      webhook: { secretEnv: "KEY", parameter: "event", windowMs: 60_000 },
    });
    expect(read({ webhook: false })).not.toHaveProperty("webhook");
  });

  test("what later versions use is kept as plain values", () => {
    const definition = readWorkflow(
      {
        name: "flow",
        retention: "90d",
        effect: true,
        model: "m",
      },
      fn,
      undefined,
    );
    expect(definition.stored).toEqual({
      retention: 7_776_000_000,
      effect: true,
    });
    expect(definition.model).toBe("m");
    expect(definition).toMatchObject({ onFailure: "finish", durability: "process", out: "undeclared", tags: [] });
  });
});
