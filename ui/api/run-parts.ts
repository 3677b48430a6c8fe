/** What single panes of the debugger ask for, beside what every page does (queries.ts). */
import {
  useInfiniteQuery,
  useQuery,
  type InfiniteData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import type { Timeline } from "../../src/model/timeline.ts";
import { address as url, get, launch } from "./client.ts";
import { asked } from "./operation.ts";
import type { RunState } from "./run-store.ts";
import type { EventList, Page, RunList } from "./answers.ts";

/** Above this many events a run that goes on is read again less often: its whole log is. */
const LONG_LOG = 20_000;

/** A run that goes on is asked again every second or every few; one that has ended never. */
export function useTimeline(runId: string, live: RunState): UseQueryResult<Timeline> {
  const everyMs = live.view.seq > LONG_LOG ? 5_000 : 1_000;
  const slice = live.connection === "ended" ? `end ${live.view.seq}` : String(Math.floor(live.heardAt / everyMs));
  return useQuery({
    queryKey: ["timeline", runId, slice],
    enabled: live.connection !== "loading",
    queryFn: ({ signal }) => get<Timeline>(`/api/runs/${runId}/timeline`, {}, signal),
    placeholderData: (known) => known,
    staleTime: Infinity,
  });
}

/** The same with when each attempt could have started, once the run has ended: for that the lineage of every item is read. */
export function useWaits(runId: string, live: RunState): UseQueryResult<Timeline> {
  return useQuery({
    queryKey: ["timeline", runId, `waits ${live.view.seq}`],
    enabled: live.connection === "ended" && live.view.seq <= LONG_LOG,
    queryFn: ({ signal }) => get<Timeline>(`/api/runs/${runId}/timeline`, { waits: "told" }, signal),
    staleTime: Infinity,
  });
}

/** When the items of a child run ran; of a run that goes on, as it was when it was opened here. */
export function useChildTimeline(runId: string | undefined): UseQueryResult<Timeline> {
  return useQuery({
    queryKey: ["timeline", runId, "child"],
    enabled: runId !== undefined,
    queryFn: ({ signal }) => get<Timeline>(`/api/runs/${runId}/timeline`, {}, signal),
  });
}

export interface LineageLink {
  readonly id: string;
  readonly how: "item" | "gather" | "value" | "object";
  readonly param?: string;
  readonly index?: number;
  readonly modified?: true;
}

export interface LineageEntry {
  readonly id: string;
  readonly kind: "item" | "child" | "value" | "list" | "input" | "artifact";
  readonly depth: number;
  readonly node?: string;
  readonly path?: string;
  readonly status?: string;
  readonly run?: string;
  readonly selector?: string;
  readonly ends?: "code" | "graph break";
  readonly links: readonly LineageLink[];
}

export interface Lineage extends Page {
  readonly entries: readonly LineageEntry[];
  readonly cut: boolean;
  readonly hint?: string;
}

export function useLineage(
  address: string,
  direction: "from" | "into",
  revision: string,
): UseInfiniteQueryResult<InfiniteData<Lineage>> {
  return useInfiniteQuery({
    queryKey: ["lineage", address, direction, revision],
    queryFn: ({ pageParam, signal }) =>
      asked<Lineage>(
        `lineage ${address} ${direction}`,
        url(`/api/items/${address}/lineage`, { direction, limit: 100, cursor: pageParam }),
        signal,
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: (known, query) => (query?.queryKey[1] === address ? known : undefined),
  });
}

export interface Why {
  readonly status: string;
  readonly comparedWith?: string;
  readonly reasons: readonly (Readonly<Record<string, unknown>> & { readonly kind: string })[];
}

export function useWhy(address: string, revision: string): UseQueryResult<Why> {
  return useQuery({
    queryKey: ["why", address, revision],
    queryFn: ({ signal }) => get<Why>(`/api/items/${address}/why`, {}, signal),
  });
}

export interface Ghost {
  readonly path: string;
  readonly line: number;
  readonly kind: string;
  readonly node?: string;
  /** From the outermost to the innermost. */
  readonly branches: readonly { readonly kind: string; readonly condition: string; readonly line: number }[];
}

export function useGhosts(runId: string, wanted: boolean, revision: string): UseQueryResult<readonly Ghost[]> {
  return useQuery({
    queryKey: ["ghosts", runId, revision],
    enabled: wanted,
    queryFn: async ({ signal }) =>
      (await get<{ readonly ghosts: readonly Ghost[] }>(`/api/runs/${runId}/ghosts`, {}, signal)).ghosts,
  });
}

/** A place where the workflow function waits for real values, and what that cost in a run. */
export interface GraphBreak {
  readonly file: string;
  readonly line: number;
  readonly nodes: readonly string[];
  readonly passed?: number;
  readonly items?: number;
  /** Ms of work that could have overlapped and did not. */
  readonly overlapMs?: number;
}

/** The workflow function runs again over the recorded results, none of its nodes; that is code of the project, so it takes the
 *  token of a launch, and it is asked for by hand. */
export function useBreaks(
  of: { readonly workflow: string; readonly runId: string },
  wanted: boolean,
): UseQueryResult<readonly GraphBreak[]> {
  return useQuery({
    queryKey: ["breaks", of.runId],
    enabled: wanted,
    retry: false,
    staleTime: Infinity,
    queryFn: async () =>
      (
        await launch<{ readonly breaks: readonly GraphBreak[] }>(`/api/workflows/${of.workflow}/explain`, {
          run: of.runId,
        })
      ).breaks,
  });
}

export function useChildRuns(runId: string, revision: string): UseInfiniteQueryResult<InfiniteData<RunList>> {
  return useInfiniteQuery({
    queryKey: ["children", runId, revision],
    queryFn: ({ pageParam, signal }) =>
      get<RunList>("/api/runs", { parent: runId, limit: 200, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: (known) => known,
  });
}

/** The child run that stands for an item, or the first one of a call. */
export async function findChild(
  runId: string,
  at: { readonly call: number; readonly item?: number | undefined },
): Promise<string | undefined> {
  let cursor: string | undefined;
  let found: string | undefined;
  do {
    const page: RunList = await get<RunList>("/api/runs", { parent: runId, limit: 200, cursor });
    for (const run of page.runs) {
      if (run.parent?.call !== at.call || (at.item !== undefined && run.parent.item !== at.item)) continue;
      // Without an item the one that needs a look goes first, then the earliest.
      if (at.item !== undefined || run.status === "failed") return run.runId;
      found = run.runId;
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return found;
}

/** Events of one item, all of them; more than an item ever has are cut. */
export function useItemEvents(address: string | undefined, revision: string): UseQueryResult<EventList> {
  return useQuery({
    queryKey: ["item-events", address, revision],
    enabled: address !== undefined,
    queryFn: ({ signal }) => get<EventList>(`/api/runs/${address}/events`, { limit: 500 }, signal),
    placeholderData: (known, query) => (query?.queryKey[1] === address ? known : undefined),
  });
}

export interface ArtifactEntry {
  readonly selector: string;
  readonly name: string;
  readonly kind?: string;
  readonly labels: readonly string[];
  readonly address: string;
  readonly files: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly path: string;
  readonly present: boolean;
}

export function useArtifactsOf(runId: string, revision: string): UseQueryResult<readonly ArtifactEntry[]> {
  return useQuery({
    queryKey: ["artifacts", runId, revision],
    queryFn: async ({ signal }) =>
      (
        await get<{ readonly artifacts: readonly ArtifactEntry[] }>(
          `/api/runs/${runId}/artifacts`,
          { limit: 200 },
          signal,
        )
      ).artifacts,
    placeholderData: (known) => known,
  });
}

export interface RunTree {
  readonly tree: {
    readonly rollUp?: { readonly runs: number; readonly counts: Readonly<Record<string, number>> };
  };
  readonly above: readonly { readonly runId: string; readonly workflow: string }[];
  readonly total: number;
}

export function useTree(
  runId: string,
  { wanted, revision }: { readonly wanted: boolean; readonly revision: string },
): UseQueryResult<RunTree> {
  return useQuery({
    queryKey: ["tree", runId, revision],
    enabled: wanted,
    queryFn: ({ signal }) => get<RunTree>(`/api/runs/${runId}/tree`, { limit: 1 }, signal),
    placeholderData: (known) => known,
  });
}
