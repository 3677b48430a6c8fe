/** What is recorded when an attempt comes to nothing: the events, and errors of the runtime's own. */
import { isoTime } from "../base/primordials.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { RunEvent } from "../model/events.ts";
import { formatAddress, MAX_ITEMS_PER_CALL } from "../model/ids.ts";
import { originalSite } from "../trace/site.ts";
import type { NodeCall } from "./node-call.ts";

export interface FailedAttempt {
  readonly item: number;
  readonly attempt: number;
  readonly ms: number;
  readonly error: ErrorRecord;
}

/** The error with the place of the item it belongs to; what no line of the author's threw is looked for where the node is defined. */
function located(call: NodeCall, { error, item, attempt }: FailedAttempt): ErrorRecord {
  const { site } = call.definition;
  return {
    ...(error.site === undefined && site !== undefined ? { site: originalSite(site) } : {}),
    ...error,
    address: formatAddress(call.run.runId, call.no, item),
    node: call.definition.id,
    path: call.result.domain.path(item),
    attempt,
    at: isoTime(call.run.clock.now()),
  };
}

export function retryingEvent(
  call: NodeCall,
  of: FailedAttempt & { readonly delayMs: number },
): Extract<RunEvent, { type: "item.retrying" }> {
  return { ...common(call, of), type: "item.retrying", to: "retrying", delayMs: of.delayMs };
}

export function failedEvent(
  call: NodeCall,
  of: FailedAttempt & { readonly to: "failed" | "abandoned" | "cancelled" },
): Extract<RunEvent, { type: "item.failed" }> {
  return { ...common(call, of), type: "item.failed", to: of.to };
}

function common(call: NodeCall, of: FailedAttempt) {
  return {
    at: call.run.clock.now(),
    call: call.no,
    item: of.item,
    attempt: of.attempt,
    from: "running" as const,
    ms: Math.round(of.ms * 1000) / 1000,
    error: located(call, of),
  };
}

export function tooMany(node: string): ErrorRecord {
  return {
    code: "WG1010",
    kind: "thrown",
    name: "WorkgraphError",
    message: `node "${node}" made more than ${MAX_ITEMS_PER_CALL} items in one call: return pages of items, or split the work over several calls`,
  };
}

export function cancelledError(why: string): ErrorRecord {
  return { code: "WG2004", kind: "cancelled", name: "Cancelled", message: `the attempt was cancelled: ${why}` };
}
