/** ctx.llm against a provider that is a process of its own: answers, tokens, failures, retries, what is recorded. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportRun } from "../../src/app/operations/export-run.ts";
import { importRun } from "../../src/app/operations/import-run.ts";
import { followLogs } from "../../src/app/operations/list-logs.ts";
import { listSpans } from "../../src/app/operations/spans.ts";
import { showRun } from "../../src/app/operations/show-run.ts";
import { createHandler, LOOPBACK_NAMES } from "../../src/server/handler.ts";
import { Bench, MODELS, Provider, type Ran } from "./bench.ts";

const FLOW = `
import { z } from "zod";
import { tool } from "ai";
import { node, runSubgraph, workflow } from "agentic-workgraph";
const Review = z.object({ verdict: z.enum(["good", "bad"]), score: z.number().default(5) });
const answer = node({ id: "answer" }, async ({ prompt, options }: { prompt: string; options: any }, ctx) => ctx.llm.answer({ prompt, ...options }));
const text = node({ id: "text", timeout: "20s" }, async ({ prompt, options }: { prompt: string; options: any }, ctx) => ctx.llm({ prompt, ...options }));
const threaded = node({ id: "threaded", thread: true }, async ({ prompt }: { prompt: string }, ctx) => ctx.llm({ prompt }));
const review = node({ id: "review" }, async ({ prompt, options }: { prompt: string; options: any }, ctx) => ctx.llm({ prompt, schema: Review, ...options }));
const numbers = node({ id: "numbers", out: "many" }, ({ count }: { count: number }) => Array.from({ length: count }, (_, i) => i));
const each = node({ id: "each", retries: 0 }, async ({ n, model, everyMs }: { n: number; model: string; everyMs: number }, ctx) => ctx.llm({ model, prompt: JSON.stringify({ say: "n" + n, key: "each-" + model, everyMs }) }));
const found: string[] = [];
const searching = node({ id: "searching" }, async ({ prompt, options }: { prompt: string; options: any }, ctx) => ctx.llm.answer({
  prompt, ...options,
  tools: { search: tool({ description: "finds", inputSchema: z.object({ q: z.string() }), execute: async ({ q }) => "found " + q }) },
}));
const again = node({ id: "again", retries: { max: 1, delay: 0 } }, async ({ prompt }: { prompt: string }, ctx) => {
  if (ctx.attempt > 1) return { told: ctx.feedback?.map(({ path }) => path.join(".")) };
  return ctx.llm({ prompt, schema: Review, corrections: 0 });
});
export const ask = workflow({ name: "ask" }, ({ prompt, options }: { prompt: string; options: any }) => answer({ prompt, options }));
export const say = workflow({ name: "say" }, ({ prompt, options }: { prompt: string; options: any }) => text({ prompt, options }));
export const thread = workflow({ name: "thread" }, ({ prompt }: { prompt: string }) => threaded({ prompt }));
export const judge = workflow({ name: "judge" }, ({ prompt, options }: { prompt: string; options: any }) => review({ prompt, options }));
export const fan = workflow({ name: "fan" }, ({ count, model, everyMs }: { count: number; model: string; everyMs: number }) => each({ n: numbers({ count }), model, everyMs }));
export const search = workflow({ name: "search" }, ({ prompt, options }: { prompt: string; options: any }) => searching({ prompt, options }));
export const retried = workflow({ name: "retried" }, ({ prompt }: { prompt: string }) => again({ prompt }));
export const above = workflow({ name: "above" }, ({ prompts }: { prompts: string[] }) => ({ below: runSubgraph({ workflow: say, input: { prompt: prompts, options: {} } }), own: text({ prompt: prompts[0]!, options: {} }) }));
export const preset = workflow({ name: "preset", model: "lazy" }, ({ prompt }: { prompt: string }) => text({ prompt, options: {} }));
`;

const LOOPBACK = new Map(LOOPBACK_NAMES.map((name) => [name.toLowerCase(), "any"] as const));
let provider: Provider;
let bench: Bench;
beforeAll(async () => {
  provider = await Provider.start();
  bench = new Bench(FLOW);
  bench.write("workgraph.config.ts", MODELS(provider.url));
  await bench.open();
});
afterAll(async () => {
  await bench.remove();
  await provider.stop();
});

const wish = (of: object): string => JSON.stringify(of);
const failure = ({ events }: Ran) => {
  const failed = events.find((event) => event.type === "item.failed");
  return failed?.type === "item.failed" ? failed.error : undefined;
};
const warnings = ({ logs }: Ran): readonly string[] =>
  logs.filter(({ level }) => level === "warn").map(({ text }) => text);

test("an answer comes with the tokens that the provider counted, its cost where it says one, and stands in the log", async () => {
  const { result, calls, streamed } = await bench.ask({ say: "one two three", cost: 0.25 });
  expect(result.output).toMatchObject({
    value: "one two three",
    model: "small",
    modelId: "small-1",
    usage: { inputTokens: 7, outputTokens: 3 },
    cost: 0.25,
    finish: "stop",
    requests: 1,
  });
  expect(calls).toEqual([
    expect.objectContaining({ number: 1, model: "small", provider: "loopback.chat", outcome: "answered", cost: 0.25 }),
  ]);
  expect(streamed).toBe("one two three");
  const row = await bench.store.run(result.runId);
  expect(row?.models).toEqual({
    calls: 1,
    inputTokens: 7,
    outputTokens: 3,
    withoutUsage: 0,
    cost: 0.25,
    withoutCost: 0,
  });
});

test("what a provider does not report is unknown, and never zero", async () => {
  const { result, calls } = await bench.ask({ say: "hi", usage: "absent" });
  expect(result.output).toMatchObject({ usage: "unknown", cost: "unknown" });
  expect(calls[0]).not.toHaveProperty("usage");
  expect(calls[0]).not.toHaveProperty("cost");
  expect((await bench.store.run(result.runId))?.models).toMatchObject({ calls: 1, withoutUsage: 1, withoutCost: 1 });
});

test("without a stream the same comes at once, and nothing is shown while it comes", async () => {
  const { result, streamed } = await bench.ask({ say: "all at once", options: { stream: false } });
  expect(result.output).toMatchObject({ value: "all at once", usage: { inputTokens: 7, outputTokens: 3 } });
  expect(streamed).toBe("");
});

test("a workflow has a default model, a request may name another, and messages go as they are", async () => {
  const { calls } = await bench.run("preset", { prompt: wish({ say: "x" }) });
  expect(calls[0]).toMatchObject({ model: "lazy", modelId: "lazy-1" });
  expect(calls[0]).not.toHaveProperty("asked");
  const key = "messages-1";
  const options = {
    prompt: undefined,
    messages: [{ role: "user", content: wish({ key }) }],
    system: "Be brief.",
    settings: { temperature: 0.5 },
  };
  await bench.run("say", { prompt: "", options: { ...options, model: "careful" } });
  const [asked] = await provider.asked(key);
  expect(asked).toMatchObject({
    model: "small-1",
    temperature: 0.5,
    messages: [{ role: "system", content: "Be brief." }, { role: "user" }],
  });
});

test("a busy provider is asked again after the time that it names", async () => {
  const key = "busy-1";
  const ran = await bench.ask({ say: "at last", key, refuse: { times: 2, status: 429, retryAfter: "0.2" } });
  expect(ran.result.output).toMatchObject({ value: "at last", requests: 3 });
  const asked = await provider.asked(key);
  expect(asked).toHaveLength(3);
  expect(asked[1]!.at - asked[0]!.at).toBeGreaterThanOrEqual(190);
  expect(warnings(ran)).toEqual([
    expect.stringContaining('model "small" answered 429: refused; asked again in 200 ms (retry 1 of 2)'),
    expect.stringContaining("(retry 2 of 2)"),
  ]);
});

test.each([
  [
    "500 more often than it is asked again",
    { refuse: { times: 9, status: 500, retryAfter: "0" } },
    "small",
    "WG2051",
    3,
  ],
  ["a key that is refused", { refuse: { times: 9, status: 401 } }, "small", "WG2050", 1],
  ["a model that is not there", { refuse: { times: 9, status: 404 } }, "small", "WG2050", 1],
  ["a rest of ten minutes", { refuse: { times: 9, status: 429, retryAfter: "600" } }, "small", "WG2051", 1],
  ["no JSON", { garble: { times: 9 } }, "once", "WG2053", 1],
  ["no JSON at once", { garble: { times: 9 }, options: { stream: false } }, "once", "WG2053", 1],
  ["a content filter", { finish: "content_filter" }, "small", "WG2054", 1],
])("%s fails the attempt and says so", async (what, how, model, code, requests) => {
  const key = `fails ${what} ${code}`;
  const ran = await bench.ask({ ...how, key, model });
  expect(failure(ran)).toMatchObject({ code, kind: "model", name: "ModelError" });
  expect(await provider.asked(key)).toHaveLength(requests);
  expect(ran.calls).toEqual([expect.objectContaining({ outcome: "failed", error: expect.any(String) as string })]);
});

test("nobody there fails the attempt as a provider that is out of reach", async () => {
  const ran = await bench.ask({ model: "gone", options: { settings: {} } });
  expect(failure(ran)).toMatchObject({ code: "WG2051", kind: "model" });
});

test("a connection that is cut in the middle is asked again; what was shown so far says that it starts over", async () => {
  const key = "cut-1";
  const ran = await bench.ask({ say: "a b c d", key, cut: { times: 1, after: 2 } });
  expect(ran.result.output).toMatchObject({ value: "a b c d", requests: 2, usage: "unknown" });
  expect(ran.streamed).toMatch(/^a (b )?\n\[model: the answer broke off; it starts again\]\na b c d$/);
});

test("an answer that does not fit is sent back with what is wrong, and a fitting one is the schema's value", async () => {
  const key = "corrected-1";
  const turns = ["no json at all", '{"verdict":"so so"}', '```json\n{"verdict":"good"}\n```'];
  const ran = await bench.run("judge", { prompt: wish({ turns, key }), options: {} });
  expect(ran.result.output).toEqual({ verdict: "good", score: 5 });
  const asked = await provider.asked(key);
  expect(asked).toHaveLength(3);
  expect(asked[0]!.messages[0]).toMatchObject({
    role: "system",
    content: expect.stringContaining("JSON Schema") as string,
  });
  expect(asked[2]!.messages.slice(-2)).toEqual([
    { role: "assistant", content: '{"verdict":"so so"}' },
    { role: "user", content: expect.stringContaining("- verdict: ") as string },
  ]);
  expect(warnings(ran)).toEqual([
    expect.stringContaining("correction 1 of 2"),
    expect.stringContaining("correction 2 of 2"),
  ]);
  expect(ran.calls).toEqual([expect.objectContaining({ requests: 3, outcome: "answered" })]);
});

test("a model whose provider holds it to a schema is sent the schema, and not told it in words", async () => {
  const key = "strict-1";
  await bench.run("judge", {
    prompt: wish({ say: '{"verdict":"bad","score":1}', key }),
    options: { model: "strict", stream: false },
  });
  const [asked] = await provider.asked(key);
  expect(asked).toMatchObject({ response_format: { type: "json_schema" } });
  expect(asked!.messages).toHaveLength(1);
});

test("one that never fits is a validation error with its fields, and the node's next attempt is told", async () => {
  const never = wish({ say: '{"verdict":"so so"}', key: "never-1" });
  const ran = await bench.run("judge", { prompt: never, options: { corrections: 1 } });
  expect(failure(ran)).toMatchObject({ code: "WG2052", kind: "validation", issues: [{ path: ["verdict"] }] });
  expect(await provider.asked("never-1")).toHaveLength(2);
  const retried = await bench.run("retried", { prompt: never });
  expect(retried.result.output).toEqual({ told: ["verdict"] });
});

test("tools are called with their input, and every answer counts", async () => {
  const ran = await bench.run("search", {
    prompt: wish({ tool: { name: "search", input: { q: "owls" } }, say: "owls found", key: "tool-1", cost: 1 }),
    options: {},
  });
  expect(ran.result.output).toMatchObject({
    value: "owls found",
    toolCalls: [{ name: "search", input: { q: "owls" } }],
    usage: { inputTokens: 14 },
    cost: 2,
    requests: 2,
  });
  expect((await provider.asked("tool-1"))[1]!.messages.at(-1)).toMatchObject({ role: "tool", content: "found owls" });
});

test("a pool lets one call in at a time, a rate limit spreads requests, over the items of a run", async () => {
  const pooled = await bench.run("fan", { count: 4, model: "pooled", everyMs: 30 });
  expect(pooled.result.status).toBe("completed");
  const atOnce = (await provider.asked("each-pooled"))
    .map(({ at, closedAt }) => [at, closedAt] as const)
    .sort(([a], [b]) => a - b);
  expect(atOnce.every(([at], i) => i === 0 || at >= atOnce[i - 1]![1] - 5)).toBe(true);
  await bench.run("fan", { count: 4, model: "rated", everyMs: 0 });
  const times = (await provider.asked("each-rated")).map(({ at }) => at).sort((a, b) => a - b);
  expect(times).toHaveLength(4);
  expect(times[2]! - times[0]!).toBeGreaterThanOrEqual(500);
});

test("a cancelled run stops asking: the provider sees the connection close, and the call is recorded as cancelled", async () => {
  const key = "cancelled-1";
  const live = await bench.runner.launch({
    target: "flow.ts#say",
    from: bench.dir,
    input: { prompt: wish({ say: "a b c d e f g h", everyMs: 200, key }), options: {} },
  });
  while ((await provider.asked(key)).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await live.cancel();
  const ran = await bench.told(await live.result());
  expect(ran.result.status).toBe("cancelled");
  expect(ran.calls).toEqual([expect.objectContaining({ outcome: "cancelled" })]);
  const [asked] = await provider.asked(key);
  expect(asked!.closedAt - asked!.at).toBeLessThan(1_500);
});

test("sums of a run take in the child runs below it, and stay when it is exported, imported and forgotten", async () => {
  const { result } = await bench.run("above", { prompts: [wish({ say: "a b", cost: 1 }), wish({ say: "c" })] });
  const shown = await showRun(bench.workspace, { run: result.runId });
  expect(shown.models).toMatchObject({ calls: 1, outputTokens: 2, cost: 1, withoutCost: 0 });
  expect(shown.rollUp?.models).toMatchObject({ calls: 3, outputTokens: 5, cost: 2, withoutCost: 1 });
  const file = join(bench.dir, "above.run");
  await exportRun(bench.workspace, { run: result.runId, file });
  const other = await new Bench("").open();
  await importRun(other.workspace, { file });
  expect((await showRun(other.workspace, { run: result.runId })).rollUp?.models).toEqual(shown.rollUp?.models);
  await other.remove();
  await bench.store.forget(result.runId);
  expect((await bench.store.run(result.runId))?.models).toEqual(shown.models);
});

test("in a thread a model is asked the same way, and recorded the same way", async () => {
  const ran = await bench.run("thread", { prompt: wish({ say: "from a thread", cost: 3 }) });
  expect(ran.result.output).toBe("from a thread");
  expect(ran.streamed).toBe("from a thread");
  expect(ran.calls).toEqual([expect.objectContaining({ model: "small", cost: 3, outcome: "answered" })]);
});

test("a key is nowhere in what is recorded, whoever says it", async () => {
  const refused = await bench.ask({ key: "key-1", refuse: { times: 9, status: 401, text: "wrong key: KEY" } });
  const spoken = await bench.ask({ say: "your key is KEY ok" });
  expect(failure(refused)?.message).toContain("[secret key of model small]");
  expect(failure(spoken)).toMatchObject({ code: "WG2012" });
  expect(spoken.streamed).toBe("your key is [secret key of model small] ok");
  for (const { events, logs } of [refused, spoken])
    expect(JSON.stringify([events, logs])).not.toContain("0123456789abcdef");
});

test("a model call is a span of kind model below its attempt", async () => {
  const { result } = await bench.ask({ say: "spanned" });
  const { spans } = await listSpans(bench.workspace, { run: result.runId });
  const span = spans.find(({ kind }) => kind === "model");
  expect(span).toMatchObject({ name: "chat small-1", status: "ok", attributes: { "gen_ai.usage.input_tokens": 7 } });
  expect(spans.find(({ spanId }) => spanId === span?.parentId)).toMatchObject({ kind: "attempt" });
});

test.each([
  ["no such model", { model: "smal" }, "WG1141", 'did you mean "small"?'],
  ["an entry that gives no model", { model: "nonsense" }, "WG1143", "a number"],
  ["both prompt and messages", { options: { messages: [] } }, "WG1142", "both"],
  ["an unknown key", { options: { temprature: 1 } }, "WG1142", "temprature"],
  ["an unknown setting", { options: { settings: { temprature: 1 } } }, "WG1142", "temperature"],
])("%s is refused before anything is sent", async (what, how, code, part) => {
  const ran = await bench.ask({ key: `refused ${what}`, ...how });
  const error = failure(ran);
  expect(error?.code).toBe(code);
  expect(`${error?.message} ${error?.hint}`).toContain(part);
  expect(await provider.asked(`refused ${what}`)).toEqual([]);
});

/** Ms from when the provider sent each token to when a reader had it, while the answer comes. */
async function lags(read: (runId: string) => AsyncIterable<string>): Promise<readonly number[]> {
  const input = { prompt: wish({ say: "NOW NOW NOW NOW", everyMs: 100 }), options: {} };
  const live = await bench.runner.launch({ target: "flow.ts#say", from: bench.dir, input });
  const found: number[] = [];
  for await (const text of read(live.runId)) found.push(Date.now() - Number(text.trim()));
  expect((await live.result()).status).toBe("completed");
  expect(found).toHaveLength(4);
  return found;
}

// Of four tokens the quickest: a busy machine delays some of them, a reader that is told late is told late of all.
test("a token is there for a reader within 100 ms of being sent: of `logs -f`, and of the server's stream", async () => {
  const followed = await lags(async function* (run) {
    for await (const { text } of followLogs(bench.workspace, { run, levels: ["stream"] })) yield text;
  });
  expect(Math.min(...followed)).toBeLessThan(100);
  const handler = await createHandler(bench.workspace, { host: { names: LOOPBACK }, reading: "open" });
  const streamed = await lags(async function* (run) {
    const address = `http://127.0.0.1/api/runs/${run}/logs/stream?levels=stream`;
    const answer = await handler.fetch(new Request(address, { headers: { host: "127.0.0.1" } }));
    expect(answer.status).toBe(200);
    let text = "";
    for await (const piece of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      for (const [whole, data = ""] of text.matchAll(/^event: line\ndata: (.*)\n\n/gm)) {
        text = text.replace(whole, "");
        yield (JSON.parse(data) as { readonly text: string }).text;
      }
    }
    expect(text).toContain("event: end");
  });
  await handler.close();
  expect(Math.min(...streamed)).toBeLessThan(100);
});

test("of an answer without end, so much is kept to be read, with a mark where it was cut; the value is whole", async () => {
  const word = "x".repeat(9_999);
  const { result, logs, streamed } = await bench.run("say", {
    prompt: wish({ repeat: { word, times: 120 } }),
    options: {},
  });
  expect((result.output as string).length).toBe(120 * 10_000);
  expect(streamed.length).toBe(1024 * 1024);
  expect(logs.find(({ level }) => level === "warn")?.text).toContain(
    "[cut: more than 1048576 characters streamed in one attempt",
  );
});
