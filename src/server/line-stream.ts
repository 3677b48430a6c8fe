/**
 * One client that follows what nodes of a run log, report and stream.
 *
 * R1. Every line behind `after` once, in order, with its number as `id`: Last-Event-ID goes on where it was.
 * R2. Quiet streams say a word now and then, so that a dead connection is noticed.
 */
import { followLogs, type FollowLogsInput } from "../app/operations/list-logs.ts";
import type { Workspace } from "../app/workspace.ts";
import { first } from "./event-stream.ts";

const HEARTBEAT_MS = 15_000;

export async function* followLines(
  workspace: Workspace,
  request: FollowLogsInput & { readonly signal: AbortSignal; readonly heartbeatMs?: number },
): AsyncGenerator<string, void> {
  const { signal, heartbeatMs = HEARTBEAT_MS } = request;
  const lines = followLogs(workspace, request)[Symbol.asyncIterator]();
  // The time that a browser waits before it comes back.
  yield "retry: 1000\n\n";
  let next = lines.next();
  while (!signal.aborted) {
    const come = next.then(
      () => undefined,
      () => undefined,
    );
    if ((await first(come, { signal, heartbeatMs })) === "quiet") {
      yield ": alive\n\n";
      continue;
    }
    if (signal.aborted) break;
    const { done, value } = await next;
    if (done === true) return yield "event: end\ndata: {}\n\n";
    yield `id: ${value.id}\nevent: line\ndata: ${JSON.stringify(value)}\n\n`;
    next = lines.next();
  }
  void next.catch(() => undefined);
  yield "event: closing\ndata: {}\n\n";
}
