/** What pages ask the server for, by key; answers of runs that have ended are kept. */
import {
  QueryClient,
  useInfiniteQuery,
  useQuery,
  type UseInfiniteQueryResult,
  type UseQueryResult,
  type InfiniteData,
} from "@tanstack/react-query";
import type { Graph } from "../../src/model/graph.ts";
import { unpackView, type PackedView } from "../../src/model/packed-view.ts";
import type { RunView } from "../../src/model/view.ts";
import { ApiError, get } from "./client.ts";
import type { EventList, ItemDetail, ItemList, RunDetail, RunList, SourceFiles, WorkflowList } from "./answers.ts";

export const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      retry: (failures, error) => !(error instanceof ApiError) && failures < 3,
    },
  },
});

export interface RunsFilter {
  readonly workflow?: string | undefined;
  readonly status?: string | undefined;
  readonly version?: string | undefined;
  readonly text?: string | undefined;
  /** Created at or after: how long ago. */
  readonly from?: string | undefined;
  /** key=value */
  readonly tags?: readonly string[] | undefined;
}

export function useRuns(filter: RunsFilter): UseInfiniteQueryResult<InfiniteData<RunList>> {
  return useInfiniteQuery({
    queryKey: ["runs", filter],
    queryFn: ({ pageParam, signal }) => get<RunList>("/api/runs", { ...filter, limit: 100, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
  });
}

export function useRun(runId: string, seq: number): UseQueryResult<RunDetail> {
  // Asked again when the run has moved on; the rest of the header comes from the view.
  return useQuery({
    queryKey: ["run", runId, Math.min(seq, 1), seq],
    queryFn: ({ signal }) => get<RunDetail>(`/api/runs/${runId}`, {}, signal),
    placeholderData: (known) => known,
  });
}

export function useGraph(
  runId: string,
  of: { readonly shape: "folded" | "unrolled"; readonly revision: string },
): UseQueryResult<Graph> {
  return useQuery({
    queryKey: ["graph", runId, of.shape, of.revision],
    queryFn: ({ signal }) => get<Graph>(`/api/runs/${runId}/graph`, { shape: of.shape }, signal),
    placeholderData: (known) => known,
  });
}

export function useViewAt(runId: string, at: number | undefined): UseQueryResult<RunView | null> {
  return useQuery({
    queryKey: ["view", runId, at],
    enabled: at !== undefined,
    queryFn: async ({ signal }) => {
      if (at === undefined) return null;
      return unpackView((await get<{ readonly view: PackedView }>(`/api/runs/${runId}/view`, { at }, signal)).view);
    },
    placeholderData: (known) => known,
    staleTime: Infinity,
  });
}

export interface ItemsFilter {
  readonly call?: number | undefined;
  readonly node?: string | undefined;
  readonly status?: readonly string[] | undefined;
  /** Items of one answer; default 200. */
  readonly limit?: number | undefined;
  /** As they stood at this event. */
  readonly at?: number | undefined;
}

export function useItems(
  runId: string,
  filter: ItemsFilter,
  { revision, when = "now" }: { readonly revision: string; readonly when?: "now" | "never" },
): UseInfiniteQueryResult<InfiniteData<ItemList>> {
  const place = filter.call === undefined ? runId : `${runId}.${filter.call}`;
  return useInfiniteQuery({
    queryKey: ["items", place, filter.node, filter.status, filter.limit, filter.at, revision],
    enabled: when === "now",
    queryFn: ({ pageParam, signal }) =>
      get<ItemList>(
        `/api/runs/${place}/items`,
        {
          node: filter.node,
          status: filter.status,
          at: filter.at,
          values: "preview",
          limit: filter.limit ?? 200,
          cursor: pageParam,
        },
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: (known) => known,
  });
}

export function useItem(address: string | undefined, revision: string): UseQueryResult<ItemDetail> {
  return useQuery({
    queryKey: ["item", address, revision],
    enabled: address !== undefined,
    queryFn: ({ signal }) => get<ItemDetail>(`/api/items/${address}`, {}, signal),
    placeholderData: (known, query) => (query?.queryKey[1] === address ? known : undefined),
  });
}

export interface ValueText {
  readonly text: string;
  readonly offset: number;
  /** Characters of the whole text. */
  readonly length: number;
  readonly truncated: boolean;
}

/** A recorded value as JSON text, up to 256 KB of it. */
export function useValue(
  address: string | undefined,
  of: "result" | "input" | "output",
  revision: string,
): UseQueryResult<ValueText> {
  return useQuery({
    queryKey: ["value", address, of, revision],
    enabled: address !== undefined,
    queryFn: ({ signal }) => get<ValueText>(`/api/values/${address}`, { of, length: 262_144 }, signal),
  });
}

export function useEvents(
  runId: string,
  filter: { readonly place: string; readonly types?: readonly string[] | undefined; readonly after?: number },
  revision: string,
): UseInfiniteQueryResult<InfiniteData<EventList>> {
  return useInfiniteQuery({
    queryKey: ["events", runId, filter.place, filter.types, filter.after, revision],
    queryFn: ({ pageParam, signal }) =>
      get<EventList>(
        `/api/runs/${filter.place}/events`,
        { types: filter.types, values: "preview", limit: 500, cursor: pageParam },
        signal,
      ),
    initialPageParam: (filter.after ? String(filter.after) : undefined) as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: (known) => known,
  });
}

export function useSource(runId: string): UseQueryResult<SourceFiles> {
  return useQuery({
    queryKey: ["source", runId],
    queryFn: ({ signal }) => get<SourceFiles>(`/api/runs/${runId}/source`, {}, signal),
    staleTime: Infinity,
  });
}

export function useWorkflows(): UseQueryResult<WorkflowList> {
  return useQuery({
    queryKey: ["workflows"],
    queryFn: ({ signal }) => get<WorkflowList>("/api/workflows", {}, signal),
  });
}
