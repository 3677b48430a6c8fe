import fc from "fast-check";
import { expect, test } from "vitest";
import type { CallView, RunView } from "./view.ts";
import { EMPTY_VIEW } from "./view.ts";
import { packView, unpackView } from "./packed-view.ts";

const call = (unfinished: CallView["unfinished"]): CallView => ({
  call: 1,
  node: "work",
  kind: "node",
  inputs: {},
  edges: [],
  space: [],
  many: true,
  status: "running",
  counts: {},
  produced: 0,
  retries: 0,
  createdAt: 0,
  busyMs: 0,
  unfinished,
  yielded: {},
});
const viewOf = (unfinished: CallView["unfinished"]): RunView => ({
  ...EMPTY_VIEW,
  calls: [call(unfinished), call({})],
});

test("what is unpacked is what was packed, as text too", () => {
  const status = fc.constantFrom("failed", "skipped", "running", "waiting" as const);
  const items = fc.dictionary(fc.nat(60).map(String), status);
  fc.assert(
    fc.property(items, (unfinished) => {
      const view = viewOf(unfinished as CallView["unfinished"]);
      expect(unpackView(JSON.parse(JSON.stringify(packView(view))))).toEqual(JSON.parse(JSON.stringify(view)));
    }),
    { numRuns: 200 },
  );
});

test("ten thousand failed items are a few characters", () => {
  const all = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, item) => [item, item === 7 ? "skipped" : "failed"]),
  );
  const packed = packView(viewOf(all as CallView["unfinished"]));
  expect(packed.calls[0]?.unfinishedRanges).toEqual({ failed: "0-6,8-9999", skipped: "7" });
});
