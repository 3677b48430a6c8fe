import { expect, test } from "vitest";
import { Deferred } from "./deferred.ts";

test("a deferred takes the first end that is used", async () => {
  const deferred = new Deferred<number>();
  deferred.resolve(1);
  deferred.reject(new Error("late"));
  await expect(deferred.promise).resolves.toBe(1);
});

test("a deferred rejects", async () => {
  const deferred = new Deferred<number>();
  deferred.reject(new Error("no"));
  await expect(deferred.promise).rejects.toThrow("no");
});
