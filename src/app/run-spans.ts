/**
 * The spans of a run and of the runs below it.
 *
 * Owns: which logs are read, and their order. Leaves to telemetry/: what a span is.
 *
 * R1. Spans come in order of their start; a span never stands before the one it hangs below.
 * R2. What was read is kept until the run goes on.
 */
import type { EventStore, RunRow } from "../store/store.ts";
import { SpanLog } from "../telemetry/span-log.ts";
import type { Span, SpanKind } from "../telemetry/span.ts";
import { userSpan } from "../telemetry/user-spans.ts";
import { runsBelow } from "./child-runs.ts";

const PAGE_EVENTS = 5_000;
const PAGE_LINES = 10_000;
const MAX_RUNS = 500;
const KEPT = 4;

const kept = new WeakMap<EventStore, Map<string, readonly Span[]>>();

export async function spansOf(store: EventStore, run: RunRow): Promise<readonly Span[]> {
  const rows = await rowsOf(store, run);
  const key = rows.map(({ runId, seq }) => `${runId} ${seq}`).join();
  let known = kept.get(store);
  if (!known) kept.set(store, (known = new Map()));
  const before = known.get(key);
  if (before) return before;
  const spans: Span[] = [];
  for (const row of rows) spans.push(...(await ofRun(store, row)));
  spans.sort((a, b) => a.startMs - b.startMs || DEPTH[a.kind] - DEPTH[b.kind]);
  known.set(key, spans);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return spans;
}

/** Of spans that begin at once, what is inside comes later (R1). */
const DEPTH: Readonly<Record<SpanKind, number>> = { run: 0, call: 1, item: 2, attempt: 3, user: 4, model: 5 };

async function rowsOf(store: EventStore, run: RunRow): Promise<readonly RunRow[]> {
  const below = await runsBelow(store, run);
  const rows: RunRow[] = [run];
  for (let at = 0; at < rows.length; at++) rows.push(...(below.get(rows[at]!.runId) ?? []));
  return rows.slice(0, MAX_RUNS);
}

async function ofRun(store: EventStore, row: RunRow): Promise<readonly Span[]> {
  const { runId, workflow, version, root, parent } = row;
  const log = new SpanLog({ runId, workflow, version, root, ...(parent === undefined ? {} : { parent }) });
  const spans: Span[] = [];
  for (let after = 0; ;) {
    const page = await store.events(runId, { after, limit: PAGE_EVENTS, values: "none" });
    for (const { event } of page) spans.push(...log.take(event));
    if (page.length < PAGE_EVENTS) break;
    after = page.at(-1)!.seq;
  }
  spans.push(...log.open());
  for (let after = 0; ;) {
    const page = await store.logs(runId, { after, limit: PAGE_LINES });
    for (const line of page) {
      const span = userSpan(line, { runId, root });
      if (span) spans.push(span);
    }
    if (page.length < PAGE_LINES) return spans;
    after = page.at(-1)!.id;
  }
}
