/**
 * A node that streams: each yield becomes an item as it comes.
 *
 * R1. Yields of one turn are committed together; the generator waits when too many are on their way.
 * R2. A retry starts over: what earlier attempts recorded must come again with an equal value and is dropped (else
 *     WG2007), unless the function asked `ctx.yielded` and goes on from there.
 */
import type { Redactor } from "../../base/redactor.ts";
import { CodecError, encode } from "../../model/codec.ts";
import type { NodeDefinition } from "../../model/definition.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest } from "../../runtime/engine.ts";
import { withFrame, type NodeFrame } from "../../trace/current.ts";
import { keyOf } from "./local-engine.ts";
import { refuseSecrets, type NodeContext } from "./node-context.ts";

/** Yields that may be on their way to the store before the generator waits. */
const IN_FLIGHT = 256;

export interface StreamParts {
  readonly definition: NodeDefinition;
  readonly request: AttemptRequest;
  readonly channel: AttemptChannel;
  readonly ctx: NodeContext;
  readonly redactor: Redactor;
  readonly generator: unknown;
  readonly frame: NodeFrame;
  check(value: unknown, where: readonly number[]): Promise<unknown>;
}

export async function streamElements(parts: StreamParts): Promise<AttemptOutcome> {
  const { definition, request, channel, ctx } = parts;
  const iterator = iteratorOf(parts.generator, definition.id);
  const recorded = request.yielded > 0 ? await channel.recorded() : { values: [] };
  const recordedKeys = definition.key ? new Map(recorded.keys?.map((key, i) => [key, i])) : undefined;
  let next = 0;
  let committed = request.yielded;
  let started = false;
  let pending: { values: string[]; keys: string[] } = { values: [], keys: [] };
  const inFlight = new Set<Promise<void>>();
  let failed: unknown;

  const send = (): void => {
    if (pending.values.length === 0) return;
    const batch = pending;
    pending = { values: [], keys: [] };
    const sent = channel.yield(committed, { values: batch.values, ...(definition.key ? { keys: batch.keys } : {}) });
    committed += batch.values.length;
    inFlight.add(sent);
    sent.then(
      () => inFlight.delete(sent),
      (error: unknown) => {
        failed ??= error;
        inFlight.delete(sent);
      },
    );
  };
  let sendScheduled = false;
  const scheduleSend = (): void => {
    if (sendScheduled) return;
    sendScheduled = true;
    setImmediate(() => {
      sendScheduled = false;
      send();
    });
  };

  try {
    for (;;) {
      const step = await withFrame(parts.frame, () => iterator.next());
      if (failed) throw failed;
      if (step.done) break;
      if (!started) {
        started = true;
        if (ctx.skipsAhead) next = request.yielded;
      }
      const value = definition.output ? await parts.check(step.value, [next]) : step.value;
      const text = encodeYield(value, definition.id, next);
      refuseSecrets(parts.redactor, text, `yield ${next} of "${definition.id}"`);
      const key = definition.key ? keyOf(definition, value, next) : undefined;
      const known = key === undefined ? (next < request.yielded ? next : undefined) : recordedKeys!.get(key);
      if (known !== undefined) refuseOther(recorded.values[known], text, { node: definition.id, index: known, key });
      else {
        if (key !== undefined) recordedKeys!.set(key, committed + pending.values.length);
        pending.values.push(text);
        if (key !== undefined) pending.keys.push(key);
        if (pending.values.length >= IN_FLIGHT) send();
        else scheduleSend();
        if (pending.values.length === 0 || inFlight.size > 4) await Promise.race(inFlight);
      }
      next++;
      if (channel.signal.aborted) throw channel.signal.reason;
    }
    send();
    await Promise.all(inFlight);
    if (failed) throw failed;
    return { ok: true, streamed: committed };
  } catch (thrown) {
    send();
    await Promise.allSettled(inFlight);
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
    throw thrown;
  }
}

function iteratorOf(generator: unknown, node: string): AsyncIterator<unknown> | Iterator<unknown> {
  const source = generator as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null;
  const iterator = source?.[Symbol.asyncIterator]?.() ?? source?.[Symbol.iterator]?.();
  if (!iterator) throw new WorkgraphError("WG1008", `node "${node}" streams but returned no generator`, { hint: "write it as async function*" });
  return iterator;
}

function encodeYield(value: unknown, node: string, index: number): string {
  try {
    return encode(value);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new WorkgraphError("WG1007", `yield ${index} of "${node}" cannot be recorded: ${error.message}`, { cause: error });
  }
}

/** R2. */
function refuseOther(recorded: string | undefined, now: string, at: { readonly node: string; readonly index: number; readonly key: string | undefined }): void {
  if (recorded === undefined || recorded === now) return;
  throw new WorkgraphError(
    "WG2007",
    `generator "${at.node}" yielded another value ${at.key === undefined ? `at place ${at.index}` : `for key "${at.key}"`} than an earlier attempt, which is recorded`,
    { hint: "make it deterministic, give items a key, or read ctx.yielded and go on from there" },
  );
}
