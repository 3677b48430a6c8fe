/** What a launch from a recorded run would reuse and execute, told before it is made. */
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { assertNever } from "../../src/base/assert.ts";
import type { ReusePlan, MadeBecause, PlannedItem } from "../../src/model/reuse-plan.ts";
import type { ItemStatus } from "../../src/model/status.ts";
import { nodesOf, type RunView } from "../../src/model/view.ts";
import { hasToken, launch } from "../api/client.ts";
import type { AgainOrder } from "./command.ts";

/** The body of the request; what is left to its default is left out. */
export function bodyOf({ kind, code, input, from, tags }: AgainOrder): Readonly<Record<string, unknown>> {
  if (kind === "resume") return {};
  return {
    ...(code === "current" ? {} : { code }),
    ...(input === undefined ? {} : { input }),
    ...(kind === "fork" && from.length > 0 ? { from } : {}),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  };
}

/** Asked of the server, which performs the function over what is recorded; nothing executes and nothing is started. */
export function useForkPlan(order: AgainOrder | undefined): UseQueryResult<ReusePlan> {
  const body = order === undefined ? undefined : { ...bodyOf({ ...order, tags: {} }), dryRun: true };
  return useQuery({
    queryKey: ["plan", order?.run, body],
    enabled: order !== undefined && order.kind === "fork" && hasToken(),
    queryFn: () => launch<ReusePlan>(`/api/runs/${order!.run}/fork`, body),
    placeholderData: keepPreviousData,
    staleTime: 0,
    retry: false,
  });
}

export interface NodeCount {
  readonly node: string;
  readonly items: number;
}

/** A resume takes over what has a result, and executes what has none: as the log stands. */
export function resumePlan(view: RunView): {
  readonly reused: readonly NodeCount[];
  readonly executes: readonly NodeCount[];
  readonly failed: readonly NodeCount[];
} {
  return {
    reused: counted(view, ["completed", "reused"]),
    executes: counted(view, ["waiting", "queued", "running", "retrying", "cancelled", "abandoned"]),
    failed: counted(view, ["failed"]),
  };
}

/** What the run had, node by node: a rerun begins from nothing. */
export function itemsOf(view: RunView): readonly NodeCount[] {
  return nodesOf(view)
    .map(({ node, total }) => ({ node, items: total }))
    .filter(({ items }) => items > 0);
}

function counted(view: RunView, statuses: readonly ItemStatus[]): readonly NodeCount[] {
  return nodesOf(view)
    .map(({ node, counts }) => ({ node, items: statuses.reduce((sum, one) => sum + (counts[one] ?? 0), 0) }))
    .filter(({ items }) => items > 0);
}

export interface ExecutedGroup {
  readonly node: string;
  readonly because: MadeBecause;
  readonly places: readonly string[];
}

/** Items of one node that execute for one reason, together. */
export function executedGroups(executes: readonly PlannedItem[]): readonly ExecutedGroup[] {
  const found = new Map<string, { node: string; because: MadeBecause; places: string[] }>();
  for (const { node, place, because } of executes) {
    const key = `${node} ${because.kind}`;
    const group = found.get(key);
    if (group === undefined) found.set(key, { node, because, places: [place] });
    else group.places.push(place);
  }
  return [...found.values()];
}

export function becauseText(because: MadeBecause): string {
  switch (because.kind) {
    case "code":
      return "its code is another";
    case "input":
      return `it was given something else (${because.was})`;
    case "named":
      return "named here, or depends on what was named";
    case "effect":
      return "it acts on the outside world";
    case "impure":
      return `it read more than its inputs: ${because.reads.join(", ")}`;
    case "artifact":
      return "a folder that it opened, or a model that it asked, is another now";
    case "no result":
      return "the run has no result there";
    case "new":
      return "the run has nothing like it";
    default:
      return assertNever(because);
  }
}
