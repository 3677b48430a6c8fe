/** One workflow as the server describes it. */
import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { get } from "../api/client.ts";

interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly choices?: readonly unknown[];
}

export interface Described {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly file: string;
  readonly line?: number;
  readonly target: string;
  readonly version: string;
  readonly parameters: readonly Parameter[];
  readonly inputSchema?: Readonly<Record<string, unknown>>;
  readonly example?: unknown;
  readonly warnings: readonly string[];
}

export function useDescribed(name: string): UseQueryResult<Described> {
  return useQuery({
    queryKey: ["workflow", name],
    queryFn: ({ signal }) => get<Described>(`/api/workflows/${name}`, {}, signal),
  });
}
