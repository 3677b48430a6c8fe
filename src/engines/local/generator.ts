/**
 * A node that streams: each yield becomes an item as it comes.
 *
 * R1. Yields of one turn are committed together; the generator waits when too many are on their way.
 * R2. A retry starts over: what earlier attempts recorded must come again with an equal value and is dropped (else
 *     WG2007), unless the function asked `ctx.yielded` and goes on from there.
 * R3. A key that comes twice in one attempt is WG1013: dropping the second would lose a value.
 */
import { promiseAll, promiseAllSettled, promiseRace } from "../../base/primordials.ts";
import type { Redactor } from "../../base/redactor.ts";
import type { NodeDefinition } from "../../model/definition.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest } from "../../runtime/engine.ts";
import { withFrame, type NodeFrame } from "../../trace/current.ts";
import { keyOf, refuseTwin } from "./keys.ts";
import type { CheckedOutput } from "./local-engine.ts";
import type { NodeContext } from "./node-context.ts";
import { resultText } from "./result-text.ts";

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
  check(value: unknown, index: number): Promise<CheckedOutput>;
}

export async function streamElements(parts: StreamParts): Promise<AttemptOutcome> {
  const { definition, request, channel, ctx } = parts;
  const iterator = iteratorOf(parts.generator, definition.id);
  const recorded = request.yielded > 0 ? await channel.recorded() : { values: [] };
  const recordedKeys = definition.key ? new Map(recorded.keys?.map((key, i) => [key, i] as const)) : undefined;
  const keysNow = new Map<string, number>();
  let next = 0;
  let committed = request.yielded;
  let started = false;
  let pending: { values: string[]; keys: string[] } = { values: [], keys: [] };
  const inFlight = new Set<Promise<void>>();
  let failed: Error | undefined;
  const refuseFailed = (): void => {
    if (failed) throw failed;
  };

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
        failed ??= error instanceof Error ? error : new Error(String(error));
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
      refuseFailed();
      if (step.done) break;
      if (!started) {
        started = true;
        if (ctx.skipsAhead) next = request.yielded;
      }
      const value = definition.output ? (await parts.check(step.value, next)).value : step.value;
      const text = resultText(value, parts.redactor, () => `yield ${next} of "${definition.id}"`);
      const key = definition.key ? keyOf(definition, value, { index: next, redactor: parts.redactor }) : undefined;
      if (key !== undefined) {
        const before = keysNow.get(key);
        if (before !== undefined) refuseTwin(definition.id, { key, before, now: next });
        keysNow.set(key, next);
      }
      const known = key === undefined ? (next < request.yielded ? next : undefined) : recordedKeys!.get(key);
      if (known !== undefined) refuseOther(recorded.values[known], text, { node: definition.id, index: known, key });
      else {
        pending.values.push(text);
        if (key !== undefined) pending.keys.push(key);
        if (pending.values.length >= IN_FLIGHT) send();
        else scheduleSend();
        if (pending.values.length === 0 || inFlight.size > 4) await promiseRace(inFlight);
      }
      next++;
      if (channel.signal.aborted) throw channel.signal.reason;
    }
    send();
    await promiseAll(inFlight);
    refuseFailed();
    return { ok: true, streamed: committed };
  } catch (thrown) {
    send();
    await promiseAllSettled(inFlight);
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
    throw thrown;
  }
}

function iteratorOf(generator: unknown, node: string): AsyncIterator<unknown> | Iterator<unknown> {
  const source = generator as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null;
  const iterator = source?.[Symbol.asyncIterator]?.() ?? source?.[Symbol.iterator]?.();
  if (!iterator)
    throw new WorkgraphError("WG1008", `node "${node}" streams but returned no generator`, {
      hint: "write it as async function*",
    });
  return iterator;
}

/** R2. */
function refuseOther(
  recorded: string | undefined,
  now: string,
  at: { readonly node: string; readonly index: number; readonly key: string | undefined },
): void {
  if (recorded === undefined || recorded === now) return;
  throw new WorkgraphError(
    "WG2007",
    `generator "${at.node}" yielded another value ${at.key === undefined ? `at place ${at.index}` : `for key "${at.key}"`} than an earlier attempt, which is recorded`,
    { hint: "make it deterministic, give items a key, or read ctx.yielded and go on from there" },
  );
}
