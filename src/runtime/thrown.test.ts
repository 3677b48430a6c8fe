import { expect, test } from "vitest";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { errorRecord } from "./thrown.ts";

const hostile = (): never => {
  throw new Error("hostile");
};
const circle = (): unknown => {
  const made: Record<string, unknown> = { a: 1 };
  made["self"] = made;
  return made;
};
const withMessage = (descriptor: PropertyDescriptor): Error =>
  Object.defineProperty(new Error(), "message", descriptor);
const proxyTraps = Object.fromEntries(
  ["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor"].map((trap) => [trap, hostile]),
);

test.each<readonly [string, unknown, { readonly name: string; readonly message: string | RegExp }]>([
  ["undefined", undefined, { name: "Thrown", message: "thrown: undefined" }],
  ["null", null, { name: "Thrown", message: "thrown: null" }],
  ["a text", "boom", { name: "Thrown", message: "boom" }],
  ["an empty text", "", { name: "Thrown", message: "" }],
  ["a number", 42, { name: "Thrown", message: "thrown: 42" }],
  ["a bigint", 42n, { name: "Thrown", message: "thrown: 42n" }],
  ["a symbol", Symbol("s"), { name: "Thrown", message: "thrown: Symbol(s)" }],
  ["a function", function named() {}, { name: "named", message: "thrown: a function" }],
  [
    "an object",
    { reason: "x", list: [1, "a"], deep: { a: { b: { c: 1 } } } },
    { name: "Thrown", message: 'thrown: { reason: "x", list: [1, "a"], deep: { a: { b: {...} } } }' },
  ],
  ["an object with a message", { message: "said" }, { name: "Thrown", message: "said" }],
  ["a circle", circle(), { name: "Thrown", message: /^thrown: \{ a: 1, self: \{ a: 1, self: / }],
  [
    "a getter that throws",
    {
      get x() {
        return hostile();
      },
      y: 1,
    },
    { name: "Thrown", message: "thrown: { x: a getter that throws, y: 1 }" },
  ],
  [
    "a proxy that throws",
    new Proxy({}, proxyTraps),
    { name: "Thrown", message: "thrown: an object that cannot be read" },
  ],
  [
    "a revoked proxy",
    (() => {
      const { proxy, revoke } = Proxy.revocable([], {});
      revoke();
      return proxy;
    })(),
    { name: "Thrown", message: "thrown: an object that cannot be read" },
  ],
  ["a frozen error", Object.freeze(new Error("f")), { name: "Error", message: "f" }],
  ["an error without a stack", Object.assign(new Error("s"), { stack: undefined }), { name: "Error", message: "s" }],
  ["an error without a message", new TypeError(), { name: "TypeError", message: "" }],
  ["an error whose message throws", withMessage({ get: hostile }), { name: "Error", message: /^thrown: / }],
  [
    "an error whose message is no text",
    withMessage({ value: { toString: hostile } }),
    { name: "Error", message: /^thrown: / },
  ],
  ["a DOMException", new DOMException("Aborted", "AbortError"), { name: "AbortError", message: "Aborted" }],
  [
    "an error of a class of one's own",
    new (class PageGone extends Error {
      override name = "PageGone";
    })("gone"),
    { name: "PageGone", message: "gone" },
  ],
])("%s gives a record that can be read", (_, thrown, expected) => {
  const record = errorRecord(thrown, { node: "n" });
  expect(record).toMatchObject({ code: "WG2000", kind: "thrown", node: "n", name: expected.name });
  const { message } = expected;
  expect(typeof message === "string" ? record.message === message : message.test(record.message), record.message).toBe(
    true,
  );
  expect(JSON.parse(JSON.stringify(record))).toEqual(record);
});

test("a stack overflow gives a record", () => {
  const endless = (): number => endless() + 1;
  let thrown: unknown;
  try {
    endless();
  } catch (error) {
    thrown = error;
  }
  expect(errorRecord(thrown)).toMatchObject({ name: "RangeError", message: "Maximum call stack size exceeded" });
  expect(errorRecord(thrown).stack!.split("\n").length).toBeLessThanOrEqual(50);
});

test("a message is bounded, and says how much was cut", () => {
  const record = errorRecord(new Error("x".repeat(20 << 20)));
  expect(record.message).toBe(`${"x".repeat(16 * 1024)}... (${(20 << 20) - 16 * 1024} more characters)`);
  expect(JSON.stringify(record).length).toBeLessThan(64 * 1024);
});

test("names, codes, causes and issues are bounded too", () => {
  const long = "x".repeat(1 << 20);
  const error = Object.assign(new Error(long, { cause: new Error(long) }), { name: long, code: long });
  const issues = Array.from({ length: 10_000 }, () => ({ path: ["a"], message: long }));
  expect(JSON.stringify(errorRecord(error, { issues })).length).toBeLessThan(256 * 1024);
});

test("an object with a million fields is shown in part", () => {
  const record = errorRecord(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, i])));
  expect(record.message).toMatch(/k19: 19, and 99980 more \}$/);
});

test("causes are listed nearest first; a cycle ends them, and so does a long chain", () => {
  const root = new Error("root");
  const middle = new TypeError("middle", { cause: root });
  root.cause = middle;
  expect(errorRecord(new Error("top", { cause: middle })).causes).toEqual([
    { name: "TypeError", message: "middle" },
    { name: "Error", message: "root" },
  ]);
  const own: Error = new Error("own");
  own.cause = own;
  expect(errorRecord(own).causes).toBeUndefined();
  let chain: Error = new Error("0");
  for (let i = 1; i < 100; i++) chain = new Error(String(i), { cause: chain });
  expect(errorRecord(chain).causes).toHaveLength(10);
});

test("the errors of an AggregateError are among the causes, whatever they are", () => {
  const record = errorRecord(new AggregateError([new Error("a"), "b", undefined], "agg"));
  expect(record).toMatchObject({ name: "AggregateError", message: "agg" });
  expect(record.causes).toEqual([
    { name: "Error", message: "a" },
    { name: "Thrown", message: "b" },
    { name: "Thrown", message: "thrown: undefined" },
  ]);
});

test("the code of the thrown error is kept beside ours", () => {
  expect(errorRecord(Object.assign(new Error("no file"), { code: "ENOENT" }))).toMatchObject({
    code: "WG2000",
    errorCode: "ENOENT",
  });
  expect(errorRecord(new WorkgraphError("WG1007", "text"))).not.toHaveProperty("errorCode");
  expect(errorRecord(new WorkgraphError("WG1007", "text")).code).toBe("WG1007");
});

test("frames of Node and of the package are left out where there are others, and the site is the first of the author's", () => {
  const ours = new URL("./run.ts", import.meta.url).href;
  const error = Object.assign(new Error("two\n    at lines (/not/a/frame.ts:1:1)"), {
    stack: [
      "Error: two\n    at lines (/not/a/frame.ts:1:1)",
      "    at parse (file:///app/node_modules/parser/index.js:5:6)",
      "    at readPage (file:///app/src/my%20pages.ts:10:3)",
      "    at async Object.fn (/app/src/flow.ts:20:5)",
      `    at Run.callNode (${ours}:1:1)`,
      "    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)",
    ].join("\n"),
  });
  const record = errorRecord(error);
  expect(record.stack?.split("\n")).toEqual([
    "at parse (file:///app/node_modules/parser/index.js:5:6)",
    "at readPage (file:///app/src/my%20pages.ts:10:3)",
    "at async Object.fn (/app/src/flow.ts:20:5)",
  ]);
  expect(record.site).toEqual({ file: "/app/src/my pages.ts", line: 10, column: 3, functionName: "readPage" });
});

test("a stack is mapped to the author's source; a map that throws hides nothing", () => {
  const error = Object.assign(new Error("x"), { stack: "Error: x\n    at f (/bundle.js:1:1)" });
  expect(
    errorRecord(error, { mapStack: (stack) => stack.replace("/bundle.js:1:1", "/app/a.ts:7:2") }).site,
  ).toMatchObject({ file: "/app/a.ts", line: 7 });
  expect(errorRecord(error, { mapStack: hostile }).site).toMatchObject({ file: "/bundle.js" });
});

test("secrets are taken out before the message is cut", () => {
  const redact = (text: string): string => text.replaceAll("hunter22", "[secret]");
  const record = errorRecord(new Error(`${"x".repeat(16 * 1024 - 3)}hunter22`, { cause: "hunter22" }), { redact });
  expect(record.message).not.toContain("hun");
  expect(record.causes).toEqual([{ name: "Thrown", message: "[secret]" }]);
});
