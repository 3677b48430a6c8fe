/**
 * Programs run by the real runner: bundled, versioned, recorded in a store in memory.
 *
 * R1. What executes is noted by the nodes themselves, outside of everything that is recorded.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Project } from "../../src/model/config.ts";
import type { ReusePlan } from "../../src/model/reuse-plan.ts";
import type { ForkRequest } from "../../src/runner/fork.ts";
import { openRunner, type LaunchRequest, type LiveRun, type Runner, type RunResult } from "../../src/runner/runner.ts";
import { openMemoryStore } from "../../src/store/memory/memory-store.ts";
import type { Store } from "../../src/store/store.ts";
import type { LanguageModelObject } from "../../src/model/llm.ts";
import { crashingAt } from "../semantics/crashing-store.ts";
import { FIXED_SAYS } from "./program.ts";

export interface Made extends RunResult {
  /** `NODE INPUTS`, in the order of execution. */
  readonly executed: readonly string[];
}

export class Workbench {
  readonly dir: string = mkdtempSync(join(tmpdir(), "workgraph-reuse-"));
  readonly store: Store;
  readonly #ledger: string[] = [];
  /** What the default model says, which is also what it is. */
  model = 0;

  constructor(store: Store = openMemoryStore()) {
    this.store = store;
    mkdirSync(join(this.dir, "node_modules"));
    symlinkSync(resolve(import.meta.dirname, "../.."), join(this.dir, "node_modules/agentic-workgraph"));
    writeFileSync(join(this.dir, "package.json"), '{ "name": "bench", "type": "module" }');
    (globalThis as { reuseLedger?: string[] }).reuseLedger = this.#ledger;
  }

  get file(): string {
    return join(this.dir, "flow.ts");
  }

  write(source: string, file = "flow.ts"): void {
    writeFileSync(join(this.dir, file), source);
  }

  get project(): Project {
    return {
      root: this.dir,
      name: "bench",
      dataDir: join(this.dir, ".workgraph"),
      artifactsDir: join(this.dir, "artifacts"),
      config: { models: { default: saying(this.model), fixed: saying(FIXED_SAYS) } },
      workflowFiles: async () => [this.file],
    };
  }

  async #runner<T>(use: (runner: Runner) => Promise<T>, store: Store = this.store): Promise<T> {
    const runner = await openRunner({ store, project: this.project });
    try {
      return await use(runner);
    } finally {
      await runner.close();
    }
  }

  async #made(start: (runner: Runner) => Promise<LiveRun>): Promise<Made> {
    this.#ledger.length = 0;
    const result = await this.#runner(async (runner) => (await start(runner)).result());
    return { ...result, executed: [...this.#ledger] };
  }

  launch(input: unknown, options: Partial<LaunchRequest> = {}): Promise<Made> {
    return this.#made((runner) => runner.launch({ target: this.file, input, ...options }));
  }

  fork(request: ForkRequest): Promise<Made> {
    return this.#made((runner) => runner.fork(request));
  }

  resume(runId: string): Promise<Made> {
    return this.#made((runner) => runner.resume(runId));
  }

  plan(request: ForkRequest): Promise<ReusePlan> {
    return this.#runner((runner) => runner.planFork(request));
  }

  /** A fork whose owner is gone before the event `atSeq`, and whoever goes on with it; all that both executed. */
  async forkKilledAt(request: ForkRequest, atSeq: number): Promise<Made> {
    this.#ledger.length = 0;
    const { store, crashed } = crashingAt(this.store, atSeq);
    const runId = await this.#runner(async (runner) => {
      const live = await runner.fork(request);
      await live.result().catch(() => undefined);
      return live.runId;
    }, store as Store);
    const row = (await this.store.run(runId))!;
    if (crashed()) await this.store.release(runId, row.epoch);
    const result = await this.#runner(async (runner) => (await runner.resume(runId)).result());
    return { ...result, executed: [...this.#ledger] };
  }

  async close(): Promise<void> {
    await this.store.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A model without a network. */
function saying(what: number): LanguageModelObject {
  const finishReason = { unified: "stop", raw: "stop" };
  const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
  const model = {
    specificationVersion: "v4",
    provider: "bench",
    modelId: `says-${what}`,
    supportedUrls: {},
    doGenerate: async () => ({ content: [{ type: "text", text: String(what) }], finishReason, usage, warnings: [] }),
    doStream: async () => ({
      stream: ReadableStream.from([
        { type: "stream-start", warnings: [] },
        { type: "text-start", id: "1" },
        { type: "text-delta", id: "1", delta: String(what) },
        { type: "text-end", id: "1" },
        { type: "finish", finishReason, usage },
      ]),
    }),
  };
  return model;
}
