import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { judge, keyOfSignature, sign } from "./signature.ts";

const SECRET = "a secret of some length";
const NOW = 1_800_000_000_000;
const REQUEST = { timestamp: "1800000000", body: '{"n": 1}' };
const by = { secret: SECRET, nowMs: NOW, windowMs: 300_000 };
const signed = { ...REQUEST, idempotencyKey: undefined, signature: sign(SECRET, REQUEST) };

test("is the HMAC of time and body", () => {
  const hex = createHmac("sha256", SECRET).update('1800000000.{"n": 1}').digest("hex");
  expect(signed.signature).toBe(`v1=${hex}`);
  expect(judge(signed, by)).toBe("valid");
});

test.each<[string, object, string]>([
  ["another body", { body: '{"n": 2}' }, "wrong"],
  ["another time", { timestamp: "1800000001" }, "wrong"],
  ["a key that was not signed", { idempotencyKey: "k" }, "wrong"],
  ["a signature cut short", { signature: signed.signature.slice(0, -1) }, "wrong"],
  ["a signature in capitals", { signature: signed.signature.toUpperCase() }, "wrong"],
  ["a time that is none", { timestamp: "1e9" }, "wrong"],
  ["no signature", { signature: undefined }, "unsigned"],
  ["no time", { timestamp: undefined }, "unsigned"],
])("%s is not valid", (_, change, judgement) => {
  expect(judge({ ...signed, ...change }, by)).toBe(judgement);
});

test("another secret is not valid", () => {
  expect(judge(signed, { ...by, secret: "another secret" })).toBe("wrong");
});

test("is valid within the window, on both sides of its time", () => {
  expect(judge(signed, { ...by, nowMs: NOW + 300_000 })).toBe("valid");
  expect(judge(signed, { ...by, nowMs: NOW - 300_000 })).toBe("valid");
  expect(judge(signed, { ...by, nowMs: NOW + 300_001 })).toBe("out of time");
  expect(judge(signed, { ...by, nowMs: NOW - 300_001 })).toBe("out of time");
});

test("a key is signed with the rest, and holds nothing that a body begins with", () => {
  const keyed = { ...REQUEST, idempotencyKey: "order-1" };
  const signature = sign(SECRET, keyed);
  expect(judge({ ...keyed, signature }, by)).toBe("valid");
  expect(judge({ ...keyed, idempotencyKey: "order-2", signature }, by)).toBe("wrong");
  const strange = { ...REQUEST, idempotencyKey: "{" };
  expect(judge({ ...strange, signature: sign(SECRET, strange) }, by)).toBe("wrong");
});

test("stands for a key of its own", () => {
  expect(keyOfSignature(signed.signature)).toMatch(/^[0-9a-f]{32}$/);
  expect(keyOfSignature(signed.signature)).not.toBe(keyOfSignature(sign(SECRET, { ...REQUEST, body: "{}" })));
});
