/** What a server and its runner processes say to each other. Plain JSON, in both directions. */
import type { RunId } from "../model/ids.ts";
import type { Failure } from "./failure.ts";
import type { Caller, ForkOrder, Launched, LaunchOrder } from "./launcher.ts";

/** Answered in order, each by one answer; "stop" by the end of the process. */
export type RunnerRequest =
  | { readonly kind: "open"; readonly from: string; readonly data: string }
  | { readonly kind: "enqueue"; readonly order: LaunchOrder }
  | { readonly kind: "enqueue-fork"; readonly order: ForkOrder }
  | { readonly kind: "plan-fork"; readonly order: ForkOrder }
  | { readonly kind: "take"; readonly runId: RunId; readonly caller?: Caller }
  | { readonly kind: "cancel-orphan"; readonly runId: RunId; readonly by: string }
  | { readonly kind: "stop" };

export type RunnerAnswer =
  | { readonly kind: "done" }
  | { readonly kind: "enqueued"; readonly launched: Launched }
  | { readonly kind: "planned"; readonly plan: unknown }
  | { readonly kind: "refused"; readonly failure: Failure };

/** The run that it took waits for room in its store, and why; without `failure`: no more. */
export interface RoomNews {
  readonly kind: "room";
  readonly runId: RunId;
  readonly failure?: Failure;
}

/** Said without being asked. */
export type RunnerNews =
  /** Its event loop turns. */
  | { readonly kind: "beat" }
  | RoomNews
  /** The run that it took is over, or given up; `failure`: what its store refused, for which it was given up. */
  | {
      readonly kind: "ended";
      readonly runId: RunId;
      readonly status: string;
      readonly rssBytes: number;
      readonly failure?: Failure;
    };
