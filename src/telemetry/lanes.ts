/**
 * Spans that overlap, laid beside each other: each takes the lowest lane that is free when it begins.
 *
 * R1. Within a lane no two overlap, so a profiler may draw each lane as a stack of its own.
 */
import type { Span } from "./span.ts";

export interface Lane {
  readonly name: string;
  /** In order of their start. */
  readonly spans: readonly Span[];
}

/** @param endOf when a span ends; of an open one, when it was looked at */
export function lanesOf(name: string, spans: readonly Span[], endOf: (span: Span) => number): readonly Lane[] {
  const lanes: Span[][] = [];
  const free: number[] = [];
  for (const span of spans.toSorted((a, b) => a.startMs - b.startMs)) {
    let at = free.findIndex((until) => until <= span.startMs);
    if (at < 0) at = lanes.push([]) - 1;
    lanes[at]!.push(span);
    free[at] = endOf(span);
  }
  return lanes.map((of, i) => ({ name: lanes.length === 1 ? name : `${name} #${i + 1}`, spans: of }));
}
