/**
 * What a graph break cost: the time in which work could have been under way and was not, because the function waited for a whole list.
 *
 * Owns: the formula. Leaves to runner/: which call was awaited where; to the store: events.
 *
 * R1. A break awaits calls A and its delivery opens a segment S. *Followers* are the calls made in S that take single items of a call
 *     a in A: by a mapped list, or as one element handed on. They depended on those items and on nothing later.
 * R2. overlap = (when the last of A closed) - (when the first item of the awaited calls that followers take from was there), without
 *     the time in which nobody ran the run; 0 where nothing followed that took single items.
 * R3. So an await of one item costs 0, and so does one after which the function takes the list as a whole (gather, whole, code).
 *     Lists of texts and numbers that were cut or changed on the way carry no lineage: what took them is not counted, and the figure
 *     is a lower bound.
 * R4. Breaks that overlap in time (helpers under Promise.all) count each for themselves; the total counts every moment once.
 */
import type { EdgeRecord, InputRef, StoredEvent } from "../model/events.ts";
import type { CallNo } from "../model/ids.ts";

/** One time that a break was passed. */
export interface BreakPassed {
  /** Calls that were awaited. */
  readonly calls: readonly CallNo[];
  /** Number of the segment that the delivery opened. */
  readonly segment: number;
}

export interface BreakCost {
  /** Items of the awaited calls. */
  readonly items: number;
  /** Calls of the opened segment that took single items (R1). */
  readonly followers: number;
  /** Ms. */
  readonly overlapMs: number;
  /** From the first item to the delivery, whether or not anything could have used it; 0 without items. */
  readonly spreadMs: number;
}

export interface OverlapReport {
  /** As the breaks were given. */
  readonly breaks: readonly BreakCost[];
  /** Ms; every moment once (R4). */
  readonly totalMs: number;
}

type Span = readonly [fromMs: number, toMs: number];

interface CallTimes {
  items: number;
  firstAt: number | undefined;
  closedAt: number | undefined;
}

interface Created {
  readonly call: CallNo;
  readonly segment: number;
  readonly edges: readonly EdgeRecord[];
  readonly inputs: Readonly<Record<string, InputRef>>;
}

export function overlapOf(events: readonly StoredEvent[], breaks: readonly BreakPassed[]): OverlapReport {
  const log = new TimedLog(events);
  const spans: Span[] = [];
  const costs = breaks.map(({ calls, segment }) => {
    const awaited = calls.flatMap((call) => log.times.get(call) ?? []);
    const followers = (log.segments.get(segment) ?? []).filter((one) => calls.some((call) => takesItems(one, call)));
    const used = calls.filter((call) => followers.some((one) => takesItems(one, call)));
    const deliveredAt = latest(awaited.map((times) => times.closedAt));
    const overlap = log.span(earliest(calls, log), deliveredAt);
    const cost = log.span(earliest(used, log), deliveredAt);
    if (cost) spans.push(cost);
    return {
      items: awaited.reduce((sum, times) => sum + times.items, 0),
      followers: followers.length,
      overlapMs: cost ? log.ranMs(cost) : 0,
      spreadMs: overlap ? log.ranMs(overlap) : 0,
    };
  });
  return { breaks: costs, totalMs: union(spans).reduce((sum, span) => sum + log.ranMs(span), 0) };
}

/** R1. */
function takesItems({ edges, inputs }: Created, from: CallNo): boolean {
  return edges.some((edge) => {
    if (edge.from !== from || edge.kind !== "solid" || edge.param === undefined) return false;
    const input = inputs[edge.param];
    if (input === undefined) return false;
    return input.from === "value" ? edge.items !== undefined : input.how === "item";
  });
}

function earliest(calls: readonly CallNo[], log: TimedLog): number | undefined {
  const firsts = calls.flatMap((call) => log.times.get(call)?.firstAt ?? []);
  return firsts.length === 0 ? undefined : Math.min(...firsts);
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

function union(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of spans.toSorted(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last && span[0] <= last[1]) joined[joined.length - 1] = [last[0], Math.max(last[1], span[1])];
    else joined.push(span);
  }
  return joined;
}

class TimedLog {
  readonly times: Map<CallNo, CallTimes> = new Map();
  readonly segments: Map<number, Created[]> = new Map();
  /** Stretches in which nobody ran the run. */
  readonly #idle: Span[] = [];

  constructor(events: readonly StoredEvent[]) {
    let lastAt: number | undefined;
    for (const { event } of events) {
      if (event.type === "run.resumed" && lastAt !== undefined) this.#idle.push([lastAt, event.at]);
      lastAt = event.at;
      switch (event.type) {
        case "call.created": {
          const made = this.segments.get(event.segment);
          if (made) made.push(event);
          else this.segments.set(event.segment, [event]);
          this.times.set(event.call, { items: 0, firstAt: undefined, closedAt: undefined });
          break;
        }
        case "item.completed":
          this.#count(event.call, event.size ?? 1);
          this.#first(event.call, event.at);
          break;
        case "item.yielded":
          this.#first(event.call, event.at);
          break;
        case "items.filtered":
          if (event.kept.length > 0) this.#first(event.call, event.at);
          this.#count(event.call, event.kept.length);
          break;
        case "call.closed": {
          const times = this.times.get(event.call);
          if (times) times.closedAt = event.at;
          break;
        }
        default:
          break;
      }
    }
  }

  span(from: number | undefined, to: number | undefined): Span | undefined {
    return from === undefined || to === undefined || to <= from ? undefined : [from, to];
  }

  /** Ms of a stretch in which somebody ran the run. */
  ranMs([from, to]: Span): number {
    let ms = to - from;
    for (const [stopped, resumed] of this.#idle) {
      ms -= Math.max(0, Math.min(to, resumed) - Math.max(from, stopped));
    }
    return Math.max(0, ms);
  }

  #count(call: CallNo, items: number): void {
    const times = this.times.get(call);
    if (times) times.items += items;
  }

  #first(call: CallNo, at: number): void {
    const times = this.times.get(call);
    if (times) times.firstAt ??= at;
  }
}
