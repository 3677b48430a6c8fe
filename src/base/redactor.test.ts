import { expect, test } from "vitest";
import { Redactor } from "./redactor.ts";
import { seededRandom } from "./random.ts";

const SECRET = 'hünter2/"pa+ss';

function redactor(...values: string[]): Redactor {
  const made = new Redactor();
  for (const [i, value] of values.entries()) made.add(`S${i}`, value);
  return made;
}

test.each([
  ["raw", SECRET],
  ["inside JSON", JSON.stringify({ key: SECRET })],
  ["inside JSON inside JSON", JSON.stringify(JSON.stringify({ key: SECRET }))],
  ["URL-encoded", `https://h/?k=${encodeURIComponent(SECRET)}&x`],
  ["base64", Buffer.from(SECRET).toString("base64")],
  ["base64 of the URL alphabet", Buffer.from(SECRET).toString("base64url")],
  ["base64 behind one byte", Buffer.from(`:${SECRET}`).toString("base64")],
  ["base64 behind a user's name", Buffer.from(`me:${SECRET}@host`).toString("base64")],
])("a secret is found %s", (_, text) => {
  const known = redactor(SECRET);
  expect(known.find(`before ${text} after`)).toBe("S0");
  const clean = known.redact(`before ${text} after`);
  expect(clean).toContain("[secret S0]");
  expect(clean).not.toContain(text.slice(4, -4));
  expect(clean).toMatch(/^before .* after$/);
});

test("base64 at any offset, of any length, is found", () => {
  const draw = seededRandom(7);
  for (let i = 0; i < 500; i++) {
    const text = (length: number): string =>
      Array.from({ length }, () => String.fromCharCode(33 + Math.floor(draw() * 90))).join("");
    const secret = text(8 + Math.floor(draw() * 20));
    const around = `${text(Math.floor(draw() * 9))}${secret}${text(Math.floor(draw() * 9))}`;
    expect(redactor(secret).find(Buffer.from(around).toString("base64")), around).toBe("S0");
  }
});

test("ordinary text stays as it is", () => {
  expect(redactor(SECRET).redact("nothing here")).toBe("nothing here");
  expect(new Redactor().redact(SECRET)).toBe(SECRET);
});

test("values below 6 characters are not looked for", () => {
  const known = redactor("12345");
  expect(known.isEmpty).toBe(true);
  expect(known.redact("12345")).toBe("12345");
});

test("a secret that begins with another leaves no rest", () => {
  expect(redactor("abcdef", "abcdefghij").redact("x abcdefghij y abcdef z")).toBe("x [secret S1] y [secret S0] z");
});

test("a name's old value stays a secret when the variable changes", () => {
  const known = new Redactor();
  known.add("KEY", "old-value");
  known.add("KEY", "new-value");
  expect(known.redact("old-value new-value")).toBe("[secret KEY] [secret KEY]");
});

test("a mark stands in JSON whatever the variable is called", () => {
  const known = new Redactor();
  known.add('A"B\\', "secret-value");
  expect(JSON.parse(known.redact('{"k":"secret-value"}'))).toEqual({ k: "[secret A?B?]" });
});

test("the open end of a text is what may be the beginning of a secret", () => {
  const known = redactor("abcdef");
  expect(known.openEnd("xx abc")).toBe(3);
  expect(known.openEnd("xx abcdef")).toBe(0);
  expect(known.openEnd("")).toBe(0);
});
