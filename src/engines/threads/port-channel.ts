/**
 * The AttemptChannel of an attempt inside a thread.
 *
 * Owns: turning its members into messages. Leaves to served-channel.ts: answering them beside the run.
 *
 * R1. A loop that never ends hears nothing: the signal aborts only code that lets the thread breathe. Whoever started the thread
 *     ends it (threads.ts).
 * R2. After its outcome nothing is said and nothing is answered: members that would change the run reject (WG2013).
 */
import type { MessagePort } from "node:worker_threads";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type {
  ArtifactChannel,
  AttemptChannel,
  AttemptOutcome,
  AttemptRequest,
  ModelChannel,
} from "../../runtime/engine.ts";
import type { Asked, FromThread, SentCode, ToThread } from "./messages.ts";
import { arrivedError } from "./sent-error.ts";

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

export class PortChannel implements AttemptChannel {
  readonly #port: MessagePort;
  readonly #request: AttemptRequest;
  readonly #controller = new AbortController();
  readonly #waiting: Map<number, Waiting> = new Map();
  #asked = 0;
  #over = false;

  constructor(port: MessagePort, request: AttemptRequest) {
    this.#port = port;
    this.#request = request;
    port.on("message", (message: ToThread) => this.#hear(message));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly artifacts: ArtifactChannel = {
    run: () => this.#ask("artifacts.run"),
    claim: (name) => this.#ask("artifacts.claim", name),
    release: (name) => this.#ask("artifacts.release", name),
    pinned: (asked) => this.#ask("artifacts.pinned", asked),
    pin: (read) => this.#ask("artifacts.pin", read),
    counts: () => this.#ask("artifacts.counts"),
  };

  readonly models: ModelChannel = {
    preset: () => this.#ask("models.preset"),
    enter: (shared) => this.#ask("models.enter", shared),
    leave: (ticket) => this.#say({ kind: "tell", what: "models.leave", args: [ticket] }),
    called: (call) => this.#say({ kind: "tell", what: "models.called", args: [call] }),
  };

  readonly log: AttemptChannel["log"] = (line) => this.#say({ kind: "tell", what: "log", args: [line] });
  readonly emit: AttemptChannel["emit"] = (name, value) =>
    this.#say({ kind: "tell", what: "emit", args: [name, value] });
  readonly yield: AttemptChannel["yield"] = (first, entries) => this.#ask("yield", first, entries);
  readonly recorded: AttemptChannel["recorded"] = () => this.#ask("recorded");
  readonly scratchpadGet: AttemptChannel["scratchpadGet"] = (key) => this.#ask("scratchpadGet", key);
  readonly scratchpadSet: AttemptChannel["scratchpadSet"] = (key, value) => this.#ask("scratchpadSet", key, value);
  readonly scratchpadCas: AttemptChannel["scratchpadCas"] = (key, expected, value) =>
    this.#ask("scratchpadCas", key, expected, value);
  readonly onceGet: AttemptChannel["onceGet"] = (key) => this.#ask("onceGet", key);
  readonly oncePut: AttemptChannel["oncePut"] = (key, value) => this.#ask("oncePut", key, value);
  readonly errors: AttemptChannel["errors"] = (node) => this.#ask("errors", node);

  /** Code that this thread has not loaded yet. */
  code(): Promise<SentCode> {
    return this.#ask("code");
  }

  /** A secret was read here: the owner takes it out of what others write, too. */
  secret(name: string, value: string): void {
    this.#say({ kind: "tell", what: "secret", args: [name, value] });
  }

  end(outcome: AttemptOutcome): void {
    this.#say({ kind: "outcome", outcome });
    this.#over = true;
    this.#port.close();
    for (const { reject } of this.#waiting.values()) reject(this.#late("a member of ctx"));
    this.#waiting.clear();
  }

  async #ask<T>(what: Asked, ...args: readonly unknown[]): Promise<T> {
    if (this.#over) throw this.#late(what);
    const id = ++this.#asked;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      this.#say({ kind: "ask", id, what, args });
    });
  }

  #say(message: FromThread): void {
    if (!this.#over) this.#port.postMessage(message);
  }

  #hear(message: ToThread): void {
    if (message.kind === "abort") {
      this.#controller.abort(new DOMException(message.message, message.name));
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "answer") waiting?.resolve(message.value as never);
    else waiting?.reject(arrivedError(message.error));
  }

  /** R2. */
  #late(what: string): WorkgraphError {
    const { nodeId, attempt } = this.#request;
    return new WorkgraphError("WG2013", `${what} of node "${nodeId}" was used after attempt ${attempt} had ended`, {
      hint: "await everything the function starts before it returns, and stop when ctx.signal aborts",
    });
  }
}
