/** Errors of all runs, those with one reason together. */
import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from "@tanstack/react-query";
import { get } from "../api/client.ts";
import type { Page } from "../api/answers.ts";

export interface ErrorGroup {
  readonly fingerprint: string;
  readonly workflow: string;
  readonly code: string;
  readonly node?: string;
  readonly pattern: string;
  readonly message: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly count: number;
  readonly finalCount: number;
  readonly runs: number;
  readonly versions: readonly { readonly version: string; readonly runs: number; readonly lastSeen: string }[];
  readonly last: { readonly runId: string; readonly address: string; readonly seq: number };
}

export interface GroupsFilter {
  readonly workflow?: string | undefined;
  readonly since?: string | undefined;
  readonly limit?: number;
}

type Groups = Page & { readonly groups: readonly ErrorGroup[] };

export function useErrorGroups(filter: GroupsFilter): UseInfiniteQueryResult<InfiniteData<Groups>> {
  return useInfiniteQuery({
    queryKey: ["error-groups", filter],
    queryFn: ({ pageParam, signal }) =>
      get<Groups>("/api/errors/groups", { limit: 100, ...filter, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.cursor,
    placeholderData: (known) => known,
  });
}
