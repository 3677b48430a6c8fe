/**
 * Spans as a Chrome trace (JSON): opens in Perfetto and in chrome://tracing.
 *
 * R1. A run is a process, a slot of a node a thread: attempts in a thread do not overlap, as complete events must not.
 * R2. Calls, and what node code opened, may overlap as they like: they are async events.
 * R3. Times are microseconds after the first span.
 */
import { lanesOf, type Lane } from "./lanes.ts";
import type { Span } from "./span.ts";

interface TraceEvent {
  readonly ph: "X" | "b" | "e" | "M";
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly id?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

export interface ChromeTrace {
  readonly displayTimeUnit: "ms";
  readonly traceEvents: readonly TraceEvent[];
}

export function chromeTrace(spans: readonly Span[]): ChromeTrace {
  const zeroMs = spans.reduce((least, { startMs }) => Math.min(least, startMs), Infinity);
  const nowMs = spans.reduce((most, { startMs, endMs = startMs }) => Math.max(most, endMs), 0);
  const endOf = ({ endMs = nowMs }: Span): number => endMs;
  const time = (ms: number): number => Math.round((ms - zeroMs) * 1000);
  const traceEvents: TraceEvent[] = [];
  for (const [pid, of] of [...Map.groupBy(spans, ({ runId }) => runId).values()].entries()) {
    const run = of.find(({ kind }) => kind === "run");
    const process = { pid: pid + 1, tid: 0 };
    const label = run === undefined ? of[0]!.runId : `${run.name} ${run.runId}`;
    traceEvents.push({ ...process, ph: "M", name: "process_name", args: { name: label } });
    for (const [i, lane] of lanesOfRun(of, endOf).entries()) {
      const thread = { pid: pid + 1, tid: i + 1 };
      traceEvents.push({ ...thread, ph: "M", name: "thread_name", args: { name: lane.name } });
      traceEvents.push({ ...thread, ph: "M", name: "thread_sort_index", args: { sort_index: i } });
      for (const span of lane.spans) {
        const ts = time(span.startMs);
        const dur = Math.max(0, time(endOf(span)) - ts);
        traceEvents.push({ ...thread, ph: "X", name: span.name, cat: span.kind, ts, dur, args: argsOf(span) });
      }
    }
    for (const span of of) {
      if (span.kind === "run" || span.kind === "attempt" || span.kind === "item") continue;
      const common = { ...process, name: span.name, cat: span.kind, id: span.spanId };
      traceEvents.push({ ...common, ph: "b", ts: time(span.startMs), args: argsOf(span) });
      traceEvents.push({ ...common, ph: "e", ts: time(endOf(span)) });
    }
  }
  return { displayTimeUnit: "ms", traceEvents };
}

/** R1. The run itself first, then its nodes in the order in which they began. */
export function lanesOfRun(spans: readonly Span[], endOf: (span: Span) => number): readonly Lane[] {
  const run = spans.filter(({ kind }) => kind === "run");
  const attempts = spans.filter(({ kind }) => kind === "attempt").toSorted((a, b) => a.startMs - b.startMs);
  const byNode = Map.groupBy(attempts, ({ attributes }) => String(attributes["workgraph.node"]));
  return [...lanesOf("run", run, endOf), ...[...byNode].flatMap(([node, of]) => lanesOf(node, of, endOf))];
}

function argsOf({ address, spanId, status, message, attributes }: Span): Readonly<Record<string, unknown>> {
  return { address, spanId, status, ...(message === undefined ? {} : { message }), ...attributes };
}
