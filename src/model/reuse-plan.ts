/** What a run made from another one would reuse and execute, as far as that can be told without executing anything. */
import type { CallKind } from "./events.ts";
import type { SourceSite } from "./workgraph-error.ts";

/** Why an item has to be made. */
export type MadeBecause =
  /** The code of its node is another. */
  | { readonly kind: "code" }
  /** The source run has an item at its place that was given something else. */
  | { readonly kind: "input"; readonly was: string }
  /** Somebody named it, or it depends on what was named. */
  | { readonly kind: "named" }
  /** It acts on the outside world. */
  | { readonly kind: "effect" }
  /** The recorded attempt read more than its inputs. */
  | { readonly kind: "impure"; readonly was: string; readonly reads: readonly string[] }
  /** A folder that the recorded attempt opened, or a language model that it asked, is another now. */
  | { readonly kind: "artifact"; readonly was: string }
  /** The source run has no result there: it failed, fell back, was cancelled, or never came to it. */
  | { readonly kind: "no result"; readonly was: string }
  /** The source run has nothing like it. */
  | { readonly kind: "new" };

export interface PlannedItem {
  readonly node: string;
  /** Place in the run that would be made: `CALL.ITEM`. */
  readonly place: string;
  readonly because: MadeBecause;
}

/** A call that comes after what executes: which of its items execute, depends on whether values come out equal. */
export interface PlannedDependent {
  readonly node: string;
  readonly kind: CallKind;
  readonly call: number;
  /** Those of its items that are known to wait, and those that there would be if values came out as they were recorded. Others may
   *  come where a list is made by what executes. */
  readonly items: readonly number[];
  readonly site?: SourceSite;
  /** Nodes that it waits for. */
  readonly on: readonly string[];
}

/** What one run would take over and execute. */
export interface RunPlan {
  readonly workflow: string;
  /** Versions of the run that it takes results from, where there is one, and of the run that would be made. */
  readonly version: { readonly before: string; readonly now: string };
  /** With what the child runs below take over. */
  readonly reused: {
    readonly items: number;
    /** By node. */
    readonly nodes: Readonly<Record<string, number>>;
    /** Ms that they took when they were made. */
    readonly savedMs: number;
  };
  /** Certain to execute, in this run itself. */
  readonly executes: readonly PlannedItem[];
  readonly dependents: readonly PlannedDependent[];
  /** Each is made anew, and takes over what holds. */
  readonly children: readonly ChildPlan[];
  /** Addresses of results that nothing takes, and the nodes they are of. */
  readonly orphaned: readonly { readonly address: string; readonly node: string }[];
  /** The function waits for what is not known: calls behind this are not in the plan. Absent: it came to its end. */
  readonly stoppedAt?: { readonly node: string; readonly site?: SourceSite };
}

export interface ChildPlan extends RunPlan {
  readonly node: string;
  /** Of the item that it stands for, in the run above: `CALL.ITEM`. */
  readonly place: string;
  /** The child run that it takes results from. */
  readonly run?: string;
  /** Its input is not known: it is planned with the one that it would have if values came out as they were recorded, and nothing
   *  in it is certain. */
  readonly supposed?: true;
}

export interface ReusePlan extends RunPlan {
  readonly kind: "fork" | "reuse" | "continues" | "rerun";
  readonly run: string;
  /** Places that were named and not met so far. */
  readonly unmet: readonly string[];
}

/** Items that are certain to execute, in the run and in all child runs below. */
export function certainItems({ executes, children }: RunPlan): number {
  return children.reduce((sum, child) => sum + certainItems(child), executes.length);
}
