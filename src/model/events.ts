/**
 * The event log of a run: every fact, in the past tense, in the order it became durable.
 *
 * Owns: the closed set of events and their fields. Leaves to store/: seq, hash chain, bytes.
 *
 * R1. An event is small plain JSON. A value an event carries travels beside it (`Appended.value`), already encoded.
 * R2. Item events carry `from` and `to`, so that a view needs no memory per item.
 * R3. Starts are batched: one `items.started` per call and turn. An outcome is one event per item.
 * R4. Fields are only ever added; a change of meaning raises EVENT_SCHEMA.
 */
import type { DivergenceReport, ReplayFinding } from "./divergence-report.ts";
import type { ErrorRecord } from "./error-record.ts";
import type { CallNo, ItemNo, RunId } from "./ids.ts";
import type { ModelCall } from "./llm.ts";
import type { Ranges } from "./ranges.ts";
import type { CallStatus, ItemStatus, RunStatus } from "./status.ts";
import type { SourceSite } from "./workgraph-error.ts";

export const EVENT_SCHEMA = 1;

/** The item of a parent run that a child run stands for. */
export interface ParentItem {
  readonly run: RunId;
  readonly call: CallNo;
  readonly item: ItemNo;
}

/** How a run was made from another one: "fork" and "reuse" take over results that still hold; "continues" goes on with current
 *  code; "rerun" has the same input and a chance of its own. */
export interface RunOrigin {
  readonly kind: "fork" | "reuse" | "continues" | "rerun";
  readonly run: RunId;
  /** Nodes and items of that run that execute whatever is known, with everything that depends on them. */
  readonly from?: readonly string[];
  /** Results of items of that run that somebody gave by hand, encoded. */
  readonly set?: readonly { readonly call: CallNo; readonly item: ItemNo; readonly value: string }[];
}

/** What a call does. */
export type CallKind =
  "node" | "filter" | "zip" | "zipBy" | "cross" | "merge" | "concat" | "race" | "sleep" | "subgraph";

/** Where one argument of a call comes from. */
export type InputRef =
  /** A handle: output `port` of call `call` (tuples have several ports; otherwise 0). */
  | { readonly from: "call"; readonly call: CallNo; readonly port: number; readonly how: "item" | "gather" }
  /** A plain array mapped item by item; its elements are recorded as list `list` of this run. */
  | {
      readonly from: "list";
      readonly list: CallNo;
      readonly how: "item" | "gather";
      readonly size: number;
      /** It holds objects of the run's input. */
      readonly input?: true;
    }
  /** A plain value, recorded with the call (`Appended.value` of `call.created` is the object of all of them). */
  | { readonly from: "value"; readonly digest: string; readonly input?: true };

export interface EdgeRecord {
  readonly from: CallNo;
  readonly kind: "solid" | "dashed";
  readonly param?: string;
  /** The value was changed between being awaited and being passed. */
  readonly modified?: boolean;
  /** Output of `from` that it came out of, where a call has several (zip); absent: 0. */
  readonly port?: number;
  /** Solid: the places of `from`'s list that the value came from (item numbers of any call over that list). Absent: all of it, by
   *  a handle or the whole awaited list. */
  readonly items?: Ranges;
  /** Solid, where a plain array was mapped: the elements that came from `items`, one for one. Absent: the value as a whole. */
  readonly elements?: Ranges;
  /** Solid: the delivery of this result also opened the segment in which the call was made (otherwise that is a dashed edge). */
  readonly opened?: true;
}

interface Base {
  /** Epoch ms. */
  readonly at: number;
}

export type RunEvent =
  | (Base & {
      /** value: the input, encoded. */
      readonly type: "run.created";
      readonly schema: typeof EVENT_SCHEMA;
      readonly workflow: string;
      /** Closure hash, or "unversioned". */
      readonly version: string;
      readonly tags: Readonly<Record<string, string>>;
      readonly caller: { readonly kind: string; readonly id: string };
      /** The item of another run that it stands for. */
      readonly parent?: ParentItem;
      /** The run it was made from. */
      readonly origin?: RunOrigin;
    })
  | (Base & {
      readonly type: "run.started";
      readonly epoch: number;
      readonly owner: string;
      readonly seed: string;
      readonly clock: number;
    })
  | (Base & {
      /** The run goes on: after its owner died ("recovery") or because somebody asked ("explicit"). */
      readonly type: "run.resumed";
      readonly epoch: number;
      readonly owner: string;
      readonly reason: "recovery" | "explicit";
      /** Items whose failure (or cancellation) is treated as not delivered and which run again. */
      readonly reopened: readonly (readonly [CallNo, ItemNo])[];
      /** The owner before was gone without having given the run up. */
      readonly ownerDied?: true;
    })
  | (Base & {
      /** value: plain arguments by parameter name, encoded as one object (absent when there are none). */
      readonly type: "call.created";
      readonly call: CallNo;
      readonly kind: CallKind;
      readonly node: string;
      readonly title?: string;
      readonly description?: string;
      readonly site?: SourceSite;
      /** Through which places the author's code came to `site`, nearest first; absent: straight from the workflow function. A
       *  function that called itself stands here once. */
      readonly via?: readonly SourceSite[];
      /** How many calls of itself stood between: the depth of a recursion, as far as the stack told; absent: 0. */
      readonly depth?: number;
      /** Identity for replay: digest of node id, lineage of inputs and k. */
      readonly identity: string;
      /** Number of the segment in which the call was made, from 0. */
      readonly segment: number;
      /** The function was woken by something the run does not track (a raw timer, a fetch): the cause of this call is unknown. */
      readonly untracked?: true;
      readonly inputs: Readonly<Record<string, InputRef>>;
      readonly edges: readonly EdgeRecord[];
      /** Chain of calls in the paths of its items, outermost first; lists have negative numbers. */
      readonly space: readonly number[];
      readonly many: boolean;
      readonly undeclared?: readonly string[];
      /** Epoch ms at which a sleep ends. */
      readonly until?: number;
    })
  | (Base & {
      /** A plain array was passed to an item parameter: its elements, as a list under the negative number `list`. */
      readonly type: "list.recorded";
      readonly list: number;
      readonly size: number;
      readonly digest: string;
    })
  | (Base & {
      readonly type: "items.started";
      readonly call: CallNo;
      readonly items: readonly ItemNo[];
      readonly attempts?: readonly number[];
    })
  | (Base & {
      /** value: the result, encoded; for a `many` result the list is stored under (call, item) and `size` says how many. */
      readonly type: "item.completed";
      readonly call: CallNo;
      readonly item: ItemNo;
      /** 0 for a reused result: nothing ran. */
      readonly attempt: number;
      readonly from: ItemStatus;
      readonly to: "completed" | "reused";
      /** Duration of the attempt in ms. */
      readonly ms: number;
      /** Digest of the inputs by parameter, as the item was given them; with the closure hash of its node it is the memo key. */
      readonly digest?: string;
      /** Why cache and fork never take this result: what the attempt read besides its inputs (`scratchpad`, `errors`, `runId`,
       *  `attempt`, `secret`), that it acted on the outside world (`effect`), or that it was given by hand (`set`). */
      readonly impure?: readonly string[];
      /** Of a reused result: where it was recorded. */
      readonly source?: readonly [RunId, CallNo, ItemNo];
      readonly size?: number;
      /** A node that does not declare its result returned one value; for those that follow it is a list of one. */
      readonly scalar?: true;
      /** The result is the declared fallback. */
      readonly fallback?: boolean;
    })
  | (Base & {
      /** Elements `first` to `first + count - 1` of a generator's item; stored as a list under (call, item). */
      readonly type: "item.yielded";
      readonly call: CallNo;
      readonly item: ItemNo;
      readonly attempt: number;
      readonly first: number;
      readonly count: number;
    })
  | (Base & {
      readonly type: "item.retrying";
      readonly call: CallNo;
      readonly item: ItemNo;
      readonly attempt: number;
      readonly from: ItemStatus;
      readonly to: "retrying";
      readonly ms: number;
      readonly delayMs: number;
      readonly error: ErrorRecord;
    })
  | (Base & {
      readonly type: "item.failed";
      readonly call: CallNo;
      readonly item: ItemNo;
      readonly attempt: number;
      readonly from: ItemStatus;
      readonly to: "failed" | "abandoned" | "cancelled";
      readonly ms: number;
      readonly error: ErrorRecord;
    })
  | (Base & {
      /** Batched: items that cannot run because an item they need failed; `causes` are the failed items. */
      readonly type: "items.skipped";
      readonly call: CallNo;
      readonly items: readonly ItemNo[];
      readonly causes: readonly (readonly [CallNo, ItemNo])[];
      readonly code: string;
    })
  | (Base & {
      /** Batched: what a filter decided; items not named in `kept` of `items` are left out. */
      readonly type: "items.filtered";
      readonly call: CallNo;
      readonly items: readonly ItemNo[];
      readonly kept: readonly ItemNo[];
    })
  | (Base & {
      /** `ctx.emit(name, data)`; value: data, encoded. */
      readonly type: "item.emitted";
      readonly call: CallNo;
      readonly item: ItemNo;
      readonly attempt: number;
      readonly name: string;
    })
  | (Base & {
      /** The run that stands for an item of a subgraph call; written before that run is made. */
      readonly type: "child.created";
      readonly call: CallNo;
      readonly item: ItemNo;
      readonly child: RunId;
      readonly workflow: string;
      readonly version: string;
    })
  | (Base & {
      /** This run took notice of how a child run ended; the outcome of the item follows in the same commit. */
      readonly type: "child.ended";
      readonly call: CallNo;
      readonly item: ItemNo;
      readonly child: RunId;
      readonly status: RunStatus;
      /** Length of the child's log at that end: an end is taken once, a later one of the same run is another. */
      readonly seq: number;
    })
  | (Base & {
      /** A folder was published; value: its manifest as JSON, encoded. Written in the commit of the outcome that it belongs to. */
      readonly type: "artifact.published";
      readonly call: CallNo;
      readonly item: ItemNo;
      readonly attempt: number;
      readonly name: string;
      readonly kind?: string;
      readonly labels: readonly string[];
      /** Content hash of the folder: of its manifest's files. */
      readonly sha256: string;
      readonly files: number;
      readonly sizeBytes: number;
    })
  | (Base & {
      /** An attempt opened a published folder. A resume opens the same one, whatever the selector names by then. */
      readonly type: "artifact.read";
      readonly call: CallNo;
      readonly item: ItemNo;
      readonly attempt: number;
      /** The selector as the node gave it. */
      readonly asked: string;
      /** What it named: `workflow/name@RUN`. */
      readonly selector: string;
      readonly sha256: string;
    })
  | (Base & {
      /** A call of a language model is over, however it ended. Written before the outcome of its attempt. */
      readonly type: "model.called";
      readonly call: CallNo;
      readonly item: ItemNo;
      readonly attempt: number;
      readonly model: ModelCall;
    })
  | (Base & {
      /** Of which items of its sources (per source, in order) a list of zip, zipBy, cross or of handles was made; noted where a
       *  resume may find others, and of zipBy always, whose keys only the author's function knows. Absent: it could not be made. Each place ever noted keeps its item number. */
      readonly type: "call.joined";
      readonly call: CallNo;
      readonly members?: readonly (readonly ItemNo[])[];
    })
  | (Base & {
      readonly type: "call.closed";
      readonly call: CallNo;
      readonly status: CallStatus;
      readonly winner?: number;
      readonly error?: ErrorRecord;
      /** Epoch ms of the close, as the workflow function sees it, when all of the call was taken from another run. */
      readonly clock?: number;
    })
  | (Base & { readonly type: "calls.superseded"; readonly calls: readonly CallNo[] })
  | (Base & { readonly type: "run.cancelling"; readonly by: string; readonly reason?: string })
  | (Base & { readonly type: "run.paused"; readonly reason: "store-full" | "sleep"; readonly until?: number })
  | (Base & {
      /** value: the output, encoded. `partial`: items were dropped or tolerated. */
      readonly type: "run.completed";
      readonly partial: boolean;
      /** What a replay of the function over this log found; absent when nothing was found, or nothing looked for. */
      readonly replay?: readonly ReplayFinding[];
    })
  | (Base & {
      readonly type: "run.failed";
      readonly error: ErrorRecord;
      /** Failed items that nobody handled, and those inside the error that ended the run: what a resume reopens. */
      readonly failures: readonly (readonly [CallNo, ItemNo])[];
      /** As of a completed run. */
      readonly replay?: readonly ReplayFinding[];
    })
  | (Base & {
      readonly type: "run.cancelled";
      readonly by: string;
      readonly items: readonly (readonly [CallNo, ItemNo])[];
    })
  | (Base & { readonly type: "run.diverged"; readonly report: DivergenceReport });

/** An event on its way into a store. */
export interface AppendedEvent {
  readonly event: RunEvent;
  /** One-line encoded value that belongs to the event. */
  readonly value?: string;
}

/** An event as a store gives it back. `value` is present when asked for and inline; larger ones name a blob. */
export interface StoredEvent {
  readonly runId: RunId;
  /** Gap-free number in its run, from 1. */
  readonly seq: number;
  readonly event: RunEvent;
  readonly value?: string;
  /** sha256 of the encoded value when it is kept as a blob. */
  readonly blob?: string;
}
