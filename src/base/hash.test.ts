import { expect, test } from "vitest";
import { sha256Hex } from "./hash.ts";

test("hashes text as UTF-8, equal to its bytes", () => {
  expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(sha256Hex("né")).toBe(sha256Hex(new TextEncoder().encode("né")));
});

test("hashes the view that was given, not the buffer under it", () => {
  const buffer = new TextEncoder().encode("abcdef");
  expect(sha256Hex(buffer.subarray(1, 3))).toBe(sha256Hex("bc"));
});
