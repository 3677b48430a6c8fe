/**
 * Runs that were asked to stop and do not, and processes that keep silent for longer than was allowed.
 *
 * Owns: when a process is ended against its will. Leaves to the runner: every cancel that it hears; to runner-child.ts: signals.
 *
 * R1. A runner whose event loop turns takes a cancel within a tenth of a second and ends within seconds. Only one that is silent is
 *     ended: its whole process group, so that nothing that it started stays.
 * R2. Afterwards the cancel is carried out: nobody owns the run any more, and its end is recorded.
 * R3. Only processes that a server started are ended: ours, and those of a server that is gone, which their mark and their living
 *     lock prove.
 * R4. Silence without a cancel is left alone unless a limit was stated.
 */
import type { RunId } from "../model/ids.ts";
import { isRunEnded } from "../model/status.ts";
import { isWorkgraphError } from "../model/workgraph-error.ts";
import { systemClock } from "../base/clock.ts";
import type { RunRow } from "../store/store.ts";
import type { RunnerChild } from "./runner-child.ts";
import { markedRunners } from "./runner-marks.ts";
import type { Workspace } from "./workspace.ts";

/** A cancel that was not taken for so long, by an owner that is silent. */
const UNHEARD_MS = 3_000;
/** Of a runner that a server left behind, which tells nobody that it lives. */
const ORPHAN_UNHEARD_MS = 5_000;
/** Silence in which a run that had taken its cancel is believed to be stuck. */
const STUCK_MS = 8_000;
const LAST_EVENTS = 200;

export interface StopperParts {
  childOf(runId: RunId): RunnerChild | undefined;
  children(): readonly { readonly runId: RunId; readonly child: RunnerChild }[];
  cancelOrphan(runId: RunId, by: string): Promise<void>;
  /** R4. */
  readonly silentMs?: number;
}

export class RunStopper {
  readonly #workspace: Workspace;
  readonly #parts: StopperParts;

  constructor(workspace: Workspace, parts: StopperParts) {
    this.#workspace = workspace;
    this.#parts = parts;
  }

  async look(): Promise<void> {
    const { store } = this.#workspace;
    for (const { runId, by, at } of await store.pendingCommands()) {
      const sinceMs = systemClock.now() - at;
      if (sinceMs < UNHEARD_MS) continue;
      const row = await store.run(runId);
      if (row === undefined || isRunEnded(row.status)) continue;
      if (row.owner?.alive === true) await this.#stopOwner(row, sinceMs);
      else await this.#carryOut(runId, by);
    }
    for (const { runId, child } of this.#parts.children()) {
      const { silentMs } = this.#parts;
      if (silentMs !== undefined && child.silentMs >= silentMs) child.kill();
      else if (child.silentMs >= STUCK_MS) await this.#stopStuck(runId, child);
    }
  }

  /** R1, R3. */
  async #stopOwner({ root, owner }: RunRow, sinceMs: number): Promise<void> {
    const child = this.#parts.childOf(root);
    if (child !== undefined) {
      if (child.silentMs >= UNHEARD_MS) child.kill();
      return;
    }
    if (owner === undefined || sinceMs < ORPHAN_UNHEARD_MS) return;
    if ((await markedRunners(this.#workspace.project)).has(owner.ownerId)) killGroup(owner.pid);
  }

  /** R2. */
  async #carryOut(runId: RunId, by: string): Promise<void> {
    try {
      await this.#parts.cancelOrphan(runId, by);
    } catch (error) {
      // Somebody took it in between, and hears the cancel.
      if (!isWorkgraphError(error) || error.code !== "WG5006") throw error;
    }
  }

  async #stopStuck(runId: RunId, child: RunnerChild): Promise<void> {
    const by = await this.#cancelledBy(runId);
    if (by === undefined) return;
    child.kill();
    await child.ended;
    await this.#carryOut(runId, by);
  }

  /** By whom, when the run has taken a cancel that it did not end with. */
  async #cancelledBy(runId: RunId): Promise<string | undefined> {
    const { store } = this.#workspace;
    const row = await store.run(runId);
    if (row === undefined || isRunEnded(row.status)) return undefined;
    const last = await store.events(runId, { after: Math.max(0, row.seq - LAST_EVENTS), values: "none" });
    const found = last.findLast(({ event }) => event.type === "run.cancelling" || event.type === "run.resumed")?.event;
    return found?.type === "run.cancelling" ? found.by : undefined;
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
