/**
 * The runner processes of one server: warm ones that wait, and used ones that may be used again.
 *
 * Owns: which process gets what, and when one has done enough. Leaves to runner-child.ts: a process; to process-launcher.ts: how many
 * runs are under way.
 *
 * R1. A warm process has opened the store and loaded no code. One is kept ready; it is replaced a while after it was given away, so
 *     that starting the next one does not take the processor from the run that it began.
 * R2. A used process is used again for the same workflow only, when its last run ended well, for at most MAX_RUNS runs and while it
 *     holds less than MAX_RSS_BYTES. It refuses another version of that workflow by itself (WG6060), and is then ended.
 * R3. Used processes that nobody needs end after IDLE_MS; there are never more than MAX_IDLE.
 */
import { systemClock, type TimerHandle } from "../base/clock.ts";
import type { Project } from "../model/config.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { RunnerChild, type ChildOptions } from "./runner-child.ts";

const MAX_RUNS = 50;
const MAX_RSS_BYTES = 512 * 1024 * 1024;
const MAX_IDLE = 4;
const IDLE_MS = 30_000;
/** R1. */
const REPLACE_AFTER_MS = 400;
const END_GRACE_MS = 5_000;

interface Idle {
  readonly child: RunnerChild;
  readonly timer: TimerHandle;
}

export class RunnerPool {
  readonly #project: Project;
  readonly #options: ChildOptions;
  readonly #children: Set<RunnerChild> = new Set();
  readonly #idle: Map<RunnerChild, Idle> = new Map();
  #warm: Promise<RunnerChild> | undefined;
  #warmChild: RunnerChild | undefined;
  #replacing: TimerHandle | undefined;
  #closed = false;

  constructor(project: Project, options: ChildOptions = {}) {
    this.#project = project;
    this.#options = options;
  }

  /** Processes that live. */
  get size(): number {
    return this.#children.size;
  }

  /** R1. */
  warmUp(afterMs: number): void {
    if (this.#closed || this.#warm !== undefined || this.#replacing !== undefined) return;
    this.#replacing = systemClock.setTimer(() => {
      this.#replacing = undefined;
      if (!this.#closed && this.#warm === undefined) this.#warm = this.#start((child) => (this.#warmChild = child));
      this.#warm?.catch(() => (this.#warm = undefined));
    }, afterMs);
    this.#replacing.unref();
  }

  /** A process that executes nothing: one that knows the workflow, or a warm one. */
  async get(workflow: string | undefined): Promise<RunnerChild> {
    for (const [child, { timer }] of this.#idle) {
      if (workflow === undefined || child.workflow !== workflow || child.isGone) continue;
      systemClock.clearTimer(timer);
      this.#idle.delete(child);
      return child;
    }
    return this.fresh();
  }

  /** A process without any code. */
  async fresh(): Promise<RunnerChild> {
    if (this.#closed) throw stopping();
    const warm = this.#warm;
    this.#warm = undefined;
    this.#warmChild = undefined;
    this.warmUp(REPLACE_AFTER_MS);
    const child = await warm?.catch(() => undefined);
    return child === undefined || child.isGone ? this.#start() : child;
  }

  /** Takes back a process whose work is done. R2. */
  giveBack(child: RunnerChild, end: { readonly how: "well" | "badly"; readonly rssBytes?: number }): void {
    const { how, rssBytes = 0 } = end;
    const isWorn = child.runs >= MAX_RUNS || rssBytes >= MAX_RSS_BYTES || child.workflow === undefined;
    if (this.#closed || child.isGone || how === "badly" || isWorn) return this.#retire(child);
    if (this.#idle.size >= MAX_IDLE) {
      const [oldest] = this.#idle.keys();
      if (oldest) this.#endIdle(oldest);
    }
    const timer = systemClock.setTimer(() => this.#endIdle(child), IDLE_MS);
    timer.unref();
    this.#idle.set(child, { child, timer });
  }

  /** All, within the grace. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    if (this.#replacing) systemClock.clearTimer(this.#replacing);
    for (const { timer } of this.#idle.values()) systemClock.clearTimer(timer);
    this.#idle.clear();
    // Nothing is in it yet that could need time to stop.
    this.#warmChild?.kill();
    await Promise.all([...this.#children].map((child) => child.end(graceMs)));
  }

  async #start(made?: (child: RunnerChild) => void): Promise<RunnerChild> {
    const child = new RunnerChild(this.#options);
    this.#children.add(child);
    made?.(child);
    void child.ended.then(() => {
      this.#children.delete(child);
      this.#idle.delete(child);
      if (this.#warmChild === child) this.#warm = undefined;
    });
    const { root, dataDir } = this.#project;
    try {
      await child.ask({ kind: "open", from: root, data: dataDir });
    } catch (error) {
      child.stop();
      throw this.#closed ? stopping() : error;
    }
    return child;
  }

  #endIdle(child: RunnerChild): void {
    const idle = this.#idle.get(child);
    if (idle) systemClock.clearTimer(idle.timer);
    this.#idle.delete(child);
    this.#retire(child);
  }

  #retire(child: RunnerChild): void {
    if (!child.isGone) void child.end(END_GRACE_MS);
  }
}

export function stopping(): WorkgraphError {
  return new WorkgraphError("WG6031", "the server is stopping", { hint: "Ask again when it is back." });
}
