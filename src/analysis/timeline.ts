/**
 * When the items of a run ran: spans in lanes, or how many at a time where there are too many to draw.
 *
 * Owns: laying attempts into lanes. Leaves to model/attempt-log.ts: reading them out of the log; to whoever draws: pixels.
 *
 * R1. A span is one attempt, as attempt-log.ts reads it.
 * R2. Lanes of a node are its slots as far as the log tells: a span takes the lowest lane that is free when it starts.
 * R3. Above `maxSpans` a node is told in buckets: attempts in flight and outcomes per bucket, never a sample.
 * R4. Times are ms after the run's first event.
 */
import { AttemptLog, type Attempt } from "../model/attempt-log.ts";
import type { RunEvent } from "../model/events.ts";
import { SPAN_OUTCOMES, type Spans, type Timeline, type TimelineRow } from "../model/timeline.ts";
import type { EventStore } from "../store/store.ts";
import { BandReader } from "./band.ts";

export interface TimelineOptions {
  readonly maxSpans: number;
  /** Per row, for R3. */
  readonly buckets: number;
}

const PAGE = 5_000;

export async function timelineOf(store: EventStore, runId: string, options: TimelineOptions): Promise<Timeline> {
  const reader = new SpanReader();
  for (let after = 0; ;) {
    const page = await store.events(runId, { after, limit: PAGE, values: "none" });
    for (const { seq, event } of page) reader.take(seq, event);
    if (page.length < PAGE) break;
    after = page.at(-1)!.seq;
  }
  return reader.timeline(options);
}

class SpanReader {
  readonly #nodes: Map<number, string> = new Map();
  readonly #log: AttemptLog = new AttemptLog();
  readonly #band: BandReader = new BandReader();
  #seq = 0;

  take(seq: number, event: RunEvent): void {
    this.#seq = seq;
    if (event.type === "call.created") this.#nodes.set(event.call, event.node);
    this.#log.take(event);
    this.#band.take(seq, event, event.at - this.#log.startedAt!);
  }

  timeline({ maxSpans, buckets }: TimelineOptions): Timeline {
    const { attempts: all, endMs, startedAt = 0, breaks } = this.#log;
    this.#log.open();
    const byNode = Map.groupBy(all, ({ call }) => this.#nodes.get(call) ?? "");
    const rows = [...byNode].map(([node, attempts]): TimelineRow => {
      const calls = [...new Set(attempts.map(({ call }) => call))];
      const shape = { node, calls, attempts: attempts.length };
      // Small rows stay exact beside large ones.
      const exact = all.length <= maxSpans || attempts.length <= maxSpans / 20;
      if (exact) return { ...shape, ...laid(attempts) };
      return { ...shape, lanes: 0, buckets: bucketed(attempts, { count: buckets, endMs }) };
    });
    return { seq: this.#seq, startedAt, endMs, rows, breaks, band: this.#band.band() };
  }
}

/** R2. */
function laid(attempts: readonly Attempt[]): { readonly lanes: number; readonly spans: Spans } {
  const spans: Spans = { call: [], item: [], attempt: [], startMs: [], endMs: [], outcome: [], lane: [] };
  const free: number[] = [];
  for (const one of attempts.toSorted((a, b) => a.startMs - b.startMs)) {
    let lane = free.findIndex((until) => until <= one.startMs);
    if (lane < 0) lane = free.length;
    free[lane] = Math.max(one.endMs, one.startMs + 0.001);
    spans.call.push(one.call);
    spans.item.push(one.item);
    spans.attempt.push(one.attempt);
    spans.startMs.push(one.startMs);
    spans.endMs.push(one.endMs);
    spans.outcome.push(SPAN_OUTCOMES.indexOf(one.outcome));
    spans.lane.push(lane);
  }
  return { lanes: free.length, spans };
}

/** R3. */
function bucketed(
  attempts: readonly Attempt[],
  of: { readonly count: number; readonly endMs: number },
): NonNullable<TimelineRow["buckets"]> {
  const ms = Math.max(of.endMs, 1) / of.count;
  const change = new Array<number>(of.count + 1).fill(0);
  const failed = new Array<number>(of.count).fill(0);
  const place = (at: number): number => Math.min(of.count - 1, Math.floor(at / ms));
  for (const one of attempts) {
    change[place(one.startMs)]! += 1;
    change[place(one.endMs) + 1]! -= 1;
    if (one.outcome === "failed" || one.outcome === "retrying") failed[place(one.endMs)]! += 1;
  }
  let running = 0;
  const active = change.slice(0, of.count).map((by) => (running += by));
  return { ms, active, failed };
}
