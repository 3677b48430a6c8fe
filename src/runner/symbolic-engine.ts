/**
 * An engine that executes nothing: attempts are held until somebody says what they give.
 *
 * Owns: the attempts that are held, and putting a result into the form its node declares. Leaves to symbolic-run.ts: which results.
 *
 * R1. No function of a node is called.
 * R2. What is still held when the trace ends is given up, which is no failure of the node.
 */
import { countsArrayAsMany } from "../define/undeclared.ts";
import { encode } from "../model/codec.ts";
import type { NodeDefinition } from "../model/definition.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest, Engine } from "../runtime/engine.ts";

export interface HeldAttempt {
  readonly request: AttemptRequest;
  readonly channel: AttemptChannel;
  give(outcome: AttemptOutcome): void;
}

export class SymbolicEngine implements Engine {
  readonly held: Map<string, HeldAttempt> = new Map();
  readonly #nodes: Map<string, ReadonlyMap<string, NodeDefinition>> = new Map();
  /** Attempts ever asked for. */
  asked = 0;

  define(runId: string, definitions: ReadonlyMap<string, NodeDefinition>): void {
    this.#nodes.set(runId, definitions);
  }

  forget(): void {}

  node(request: AttemptRequest): NodeDefinition | undefined {
    return this.#nodes.get(request.runId)?.get(request.nodeId);
  }

  nodeOf(nodeId: string): NodeDefinition | undefined {
    for (const nodes of this.#nodes.values()) if (nodes.has(nodeId)) return nodes.get(nodeId);
    return undefined;
  }

  attempt(request: AttemptRequest, channel: AttemptChannel): Promise<AttemptOutcome> {
    this.asked++;
    return new Promise((resolve) => {
      const key = `${request.call}.${request.item}`;
      const give = (outcome: AttemptOutcome): void => {
        if (this.held.get(key) === held) this.held.delete(key);
        resolve(outcome);
      };
      const held: HeldAttempt = { request, channel, give };
      this.held.set(key, held);
      channel.signal.addEventListener("abort", () => give(GIVEN_UP), { once: true });
    });
  }

  /** The outcome of a node that gave these values: elements of its list, or its one value. */
  async gives(attempt: HeldAttempt, values: readonly unknown[]): Promise<void> {
    const { request, channel } = attempt;
    const texts = values.map((value) => encode(value));
    const node = this.node(request);
    const out = node?.out === "undeclared" && !countsArrayAsMany(node) ? "one" : node?.out;
    switch (out) {
      case "stream":
        await channel.yield(request.yielded, { values: texts.slice(request.yielded) });
        return attempt.give({ ok: true, streamed: texts.length });
      case "many":
        return attempt.give({ ok: true, list: texts });
      case "undeclared":
        return attempt.give({ ok: true, list: texts, ...(texts.length === 1 ? { scalar: true as const } : {}) });
      default:
        return attempt.give({ ok: true, value: texts[0] ?? encode(undefined) });
    }
  }
}

const GIVEN_UP: AttemptOutcome = {
  ok: false,
  retryable: false,
  error: { code: "WG2004", kind: "cancelled", name: "Cancelled", message: "the trace ended" },
};
