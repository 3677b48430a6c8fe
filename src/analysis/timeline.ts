/**
 * When the items of a run ran: spans in lanes, or how many at a time where there are too many to draw.
 *
 * Owns: reading spans out of the log and laying them into lanes. Leaves to whoever draws: pixels.
 *
 * R1. A span is one attempt, from its start to its outcome, as the log has it; nothing is interpolated.
 * R2. Lanes of a node are its slots as far as the log tells: a span takes the lowest lane that is free when it starts.
 * R3. Above `maxSpans` a node is told in buckets: attempts in flight and outcomes per bucket, never a sample.
 * R4. Times are ms after the run's first event.
 */
import type { RunEvent } from "../model/events.ts";
import { SPAN_OUTCOMES, type SpanOutcome, type Spans, type Timeline, type TimelineRow } from "../model/timeline.ts";
import type { EventStore } from "../store/store.ts";
import { BandReader } from "./band.ts";

export interface TimelineOptions {
  readonly maxSpans: number;
  /** Per row, for R3. */
  readonly buckets: number;
}

const PAGE = 5_000;

interface Attempt {
  readonly call: number;
  readonly item: number;
  readonly attempt: number;
  startMs: number;
  endMs: number;
  outcome: SpanOutcome;
}

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
  readonly #attempts: Map<string, Attempt[]> = new Map();
  readonly #open: Map<string, Attempt> = new Map();
  readonly #breaks: (readonly [number, number])[] = [];
  readonly #band: BandReader = new BandReader();
  #startedAt: number | undefined;
  #seq = 0;
  #endMs = 0;

  take(seq: number, event: RunEvent): void {
    this.#seq = seq;
    this.#startedAt ??= event.at;
    const at = event.at - this.#startedAt;
    this.#band.take(seq, event, at);
    switch (event.type) {
      case "run.resumed":
        // What was in flight when the owner died ended there, as far as anybody knows.
        for (const attempt of this.#open.values()) attempt.endMs = this.#endMs;
        this.#open.clear();
        this.#breaks.push([this.#endMs, at]);
        break;
      case "call.created":
        this.#nodes.set(event.call, event.node);
        break;
      case "items.started":
        for (const [i, item] of event.items.entries())
          this.#start(event.call, item, { at, attempt: event.attempts?.[i] ?? 1 });
        break;
      case "item.completed":
        if (event.to === "completed") this.#end(event, { at, outcome: "completed" });
        break;
      case "item.retrying":
        this.#end(event, { at, outcome: "retrying" });
        break;
      case "item.failed":
        this.#end(event, { at, outcome: event.to === "cancelled" ? "cancelled" : "failed" });
        break;
      default:
        break;
    }
    this.#endMs = Math.max(this.#endMs, at);
  }

  #start(call: number, item: number, of: { readonly at: number; readonly attempt: number }): void {
    const node = this.#nodes.get(call) ?? "";
    const made: Attempt = { call, item, attempt: of.attempt, startMs: of.at, endMs: of.at, outcome: "open" };
    const known = this.#attempts.get(node);
    if (known) known.push(made);
    else this.#attempts.set(node, [made]);
    this.#open.set(`${call}.${item}`, made);
  }

  #end(
    of: { readonly call: number; readonly item: number; readonly ms: number },
    told: { readonly at: number; readonly outcome: SpanOutcome },
  ): void {
    const key = `${of.call}.${of.item}`;
    const attempt = this.#open.get(key);
    if (!attempt) return;
    this.#open.delete(key);
    attempt.endMs = told.at;
    // Starts of a turn share one event; how long the attempt took was measured.
    attempt.startMs = Math.max(0, told.at - of.ms);
    attempt.outcome = told.outcome;
  }

  timeline({ maxSpans, buckets }: TimelineOptions): Timeline {
    for (const attempt of this.#open.values()) attempt.endMs = this.#endMs;
    const total = [...this.#attempts.values()].reduce((sum, list) => sum + list.length, 0);
    const rows = [...this.#attempts].map(([node, attempts]): TimelineRow => {
      const calls = [...new Set(attempts.map(({ call }) => call))];
      const shape = { node, calls, attempts: attempts.length };
      // Small rows stay exact beside large ones.
      const exact = total <= maxSpans || attempts.length <= maxSpans / 20;
      if (exact) return { ...shape, ...laid(attempts) };
      return { ...shape, lanes: 0, buckets: bucketed(attempts, { count: buckets, endMs: this.#endMs }) };
    });
    return {
      seq: this.#seq,
      startedAt: this.#startedAt ?? 0,
      endMs: this.#endMs,
      rows,
      breaks: this.#breaks,
      band: this.#band.band(),
    };
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
