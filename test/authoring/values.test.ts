/** What a node may return: recorded exactly, or refused with an error that names node, item and place. */
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { node, workflow } from "../../src/index.ts";
import { crash, ofType, rest, resume, run, stores } from "./flow.ts";

const named = (name: string, make: () => unknown) => ({ name, make });

const EXACT = [
  named("undefined", () => undefined),
  named("null", () => null),
  named("NaN", () => Number.NaN),
  named("-0", () => -0),
  named("Infinity", () => -Infinity),
  named("a large integer", () => 2 ** 53 + 2),
  named("BigInt", () => 2n ** 70n),
  named("Date", () => new Date(0)),
  named("an invalid Date", () => new Date(Number.NaN)),
  named(
    "Map",
    () =>
      new Map<unknown, unknown>([
        [1, { a: 1 }],
        [{ k: 1 }, new Set([1])],
      ]),
  ),
  named("Set", () => new Set([1, "x"])),
  named("an error with a cause", () => new RangeError("x", { cause: new Error("y") })),
  named("Buffer", () => Buffer.from([0, 255])),
  named("Uint8Array", () => new Uint8Array([1, 2])),
  named("ArrayBuffer", () => new ArrayBuffer(8)),
  named("RegExp", () => /a+/gi),
  named("URL", () => new URL("http://x/?a=b")),
  named("an array with holes", () => Object.assign(new Array<number>(4), { 0: 1, 3: 4 })),
  named("undefined in an array", () => [undefined, null]),
  named("an undefined property", () => ({ a: undefined })),
  named("one object twice", () => {
    const shared = {};
    return [shared, shared];
  }),
  named("an own __proto__ key", () => JSON.parse('{"__proto__":{"polluted":1},"a":1}') as unknown),
  named("a null prototype", () => Object.assign(Object.create(null) as object, { a: 1 })),
  named("{ then: 5 }", () => ({ then: 5 })),
  named("an own $ key", () => ({ $: "Map", v: [] })),
  named("an empty text", () => ""),
  named("a lone surrogate", () => "\ud800"),
  named("NUL, tab and line feeds", () => "a\u0000b\t\r\n\u2028"),
  named("bidi and zero width", () => "\u202e\u200b"),
  named("markup", () => "</script><img src=x onerror=alert(1)>"),
  named("keys that look like numbers", () => ({ b: 1, 2: 1, 1: 1 })),
  named("a long text", () => "x".repeat(5 << 20)),
];

describe.each(stores)("on the %s store", (_, open) => {
  test.each(EXACT)("$name is recorded exactly: for the next node, for await, and as output", async ({ make }) => {
    const give = node({ id: "give", out: "one", whole: [] }, async () => make() as object);
    const same = node({ id: "same", whole: ["value"] }, async ({ value }: { value: unknown }) =>
      isDeepStrictEqual(value, make()),
    );
    const flow = workflow({ name: "flow" }, async () => {
      const given = give();
      const awaited: unknown = await given;
      return { same: same({ value: given as never }), awaited: isDeepStrictEqual(awaited, make()), given };
    });
    const end = await run(flow, {}, { store: await open() });
    expect(end.error).toBeUndefined();
    const { given, ...rest_ } = end.value as { given: unknown };
    expect(rest_).toEqual({ same: true, awaited: true });
    expect(isDeepStrictEqual(given, make())).toBe(true);
  });

  test("all of them are read back exactly after a crash, and nothing is executed again", async () => {
    let executed = 0;
    const give = node({ id: "give", out: "many" }, async () => {
      executed++;
      return EXACT.map(({ make }) => make() as object);
    });
    const hold = node({ id: "hold" }, async () => rest());
    const flow = workflow({ name: "flow" }, async () => {
      const values: readonly unknown[] = await give();
      await hold();
      return values.map((value, i) => isDeepStrictEqual(value, EXACT[i]!.make()));
    });
    const holdIsDone = crash(
      flow,
      {},
      ({ events }) => events.some(({ event }) => event.type === "item.completed" && event.call === 2),
      { store: await open() },
    );
    const end = await (await resume(flow, await holdIsDone)).end();
    expect(end.value).toEqual(EXACT.map(() => true));
    expect(executed).toBe(1);
  });
});

const REFUSED: readonly { readonly name: string; readonly make: () => unknown; readonly place: string }[] = [
  { name: "a function", make: () => ({ a: [() => 1] }), place: '"$.a[0]" is a function' },
  { name: "a symbol", make: () => Symbol("x"), place: '"$" is a symbol' },
  { name: "a symbol key", make: () => ({ b: { [Symbol("k")]: 1 } }), place: '"$.b" has the symbol key Symbol(k)' },
  {
    name: "an instance of a class",
    make: () =>
      new (class Page {
        x = 1;
      })(),
    place: '"$" is ',
  },
  {
    name: "a circle",
    make: () => {
      const o: Record<string, unknown> = { a: 1 };
      o["self"] = o;
      return o;
    },
    place: '"$.self"',
  },
  {
    name: "a proxy that throws",
    make: () =>
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
    place: '"$"',
  },
  {
    name: "a getter that throws",
    make: () => ({
      a: {
        get x(): never {
          throw new Error("getter");
        },
      },
    }),
    place: '"$.a.x" threw while it was read: getter',
  },
  { name: "a WeakMap", make: () => new WeakMap(), place: '"$"' },
  { name: "a promise inside", make: () => ({ p: Promise.resolve(1) }), place: '"$.p"' },
  { name: "a stream", make: () => process.stdin, place: '"$"' },
  {
    name: "a generator",
    make: () =>
      (function* () {
        yield 1;
      })(),
    place: '"$"',
  },
  { name: "toJSON", make: () => ({ a: 1, toJSON: () => "x" }), place: '"$.toJSON" is a function' },
  {
    name: "100,000 levels",
    make: () => {
      const root: Record<string, unknown> = {};
      let at = root;
      for (let i = 0; i < 1e5; i++) at = at["a"] = {} as Record<string, unknown>;
      return root;
    },
    place: "levels",
  },
  { name: "a text of 537 million characters", make: () => "x".repeat((1 << 29) - 64), place: '"$"' },
];

test.each(REFUSED)(
  "$name is refused with WG1007, naming node, item and place; siblings go on and nothing is retried",
  async ({ make, place }) => {
    let times = 0;
    const give = node({ id: "give", out: "one", retries: 3 }, async ({ x }: { x: string }) => {
      if (x === "good") return "fine";
      times++;
      return make() as object;
    });
    const flow = workflow({ name: "flow" }, async () =>
      (await give({ x: ["good", "bad"] as never }).settled()).map(({ status, path }) => `${path} ${status}`),
    );
    const end = await run(flow);
    expect(end.value).toEqual(["x[0] ok", "x[1] failed"]);
    const [failed] = ofType(end.events, "item.failed");
    expect(failed?.error).toMatchObject({ code: "WG1007", node: "give", address: `${end.runId}.1.1`, path: "x[1]" });
    expect(failed?.error.message).toMatch(/^the result of "give" cannot be recorded: /);
    expect(failed?.error.message).toContain(place);
    expect(failed!.error.message.length).toBeLessThan(3000);
    expect(times).toBe(1);
  },
);

test("a value that cannot be recorded is named by its element, or by its yield", async () => {
  const many = node({ id: "many", out: "many" }, async () => [1, { f: () => 1 } as never]);
  const stream = node({ id: "stream" }, async function* () {
    yield 1;
    yield { f: () => 1 } as never;
  });
  const flow = workflow({ name: "flow" }, async () =>
    [...(await many().settled()), ...(await stream().settled())].flatMap((outcome) =>
      outcome.status === "ok" ? [] : outcome.error.message,
    ),
  );
  expect((await run(flow)).value).toEqual([
    expect.stringContaining('the result of "many" (element 1) cannot be recorded: the value at "$.f"'),
    expect.stringContaining('yield 1 of "stream" cannot be recorded: the value at "$.f"'),
  ]);
});

describe("odd behaviours", () => {
  test("a thenable is awaited, and settles once", async () => {
    const odd = node({ id: "odd" }, (() => ({
      then(resolve: (value: number) => void, reject: (error: Error) => void) {
        resolve(1);
        reject(new Error("too late"));
        resolve(2);
      },
    })) as unknown as () => Promise<number>);
    expect(await run(workflow({ name: "flow" }, () => odd()))).toMatchObject({ status: "completed", value: 1 });
  });

  test("a then that throws when it is read is the node's error", async () => {
    const odd = node({ id: "odd" }, (() => ({
      get then(): never {
        throw new Error("then");
      },
    })) as unknown as () => Promise<number>);
    expect(await run(workflow({ name: "flow" }, () => odd()))).toMatchObject({ status: "failed" });
  });

  test("a node that changes or returns its input changes nothing another sees", async () => {
    const mutate = node({ id: "mutate" }, async ({ x }: { x: { n: number; list: number[] } }) => {
      x.n++;
      x.list.push(9);
      return x;
    });
    const source = node({ id: "source" }, async () => ({ n: 1, list: [1] }));
    const flow = workflow({ name: "flow" }, async () => {
      const made = source();
      const [first, second] = await Promise.all([mutate({ x: made }), mutate({ x: made })]);
      const kept = await made;
      kept.n = 100;
      return { first, second, again: await made };
    });
    const changed = { n: 2, list: [1, 9] };
    expect((await run(flow)).value).toEqual({ first: changed, second: changed, again: { n: 1, list: [1] } });
  });

  test("an input is a copy for each attempt", async () => {
    const eat = node(
      { id: "eat", whole: ["list"], retries: { max: 2, delay: 0 } },
      async ({ list }: { list: number[] }, ctx) => {
        const left = list.splice(0).length;
        if (ctx.attempt < 3) throw new Error("again");
        return left;
      },
    );
    expect((await run(workflow({ name: "flow" }, () => eat({ list: [1, 2, 3] })))).value).toBe(3);
  });

  test.each([10, 3000])(
    "what is changed after it was returned stays as it was returned (%i elements)",
    async (count) => {
      const late = node({ id: "late", out: "many" }, async () => {
        const elements = Array.from({ length: count }, (_, i) => ({ i }));
        const spoil = (): void => {
          for (const element of elements) element.i = -1;
          elements.length = 0;
        };
        setImmediate(spoil);
        setTimeout(spoil, 1);
        return elements;
      });
      const end = await run(workflow({ name: "flow" }, () => late()));
      expect(end.value).toEqual(Array.from({ length: count }, (_, i) => ({ i })));
    },
  );

  test("an input that was changed by the caller after the call stays as it was", async () => {
    const read = node({ id: "read", whole: ["xs"], out: "one" }, async ({ xs }: { xs: number[] }) => xs);
    const flow = workflow({ name: "flow" }, () => {
      const xs = [1, 2];
      const done = read({ xs });
      xs.push(3);
      return done;
    });
    expect((await run(flow)).value).toEqual([1, 2]);
  });

  test("a node that returns a handle it kept from outside is refused", async () => {
    let kept: unknown;
    const leak = node({ id: "leak" }, async (_input: { x: number }) => ({ inner: kept }) as never);
    const give = node({ id: "give" }, async () => 1);
    const flow = workflow({ name: "flow" }, () => {
      kept = give();
      return leak({ x: 1 });
    });
    expect(ofType((await run(flow)).events, "item.failed")[0]?.error).toMatchObject({
      code: "WG1007",
      message: expect.stringContaining("$.inner") as string,
    });
  });

  test("a node called inside a node, and a node made inside a run, are refused", async () => {
    const give = node({ id: "give" }, async () => 1);
    const calls = node({ id: "calls" }, async () => give() as unknown as number);
    const makes = node({ id: "makes" }, async () => node({ id: "inner" }, async () => 1).id);
    const flow = workflow({ name: "flow" }, async () =>
      [...(await calls().settled()), ...(await makes().settled())].map((outcome) =>
        outcome.status === "ok" ? "" : outcome.error.code,
      ),
    );
    expect((await run(flow)).value).toEqual(["WG3001", "WG3004"]);
  });
});
