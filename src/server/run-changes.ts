/**
 * The newest runs as they change, for all who look at the list: one look at the store for everybody.
 *
 * R1. A client gets the newest runs first, then those that changed. It is state, not a log: who was away gets the newest again.
 * R2. The store is looked at while somebody follows, and not otherwise. The time a run takes is no change of it.
 */
import { systemClock, type TimerHandle } from "../base/clock.ts";
import { listRuns } from "../app/operations/list-runs.ts";
import type { RunSummary } from "../app/run-summary.ts";
import type { Workspace } from "../app/workspace.ts";
import { first } from "./event-stream.ts";

const LOOK_EVERY_MS = 300;
const NEWEST = 50;
const HEARTBEAT_MS = 15_000;

export class RunChanges {
  readonly #workspace: Workspace;
  readonly #seen: Map<string, { readonly text: string; readonly summary: RunSummary; readonly at: number }> = new Map();
  #at = 0;
  #workflowsAt = 0;
  #clients = 0;
  #timer: TimerHandle | undefined;
  #waiting: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** The registered workflows are others now. */
  workflowsChanged(): void {
    this.#workflowsAt = ++this.#at;
    this.#wake();
  }

  async *follow(request: {
    readonly workflow?: string;
    readonly signal: AbortSignal;
    readonly heartbeatMs?: number;
  }): AsyncGenerator<string, void> {
    const { signal, workflow, heartbeatMs = HEARTBEAT_MS } = request;
    const matches = ({ summary }: { readonly summary: RunSummary }): boolean =>
      workflow === undefined || summary.workflow === workflow;
    this.#clients += 1;
    try {
      if (this.#clients === 1) await this.#look();
      let at = this.#at;
      const newest = [...this.#seen.values()].filter(matches).map(({ summary }) => summary);
      yield `retry: 1000\nid: ${at}\nevent: runs\ndata: ${JSON.stringify({ runs: newest })}\n\n`;
      this.#again();
      while (!signal.aborted) {
        const change = this.#waiting.promise;
        const changed = [...this.#seen.values()].filter((one) => one.at > at && matches(one));
        const workflows = this.#workflowsAt > at;
        at = this.#at;
        for (const { summary } of changed) yield `id: ${at}\nevent: run\ndata: ${JSON.stringify(summary)}\n\n`;
        if (workflows) yield `id: ${at}\nevent: workflows\ndata: {}\n\n`;
        if (changed.length > 0 || workflows) continue;
        if ((await first(change, { signal, heartbeatMs })) === "quiet") yield ": alive\n\n";
      }
    } finally {
      this.#clients -= 1;
    }
  }

  close(): void {
    if (this.#timer !== undefined) systemClock.clearTimer(this.#timer);
    this.#wake();
  }

  /** R2. */
  #again(): void {
    this.#timer ??= systemClock.setTimer(() => {
      void this.#look()
        .catch(() => undefined)
        .finally(() => {
          this.#timer = undefined;
          if (this.#clients > 0) this.#again();
        });
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { runs } = await listRuns(this.#workspace, { limit: NEWEST });
    const known = new Set(runs.map((summary) => summary.runId));
    for (const runId of this.#seen.keys()) if (!known.has(runId)) this.#seen.delete(runId);
    let changed = false;
    for (const summary of runs) {
      const { durationMs: _durationMs, ...lasting } = summary;
      const text = JSON.stringify(lasting);
      if (this.#seen.get(summary.runId)?.text === text) continue;
      if (!changed) this.#at += 1;
      changed = true;
      this.#seen.set(summary.runId, { text, summary, at: this.#at });
    }
    if (changed) this.#wake();
  }

  #wake(): void {
    const { resolve } = this.#waiting;
    this.#waiting = Promise.withResolvers();
    resolve();
  }
}
