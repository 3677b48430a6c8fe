/**
 * Whether what the store says of runs is true while processes are killed.
 *
 * Owns: two verdicts. Leaves to test/crash/audit.ts: what a killed run must have kept.
 *
 * R1. A run that reads "running" has a living owner: its lock is held, and its process is there.
 */
import type { RunRow } from "../../src/store/store.ts";

/** @param lives whether a process is there */
export function falselyRunning(
  rows: readonly RunRow[],
  lives: (pid: number) => boolean,
): readonly { readonly runId: string; readonly epoch: number; readonly why: string }[] {
  return rows.flatMap(({ runId, epoch, status, owner }) => {
    if (status !== "running") return [];
    if (owner === undefined) return [{ runId, epoch, why: "nobody owns it" }];
    if (!owner.alive) return [{ runId, epoch, why: "its owner's lock is free" }];
    return lives(owner.pid) ? [] : [{ runId, epoch, why: `process ${owner.pid} is gone` }];
  });
}
