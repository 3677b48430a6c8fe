import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { node, workflow, WorkgraphError, zip } from "../index.ts";
import { run } from "../../test/authoring/flow.ts";
import { createHandle, handleTarget, type HandleTarget } from "./handle.ts";
import { rootSpace } from "./space.ts";

const target = (many: boolean): HandleTarget => ({
  call: 3,
  port: 0,
  node: "fetch",
  space: rootSpace(),
  subsets: [],
  many,
  run: {},
  wait: () => Promise.resolve(many ? [1] : 1),
  settled: () => Promise.resolve([]),
  iterate: () => (async function* () {})(),
});

/* oxlint-disable typescript/no-explicit-any, eqeqeq -- what the types refuse is the subject */
const misuses: readonly (readonly [string, (handle: any) => unknown])[] = [
  ["a spread into an array", (h) => [...h]],
  ["a spread into arguments", (h) => Math.max(...h)],
  [
    "for of",
    (h) => {
      for (const x of h) void x;
    },
  ],
  [
    "destructuring an array",
    (h) => {
      const [a] = h;
      return a;
    },
  ],
  [
    "destructuring an object",
    (h) => {
      const { url } = h;
      return url;
    },
  ],
  ["a spread into an object", (h) => ({ ...h })],
  ["an index", (h) => h[0]],
  ["length", (h) => h.length],
  ["a method of arrays", (h) => h.map((x: unknown) => x)],
  ["a property", (h) => h.url],
  ["an optional property", (h) => h?.url],
  ["catch, which promises have", (h) => h.catch(() => undefined)],
  ["JSON.stringify", (h) => JSON.stringify(h)],
  ["JSON.stringify of something that holds it", (h) => JSON.stringify({ page: [h] })],
  ["a template string", (h) => `${h}`],
  ["String()", (h) => String(h)],
  ["addition", (h) => h + 1],
  ["subtraction", (h) => h - 1],
  ["a sign", (h) => +h],
  ["comparison", (h) => h < 3],
  ["loose equality with a primitive", (h) => h == 3],
  ["Number()", (h) => Number(h)],
  ["a computed key", (h) => ({})[h as string]],
  ["new Date()", (h) => new Date(h)],
  ["in", (h) => "url" in h],
  [
    "assignment",
    (h) => {
      h.url = 1;
    },
  ],
  ["delete", (h) => delete h.url],
  ["defineProperty", (h) => Object.defineProperty(h, "url", { value: 1 })],
  ["Object.keys", (h) => Object.keys(h)],
  ["Object.entries", (h) => Object.entries(h)],
  [
    "for in",
    (h) => {
      for (const key in h) void key;
    },
  ],
  ["Object.assign from it", (h) => Object.assign({}, h)],
  ["Object.freeze", (h) => Object.freeze(h)],
  ["Object.seal", (h) => Object.seal(h)],
  ["Object.setPrototypeOf", (h) => Object.setPrototypeOf(h, null)],
  ["Array.from", (h) => Array.from(h)],
  ["new Set()", (h) => new Set(h)],
  ["Object.fromEntries", (h) => Object.fromEntries(h)],
];

describe.each([
  ["Items", true],
  ["Item", false],
])("a handle to %s refuses", (kind, many) => {
  test.each(misuses)("%s (WG3002)", (_name, misuse) => {
    const handle = createHandle(target(many));
    let caught: unknown;
    try {
      misuse(handle);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(WorkgraphError);
    const { code, message, hint } = caught as WorkgraphError;
    expect(code).toBe("WG3002");
    expect(message).toContain(`"fetch" returned ${kind}`);
    expect(hint).toContain("await it first");
  });
});

test.each([
  ["map", "the node runs once for each item"],
  ["filter", "write filter(items, predicate)"],
  ["length", "says `gather`"],
])("who takes a list for an array and asks for %s is told what to write", (property, hint) => {
  const handle = createHandle(target(true)) as Record<string, unknown>;
  expect(() => handle[property]).toThrow(expect.objectContaining({ hint: expect.stringContaining(hint) }));
});

describe("a handle", () => {
  test("to one item refuses for await", async () => {
    const handle = createHandle(target(false)) as AsyncIterable<unknown>;
    const loop = async (): Promise<void> => {
      for await (const x of handle) void x;
    };
    await expect(loop()).rejects.toMatchObject({ code: "WG3002" });
  });

  test("can be awaited, settled, kept in arrays and maps, compared by identity and shown", async () => {
    const handle = createHandle(target(true));
    expect(await (handle as PromiseLike<unknown>)).toEqual([1]);
    expect(await (handle as { settled(): Promise<unknown> }).settled()).toEqual([]);
    expect([handle].includes(handle)).toBe(true);
    expect(new Map([[handle, 1]]).get(handle)).toBe(1);
    expect(handle === createHandle(target(true))).toBe(false);
    expect(Object.prototype.toString.call(handle)).toBe("[object Items]");
    expect(inspect(handle)).toContain("await it for its values");
    expect(typeof handle).toBe("object");
    expect(handle instanceof Promise).toBe(false);
    expect(Array.isArray(handle)).toBe(false);
  });

  test("cannot be imitated", () => {
    expect(handleTarget({ then: () => undefined })).toBeUndefined();
    expect(handleTarget(Object.create(createHandle(target(true)) as never))).toBeUndefined();
    expect(handleTarget(undefined)).toBeUndefined();
  });
});

describe("inside an argument", () => {
  const take = node({ id: "take", whole: ["x"] }, async ({ x }: { x: object }) => Object.keys(x).length);
  const item = node({ id: "item" }, async ({ x }: { x: object }) => Object.keys(x).length) as unknown as (args: {
    x: unknown;
  }) => PromiseLike<number>;
  const one = node({ id: "one" }, async () => 1);

  test.each<readonly [string, (handle: unknown) => object, string]>([
    ["an object", (h) => ({ page: h }), "$.page"],
    ["an object in an object", (h) => ({ a: { b: h } }), "$.a.b"],
    ["an array in an object", (h) => ({ list: [1, h] }), "$.list[1]"],
    ["a map", (h) => new Map([["k", h]]), "$.values()"],
    ["a set", (h) => new Set([h]), "$.values()"],
  ])("%s it is refused with its path (WG3002)", async (_name, wrap, path) => {
    const flow = workflow({ name: "flow" }, () => take({ x: wrap(one()) }));
    const { error } = await run(flow);
    expect(error?.code).toBe("WG3002");
    expect(error?.message).toContain(path);
    expect(error?.message).toContain('"x" of "take"');
  });

  test("in an array of arrays it is refused too", async () => {
    const { error } = await run(workflow({ name: "flow" }, () => item({ x: [[one()]] })));
    expect(error?.code).toBe("WG3002");
    expect(error?.message).toContain("[0]");
  });

  test.each<readonly [string, (promise: unknown) => unknown, string]>([
    ["itself", (p) => p, "$"],
    ["in an object", (p) => ({ deep: p }), "$.deep"],
    ["in an array", (p) => [1, p], "[1]"],
  ])("a promise %s is refused with what to do (WG3003)", async (_name, wrap, path) => {
    const { error } = await run(workflow({ name: "flow" }, () => item({ x: wrap(Promise.resolve(1)) })));
    expect(error?.code).toBe("WG3003");
    expect(error?.message).toContain(path);
    expect(`${error?.message}`).toContain("promise");
  });

  test("a handle of another run is refused", async () => {
    let stolen: unknown;
    await run(
      workflow({ name: "first" }, async () => {
        stolen = one();
      }),
    );
    const { error } = await run(workflow({ name: "second" }, () => item({ x: stolen })));
    expect(error?.code).toBe("WG3002");
    expect(error?.message).toContain("another run");
  });

  test("a value where a combinator takes handles is refused", async () => {
    const { error } = await run(workflow({ name: "flow" }, () => zip({ a: 1 } as never, [1])));
    expect(error?.code).toBe("WG3002");
  });
});
