/**
 * Answers that take their time: followed by their id, with how far they are, until they are there or somebody cancels them.
 *
 * Owns: following, and what is followed now. Leaves to client.ts: asking; to shell/awaited.tsx: how it looks.
 *
 * R1. What is not asked after any more ends by itself. A person who does not want to wait ends it at once: at the server where this tab has
 *     a token, and here in any case.
 * R2. Of what is followed each part of the page is told that shows it, by the key of its query.
 */
import { useQuery, type QueryKey, type UseQueryResult } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { address, ApiError, ask, hasToken, launch, read, type Query } from "./client.ts";

export interface OperationState<T = unknown> {
  readonly id: string;
  readonly status: "waiting" | "running" | "completed" | "failed" | "cancelled";
  readonly elapsedMs: number;
  readonly progress?: {
    readonly done: number;
    readonly total: number;
    readonly unit: "events" | "answers" | "bytes";
  };
  readonly answer?: T;
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

export interface Following {
  readonly told: (state: OperationState) => void;
  /** Aborts when a person cancels. */
  readonly cancelled: AbortSignal;
}

const CANCELLED = "WG6116";
/** So often it is told how far it is. */
const TELL_EVERY_MS = 500;

export function isCancelled(error: Error | null | undefined): boolean {
  return error instanceof ApiError && error.code === CANCELLED;
}

/** The answer of an operation that was begun. */
export async function follow<T>(
  begun: OperationState<T>,
  { told, cancelled }: Following,
  signal?: AbortSignal,
): Promise<T> {
  const both = signal === undefined ? cancelled : AbortSignal.any([signal, cancelled]);
  for (let state = begun; ;) {
    told(state);
    if (state.error !== undefined) throw new ApiError(500, state.error);
    if (state.answer !== undefined) return state.answer;
    const url = address(`/api/operations/${state.id}`, { waitMs: TELL_EVERY_MS });
    try {
      state = await read<OperationState<T>>(await ask(url, { signal: both }));
    } catch (error) {
      if (!cancelled.aborted) throw error;
      void end(state.id);
      throw new ApiError(409, { code: CANCELLED, message: "It was cancelled." });
    }
  }
}

/** R1. */
async function end(id: string): Promise<void> {
  // It ends by itself where it cannot be told.
  if (hasToken()) await launch<OperationState>(`/api/operations/${id}/cancel`, {}).catch(() => undefined);
}

interface Followed {
  readonly state: OperationState;
  readonly cancel: () => void;
}

const followed = new Map<string, Followed>();
const listeners = new Set<() => void>();

function tell(key: string, now: Followed | undefined): void {
  if (now) followed.set(key, now);
  else followed.delete(key);
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** A query whose answer may take its time. */
export interface Awaited<T> {
  readonly query: UseQueryResult<T>;
  /** While it is worked out; absent for what is there at once. */
  readonly going: Followed | undefined;
}

export function useAwaited<T, S = T>(of: {
  readonly queryKey: QueryKey;
  readonly enabled: boolean;
  readonly path: string;
  readonly query: Query;
  readonly select?: (answer: S) => T;
  /** "keeps the answer before": one to a question of the same kind is shown meanwhile. Default: none is. */
  readonly while?: "keeps the answer before";
  readonly staleTime?: number;
}): Awaited<T> {
  const key = JSON.stringify(of.queryKey);
  const query = useQuery<T>({
    queryKey: of.queryKey,
    enabled: of.enabled,
    queryFn: async ({ signal }) => {
      const answer = await asked<S>(key, address(of.path, of.query), signal);
      return of.select ? of.select(answer) : (answer as unknown as T);
    },
    ...(of.while ? { placeholderData: (known) => known as never } : {}),
    ...(of.staleTime === undefined ? {} : { staleTime: of.staleTime }),
  });
  return { query, going: useSyncExternalStore(listen, () => followed.get(key)) };
}

/** The answer of a GET, at once or followed; `useAwaited` for who shows how far it is. */
export async function asked<T>(key: string, url: string, signal: AbortSignal): Promise<T> {
  const response = await ask(url, { signal });
  if (response.status !== 202) return read<T>(response);
  const stop = new AbortController();
  const cancel = (): void => stop.abort();
  try {
    const told = (state: OperationState): void => tell(key, { state, cancel });
    return await follow(await read<OperationState<T>>(response), { told, cancelled: stop.signal }, signal);
  } finally {
    tell(key, undefined);
  }
}
