/** What a recorded item came to, as an engine would say it: for a trace, or a test, that is given answers in place of attempts. */
import type { NodeDefinition } from "../model/definition.ts";
import type { RunEvent } from "../model/events.ts";
import type { RunId } from "../model/ids.ts";
import type { EventStore } from "../store/store.ts";
import type { AttemptChannel, AttemptOutcome } from "./engine.ts";

/** How an item ended. */
export type DecidedEvent = Extract<RunEvent, { readonly type: "item.completed" | "item.failed" }>;

/** @param to the attempt that asks: what a generator yielded goes over its channel */
export async function recordedOutcome(
  of: { readonly store: EventStore; readonly runId: RunId; readonly event: DecidedEvent },
  to: { readonly out: NodeDefinition["out"] | undefined; readonly channel: Pick<AttemptChannel, "yield"> },
): Promise<AttemptOutcome> {
  const { store, runId, event } = of;
  const { call, item } = event;
  if (event.type === "item.failed") return { ok: false, error: event.error, retryable: false };
  const fallback = event.fallback === true ? { fallback: true } : {};
  if (event.size === undefined) {
    const [value] = await store.values(runId, [{ call, item }]);
    return { ok: true, value: value ?? "null", ...fallback };
  }
  const { values, keys } = await store.list(runId, { call, item }, { first: 0, count: event.size });
  if (to.out === "stream") {
    await to.channel.yield(0, { values, ...(keys ? { keys } : {}) });
    return { ok: true, streamed: values.length };
  }
  return {
    ok: true,
    list: values,
    ...(keys ? { keys } : {}),
    ...(event.scalar === true ? { scalar: true as const } : {}),
    ...fallback,
  };
}
