import { expect, test } from "vitest";
import { ITEM_STATUSES } from "../model/status.ts";
import { ItemPage, PAGE_ITEMS, statusCode } from "./item-page.ts";

const id = (item: number): { readonly call: number; readonly item: number } => ({ call: 3, item });

test("the order of statuses is part of the stored format", () => {
  expect(ITEM_STATUSES.map(statusCode)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(ITEM_STATUSES).toEqual([
    "waiting",
    "queued",
    "running",
    "retrying",
    "completed",
    "reused",
    "failed",
    "skipped",
    "cancelled",
    "abandoned",
  ]);
});

test("a whole page has room for all and no item yet", () => {
  const page = ItemPage.whole();
  expect([page.capacity, ItemPage.fits(page.bytes)]).toEqual([PAGE_ITEMS, true]);
  expect([0, PAGE_ITEMS - 1].map((slot) => page.row(slot, id(slot)))).toEqual([undefined, undefined]);
  page.set(5, { status: statusCode("completed"), seq: 8 });
  expect(page.row(5, id(5))).toEqual({ call: 3, item: 5, status: "completed", attempts: 0, seq: 8 });
  expect(ItemPage.whole().row(5, id(5))).toBeUndefined();
});

test("a page grows with its items and keeps what they were", () => {
  const page = new ItemPage();
  for (let slot = 0; slot < PAGE_ITEMS; slot++) {
    page.set(slot, {
      status: statusCode("running"),
      seq: 2 ** 28 - 1 - slot,
      startedAt: 1_763_820_000_000 + slot,
      attempt: slot,
    });
  }
  page.set(0, { status: statusCode("completed"), seq: 9, ms: 0.125, size: 4_000_000 });
  const copy = new ItemPage(Uint8Array.from(page.bytes));
  expect(copy.row(0, id(0))).toEqual({
    call: 3,
    item: 0,
    status: "completed",
    attempts: 0,
    seq: 9,
    startedAt: 1_763_820_000_000,
    ms: 0.125,
    size: 4_000_000,
  });
  expect(copy.row(127, id(127))).toEqual({
    call: 3,
    item: 127,
    status: "running",
    attempts: 127,
    seq: 2 ** 28 - 128,
    startedAt: 1_763_820_000_127,
  });
});

test("slots without an item are none, inside the page and beyond what it has grown to", () => {
  const page = new ItemPage();
  page.set(2, { status: statusCode("skipped"), seq: 1 });
  expect(page.row(1, id(1))).toBeUndefined();
  expect(page.row(100, id(100))).toBeUndefined();
  const counts = new Array<number>(11).fill(0);
  page.count(counts);
  expect(counts[statusCode("skipped")]).toBe(1);
});

test("a page of bytes at an odd offset reads the same", () => {
  const page = new ItemPage();
  page.set(0, { status: statusCode("completed"), seq: 7, ms: 2.5 });
  const odd = new Uint8Array(page.bytes.length + 1);
  odd.set(page.bytes, 1);
  expect(new ItemPage(odd.subarray(1)).row(0, id(0))).toMatchObject({ seq: 7, ms: 2.5 });
});

test("only sizes that a page can have fit", () => {
  expect([27, 108, 432, 1_728, 3_456].map((size) => ItemPage.fits(new Uint8Array(size)))).toEqual(Array(5).fill(true));
  expect([0, 26, 28, 54, 6_912].map((size) => ItemPage.fits(new Uint8Array(size)))).toEqual(Array(5).fill(false));
});
