/**
 * How an item came to its result, as its event tells it.
 *
 * Owns: the fields of `item.completed`, and whether the result is offered to other runs. Leaves to node-call.ts: recording it.
 */
import type { RunEvent } from "../model/events.ts";
import type { AttemptOutcome, AttemptRequest } from "./engine.ts";
import type { NodeCall } from "./node-call.ts";
import { inputsDigest, type ReuseAnswer } from "./reuse.ts";

type ItemCompleted = Extract<RunEvent, { type: "item.completed" }>;

/** What is known of a result besides the result itself. */
export type Completion = Pick<
  ItemCompleted,
  "attempt" | "from" | "to" | "ms" | "digest" | "impure" | "source" | "fallback"
>;

export type Succeeded = Extract<AttemptOutcome, { readonly ok: true }>;

const SETTLED = { settled: true } as const;
const NOT_SETTLED = { settled: false } as const;

/** Of a result that an attempt gave. What was hashed to ask for it is not hashed again. */
export function completionOf(call: NodeCall, request: AttemptRequest, outcome: Succeeded, ms: number): Completion {
  const { definition } = call;
  const reads = outcome.facts?.impure;
  const impure = definition.effect ? [...(reads ?? []), "effect"] : reads;
  const fallback = "fallback" in outcome && outcome.fallback === true;
  const digest =
    call.making(request.item)?.digest ??
    inputsDigest(request, definition.onFailed === "settled" ? SETTLED : NOT_SETTLED);
  const how = { attempt: request.attempt, from: "running", to: "completed", ms, digest } as const;
  return fallback || impure ? { ...how, ...(fallback ? { fallback } : {}), ...(impure ? { impure } : {}) } : how;
}

export function completedEvent(
  call: NodeCall,
  item: number,
  of: Completion & Pick<ItemCompleted, "size" | "scalar">,
): ItemCompleted {
  const { attempt, from, to, impure, source, size, scalar, fallback, digest } = of;
  const at = call.run.clock.now();
  const ms = Math.round(of.ms * 1000) / 1000;
  // Nearly all are this and no more; what is left out below by spreading nothing is 0.4 KB for each.
  if (digest !== undefined && !impure && !source && size === undefined && !fallback)
    return { type: "item.completed", at, call: call.no, item, attempt, from, to, ms, digest };
  return {
    type: "item.completed",
    at,
    call: call.no,
    item,
    attempt,
    from,
    to,
    ms,
    ...(size === undefined ? {} : { size }),
    ...(scalar ? { scalar } : {}),
    ...(fallback ? { fallback } : {}),
    ...(digest === undefined ? {} : { digest }),
    ...(impure && impure.length > 0 ? { impure } : {}),
    ...(source ? { source } : {}),
  };
}

/** Of a result that was taken from elsewhere, or given by hand. */
export function reusedCompletion({ source, impure }: ReuseAnswer, digest: string): Completion {
  return {
    attempt: 0,
    from: "queued",
    to: source ? "reused" : "completed",
    ms: 0,
    digest,
    ...(impure ? { impure } : {}),
    ...(source ? { source } : {}),
  };
}

/** Lets other runs have the result, where its node says so. Called in the turn of its event. */
export function offer(call: NodeCall, item: number, of: Completion): void {
  const { definition, run } = call;
  if (definition.cache === undefined || of.digest === undefined || of.fallback || of.impure) return;
  // What was taken over stands under its key already, and its time counts from when it was made.
  if (of.source) return;
  const key = call.making(item)?.memoKey ?? run.reuse?.memoKey(definition, of.digest);
  if (key !== undefined) run.offer({ key, call: call.no, item });
}
