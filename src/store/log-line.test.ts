import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunEvent } from "../model/events.ts";
import { ITEM_STATUSES } from "../model/status.ts";
import { assertEncoded, eventText, lineEvent, linePayload } from "./log-line.ts";

const numbers = fc.oneof(fc.nat(), fc.double(), fc.constantFrom(Number.NaN, -0, Infinity, 1e300, 0.1 + 0.2));
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** What any JSON road makes of it: no undefined, no NaN. */
const asJson = (event: unknown): unknown => JSON.parse(JSON.stringify(event));

test("the hand-written line of a completed item equals its JSON", () => {
  const completed = fc.record(
    {
      type: fc.constant("item.completed"),
      at: numbers,
      call: fc.nat(),
      item: fc.nat(),
      attempt: fc.nat(),
      from: fc.constantFrom(...ITEM_STATUSES, 'odd "word"'),
      to: fc.constant("completed"),
      ms: numbers,
      size: optional(fc.nat()),
      scalar: optional(fc.constant(true)),
      fallback: optional(fc.boolean()),
      digest: optional(fc.oneof(fc.constant("0123456789abcdef".repeat(2)), fc.string(), fc.constant('A"\n'))),
      later: fc.string(),
    },
    { requiredKeys: ["type", "at", "call", "item", "attempt", "from", "to", "ms"] },
  );
  fc.assert(
    fc.property(completed, (event) => {
      const text = eventText(event as unknown as RunEvent);
      expect(JSON.parse(text)).toEqual(asJson(event));
      expect(text).not.toMatch(/[\n\t]/);
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

test("the hand-written line of started items equals its JSON", () => {
  const started = fc.record(
    {
      type: fc.constant("items.started"),
      at: numbers,
      call: fc.nat(),
      items: fc.array(fc.nat()),
      attempts: optional(fc.array(fc.nat())),
      later: fc.string(),
    },
    { requiredKeys: ["type", "at", "call", "items"] },
  );
  fc.assert(
    fc.property(started, (event) => {
      expect(JSON.parse(eventText(event as unknown as RunEvent))).toEqual(asJson(event));
    }),
    { seed: 2, numRuns: 2_000 },
  );
});

test("event and value are told apart by the first tab, a blob by its #", () => {
  const event = { type: "item.emitted", at: 1, call: 1, item: 0, attempt: 1, name: "a\tb\nc" } as const;
  const line = `${eventText(event)}\t"v"`;
  expect(lineEvent(line)).toEqual(event);
  expect(linePayload(line)).toEqual({ value: '"v"' });
  expect(linePayload(`${eventText(event)}\t#ab12`)).toEqual({ blob: "ab12" });
  expect(linePayload(eventText(event))).toEqual({});
});

test.each(['"a\nb"', '"a\tb"', "#abc", '"\ud800"'])("%j is no encoded value", (value) => {
  expect(() => assertEncoded(value)).toThrow("this is a bug in workgraph");
});
