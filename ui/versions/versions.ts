/** The versions that runs of a workflow had, newest first. */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import type { RunStatus } from "../../src/model/status.ts";
import { get } from "../api/client.ts";

export interface VersionEntry {
  readonly workflow: string;
  readonly version: string;
  readonly file?: string;
  readonly nodeVersion?: string;
  readonly hasher?: string;
  readonly git?: { readonly commit?: string; readonly branch?: string; readonly dirty?: boolean };
  readonly runs: number;
  readonly statuses: Readonly<Partial<Record<RunStatus, number>>>;
  readonly firstRun: string;
  readonly lastRun: string;
  readonly firstAt: string;
  readonly lastAt: string;
}

export function useVersions(workflow: string): UseQueryResult<{ readonly versions: readonly VersionEntry[] }> {
  return useQuery({
    queryKey: ["versions", workflow],
    queryFn: ({ signal }) => get<{ readonly versions: readonly VersionEntry[] }>("/api/versions", { workflow }, signal),
  });
}
