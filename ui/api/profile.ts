/** Where the time of a run went, as the server answers it, and what it would have been otherwise. */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { Prediction, Profile } from "../../src/model/profile.ts";
import { get } from "./client.ts";
import type { RunState } from "./run-store.ts";

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
