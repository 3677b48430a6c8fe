import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decode } from "../../src/model/codec.ts";
import { node, workflow, type Ctx } from "../../src/index.ts";
import { ofType, rest, run, type Ended } from "./flow.ts";

const NAME = "WORKGRAPH_TEST_KEY";
const VALUE = 'sk-"test"/4711+é';
beforeEach(() => {
  process.env[NAME] = VALUE;
});
afterEach(() => {
  delete process.env[NAME];
});

const FORMS = [
  VALUE,
  JSON.stringify(VALUE).slice(1, -1),
  encodeURIComponent(VALUE),
  Buffer.from(VALUE).toString("base64"),
  Buffer.from(`u:${VALUE}`).toString("base64").slice(4),
];

async function everythingOf(end: Ended): Promise<string> {
  const logs = await end.store.logs(end.runId);
  return [
    ...end.events.map(({ event, value }) => `${JSON.stringify(event)} ${value ?? ""}`),
    ...logs.map((line) => `${line.text} ${line.fields ?? ""}`),
  ].join("\n");
}

async function runWith(use: (ctx: Ctx, key: string) => unknown): Promise<Ended> {
  const user = node({ id: "user", out: "one" }, async (_: object, ctx) => use(ctx, ctx.secret(NAME)));
  return run(workflow({ name: "flow" }, () => user()));
}

test("secret gives the variable's value", async () => {
  let seen = "";
  await runWith((_, key) => void (seen = key));
  expect(seen).toBe(VALUE);
});

test("a variable that is not set is WG1131, naming the variable and the node, and is not retried", async () => {
  const user = node({ id: "user", retries: 3 }, async (_: object, ctx) => ctx.secret("WORKGRAPH_NOT_SET"));
  const end = await run(workflow({ name: "flow" }, () => user()));
  expect(ofType(end.events, "item.failed")[0]?.error).toMatchObject({
    code: "WG1131",
    attempt: 1,
    message: expect.stringMatching(/"WORKGRAPH_NOT_SET" is not set .* "user"/) as string,
  });
});

describe("its value is refused (WG2012)", () => {
  test.each([
    ["in a result", (key: string) => ({ headers: { auth: [`Bearer ${key}`] } }), "$.headers.auth[0]"],
    ["in a property's name", (key: string) => ({ deep: { [key]: 1 } }), "$.deep"],
    ["in a Map", (key: string) => new Map([["k", key]]), "$["],
    ["in base64", (key: string) => ({ token: Buffer.from(`me:${key}`).toString("base64") }), "$.token"],
    ["as bytes", (key: string) => ({ body: Buffer.from(key) }), "$.body"],
    ["in a URL", (key: string) => `https://host/?key=${encodeURIComponent(key)}`, "$"],
  ])("%s, naming the place and not the value", async (_, make, place) => {
    const end = await runWith((_ctx, key) => make(key));
    const [failed] = ofType(end.events, "item.failed");
    expect(failed?.error).toMatchObject({ code: "WG2012", node: "user" });
    expect(failed?.error.message).toContain(`the value of secret "${NAME}" is in the result of "user", at ${place}`);
    const all = await everythingOf(end);
    for (const form of FORMS) expect(all).not.toContain(form);
  });

  test("in an element, in a yield and in a key", async () => {
    const many = node({ id: "many", out: "many" }, async (_: object, ctx) => ["fine", ctx.secret(NAME)]);
    const stream = node({ id: "stream" }, async function* (_: object, ctx) {
      yield "fine";
      yield ctx.secret(NAME);
    });
    let key = "";
    const keyed = node(
      { id: "keyed", out: "many", key: () => key },
      async (_: object, ctx) => ((key = ctx.secret(NAME)), [1]),
    );
    const flow = workflow({ name: "flow" }, async () => {
      const outcomes = [...(await many().settled()), ...(await stream().settled()), ...(await keyed().settled())];
      return outcomes.map((outcome) => (outcome.status === "ok" ? outcome.value : outcome.error.message));
    });
    const end = await run(flow);
    expect(end.value).toEqual([
      expect.stringContaining(`in the result of "many" (element 1), at $`),
      "fine",
      expect.stringContaining(`in yield 1 of "stream", at $`),
      expect.stringContaining(`in the key of element 0 of "keyed"`),
    ]);
  });

  test("in the input of a node", async () => {
    const read = node({ id: "read" }, async (_: object, ctx) => void ctx.secret(NAME));
    let executed = false;
    const use = node({ id: "use" }, async (_input: { config: { token: string } }) => void (executed = true));
    const flow = workflow({ name: "flow" }, async ({ token }: { token: string }) => {
      await read();
      return use({ config: { token } });
    });
    const end = await run(flow, { token: VALUE });
    expect(ofType(end.events, "item.failed")[0]?.error.message).toContain(
      `is in the input "config" of "use", at $.token`,
    );
    expect(executed).toBe(false);
  });

  test("in the scratchpad and in a sub-step", async () => {
    const refused: string[] = [];
    await runWith(async ({ scratchpad, once }, key) => {
      for (const use of [
        () => scratchpad.set("k", { key }),
        () => scratchpad.cas("k", undefined, key),
        () => once("k", () => [key]),
      ]) {
        await use().catch((error: Error) => refused.push(error.message));
      }
    });
    expect(refused).toEqual([
      expect.stringContaining('in scratchpad "k", at $.key'),
      expect.stringContaining('in scratchpad "k", at $'),
      expect.stringContaining('in once "k", at $[0]'),
    ]);
  });
});

describe("its value is redacted", () => {
  test("in log lines, fields, progress, streams and facts, in every form", async () => {
    const end = await runWith(({ log, progress, stream, emit }, key) => {
      for (const form of [
        key,
        encodeURIComponent(key),
        Buffer.from(key).toString("base64"),
        Buffer.from(`u:${key}`).toString("base64"),
        JSON.stringify({ key }),
      ]) {
        log.info(`raw ${form}`, { form, nested: { list: [form] } });
        stream(form);
        stream({ form });
        emit("fact", { form });
      }
      progress(0.5, key);
    });
    expect(end.status).toBe("completed");
    const all = await everythingOf(end);
    for (const form of FORMS) expect(all).not.toContain(form);
    expect(all.split(`[secret ${NAME}]`).length).toBeGreaterThan(20);
    for (const line of await end.store.logs(end.runId)) if (line.fields !== undefined) decode(line.fields);
  });

  test("in a stream that brings it in pieces over several turns", async () => {
    const end = await runWith(async ({ stream }, key) => {
      for (const character of `before ${key} after ${key.slice(0, 5)}`) {
        stream(character);
        await rest();
      }
    });
    const text = (await end.store.logs(end.runId)).map((line) => line.text).join("");
    expect(text).toBe(`before [secret ${NAME}] after ${VALUE.slice(0, 5)}`);
  });

  test("in errors: message, causes, code, issues and stack", async () => {
    const end = await runWith((_, key) => {
      const error = new Error(`401 for https://user:${encodeURIComponent(key)}@h/`, { cause: new Error(key) });
      throw Object.assign(error, { code: key, errors: [key], stack: `Error: x\n    at ${key} (/app/a.ts:1:1)` });
    });
    const all = await everythingOf(end);
    for (const form of FORMS) expect(all).not.toContain(form);
    expect(ofType(end.events, "item.failed")[0]?.error.causes?.[0]?.message).toBe(`[secret ${NAME}]`);
  });

  test("in names of errors and of their causes, in paths of issues, and where a field of what was thrown is cut through it", async () => {
    for (const make of [
      (key: string) =>
        Object.assign(new Error("x", { cause: Object.assign(new Error("y"), { name: key }) }), { name: key }),
      (key: string) => ({ field: "x".repeat(195) + key, [`${"k".repeat(195)}${key}`]: 1 }),
      (key: string) =>
        Object.assign(new Error("x"), { stack: `Error: x\n    at ${"f".repeat(1_985)}${key} (/app/a.ts:1:1)` }),
    ]) {
      const end = await runWith((_, key) => {
        throw make(key);
      });
      const all = await everythingOf(end);
      expect(all).toContain("[secr");
      for (const form of [...FORMS, VALUE.slice(0, 6)]) expect(all).not.toContain(form);
    }
    const checked = node(
      {
        id: "checked",
        output: {
          "~standard": { version: 1, vendor: "test", validate: () => ({ issues: [{ message: "no", path: [VALUE] }] }) },
        },
      },
      async (_: object, ctx) => void ctx.secret(NAME),
    );
    const end = await run(workflow({ name: "flow" }, () => checked()));
    expect(ofType(end.events, "item.failed")[0]?.error.issues).toEqual([{ path: [`[secret ${NAME}]`], message: "no" }]);
  });

  test("where a long message is cut through it", async () => {
    const end = await runWith((_, key) => {
      throw new Error("x".repeat(16 * 1024 - 5) + key + "y".repeat(20 << 20));
    });
    expect(await everythingOf(end)).not.toContain(VALUE.slice(0, 5));
    expect(ofType(end.events, "item.failed")[0]?.error.message).toMatch(/more characters\)$/);
  });
});
