/** Which model a name means, what a configuration may say, and the package `ai`, with its own mock models in place of a provider. */
import { execFileSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { simulateReadableStream } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import { checkConfig } from "../../src/app/project.ts";
import { FakeClock } from "../../src/base/clock.ts";
import { jsonSchemaOf, validate } from "../../src/define/schema.ts";
import { llmOf, type AskHost } from "../../src/llm/ask.ts";
import { ModelCatalog } from "../../src/llm/catalog.ts";
import { loadSdk } from "../../src/llm/sdk.ts";
import type { LanguageModelObject, LlmAnswer, ModelCall, ModelEntry } from "../../src/model/llm.ts";
import { addTotals, costText, NO_MODEL_CALLS, tokensText, withModelCall } from "../../src/model/llm.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

test("without the package ai the error says what to install, and it is looked for again the next time", async () => {
  const missing = Object.assign(new Error("Cannot find package 'ai'"), { code: "ERR_MODULE_NOT_FOUND" });
  await expect(loadSdk(() => Promise.reject(missing))).rejects.toMatchObject({
    code: "WG1145",
    hint: expect.stringContaining("npm install ai") as string,
  });
  await expect(loadSdk()).resolves.toHaveProperty("streamText");
});

test("the package is loaded by one file, when a model is asked, and not by loading this package", () => {
  const naming = globSync("src/**/*.ts", { cwd: ROOT })
    .filter((path) =>
      /(?:from|import\() ?"ai"/.test(readFileSync(`${ROOT}${path}`, "utf8").replaceAll(/^import type .*$/gm, "")),
    )
    .filter((path) => !path.endsWith(".test.ts"));
  expect(naming).toEqual(["src/llm/sdk.ts"]);
  const loaded = `const { registerHooks } = await import("node:module"); const seen = [];
registerHooks({ load: (url, context, next) => { seen.push(url); return next(url, context); } });
await import("agentic-workgraph"); await import("./src/engines/local/local-engine.ts");
console.log(seen.length > 20, seen.filter((url) => url.includes("node_modules/ai/")).length);`;
  const args = ["--conditions=workgraph-source", "--input-type=module", "-e", loaded];
  expect(execFileSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" }).trim()).toBe("true 0");
});

const object = (modelId: string): LanguageModelObject => new MockLanguageModelV4({ provider: "mock", modelId });

test("a name is the request's, the workflow's, the default's or the only one's; an entry may name another", async () => {
  const catalog = new ModelCatalog({ default: "a", a: object("a-1"), b: object("b-1") });
  const nameOf = async (asked?: string, preset?: string): Promise<string> => (await catalog.find(asked, preset)).name;
  expect([await nameOf(), await nameOf("b"), await nameOf(undefined, "b"), await nameOf("a", "b")]).toEqual([
    "a",
    "b",
    "b",
    "a",
  ]);
  expect((await new ModelCatalog({ only: object("x") }).find(undefined)).name).toBe("only");
  await expect(new ModelCatalog({ a: object("a"), b: object("b") }).find(undefined)).rejects.toMatchObject({
    code: "WG1140",
  });
  await expect(new ModelCatalog().find(undefined)).rejects.toMatchObject({ code: "WG1140" });
  await expect(catalog.find("c")).rejects.toMatchObject({ code: "WG1141" });
  await expect(new ModelCatalog({ a: "b", b: "a" }).find("a")).rejects.toMatchObject({ code: "WG1143" });
});

test("a function is called once, when its model is asked; one that failed is called again", async () => {
  const make = vi.fn<() => Promise<LanguageModelObject>>(async () => object("m"));
  const catalog = new ModelCatalog({ m: make });
  expect(make).not.toHaveBeenCalled();
  await Promise.all([catalog.find("m"), catalog.find("m")]);
  expect(make).toHaveBeenCalledTimes(1);
  const flaky = vi
    .fn<() => Promise<LanguageModelObject>>()
    .mockRejectedValueOnce(new Error("no network"))
    .mockResolvedValue(object("m"));
  const again = new ModelCatalog({ m: flaky });
  await expect(again.find("m")).rejects.toThrow("no network");
  await expect(again.find("m")).resolves.toMatchObject({ name: "m" });
});

test("the identity is of provider, model id and settings, and of nothing that limits or secures", async () => {
  const identity = (entry: ModelEntry): Promise<string | undefined> =>
    new ModelCatalog({ m: entry }).identity("m", undefined);
  const plain = await identity(object("m"));
  expect(await identity({ model: object("m"), retries: 9, rateLimit: { limit: 1, per: "1s" }, secrets: ["X"] })).toBe(
    plain,
  );
  expect(await identity({ model: object("m"), settings: { temperature: 0 } })).not.toBe(plain);
  expect(await identity(object("n"))).not.toBe(plain);
  expect(await new ModelCatalog().identity("m", undefined)).toBeUndefined();
});

test.each([
  ["a number", 7, "is no model"],
  ["an unknown other entry", "smal", 'names the entry "smal"'],
  ["an unknown key", { model: object("m"), temperature: 1 }, 'unknown key "temperature"'],
  ["an unknown setting", { model: object("m"), settings: { temprature: 1 } }, 'unknown key "temprature"'],
  ["an unknown pool", { model: object("m"), pool: "cpu" }, 'the pool "cpu"'],
  ["no rate", { model: object("m"), rateLimit: { limit: 0, per: "1m" } }, "rateLimit"],
  ["too many retries", { model: object("m"), retries: 101 }, "retries"],
  ["no list of secrets", { model: object("m"), secrets: "KEY" }, "secrets"],
  ["no model in an entry", { settings: {} }, 'neither a model nor has a "model"'],
])("a configuration with %s is refused when the project is opened", (_, entry, part) => {
  const config = { pools: { gpu: { slots: 1 } }, models: { small: object("s"), wrong: entry } };
  expect(() => checkConfig(config, "workgraph.config.ts")).toThrow(
    expect.objectContaining({ code: "WG5021", message: expect.stringContaining(part) as string }),
  );
  expect(() =>
    checkConfig(
      { ...config, models: { small: object("s"), pooled: { model: async () => object("p"), pool: "gpu" } } },
      "f",
    ),
  ).not.toThrow();
});

interface Asked {
  readonly answer: (request: object) => Promise<LlmAnswer<unknown>>;
  readonly calls: ModelCall[];
  readonly tokens: string[];
  readonly warnings: string[];
}

function asking(entry: ModelEntry, clock = new FakeClock()): Asked {
  const [calls, tokens, warnings]: [ModelCall[], string[], string[]] = [[], [], []];
  const host: AskHost = {
    models: new ModelCatalog({ m: entry }),
    schemas: { validate, jsonSchemaOf },
    nodeId: "asks",
    signal: new AbortController().signal,
    clock,
    draw: () => 1,
    preset: async () => undefined,
    enter: async () => () => undefined,
    secret: () => undefined,
    token: (text) => tokens.push(text),
    warn: (text) => warnings.push(text),
    called: (call) => calls.push(call),
  };
  const llm = llmOf(host) as unknown as { readonly answer: Asked["answer"] };
  return { answer: (request) => llm.answer(request), calls, tokens, warnings };
}

const usage = (input: number | undefined, output: number | undefined) => ({
  inputTokens: { total: input, noCache: input, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: output, text: output, reasoning: undefined },
});
const stop = { unified: "stop", raw: "stop" } as const;

test("a mock model of ai answers as a provider does, and its metadata is where cost is read", async () => {
  const model = new MockLanguageModelV4({
    doStream: {
      stream: simulateReadableStream({
        chunks: [
          { type: "text-start", id: "1" },
          { type: "text-delta", id: "1", delta: "Hel" },
          { type: "text-delta", id: "1", delta: "lo" },
          { type: "text-end", id: "1" },
          { type: "finish", finishReason: stop, usage: usage(3, 2), providerMetadata: { gateway: { cost: "0.5" } } },
        ],
      }),
    },
  });
  const { answer, tokens, calls } = asking(model);
  expect(await answer({ prompt: "hi" })).toMatchObject({
    value: "Hello",
    usage: { inputTokens: 3, outputTokens: 2 },
    cost: 0.5,
  });
  expect(tokens).toEqual(["Hel", "lo"]);
  expect(calls).toHaveLength(1);
});

test("a provider error waits on the clock it is given, twice as long each time, and gives up after `retries`", async () => {
  const clock = new FakeClock();
  const model = new MockLanguageModelV4({ doGenerate: () => Promise.reject(new TypeError("fetch failed")) });
  const { answer, warnings } = asking({ model, retries: 3 }, clock);
  const failed = answer({ prompt: "hi", stream: false }).catch((error: unknown) => error);
  for (let i = 0; i < 200 && model.doGenerateCalls.length < 4; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(500);
  }
  expect(await failed).toMatchObject({ name: "ModelError", facts: { code: "WG2051", retryable: true } });
  expect(warnings.map((text) => /asked again in (\d+) ms/.exec(text)?.[1])).toEqual(["1000", "2000", "4000"]);
});

test("a schema that cannot be written as JSON Schema is refused before anything is asked", async () => {
  const schema = { "~standard": { version: 1, vendor: "homemade", validate: (value: unknown) => ({ value }) } };
  const model = new MockLanguageModelV4();
  await expect(asking(model).answer({ prompt: "hi", schema })).rejects.toMatchObject({ code: "WG1144" });
  expect(model.doStreamCalls).toEqual([]);
  await expect(asking(model).answer({ prompt: "hi", schema: z.object({}), corrections: -1 })).rejects.toMatchObject({
    code: "WG1142",
  });
});

test("sums say what they know: unknown of nothing, at least of some, and all of all", () => {
  const known = withModelCall(NO_MODEL_CALLS, { usage: { inputTokens: 5, outputTokens: 2 }, cost: 0.1 });
  const unknown = withModelCall(NO_MODEL_CALLS, {});
  expect([costText(known), tokensText(known)]).toEqual(["0.1", "5 in, 2 out"]);
  expect([costText(unknown), tokensText(unknown)]).toEqual(["unknown", "unknown"]);
  const both = addTotals(known, unknown);
  expect([costText(both), tokensText(both)]).toEqual(["at least 0.1", "at least 5 in, 2 out"]);
});
