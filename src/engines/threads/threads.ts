/**
 * The worker threads of this process: a pool of them, and attempts in them.
 *
 * Owns: when a thread is ended. Leaves to tinypool: starting threads and finding a free one; to worker.ts: what happens inside.
 *
 * R1. Nothing of it is loaded and no thread is started before the first attempt that wants one.
 * R2. An attempt whose signal has aborted has STOP_MS to end by itself. Then its thread is ended, whatever it does: this is what
 *     stops a synchronous endless loop. The next attempt gets a fresh thread.
 * R3. A thread that ends by itself (process.exit, out of memory, an error that nobody caught) fails its attempt, and nothing else.
 * R4. Idle threads do not keep the process alive.
 */
import { fileURLToPath } from "node:url";
import { SHARE_ENV } from "node:worker_threads";
import type { Tinypool } from "tinypool";
import type { FolderArtifacts, FolderArtifactsOptions } from "../../artifacts/folder-artifacts.ts";
import type { Clock } from "../../base/clock.ts";
import type { Redactor } from "../../base/redactor.ts";
import type { NodeDefinition } from "../../model/definition.ts";
import type { ErrorRecord } from "../../model/error-record.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest } from "../../runtime/engine.ts";
import { errorRecord } from "../../runtime/thrown.ts";
import type { LoadedCode } from "../../version/origin.ts";
import type { SentCode, ThreadCall, ThreadWork } from "./messages.ts";
import { ServedChannel } from "./served-channel.ts";

const STOP_MS = 1000;
const IDLE_MS = 30_000;
const WORKER = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url));

export interface ThreadsOptions {
  readonly clock: Clock;
  readonly redactor: Redactor;
  /** Threads at most. */
  readonly threads: number;
  readonly mapStack: (stack: string) => string;
  /** Where folders are published; the threads publish there themselves. */
  readonly artifacts?: { readonly store: FolderArtifacts; readonly place: FolderArtifactsOptions };
  /** As ThreadWork has it. */
  readonly configFile?: string;
}

/** Code that a thread can load, and the node in it. */
export interface ThreadNode {
  readonly definition: NodeDefinition;
  readonly code: LoadedCode;
}

export class Threads {
  readonly #options: ThreadsOptions;
  #pool: Promise<Tinypool> | undefined;

  constructor(options: ThreadsOptions) {
    this.#options = options;
  }

  async attempt(
    request: AttemptRequest,
    channel: AttemptChannel,
    { definition, code }: ThreadNode,
  ): Promise<AttemptOutcome> {
    const { redactor, artifacts, clock, configFile } = this.#options;
    const pool = await (this.#pool ??= this.#open());
    const secret = (name: string, value: string): void => redactor.add(name, value);
    const served = new ServedChannel({ request, channel, secret, code: sent(code), artifacts: artifacts?.store });
    const work: ThreadWork = {
      request,
      code: code.url,
      node: { line: definition.site?.line ?? 0, column: definition.site?.column ?? 0 },
      secrets: redactor.added,
      ...(artifacts ? { artifacts: artifacts.place } : {}),
      ...(configFile === undefined ? {} : { configFile }),
    };
    const stop = new AbortController();
    let stopping: ReturnType<Clock["setTimer"]> | undefined;
    const abort = (): void => {
      served.abort(channel.signal.reason);
      stopping ??= clock.setTimer(() => stop.abort(), STOP_MS);
    };
    if (channel.signal.aborted) abort();
    else channel.signal.addEventListener("abort", abort, { once: true });
    const call: ThreadCall = { work, port: served.there };
    let thrown: unknown;
    let closing: ReturnType<Clock["setTimer"]> | undefined;
    const ran = pool.run(call, { name: "perform", transferList: [served.there], signal: stop.signal }).then(
      () => undefined,
      (error: unknown) => {
        thrown = error;
        // The thread is being ended, and its end of the port with it. Where it never got the port, nobody else closes it.
        closing = clock.setTimer(() => served.close(), STOP_MS);
      },
    );
    const outcome = await served.outcome;
    if (outcome === undefined && thrown === undefined) stop.abort();
    await ran;
    if (stopping) clock.clearTimer(stopping);
    if (outcome && closing) clock.clearTimer(closing);
    channel.signal.removeEventListener("abort", abort);
    if (outcome) return outcome;
    await served.cleanUp();
    if (closing) clock.clearTimer(closing);
    return { ok: false, error: this.#endedError(request, channel.signal, thrown), retryable: true };
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    await (await pool)?.destroy();
  }

  /** R1, R4. */
  async #open(): Promise<Tinypool> {
    const { Tinypool: Pool } = await import("tinypool");
    const pool = new Pool({
      filename: WORKER,
      runtime: "worker_threads",
      env: SHARE_ENV as never,
      minThreads: 1,
      maxThreads: this.#options.threads,
      idleTimeout: IDLE_MS,
      // A thread that waits in Atomics.wait would hold back what its libraries still have to do between two items.
      useAtomics: false,
    });
    // Of a thread that had nothing to do: its next attempt gets another one.
    pool.on("error", () => undefined);
    return pool;
  }

  /** R3. */
  #endedError({ nodeId }: AttemptRequest, signal: AbortSignal, thrown: unknown): ErrorRecord {
    if (signal.aborted) {
      const { message } = signal.reason as Error;
      return { code: "WG2004", kind: "cancelled", name: "Cancelled", node: nodeId, message };
    }
    const isError = thrown instanceof Error && thrown.name !== "AbortError";
    const { redactor, mapStack } = this.#options;
    const redact = (text: string): string => redactor.redact(text);
    const cause = isError ? thrown : new Error("something in it called process.exit");
    const record = errorRecord(cause, { kind: "thrown", node: nodeId, mapStack, redact });
    const message = `the thread of node "${nodeId}" ended before its attempt did: ${record.message}`;
    return { ...record, code: "WG2040", name: isError ? record.name : "ThreadEnded", message };
  }
}

function sent({ url, code, map, originFile, root, sources }: LoadedCode): SentCode {
  // The part of the URL that names the code, so that it has the same URL in the thread.
  return { hash: url.slice(url.indexOf(":") + 1, url.lastIndexOf("/")), code, map, originFile, root, sources };
}
