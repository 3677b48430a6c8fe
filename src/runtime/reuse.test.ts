import { describe, expect, test } from "vitest";
import { encode } from "../model/codec.ts";
import { inputsDigest } from "./reuse.ts";

const digest = (
  inputs: Readonly<Record<string, unknown>>,
  options: { missing?: number; settled?: boolean } = {},
): string =>
  inputsDigest(
    {
      inputs: Object.fromEntries(Object.entries(inputs).map(([param, value]) => [param, encode(value)])),
      missing: options.missing ?? 0,
    },
    { settled: options.settled ?? false },
  );

describe("the digest of what an item is given", () => {
  test("does not depend on the order of parameters, but on their names and values", () => {
    expect(digest({ a: 1, b: 2 })).toBe(digest({ b: 2, a: 1 }));
    expect(digest({ a: 1, b: 2 })).not.toBe(digest({ a: 2, b: 1 }));
    expect(digest({ a: "b\t1" })).not.toBe(digest({ a: "b", 1: 1 }));
  });

  test("counts failed items that a set lacks", () => {
    expect(digest({ a: [1] }, { missing: 1 })).not.toBe(digest({ a: [1] }));
  });

  test("takes an artifact by its content, wherever its folder is", () => {
    const ref = (run: string, sha256: string): object => ({
      selector: `w/book@${run}`,
      path: `artifacts/w/${run}/book`,
      kind: "text",
      sha256,
    });
    expect(digest({ book: [ref("A", "11")] })).toBe(digest({ book: [ref("B", "11")] }));
    expect(digest({ book: [ref("A", "11")] })).not.toBe(digest({ book: [ref("A", "22")] }));
    expect(digest({ book: { sha256: "11", note: 1 } })).not.toBe(digest({ book: { sha256: "11", note: 2 } }));
  });

  test("takes a settled failure by what failed, not by run, time and attempt", () => {
    const failed = (run: string, message: string): object => ({
      status: "failed",
      path: "x[0]",
      error: {
        code: "WG2000",
        kind: "thrown",
        name: "Error",
        message,
        address: `${run}.1.0`,
        attempt: 1,
        at: `${run}Z`,
      },
    });
    expect(digest({ a: [failed("A", "no")] }, { settled: true })).toBe(
      digest({ a: [failed("B", "no")] }, { settled: true }),
    );
    expect(digest({ a: [failed("A", "no")] }, { settled: true })).not.toBe(
      digest({ a: [failed("A", "why")] }, { settled: true }),
    );
  });
});
