import { describe, expect, test } from "vitest";
import { CodecError, decode, encode } from "../codec.ts";

const refusal = (value: unknown): CodecError => {
  try {
    encode(value);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(CodecError);
    return thrown as CodecError;
  }
  throw new Error("expected a refusal");
};

class Page {
  #secret = 1;
  x = 1;
  read(): number {
    return this.#secret;
  }
}
class Tags extends Map<string, string> {}
class List extends Array<number> {}

const circle = (): object => {
  const inner: Record<string, unknown> = {};
  const outer = { a: [inner] };
  inner["back"] = outer.a;
  return outer;
};

const refused: readonly (readonly [name: string, value: () => unknown, path: string, reason: RegExp])[] = [
  ["a function", () => () => 1, "$", /is a function.*plain data/],
  ["a function in a list", () => ({ a: [0, 1, 2, { b: () => 1 }] }), "$.a[3].b", /is a function/],
  ["toJSON", () => ({ a: 1, toJSON: () => "x" }), "$.toJSON", /toJSON is not called/],
  ["a thenable", () => ({ then() {} }), "$.then", /is a function/],
  ["a symbol", () => [Symbol("x")], "$[0]", /is a symbol/],
  ["a symbol key", () => ({ a: { [Symbol("k")]: 1 } }), "$.a", /symbol key Symbol\(k\)/],
  ["a class instance", () => ({ page: new Page() }), "$.page", /class "Page".*plain object/],
  ["a subclass of Map", () => new Tags(), "$", /class "Tags"/],
  ["a subclass of Array", () => List.of(1), "$", /extends Array/],
  ["a boxed string", () => new String("x"), "$", /class "String"/],
  [
    "an object that pretends to be a Map",
    () => Object.create(Map.prototype) as unknown,
    "$",
    /threw while it was read/,
  ],
  [
    "a Proxy that throws",
    () => ({
      p: new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error("no");
          },
        },
      ),
    }),
    "$.p",
    /no/,
  ],
  [
    "a revoked Proxy",
    () => {
      const r = Proxy.revocable({}, {});
      r.revoke();
      return [r.proxy];
    },
    "$[0]",
    /revoked/,
  ],
  [
    "a throwing getter",
    () => [
      {
        y: 1,
        get x() {
          throw new Error("getter");
        },
      },
    ],
    "$[0].x",
    /threw while it was read: getter/,
  ],
  [
    "a Proxy whose prototypes never end",
    () => {
      const p: object = new Proxy({}, { getPrototypeOf: () => p });
      return p;
    },
    "$",
    /instance/,
  ],
  ["a WeakMap", () => ({ w: new WeakMap() }), "$.w", /WeakMap/],
  ["a Promise", () => ({ p: Promise.resolve(1) }), "$.p", /await it first/],
  ["a stream", () => process.stdin, "$", /is a stream/],
  ["a web stream", () => new Blob(["x"]).stream(), "$", /is a stream/],
  [
    "a generator",
    () =>
      (function* () {
        yield 1;
      })(),
    "$",
    /collect its values/,
  ],
  ["a circle", circle, "$.a[0].back", /circular reference back to "\$\.a"/],
  [
    "a circle through an error",
    () => {
      const e = new Error("c");
      e.cause = e;
      return { e };
    },
    "$.e.cause",
    /back to "\$\.e"/,
  ],
  [
    "a circle through a Map",
    () => {
      const m = new Map<string, unknown>();
      m.set("self", m);
      return m;
    },
    '$.get("self")',
    /back to "\$"/,
  ],
  ["a key of a Map", () => new Map([[() => 1, 1]]), "$<key 0>", /is a function/],
  ["a value of a Map under an object", () => new Map([[{}, () => 1]]), "$<value 0>", /is a function/],
  ["a member of a Set", () => ({ s: new Set([1, () => 1]) }), "$.s<member 1>", /is a function/],
  [
    "an error's message that is no text",
    () => Object.assign(new Error("x"), { message: 5 }),
    "$.message",
    /is not text/,
  ],
  ["an error of an AggregateError", () => new AggregateError([1, () => 1]), "$.errors[1]", /is a function/],
  ["a property added to a Date", () => Object.assign(new Date(0), { zone: "x" }), "$", /added property "zone"/],
  ["a match of a RegExp", () => "abc".match(/b/), "$", /named property "index"/],
  ["a named property of a sparse array", () => Object.assign(new Array(3), { x: 1 }), "$", /named property "x"/],
  ["a resizable ArrayBuffer", () => new ArrayBuffer(1, { maxByteLength: 2 }), "$", /resizable/],
  [
    "a detached ArrayBuffer",
    () => {
      const b = new ArrayBuffer(4);
      b.transfer();
      return [b];
    },
    "$[0]",
    /detached/,
  ],
  ["an odd key on the way", () => ({ "a b": { "1": () => 1 } }), '$["a b"]["1"]', /is a function/],
];

describe("a value that cannot be recorded", () => {
  test.each(refused)("is refused with its path: %s", (_name, make, path, reason) => {
    const error = refusal(make());
    expect(error.path).toBe(path);
    expect(error.reason).toMatch(reason);
    expect(error.message).toContain(`"${path}"`);
  });

  test("is named where it is, not where an earlier sibling was", () => {
    expect(refusal({ a: { b: 1n }, c: { d: { e: 1n }, f: () => 1 } }).path).toBe("$.c.f");
  });

  test("keeps what a getter threw as its cause", () => {
    const cause = new Error("getter");
    const value = {
      get x() {
        throw cause;
      },
    };
    expect(refusal(value).cause).toBe(cause);
  });

  test("is refused also when reading it throws something that cannot be shown", () => {
    const value = {
      get x() {
        throw Object.create(null);
      },
    };
    expect(refusal(value).reason).toContain("something that cannot be shown");
  });
});

describe("text that encode did not make", () => {
  test.each([
    ["not JSON", "{"],
    ["an empty text", ""],
    ["an unknown tag", '{"$":"Page","v":1}'],
    ["a tag that is no text", '{"$":1}'],
    ["a Map without entries", '{"$":"Map","v":1}'],
    ["a Date that is text", '{"$":"Date","v":"x"}'],
    ["an unknown number", '{"$":"number","v":"7"}'],
    ["bytes that are no base64", '{"$":"Buffer","v":"!!!!"}'],
    ["an invalid RegExp", '{"$":"RegExp","v":["(",""]}'],
    ["a bigint without digits", '{"$":"bigint","v":"x"}'],
    ["a typed array of odd size", '{"$":"Uint16Array","v":"AA=="}'],
    ["tags nested beyond every limit", `${"[".repeat(5_000)}{"$":"undefined"}${"]".repeat(5_000)}`],
  ])("is an error, not a guess: %s", (_name, text) => {
    expect(() => decode(text)).toThrow(CodecError);
  });
});
