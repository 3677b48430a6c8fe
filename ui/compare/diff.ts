/** What the server says about two runs or versions. */
import type { ItemCounts, RunStatus } from "../../src/model/status.ts";
import { useAwaited, type Awaited } from "../api/operation.ts";

export interface Side {
  readonly kind: "run" | "version";
  readonly runId: string;
  readonly workflow: string;
  readonly version: string;
  readonly status?: RunStatus;
  readonly durationMs?: number;
}

export interface ValueChange {
  readonly path: string;
  readonly before?: unknown;
  readonly now?: unknown;
}

export interface CodeHunk {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface Cause {
  readonly kind: string;
  readonly node?: string;
  readonly because?: string;
  readonly hunks?: readonly CodeHunk[];
  readonly packages?: readonly PackageChange[];
  readonly isHashedAnew?: boolean;
  readonly changes?: readonly ValueChange[];
  readonly total?: number;
  readonly places?: readonly { readonly file: string; readonly line: number; readonly text?: string }[];
}

export interface First {
  readonly what: "result" | "arguments" | "only in a" | "only in b" | "winner" | "output" | "none";
  readonly node?: string;
  readonly param?: string;
  readonly a?: string;
  readonly b?: string;
  readonly before?: string;
  readonly now?: string;
  readonly cause: Cause;
}

export interface PackageChange {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

export interface NodeFigures {
  readonly node: string;
  readonly calls: { readonly a: number; readonly b: number };
  readonly items: { readonly a: ItemCounts; readonly b: ItemCounts };
  readonly ms: { readonly a: number; readonly b: number };
  /** Items that came out other, or that one of the runs alone has. */
  readonly differing: number;
}

export interface ItemChange {
  readonly a?: string;
  readonly b?: string;
  readonly node: string;
  readonly path: string;
  readonly change: "result" | "status" | "only in a" | "only in b";
  readonly isSameInput?: boolean;
  readonly before?: string;
  readonly now?: string;
}

export interface Diff {
  readonly a: Side;
  readonly b: Side;
  readonly isSame: boolean;
  readonly first?: First;
  readonly code?: {
    readonly isOther: boolean;
    readonly files: readonly { readonly file: string; readonly change: string }[];
    readonly nodes: readonly { readonly node: string; readonly change: string }[];
    readonly isFunctionOther: boolean;
    readonly packages: readonly PackageChange[];
    readonly isHashedAnew: boolean;
    readonly runtimes?: { readonly before: string; readonly now: string };
  };
  readonly input?: { readonly changes: readonly ValueChange[]; readonly total: number };
  readonly shape?: {
    readonly calls: { readonly a: number; readonly b: number };
    readonly onlyATotal: number;
    readonly onlyBTotal: number;
  };
  readonly nodes?: readonly NodeFigures[];
  readonly items?: readonly ItemChange[];
  readonly itemsTotal?: number;
}

export function useDiff(a: string | undefined, b: string | undefined): Awaited<Diff> {
  return useAwaited<Diff>({
    queryKey: ["diff", a, b],
    enabled: a !== undefined && b !== undefined,
    path: "/api/diff",
    query: { a, b, limit: 500 },
  });
}
