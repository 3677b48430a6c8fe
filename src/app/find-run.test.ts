import { beforeEach, describe, expect, test } from "vitest";
import { openMemoryStore } from "../store/memory/memory-store.ts";
import type { Store } from "../store/store.ts";
import { createRun } from "./fixtures/recorded-run.ts";
import { findRun, findWholeRun } from "./find-run.ts";

const A = "01JD7AAAAAAAAAAAAAAAAAAAAA";
const B = "01JD7ABBBBBBBBBBBBBBBBBBBB";

let store: Store;
beforeEach(async () => {
  store = openMemoryStore();
  await createRun(store, A);
  await createRun(store, B);
});

describe("a run is found by", () => {
  test.each([
    [A, A, undefined, undefined],
    ["01JD7AA", A, undefined, undefined],
    ["01jd7ab", B, undefined, undefined],
    ["latest", B, undefined, undefined],
    [`${A}.4`, A, 4, undefined],
    ["01JD7AA.4.17", A, 4, 17],
  ])("%s", async (reference, runId, call, item) => {
    const found = await findRun(store, reference);
    expect([found.run.runId, found.call, found.item]).toEqual([runId, call, item]);
  });
});

test("what is done to a whole run is refused for a part of one", async () => {
  expect((await findWholeRun(store, "01JD7AA")).runId).toBe(A);
  await expect(findWholeRun(store, "01JD7AA.4")).rejects.toMatchObject({ code: "WG5001", hint: `Write "${A}".` });
});

test("the beginning of several runs lists them", async () => {
  await expect(findRun(store, "01JD7")).rejects.toMatchObject({
    code: "WG5010",
    details: { candidates: expect.arrayContaining([A, B]) as unknown },
  });
});

test("a mistyped id names the nearest run", async () => {
  await expect(findRun(store, "01JD7AAAAAAAXAAAAAAAAAAAAA")).rejects.toMatchObject({
    code: "WG5001",
    hint: `Did you mean "${A}"?`,
  });
});

test.each(["", "a b", "../x", "01JD7.x", "01JD7.1.2.3"])('"%s" is no run', async (reference) => {
  await expect(findRun(store, reference)).rejects.toMatchObject({ code: "WG5001" });
});

test("an empty store says that there is no run yet", async () => {
  await expect(findRun(openMemoryStore(), "latest")).rejects.toMatchObject({ code: "WG5001" });
  await expect(findRun(openMemoryStore(), "01")).rejects.toThrow("there is no run");
});
