import { expect, test } from "vitest";
import { errorPattern } from "./error-pattern.ts";

const of = (message: string, more: { readonly code?: string; readonly node?: string } = {}): string =>
  errorPattern({ code: "WG2002", node: "fetch", message, ...more });

test.each([
  ["timeout after 1200 ms", "timeout after 3.5 ms"],
  ['no such page "https://a.example/1"', 'no such page "b"'],
  ["can't open '/tmp/a b/c.txt'", "can't open 'x'"],
  ["ENOENT: no such file, open /home/ada/pages/a1.json", "ENOENT: no such file, open /srv/x/y.json"],
  ["user 3f2a9b77 not found", "user 99ab12cd not found"],
  ["row 01JD7Z9QK4T8 of 12", "row 01HQ7Z9QK4XX of 9"],
  ["at 2025-11-22T18:00:00.123Z the server said no", "at 2024-01-01 00:00:00 the server said no"],
  ["GET https://a.example/x?y=1 gave 503", "GET http://b.example:8080/ gave 503"],
  ["id 6fa459ea-ee8a-3ca4-894e-db77e160355e", "id 16fd2706-8baf-433b-82eb-8c7fada847da"],
  ["bad row\nwith data 1", "bad row\nand other data"],
])("one reason: %j and %j", (one, other) => {
  expect(of(one)).toBe(of(other));
});

test.each([
  ["timeout after 12 ms", "refused after 12 ms"],
  ["can't open the door", "can't close the door"],
  ["title is missing", "body is missing"],
])("two reasons: %j and %j", (one, other) => {
  expect(of(one)).not.toBe(of(other));
});

test("code and node tell errors apart", () => {
  expect(of("x")).not.toBe(of("x", { code: "WG2004" }));
  expect(of("x")).not.toBe(of("x", { node: "parse" }));
  expect(errorPattern({ code: "WG2001", message: "x" })).toBe("WG2001 -: x");
});

test("what people read stays readable", () => {
  expect(of('row 17 of "a.csv" has no title')).toBe("WG2002 fetch: row <n> of <text> has no title");
});

test("a long hostile message takes no time", () => {
  for (const part of ["/a", '"', "'", "0", "a1", "\\x", "1e", "http://", "-", "\u{1f600}"]) {
    expect(of(part.repeat(20_000)).length).toBeLessThan(2_000);
  }
});
