/**
 * What happens to the process while runs are active.
 *
 * R1. `process.exit` in user code: what is decided is committed before the process is gone, its runs read as interrupted,
 *     and an exit code of 0 becomes 1 (absence must not read as success).
 * R2. An empty event loop: nothing can settle what is awaited any more; it fails, by name.
 * R3. An error nobody caught belongs to the item it came from, when that can be told; other runs go on.
 */
import { inspect } from "node:util";
import type { EventStore } from "../store/store.ts";
import type { Run } from "../runtime/run.ts";
import { currentFrame } from "../trace/current.ts";

export interface GuardedRuns {
  readonly store: EventStore;
  active(): readonly Run[];
}

export class ProcessGuard {
  readonly #runs: GuardedRuns;
  #watching = false;

  constructor(runs: GuardedRuns) {
    this.#runs = runs;
  }

  watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    process.on("exit", this.#onExit);
    process.on("beforeExit", this.#onBeforeExit);
    process.on("uncaughtException", this.#onUncaught);
    process.on("unhandledRejection", this.#onUncaught);
  }

  dispose(): void {
    if (!this.#watching) return;
    this.#watching = false;
    process.off("exit", this.#onExit);
    process.off("beforeExit", this.#onBeforeExit);
    process.off("uncaughtException", this.#onUncaught);
    process.off("unhandledRejection", this.#onUncaught);
  }

  /** R1. */
  readonly #onExit = (): void => {
    const active = this.#runs.active();
    if (active.length === 0) return;
    for (const run of active) run.flushSync();
    this.#runs.store.flushSync();
    if (process.exitCode === undefined || process.exitCode === 0) process.exitCode = 1;
    for (const run of active) process.stderr.write(`the process ended while run ${run.runId} was running; go on with:\nworkgraph resume ${run.runId}\n`);
  };

  /** R2. */
  readonly #onBeforeExit = (): void => {
    for (const run of this.#runs.active()) run.starve();
  };

  /** R3. */
  readonly #onUncaught = (error: unknown): void => {
    const frame = currentFrame();
    const text = `an error that nothing caught: ${error instanceof Error ? (error.stack ?? error.message) : inspect(error)}`;
    if (frame?.kind === "node" && "channel" in frame) {
      (frame.channel as { log(line: { level: "error"; text: string }): void }).log({ level: "error", text });
      process.stderr.write(`${frame.address} "${frame.nodeId}": ${text}\n`);
      return;
    }
    process.stderr.write(`${text}\n`);
  };
}
