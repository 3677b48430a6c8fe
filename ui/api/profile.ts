/** Where the time of a run went, as the server answers it, and what it would have been otherwise. */
import type { Prediction, Profile } from "../../src/model/profile.ts";
import { useAwaited, type Awaited } from "./operation.ts";
import type { RunState } from "./run-store.ts";

/** A change that is asked about, in the words of the operation. */
export interface AskedChange {
  readonly limits: readonly string[];
  readonly withoutBreaks: readonly string[];
  readonly withoutGathers: readonly string[];
}

/** A run that goes on is read anew now and then, its whole log each time; one that has ended never. */
const EVERY_MS = 5_000;

export function useProfile(runId: string, live: RunState, wanted: boolean): Awaited<Profile> {
  const slice = live.connection === "ended" ? `end ${live.view.seq}` : String(Math.floor(live.heardAt / EVERY_MS));
  return useAwaited<Profile>({
    queryKey: ["profile", runId, slice],
    enabled: wanted && live.connection !== "loading",
    path: `/api/runs/${runId}/profile`,
    query: { limit: 1 },
    while: "keeps the answer before",
    staleTime: Infinity,
  });
}

export function useWhatIf(runId: string, seq: number, asked: AskedChange): Awaited<Prediction | null> {
  const { limits, withoutBreaks, withoutGathers } = asked;
  return useAwaited<Prediction | null, Profile>({
    queryKey: ["what if", runId, seq, asked],
    enabled: limits.length + withoutBreaks.length + withoutGathers.length > 0,
    path: `/api/runs/${runId}/profile`,
    query: { limit: 1, limits, withoutBreaks, withoutGathers },
    select: ({ whatIf }) => whatIf ?? null,
    while: "keeps the answer before",
    staleTime: Infinity,
  });
}
