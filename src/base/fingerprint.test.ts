import { expect, test } from "vitest";
import { fingerprint } from "./fingerprint.ts";

test("equal texts have one fingerprint, which is the same tomorrow", () => {
  expect(fingerprint("call sites")).toBe(fingerprint(["call", "sites"].join(" ")));
  expect(fingerprint("")).toBe("ab3e7c0ba183f3bb");
});

test("no two of 100,000 near texts share one", () => {
  expect(new Set(Array.from({ length: 100_000 }, (_, i) => fingerprint(`file.ts:${i}`))).size).toBe(100_000);
});
