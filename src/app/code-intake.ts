/**
 * What needs the code of a workflow before there is a run: checking an input and recording it, forks and their plans.
 *
 * Owns: which process is asked. Leaves to runner-pool.ts: processes; to cli/runner-process.ts: the work.
 *
 * R1. Launches of one target that come together are given to one process, in order: code is loaded once for all of them.
 * R2. At most MAX_AT_ONCE targets are looked at at a time, beside the runs that are under way.
 * R3. Code that does not finish loading is given up after LOAD_MS (WG6061): an endless loop at the top of a file stops no other launch.
 * R4. A process that was ended from outside while it was asked is replaced once. A key of our own makes sure that the launch is one
 *     run, whatever the first process had done.
 */
import { randomUUID } from "node:crypto";
import { systemClock } from "../base/clock.ts";
import { isWorkgraphError, WorkgraphError } from "../model/workgraph-error.ts";
import type { ForkOrder, Launched, LaunchOrder } from "./launcher.ts";
import type { RunnerChild } from "./runner-child.ts";
import type { RunnerAnswer, RunnerRequest } from "./runner-messages.ts";
import type { RunnerPool } from "./runner-pool.ts";

const MAX_AT_ONCE = 3;
/** Bundling a large workflow for the first time takes a second or two. */
const LOAD_MS = 30_000;

/** A process that is being asked. */
interface Asking {
  readonly child: Promise<RunnerChild>;
  /** Questions without an answer. */
  open: number;
}

export class CodeIntake {
  readonly #pool: RunnerPool;
  /** By target. */
  readonly #asking: Map<string, Asking> = new Map();
  /** The workflow that a target was, the last time. */
  readonly #workflows: Map<string, string> = new Map();
  #busy = 0;
  readonly #line: (() => void)[] = [];

  constructor(pool: RunnerPool) {
    this.#pool = pool;
  }

  async enqueue(order: LaunchOrder): Promise<Launched> {
    const { target } = order;
    const { idempotencyKey = randomUUID() } = order;
    const request: RunnerRequest = { kind: "enqueue", order: { ...order, idempotencyKey } };
    const launched = enqueuedOf(await this.#together(target, request).catch((error) => this.#again(error, request)));
    this.#workflows.set(target, launched.workflow);
    return order.idempotencyKey === undefined ? { ...launched, created: true } : launched;
  }

  async fork(order: ForkOrder): Promise<Launched> {
    return enqueuedOf(await this.#apart({ kind: "enqueue-fork", order }));
  }

  async planFork(order: ForkOrder): Promise<unknown> {
    const answer = await this.#apart({ kind: "plan-fork", order });
    return answer.kind === "planned" ? answer.plan : undefined;
  }

  /** R4. */
  async #again(error: unknown, request: RunnerRequest): Promise<RunnerAnswer> {
    if (!isWorkgraphError(error) || error.code !== "WG6030") throw error;
    return this.#apart(request);
  }

  /** R1. */
  async #together(target: string, request: RunnerRequest): Promise<RunnerAnswer> {
    const asking = this.#asking.get(target) ?? this.#begin(target);
    asking.open++;
    let child: RunnerChild | undefined;
    try {
      child = await asking.child;
      const answer = await within(child, request);
      if (answer.kind === "enqueued") child.workflow = answer.launched.workflow;
      this.#leave(target, { asking, child, how: "well" });
      return answer;
    } catch (error) {
      this.#leave(target, { asking, child, how: isRefusal(error) && child?.workflow !== undefined ? "well" : "badly" });
      // It holds another version of that workflow: the files have changed since.
      if (isWorkgraphError(error) && error.code === "WG6060") {
        this.#workflows.delete(target);
        return this.#together(target, request);
      }
      throw error;
    }
  }

  /** A process for one question. */
  async #apart(request: RunnerRequest): Promise<RunnerAnswer> {
    await this.#enter();
    try {
      const child = await this.#pool.fresh();
      try {
        const answer = await within(child, request);
        if (answer.kind === "enqueued") child.workflow = answer.launched.workflow;
        return answer;
      } finally {
        // Without a run to come it has served its purpose.
        this.#pool.giveBack(child, { how: "well" });
      }
    } finally {
      this.#exit();
    }
  }

  #begin(target: string): Asking {
    const workflow = this.#workflows.get(target);
    const child = this.#enter().then(() => (workflow === undefined ? this.#pool.fresh() : this.#pool.get(workflow)));
    const asking = { child, open: 0 };
    this.#asking.set(target, asking);
    return asking;
  }

  #leave(
    target: string,
    of: { readonly asking: Asking; readonly child: RunnerChild | undefined; readonly how: "well" | "badly" },
  ): void {
    const { asking, child, how } = of;
    asking.open--;
    // What it was given before is answered; nothing more comes to it.
    if (how === "badly" && this.#asking.get(target) === asking) this.#asking.delete(target);
    if (asking.open > 0) return;
    if (this.#asking.get(target) === asking) this.#asking.delete(target);
    if (child !== undefined) this.#pool.giveBack(child, { how });
    this.#exit();
  }

  /** R2. */
  async #enter(): Promise<void> {
    if (this.#busy >= MAX_AT_ONCE) await new Promise<void>((resolve) => this.#line.push(resolve));
    this.#busy++;
  }

  #exit(): void {
    this.#busy--;
    this.#line.shift()?.();
  }
}

/** R3. */
async function within(child: RunnerChild, request: RunnerRequest): Promise<RunnerAnswer> {
  let isLate = false;
  const timer = systemClock.setTimer(() => {
    isLate = true;
    child.kill();
  }, LOAD_MS);
  try {
    return await child.ask(request);
  } catch (error) {
    if (!isLate) throw error;
    throw new WorkgraphError("WG6061", `the code of the workflow was not loaded within ${LOAD_MS / 1000} s`, {
      hint: "Look for work at the top of its file: a loop, a request. It belongs into a node.",
      cause: error,
    });
  } finally {
    systemClock.clearTimer(timer);
  }
}

/** It answered, and goes on: an input that does not fit says nothing about the process. */
function isRefusal(error: unknown): boolean {
  return isWorkgraphError(error) && !["WG6030", "WG6060", "WG6061", "WG6031"].includes(error.code);
}

function enqueuedOf(answer: RunnerAnswer): Launched {
  if (answer.kind !== "enqueued") throw new TypeError(`a runner answered "${answer.kind}"`);
  return answer.launched;
}
