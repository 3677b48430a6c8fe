/** Errors of all runs, those with one reason together. */
import { useInfiniteQuery, type InfiniteData, type UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ErrorGroupEntry } from "../../src/model/error-group.ts";
import { get } from "../api/client.ts";
import type { Page } from "../api/answers.ts";

export interface GroupsFilter {
  readonly workflow?: string | undefined;
  readonly since?: string | undefined;
  readonly limit?: number;
}

type Groups = Page & { readonly groups: readonly ErrorGroupEntry[] };

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
