/** Which model answered is part of what a result depends on: reuse, cache, resume, and the answers of one item. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { diff } from "../../src/app/operations/diff.ts";
import { why } from "../../src/app/operations/why.ts";
import { Bench, Provider, type Ran } from "./bench.ts";

const FLOW = `
import { node, workflow } from "agentic-workgraph";
const draft = node({ id: "draft" }, async ({ key }: { key: string }, ctx) => ctx.llm({ prompt: JSON.stringify({ say: "drafted", key }) }));
const named = node({ id: "named" }, async ({ key }: { key: string }, ctx) => ctx.llm({ model: "fixed", prompt: JSON.stringify({ say: "named", key }) }));
const plain = node({ id: "plain" }, async ({ key }: { key: string }) => "plain " + key);
const cached = node({ id: "cached", cache: true }, async ({ key }: { key: string }, ctx) => ctx.llm({ prompt: JSON.stringify({ say: "cached", key }) }));
const fails = node({ id: "fails" }, async ({ text }: { text: string }) => {
  if (process.env.BENCH_FAILS) throw new Error("not yet");
  return text + "!";
});
const kept = node({ id: "kept", retries: { max: 1, delay: 0 } }, async ({ key }: { key: string }, ctx) => {
  const answer = await ctx.once("answer", () => ctx.llm({ prompt: JSON.stringify({ say: "once", key }) }));
  if (ctx.idempotencyKey !== "" && !globalThis.benchFailed) { globalThis.benchFailed = true; throw new Error("after the answer"); }
  return answer;
});
export const three = workflow({ name: "three" }, ({ key }: { key: string }) => ({ a: draft({ key }), b: named({ key }), c: plain({ key }) }));
const greet = node({ id: "greet" }, async ({ key }: { key: string }, ctx) => ctx.llm({ prompt: "Greet " + key }));
export const greets = workflow({ name: "greets" }, ({ key }: { key: string }) => greet({ key }));
export const cache = workflow({ name: "cache" }, ({ key }: { key: string }) => cached({ key }));
export const chain = workflow({ name: "chain" }, ({ key }: { key: string }) => fails({ text: draft({ key }) }));
export const keeps = workflow({ name: "keeps" }, ({ key }: { key: string }) => kept({ key }));
`;

const CONFIG = (url: string): string => `
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
const provider = createOpenAICompatible({ name: "loopback", baseURL: "${url}/v1", includeUsage: true });
export default { models: { default: () => provider(process.env.BENCH_MODEL ?? "a-1"), fixed: () => provider("fixed-1") } };
`;

let provider: Provider;
let bench: Bench;
beforeAll(async () => {
  provider = await Provider.start();
  bench = new Bench(FLOW);
  bench.write("workgraph.config.ts", CONFIG(provider.url));
  await bench.open();
});
afterAll(async () => {
  await bench.remove();
  await provider.stop();
});
beforeEach(async () => use("a-1"));

/** The configuration names another default, as a new process would find it. */
async function use(model: string): Promise<void> {
  process.env["BENCH_MODEL"] = model;
  await bench.close();
  await bench.open();
}

const asked = async (key: string): Promise<number> => (await provider.asked(key)).length;
const madeHere = ({ events }: Ran): readonly number[] =>
  events.flatMap((event) => (event.type === "item.completed" && event.to === "completed" ? [event.call] : []));

async function fork(runId: string): Promise<Ran> {
  return bench.told(await (await bench.runner.fork({ run: runId, kind: "fork" })).result());
}

test("a fork asks nothing again while the models are the same, and exactly the default when that is another", async () => {
  const key = "fork-1";
  const first = await bench.run("three", { key });
  expect(await asked(key)).toBe(2);
  const same = await fork(first.result.runId);
  expect([await asked(key), madeHere(same)]).toEqual([2, []]);
  expect((await bench.store.run(same.result.runId))?.models).toBeUndefined();
  await use("b-1");
  const other = await fork(first.result.runId);
  expect([await asked(key), madeHere(other)]).toEqual([3, [1]]);
  expect(other.calls).toEqual([expect.objectContaining({ model: "default", modelId: "b-1" })]);
  const { reasons } = await why(bench.workspace, { item: `${other.result.runId}.1.0` });
  expect(reasons).toEqual([{ kind: "model", before: ["a-1"], now: ["b-1"] }]);
});

test("two runs part where another model answered, and the difference names both", async () => {
  const first = await bench.run("greets", { key: "you" });
  await use("b-1");
  const second = await bench.run("greets", { key: "you" });
  const difference = await diff(bench.workspace, { a: first.result.runId, b: second.result.runId });
  expect(JSON.stringify(difference)).toContain("named a-1 then and b-1 now");
});

test("what was taken over still counts as asked of the model that answered: a fork of a fork finds the change, too", async () => {
  const key = "fork-2";
  const first = await bench.run("three", { key });
  const second = await fork(first.result.runId);
  await use("b-1");
  const third = await fork(second.result.runId);
  expect([await asked(key), madeHere(third)]).toEqual([3, [1]]);
});

test("the cache gives an answer only for the model that made it", async () => {
  const key = "cache-1";
  await bench.run("cache", { key });
  await bench.run("cache", { key });
  expect(await asked(key)).toBe(1);
  await use("b-1");
  await bench.run("cache", { key });
  expect(await asked(key)).toBe(2);
  await bench.run("cache", { key });
  expect(await asked(key)).toBe(2);
});

test("a resume asks nothing that a completed item asked, also when the default is another by then", async () => {
  const key = "resume-1";
  process.env["BENCH_FAILS"] = "yes";
  const failed = await bench.run("chain", { key });
  expect(failed.result.status).toBe("failed");
  delete process.env["BENCH_FAILS"];
  await use("b-1");
  const resumed = await bench.told(await (await bench.runner.resume(failed.result.runId)).result());
  expect(resumed.result).toMatchObject({ status: "completed", output: "drafted!" });
  expect(await asked(key)).toBe(1);
  expect(resumed.calls).toHaveLength(1);
});

test("an answer inside ctx.once is asked once, whatever becomes of the attempt", async () => {
  const key = "once-1";
  const { result } = await bench.run("keeps", { key });
  expect(result).toMatchObject({ status: "completed", output: "once" });
  expect(await asked(key)).toBe(1);
});
