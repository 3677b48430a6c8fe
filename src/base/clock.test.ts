import { describe, expect, test, vi } from "vitest";
import { FakeClock, systemClock } from "./clock.ts";

describe("a fake clock", () => {
  test("stands still until it is advanced", async () => {
    const clock = new FakeClock(1_000);
    expect([clock.now(), clock.perf()]).toEqual([1_000, 0]);
    await clock.advance(250);
    expect([clock.now(), clock.perf()]).toEqual([1_250, 250]);
  });

  test("fires timers by due time, equal times in the order they were set, each at its own time", async () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    for (const [name, delayMs] of [
      ["c", 30],
      ["a", 10],
      ["b1", 20],
      ["b2", 20],
      ["late", 31],
    ] as const) {
      clock.setTimer(() => fired.push(`${name}@${clock.now()}`), delayMs);
    }
    await clock.advance(30);
    expect(fired).toEqual(["a@10", "b1@20", "b2@20", "c@30"]);
    expect(clock.waiting).toBe(1);
    expect(clock.nextMs).toBe(1);
  });

  test("fires timers that timers set, when they come due within the same advance", async () => {
    const clock = new FakeClock(0);
    const fired: number[] = [];
    const again = (): void => {
      fired.push(clock.now());
      clock.setTimer(again, 10);
    };
    clock.setTimer(again, 10);
    await clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
  });

  test("lets a promise chain of any length run between two timers", async () => {
    const clock = new FakeClock(0);
    const seen: string[] = [];
    clock.setTimer(() => {
      void (async () => {
        for (let step = 0; step < 100; step++) await Promise.resolve();
        seen.push("chain");
      })();
    }, 10);
    clock.setTimer(() => seen.push("second timer"), 11);
    await clock.advance(20);
    expect(seen).toEqual(["chain", "second timer"]);
  });

  test("does not fire a cleared timer", async () => {
    const clock = new FakeClock();
    const fn = vi.fn<() => void>();
    clock.clearTimer(clock.setTimer(fn, 5));
    await clock.advance(10);
    expect(fn).not.toHaveBeenCalled();
    expect(clock.waiting).toBe(0);
  });

  test("rejects advance when a timer throws", async () => {
    const clock = new FakeClock();
    clock.setTimer(() => {
      throw new Error("from a timer");
    }, 5);
    await expect(clock.advance(5)).rejects.toThrow("from a timer");
  });
});

describe("the system clock", () => {
  test("keeps a delay above 2^31-1 ms, which setTimeout would fire at once", async () => {
    vi.useFakeTimers();
    try {
      const fn = vi.fn<() => void>();
      const thirtyDaysMs = 30 * 86_400_000;
      systemClock.setTimer(fn, thirtyDaysMs);
      await vi.advanceTimersByTimeAsync(thirtyDaysMs - 1);
      expect(fn).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      expect(fn).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });

  test("clears a timer, also in a later piece of a long delay", async () => {
    vi.useFakeTimers();
    try {
      const fn = vi.fn<() => void>();
      const timer = systemClock.setTimer(fn, 30 * 86_400_000);
      await vi.advanceTimersByTimeAsync(25 * 86_400_000);
      systemClock.clearTimer(timer);
      await vi.advanceTimersByTimeAsync(30 * 86_400_000);
      expect(fn).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });

  test("fires, and measures forward", async () => {
    const before = systemClock.perf();
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 1));
    expect(systemClock.perf()).toBeGreaterThan(before);
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1_000);
  });
});
