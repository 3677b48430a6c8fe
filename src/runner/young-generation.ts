/**
 * Keeps the young generation of V8's heap small in a process that does nothing but runs.
 *
 * Node lets it grow to 64 MB, and that much garbage of small items then lies about: nothing of it is held. 100,000 results of 1 KB that
 * nobody gathers took 175 MB at most, 129 with 16 MB, 192 with 8, where what would have died is moved to the old generation; processor
 * time was the same (2026-11-23, 2 cores, load 25, Node 24, bench/macro/memory.ts, code bundled before; bundling it takes 35 MB more).
 *
 * R1. It stops where it is when it has reached HELD_BYTES; the flag that stops it is read whenever it would grow. One that starts
 *     smaller grows until then.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

const HELD_BYTES = 16 * 1024 * 1024;

export function holdYoungGeneration(): void {
  const observer = new PerformanceObserver(look);
  // It grows only when garbage is collected.
  observer.observe({ entryTypes: ["gc"] });
  look();

  function look(): void {
    const { space_size: size = 0 } = getHeapSpaceStatistics().find((space) => space.space_name === "new_space") ?? {};
    if (size < HELD_BYTES) return;
    setFlagsFromString("--semi-space-growth-factor=1");
    observer.disconnect();
  }
}
