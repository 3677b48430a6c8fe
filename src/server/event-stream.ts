/**
 * One client that follows a run.
 *
 * Owns: what it gets and when it is let go. Leaves to run-tail.ts and event-pages.ts: the events; to stream-body.ts: bytes.
 *
 * R1. Every event behind `after` once, in order, with its seq as `id`: Last-Event-ID goes on where it was.
 * R2. Nothing waits for a client: it asks for the next piece when it has taken the last. What it costs is one piece.
 * R3. A client that fell behind what the tail keeps because it was slow to take its last piece is told `dropped` and let go. It
 *     comes back with its Last-Event-ID and reads pages until it is up to date again. One that a burst of events overtook reads
 *     pages at once.
 * R4. Quiet streams say a word now and then, so that a dead connection is noticed. With a filter it carries the id reached.
 */
import { systemClock } from "../base/clock.ts";
import { isAbout } from "../model/event-place.ts";
import type { RunStatus } from "../model/status.ts";
import { PIECE_BYTES, pieces, type Wanted } from "./event-batch.ts";
import type { EventPages } from "./event-pages.ts";
import type { RunTail } from "./run-tail.ts";

export interface StreamRequest {
  /** Seq of the last event that the client has. */
  readonly after: number;
  readonly types?: readonly string[];
  readonly call?: number;
  /** Aborts when the server ends. */
  readonly signal: AbortSignal;
  /** Ms between two signs of life; default 15,000. */
  readonly heartbeatMs?: number;
  /** Ms to take a piece in, above which a client is slow; default 2,000. */
  readonly slowMs?: number;
}

const HEARTBEAT_MS = 15_000;
const SLOW_MS = 2_000;

export async function* followRun(
  tail: RunTail,
  pages: EventPages,
  request: StreamRequest,
): AsyncGenerator<string | Uint8Array, void> {
  const { signal, heartbeatMs = HEARTBEAT_MS, slowMs = SLOW_MS } = request;
  const wanted = filterOf(request);
  let cursor = request.after;
  let isLive = false;
  let isSlow = false;
  let status: RunStatus | undefined;
  // The time that a browser waits before it comes back.
  yield "retry: 1000\n\n";
  while (!signal.aborted) {
    if (tail.status !== status && tail.status !== undefined) {
      ({ status } = tail);
      yield message("status", { runId: tail.runId, status });
    }
    const change = tail.changed();
    if (cursor < tail.from) {
      if (isLive && isSlow) {
        yield message("dropped", { after: cursor, behind: tail.last - cursor });
        return;
      }
      const page = await pages.after(tail.runId, { after: cursor, known: tail.from });
      const since = systemClock.perf();
      if (page !== undefined) yield* pieces([page], { after: cursor, wanted });
      cursor = page?.last ?? tail.from;
      isSlow = systemClock.perf() - since > slowMs;
      continue;
    }
    isLive = true;
    const batches = tail.after(cursor, PIECE_BYTES);
    const last = batches.at(-1);
    if (last !== undefined) {
      const since = systemClock.perf();
      yield* pieces(batches, { after: cursor, wanted });
      cursor = last.last;
      isSlow = systemClock.perf() - since > slowMs;
      continue;
    }
    if (tail.isEnded) {
      if (tail.status !== status) continue;
      yield message("end", { runId: tail.runId, status, seq: cursor });
      return;
    }
    if (tail.isBroken) break;
    if (tail.status !== undefined && tail.status !== status) continue;
    if ((await first(change, { signal, heartbeatMs })) === "quiet") yield `: alive\nid: ${cursor}\n\n`;
  }
  yield message("closing", { after: cursor });
}

function message(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function filterOf({ types, call }: StreamRequest): Wanted | undefined {
  if (types === undefined && call === undefined) return undefined;
  const typeSet = types === undefined ? undefined : new Set<string>(types);
  return (event) => (typeSet?.has(event.type) ?? true) && (call === undefined || isAbout(event, call, undefined));
}

/** Whatever comes first; leaves no timer and no listener behind. */
export function first(
  change: Promise<void>,
  { signal, heartbeatMs }: { readonly signal: AbortSignal; readonly heartbeatMs: number },
): Promise<"changed" | "quiet"> {
  return new Promise((resolve) => {
    const settle = (how: "changed" | "quiet"): void => {
      systemClock.clearTimer(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(how);
    };
    const onAbort = (): void => settle("changed");
    const timer = systemClock.setTimer(() => settle("quiet"), heartbeatMs);
    timer.unref();
    signal.addEventListener("abort", onAbort);
    void change.then(onAbort);
    if (signal.aborted) onAbort();
  });
}
