/** Where the time of a run went, as the server answers it, and what it would have been otherwise. */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { FlameFrame } from "../../src/model/flame.ts";
import { get } from "./client.ts";
import type { RunState } from "./run-store.ts";

export interface NodeTimes {
  readonly workflow: string;
  readonly node: string;
  readonly items: number;
  readonly attempts: number;
  readonly failed: number;
  readonly totalMs: number;
  readonly selfMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** 0 to 1. */
  readonly share: number;
  readonly queueMs: number;
  readonly retryMs: number;
  readonly peak: number;
}

export interface PathPart {
  readonly kind: "run" | "queue" | "retry" | "sleep" | "function" | "runtime" | "down";
  readonly fromMs: number;
  readonly toMs: number;
  readonly runId: string;
  readonly node?: string;
  readonly attempt?: number;
  readonly address?: string;
}

export interface Prediction {
  readonly measuredMs: number;
  readonly modelMs: number;
  readonly predictedMs: number;
  readonly limits: readonly { readonly node: string; readonly limit: number; readonly from: string }[];
  readonly assumptions: readonly string[];
  readonly unfinished: readonly number[];
}

export interface Profile {
  readonly workflow: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly runs: number;
  readonly runsLeftOut: number;
  readonly nodes: readonly NodeTimes[];
  readonly criticalPath: {
    readonly byKind: Readonly<Record<PathPart["kind"], number>>;
    readonly parts: readonly PathPart[];
    readonly truncated: boolean;
  };
  readonly concurrency: { readonly ms: number; readonly active: readonly number[] };
  readonly flame: FlameFrame;
  readonly whatIf?: Prediction;
}

/** A change that is asked about, in the words of the operation. */
export interface AskedChange {
  readonly limits: readonly string[];
  readonly withoutBreaks: readonly string[];
  readonly withoutGathers: readonly string[];
}

/** A run that goes on is read anew now and then, its whole log each time; one that has ended never. */
const EVERY_MS = 5_000;

export function useProfile(runId: string, live: RunState, wanted: boolean): UseQueryResult<Profile> {
  const slice = live.connection === "ended" ? `end ${live.view.seq}` : String(Math.floor(live.heardAt / EVERY_MS));
  return useQuery({
    queryKey: ["profile", runId, slice],
    enabled: wanted && live.connection !== "loading",
    queryFn: ({ signal }) => get<Profile>(`/api/runs/${runId}/profile`, { limit: 1 }, signal),
    placeholderData: (known) => known,
    staleTime: Infinity,
  });
}

export function useWhatIf(runId: string, seq: number, asked: AskedChange): UseQueryResult<Prediction | null> {
  const { limits, withoutBreaks, withoutGathers } = asked;
  return useQuery({
    queryKey: ["what if", runId, seq, asked],
    enabled: limits.length + withoutBreaks.length + withoutGathers.length > 0,
    queryFn: async ({ signal }) =>
      (await get<Profile>(`/api/runs/${runId}/profile`, { limit: 1, limits, withoutBreaks, withoutGathers }, signal))
        .whatIf ?? null,
    placeholderData: (known) => known,
    staleTime: Infinity,
  });
}
