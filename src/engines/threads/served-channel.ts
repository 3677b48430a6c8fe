/**
 * The owner's end of an attempt in a thread: answers what the thread asks, from the attempt's own channel.
 *
 * Owns: the outcome as it arrives, and whether the thread is still there. Leaves to threads.ts: starting and ending threads.
 *
 * R1. What the thread says before its outcome is passed on before it.
 * R2. A thread that is gone lets go of the names it had taken; what it had begun to publish is taken back.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { ArtifactStore } from "../../artifacts/artifact-store.ts";
import { assertNever } from "../../base/assert.ts";
import { Deferred } from "../../base/deferred.ts";
import type {
  AttemptChannel,
  AttemptOutcome,
  AttemptRequest,
  ModelChannel,
  SharedModel,
} from "../../runtime/engine.ts";
import type { Asked, FromThread, SentCode, Told, ToThread } from "./messages.ts";
import { sentError } from "./sent-error.ts";

export interface ServedParts {
  readonly request: AttemptRequest;
  readonly channel: AttemptChannel;
  readonly code: SentCode;
  readonly artifacts: ArtifactStore | undefined;
  readonly secret: (name: string, value: string) => void;
}

export class ServedChannel {
  readonly #parts: ServedParts;
  readonly #here: MessagePort;
  /** The thread's end. */
  readonly there: MessagePort;
  readonly #outcome = new Deferred<AttemptOutcome | undefined>();
  readonly #closed = new Deferred<void>();
  readonly #claimed: Set<string> = new Set();
  readonly #answers: Readonly<Record<Asked, (...args: never[]) => unknown>>;

  constructor(parts: ServedParts) {
    this.#parts = parts;
    const { port1, port2 } = new MessageChannel();
    this.#here = port1;
    this.there = port2;
    this.#answers = this.#answersOf(parts);
    port1.on("message", (message: FromThread) => this.#hear(message));
    port1.on("close", () => {
      this.#outcome.resolve(undefined);
      this.#closed.resolve();
    });
  }

  /** What the attempt came to; undefined when the thread ended without saying. */
  get outcome(): Promise<AttemptOutcome | undefined> {
    return this.#outcome.promise;
  }

  /** Passes the abort of the attempt's signal on. */
  abort(reason: unknown): void {
    const { name, message } = reason instanceof Error ? reason : new DOMException("aborted", "AbortError");
    this.#say({ kind: "abort", name, message });
  }

  /** R2. Once the thread is gone. */
  async cleanUp(): Promise<void> {
    await this.#closed.promise;
    const { channel, request, artifacts } = this.#parts;
    const { runId: run, workflow, call, item, attempt } = request;
    if (!artifacts || this.#claimed.size === 0) return;
    for (const name of this.#claimed) {
      const found = await artifacts.resolve(`${workflow}/${name}@${run}`).catch(() => undefined);
      const by = found?.manifest.producer;
      if (found && by?.call === call && by.item === item && by.attempt === attempt)
        await artifacts.withdraw(found.manifest);
      await channel.artifacts.release(name);
    }
    await artifacts.discard({ run, call, item, attempt });
  }

  close(): void {
    this.#here.close();
  }

  #hear(message: FromThread): void {
    switch (message.kind) {
      case "ask":
        return void this.#answer(message.id, message.what, message.args);
      case "tell":
        return this.#told(message.what, message.args as never);
      case "outcome":
        return this.#outcome.resolve(message.outcome);
      default:
        assertNever(message);
    }
  }

  async #answer(id: number, what: Asked, args: readonly unknown[]): Promise<void> {
    try {
      const value: unknown = await this.#answers[what](...(args as never[]));
      this.#say({ kind: "answer", id, value });
    } catch (error) {
      this.#say({ kind: "refusal", id, error: sentError(error) });
    }
  }

  #answersOf({ channel, code }: ServedParts): Readonly<Record<Asked, (...args: never[]) => unknown>> {
    const { artifacts } = channel;
    return {
      code: () => code,
      yield: (first: number, entries: Parameters<AttemptChannel["yield"]>[1]) => channel.yield(first, entries),
      recorded: () => channel.recorded(),
      scratchpadGet: (key: string) => channel.scratchpadGet(key),
      scratchpadSet: (key: string, value: string) => channel.scratchpadSet(key, value),
      scratchpadCas: (key: string, expected: string | undefined, value: string) =>
        channel.scratchpadCas(key, expected, value),
      onceGet: (key: string) => channel.onceGet(key),
      oncePut: (key: string, value: string) => channel.oncePut(key, value),
      errors: (node: string | undefined) => channel.errors(node),
      "artifacts.run": () => artifacts.run(),
      "artifacts.claim": async (name: string) => {
        await artifacts.claim(name);
        this.#claimed.add(name);
      },
      "artifacts.release": (name: string) => artifacts.release(name),
      "artifacts.pinned": (asked: string) => artifacts.pinned(asked),
      "artifacts.pin": (read: Parameters<typeof artifacts.pin>[0]) => artifacts.pin(read),
      "artifacts.counts": () => artifacts.counts(),
      "models.preset": () => channel.models.preset(),
      "models.enter": (shared: SharedModel) => channel.models.enter(shared),
    };
  }

  #told(what: Told, args: never): void {
    const { channel, secret } = this.#parts;
    switch (what) {
      case "log":
        return channel.log(...(args as Parameters<AttemptChannel["log"]>));
      case "emit":
        return channel.emit(...(args as Parameters<AttemptChannel["emit"]>));
      case "secret":
        return secret(...(args as [string, string]));
      case "models.leave":
        return channel.models.leave(...(args as [number]));
      case "models.called":
        return channel.models.called(...(args as Parameters<ModelChannel["called"]>));
      default:
        assertNever(what);
    }
  }

  #say(message: ToThread): void {
    this.#here.postMessage(message);
  }
}
