/**
 * Spans as a speedscope file.
 *
 * R1. The first profile is the critical path: what the end of the run waited for, in order. Then one profile per slot of a node, as
 *     spans of one profile must nest.
 * R2. Times are ms after the first span.
 */
import { lanesOfRun } from "./chrome-trace.ts";
import type { Span } from "./span.ts";

/** A stretch of the critical path. */
export interface PathStretch {
  readonly name: string;
  /** Ms after the first event of the run. */
  readonly fromMs: number;
  readonly toMs: number;
}

interface Profile {
  readonly type: "evented";
  readonly name: string;
  readonly unit: "milliseconds";
  readonly startValue: number;
  readonly endValue: number;
  readonly events: readonly { readonly type: "O" | "C"; readonly frame: number; readonly at: number }[];
}

export interface SpeedscopeFile {
  readonly $schema: "https://www.speedscope.app/file-format-schema.json";
  readonly exporter: string;
  readonly name: string;
  readonly activeProfileIndex: number;
  readonly shared: { readonly frames: readonly { readonly name: string }[] };
  readonly profiles: readonly Profile[];
}

export function speedscope(name: string, spans: readonly Span[], path: readonly PathStretch[]): SpeedscopeFile {
  const zeroMs = spans.reduce((least, { startMs }) => Math.min(least, startMs), Infinity);
  const nowMs = spans.reduce((most, { startMs, endMs = startMs }) => Math.max(most, endMs), 0);
  const endOf = ({ endMs = nowMs }: Span): number => endMs;
  const frames = new Frames();
  const profiles = [profileOf("critical path", path, frames)];
  for (const [runId, of] of Map.groupBy(spans, (span) => span.runId)) {
    const label = of.find(({ kind }) => kind === "run")?.name ?? runId;
    for (const lane of lanesOfRun(of, endOf)) {
      if (lane.name === "run") continue;
      const stretches = lane.spans.map((span) => ({
        name: String(span.attributes["workgraph.node"]),
        fromMs: span.startMs - zeroMs,
        toMs: endOf(span) - zeroMs,
      }));
      profiles.push(profileOf(`${label}: ${lane.name}`, stretches, frames));
    }
  }
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    exporter: "agentic-workgraph",
    name,
    activeProfileIndex: 0,
    shared: { frames: frames.all },
    profiles,
  };
}

function profileOf(name: string, stretches: readonly PathStretch[], frames: Frames): Profile {
  const events = stretches.flatMap(({ name: of, fromMs, toMs }) => {
    const frame = frames.of(of);
    return [
      { type: "O", frame, at: fromMs },
      { type: "C", frame, at: toMs },
    ] as const;
  });
  const endValue = stretches.reduce((most, { toMs }) => Math.max(most, toMs), 0);
  return { type: "evented", name, unit: "milliseconds", startValue: 0, endValue, events };
}

class Frames {
  readonly all: { readonly name: string }[] = [];
  readonly #known: Map<string, number> = new Map();

  of(name: string): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const added = this.all.push({ name }) - 1;
    this.#known.set(name, added);
    return added;
  }
}
