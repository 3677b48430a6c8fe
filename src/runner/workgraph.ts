/**
 * workgraph from one's own code: launch runs in this process, read what is recorded.
 *
 * Owns: the shape of `wg` and of a run it launched. Leaves to runner.ts: executing; to the store: what is recorded.
 *
 * R1. What executes is the bundled, versioned code of the defining file, as on the command line.
 */
import { commandLine } from "../model/command-line.ts";
import { decode } from "../model/codec.ts";
import { formatAddress } from "../model/ids.ts";
import type { StoredEvent } from "../model/events.ts";
import type { ItemStatus, RunStatus } from "../model/status.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { RunFilter, RunRow, Store } from "../store/store.ts";
import type { ReusePlan } from "../model/reuse-plan.ts";
import type { ForkRequest } from "./fork.ts";
import type { LiveRun, Runner, RunResult } from "./runner.ts";
import type { Workflow } from "../define/workflow.ts";

export interface LaunchOptions {
  /** Free labels, shown in lists and filtered by. */
  readonly tags?: Readonly<Record<string, string>>;
  /** A second launch of this workflow with the same key gives the run of the first. */
  readonly idempotencyKey?: string;
  /** A run of the workflow whose results are reused where they still hold; "latest": the newest one, where there is one. */
  readonly reuse?: "latest" | (string & {});
}

export interface ForkOptions extends Pick<ForkRequest, "code" | "input" | "from" | "set" | "tags"> {
  /** "fork" (the default) takes over what depends on its inputs alone; "continues" effects, too; "rerun" nothing. */
  readonly kind?: "fork" | "continues" | "rerun";
}

export interface RecordedItem {
  /** `RUN.CALL.ITEM` */
  readonly address: string;
  readonly node: string;
  readonly status: ItemStatus;
  readonly attempts: number;
  /** Duration of the last attempt in ms. */
  readonly ms: number | undefined;
  /** Reads the recorded result; `undefined` for an item without one. */
  value(): Promise<unknown>;
}

/** A run that was launched or found. */
export class RunHandle<Output = unknown> {
  readonly runId: string;
  readonly workflow: string;
  /** Closure hash of the code, or "unversioned". */
  readonly version: string;
  readonly #live: LiveRun;
  readonly #store: Store;

  constructor(live: LiveRun, store: Store) {
    this.runId = live.runId;
    this.workflow = live.workflow;
    this.version = live.version;
    this.#live = live;
    this.#store = store;
  }

  /**
   * The output, when the run has ended well (also when items were dropped or tolerated).
   *
   * @throws WorkgraphError WG2009 when it failed, was cancelled, diverged or was interrupted; `details` is the whole end.
   */
  async result(): Promise<Output> {
    const end = await this.#live.result();
    if (end.status === "completed" || end.status === "completed_partial") return end.output as Output;
    throw new WorkgraphError(
      "WG2009",
      `run ${this.runId} of "${this.workflow}" ${sayStatus(end.status)}${end.error ? `: ${end.error.message}` : ""}`,
      {
        hint: `see ${commandLine(`show ${this.runId}`)}; go on with it: ${commandLine(`resume ${this.runId}`)}`,
        details: { runId: end.runId, status: end.status, error: end.error },
      },
    );
  }

  /** How the run ended, whatever way: never rejects for reasons of the run. */
  end(): Promise<RunResult> {
    return this.#live.result();
  }

  /** Events as they are committed, from the first, until the run has ended. */
  events(options: { readonly after?: number; readonly signal?: AbortSignal } = {}): AsyncIterable<StoredEvent> {
    return this.#store.tail(this.runId, { ...options, values: "none" });
  }

  /** All recorded items, by call and item. */
  async *items(
    filter: { readonly node?: string; readonly status?: readonly ItemStatus[] } = {},
  ): AsyncGenerator<RecordedItem> {
    const nodes = new Map((await this.#store.calls(this.runId)).map((call) => [call.call, call.event.node]));
    let after: readonly [number, number] | undefined;
    for (;;) {
      const page = await this.#store.items(this.runId, {
        limit: 1000,
        ...(after ? { after } : {}),
        ...(filter.status ? { status: filter.status } : {}),
      });
      for (const row of page.items) {
        const node = nodes.get(row.call) ?? "";
        if (filter.node !== undefined && node !== filter.node) continue;
        yield {
          address: formatAddress(this.runId, row.call, row.item),
          node,
          status: row.status,
          attempts: row.attempts,
          ms: row.ms,
          value: () => this.#valueOf(row),
        };
      }
      const last = page.items.at(-1);
      if (!last) return;
      after = [last.call, last.item];
    }
  }

  async #valueOf(row: { readonly call: number; readonly item: number; readonly size?: number }): Promise<unknown> {
    if (row.size !== undefined) {
      const { values } = await this.#store.list(
        this.runId,
        { call: row.call, item: row.item },
        { first: 0, count: row.size },
      );
      return values.map((text) => decode(text));
    }
    const [text] = await this.#store.values(this.runId, [{ call: row.call, item: row.item }]);
    return text === undefined ? undefined : decode(text);
  }

  cancel(reason?: string): Promise<void> {
    return this.#live.cancel(reason);
  }
}

function sayStatus(status: RunStatus): string {
  return status === "cancelled" || status === "interrupted"
    ? `was ${status}`
    : status === "diverged"
      ? "diverged"
      : "failed";
}

/** The server as a web handler, as far as this file cares. */
interface Handler {
  fetch(request: Request): Promise<Response>;
  close(): Promise<unknown>;
}

/** Sends spans of runs that this process executes to a collector; there where the environment names one. */
interface SpanExport {
  /** @param after events up to this seq were sent already */
  follow(runId: string, after?: number): void;
  close(): Promise<void>;
}

interface WorkgraphParts {
  readonly runner: Runner;
  readonly store: Store;
  readonly spans?: SpanExport;
  readonly close: () => Promise<void>;
  /** Called with the first request. */
  readonly openHandler: () => Promise<Handler>;
}

/** What `openWorkgraph` gives. Any number of runs at once; `close` interrupts what still runs. */
export class Workgraph {
  readonly #runner: Runner;
  readonly #store: Store;
  readonly #spans: SpanExport | undefined;
  readonly #closeStore: () => Promise<void>;
  readonly #openHandler: () => Promise<Handler>;
  #handler: Promise<Handler> | undefined;

  constructor(parts: WorkgraphParts) {
    this.#runner = parts.runner;
    this.#store = parts.store;
    this.#spans = parts.spans;
    this.#closeStore = parts.close;
    this.#openHandler = parts.openHandler;
  }

  /**
   * The server of `workgraph serve` as a web handler, to be mounted at the root of a server of one's own; behind the same gate.
   * Runs that are launched through it execute in processes of their own, as there. Never throws: every error is an answer.
   *
   * @example
   * import { createServer } from "node:http";
   * import { getRequestListener } from "@hono/node-server";
   * createServer(getRequestListener(wg.fetch)).listen(3000, "127.0.0.1");
   */
  readonly fetch = async (request: Request): Promise<Response> => {
    this.#handler ??= this.#openHandler();
    return (await this.#handler).fetch(request);
  };

  /**
   * Starts a run in this process.
   *
   * @param target the workflow, its name in the project, or `file.ts#export`.
   * @throws WorkgraphError when the code cannot be loaded or the input does not fit; nothing is started then.
   */
  async launch<Input extends object, Output>(
    target: Workflow<Input, Output>,
    input: NoInfer<Input>,
    options?: LaunchOptions,
  ): Promise<RunHandle<Output>>;
  async launch(target: string, input?: unknown, options?: LaunchOptions): Promise<RunHandle>;
  async launch(
    target: string | Workflow<object, unknown>,
    input?: unknown,
    options: LaunchOptions = {},
  ): Promise<RunHandle> {
    return this.#handle(
      await this.#runner.launch({ target, input, ...options, caller: { kind: "code", id: "local" } }),
    );
  }

  /** Goes on with a failed, interrupted, cancelled or paused run, with its own recorded code. */
  async resume(runId: string): Promise<RunHandle> {
    const before = await this.#store.run(runId);
    return this.#handle(await this.#runner.resume(runId), before?.seq);
  }

  /**
   * A new run from a recorded one, with the code of its file as it is now: what still holds is taken over, what changed executes.
   *
   * @param runId the whole id of the run; it is only read
   * @throws WorkgraphError WG4040 to WG4043 when the run cannot be taken over; nothing is started then.
   */
  async fork(runId: string, options: ForkOptions = {}): Promise<RunHandle> {
    const { kind = "fork", ...rest } = options;
    return this.#handle(await this.#runner.fork({ run: runId, kind, ...rest, caller: { kind: "code", id: "local" } }));
  }

  #handle(live: LiveRun, after?: number): RunHandle {
    this.#spans?.follow(live.runId, after);
    return new RunHandle(live, this.#store);
  }

  /** What `fork` would reuse and execute. Nothing executes. */
  async planFork(runId: string, options: ForkOptions = {}): Promise<ReusePlan> {
    const { kind = "fork", ...rest } = options;
    return this.#runner.planFork({ run: runId, kind, ...rest });
  }

  /** Recorded runs, newest first. */
  runs(filter: RunFilter = {}): Promise<{ readonly runs: readonly RunRow[]; readonly total: number }> {
    return this.#store.runs(filter);
  }

  /** Interrupts what still runs (it can be resumed), commits, frees the data folder. */
  async close(): Promise<void> {
    await (await this.#handler?.catch(() => undefined))?.close();
    await this.#runner.close();
    await this.#spans?.close();
    await this.#closeStore();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
