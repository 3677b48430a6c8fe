import { describe, expect, test } from "vitest";
import { checkCron, firesBetween, nextFires } from "./cron.ts";

const iso = (moments: readonly number[]): string[] => moments.map((at) => new Date(at).toISOString().slice(0, 16));
const BERLIN = "Europe/Berlin";

describe("moments", () => {
  test("come after the time asked about, in the time zone", () => {
    const schedule = { cron: "0 6 * * 1-5", timeZone: BERLIN };
    expect(iso(nextFires(schedule, { after: Date.UTC(2026, 0, 2, 5), count: 3 }))).toEqual([
      "2026-01-05T05:00",
      "2026-01-06T05:00",
      "2026-01-07T05:00",
    ]);
    expect(nextFires({ cron: "*/5 * * * * *" }, { after: 1_000, count: 1 })).toEqual([5_000]);
  });

  test("a time of day that is left out fires when the gap is over", () => {
    const after = Date.UTC(2026, 2, 27, 12);
    expect(iso(nextFires({ cron: "30 2 * * *", timeZone: BERLIN }, { after, count: 3 }))).toEqual([
      "2026-03-28T01:30",
      "2026-03-29T01:00",
      "2026-03-30T00:30",
    ]);
  });

  test("a time of day that comes twice fires once", () => {
    const after = Date.UTC(2026, 9, 24, 12);
    expect(iso(nextFires({ cron: "30 2 * * *", timeZone: BERLIN }, { after, count: 2 }))).toEqual([
      "2026-10-25T00:30",
      "2026-10-26T01:30",
    ]);
  });

  test("between two times the latest are given, the end included and the beginning not", () => {
    const about = { after: 1_000, until: 5_000, most: 10 };
    expect(firesBetween({ cron: "* * * * * *" }, about)).toEqual([2_000, 3_000, 4_000, 5_000]);
    expect(firesBetween({ cron: "* * * * * *" }, { ...about, most: 2 })).toEqual([4_000, 5_000]);
    expect(firesBetween({ cron: "@yearly" }, about)).toEqual([]);
  });
});

test.each([
  ["61 * * * *", "is no cron expression: CronPattern: Invalid value for minute: 61"],
  ["0 6 * * FOO", "is no cron expression"],
  ["0 0 31 2 *", "never fires"],
])("refused: %s", (cron, what) => {
  expect(() => checkCron({ cron })).toThrow(expect.objectContaining({ code: "WG6080" }) as Error);
  expect(() => checkCron({ cron })).toThrow(what);
});

test("a leap day is a day", () => {
  expect(() => checkCron({ cron: "0 0 29 2 *" })).not.toThrow();
});
