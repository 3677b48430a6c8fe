/**
 * fold: from a view and the next events to the next view. Every reader (command line, server, browser) draws from this.
 *
 * Owns: what each event changes in a view. Leaves to view.ts: the shape; to readers: drawing; to the store: exact item rows.
 *
 * R1. Pure: the view given in stays as it was. `foldAll` copies once per batch and only the calls that the batch touches;
 *     fold a tail in batches, not event by event.
 * R2. Folding a log in one go or in parts gives the same view.
 * R3. An event whose seq is not above the view's is ignored: a reader may ask again from an earlier place.
 * R4. No event throws. One that names a call the view has not seen makes an unnamed one.
 * R5. A run that has ended has nothing in flight: what its end cut short reads as cancelled, and waits again after a resume.
 * R6. Several events of one turn carry one time, so an item's start is taken from its end and its duration too.
 */
import { assertNever } from "../base/assert.ts";
import type { RunEvent, StoredEvent } from "./events.ts";
import type { ErrorRecord } from "./error-record.ts";
import type { CallNo, ItemNo } from "./ids.ts";
import { NO_MODEL_CALLS, withModelCall } from "./llm.ts";
import { IN_FLIGHT, type ItemStatus, type LoggedRunStatus } from "./status.ts";
import { MAX_VIEW_ERRORS, type CallView, type ErrorView, type RunView } from "./view.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Counts = Partial<Record<ItemStatus, number>>;

interface DraftCall extends Mutable<Omit<CallView, "counts" | "unfinished" | "yielded">> {
  counts: Counts;
  unfinished: Record<ItemNo, ItemStatus>;
  yielded: Record<ItemNo, number>;
}

interface Draft extends Mutable<Omit<RunView, "calls" | "counts" | "errors">> {
  calls: CallView[];
  counts: Counts;
  errors: ErrorView[];
  /** Calls that this batch copied and may change. */
  own: Set<CallNo>;
}

type StoredFact = Pick<StoredEvent, "seq" | "event">;

export function fold(view: RunView, event: StoredFact): RunView {
  return foldAll(view, [event]);
}

export function foldAll(view: RunView, events: Iterable<StoredFact>): RunView {
  const draft: Draft = {
    ...view,
    calls: view.calls.slice(),
    counts: { ...view.counts },
    errors: view.errors.slice(),
    own: new Set(),
  };
  for (const { seq, event } of events) {
    if (seq <= draft.seq) continue;
    apply(draft, seq, event);
    draft.seq = seq;
    draft.lastAt = event.at;
  }
  const { own, ...folded } = draft;
  void own;
  return folded;
}

/** The view of a run that nobody runs: what was in flight waits for somebody to go on with it, and so does every open call. */
export function atRest(view: RunView): RunView {
  const draft: Draft = { ...view, calls: view.calls.slice(), counts: { ...view.counts }, errors: [], own: new Set() };
  for (const { call, unfinished } of view.calls) moveItems(draft, { call, unfinished }, IN_FLIGHT, "waiting");
  for (const { call, status } of draft.calls.slice()) if (status === "running") open(draft, call).status = "waiting";
  const { calls, counts } = draft;
  return { ...view, calls, counts };
}

function apply(draft: Draft, seq: number, event: RunEvent): void {
  switch (event.type) {
    case "run.created":
      draft.workflow = event.workflow;
      draft.version = event.version;
      draft.tags = event.tags;
      draft.createdAt = event.at;
      return;
    case "run.started":
      draft.logged = "open";
      draft.startedAt = event.at;
      return;
    case "run.resumed":
      return resume(draft, event);
    case "call.created":
      return createCall(draft, event);
    case "items.started": {
      const call = open(draft, event.call);
      call.startedAt ??= event.at;
      // After a resume a closed call starts again what was skipped.
      if (call.status !== "superseded") {
        call.status = "running";
        delete call.endedAt;
      }
      for (const item of event.items) setItem(draft, call, item, "running");
      return;
    }
    case "item.completed": {
      const call = open(draft, event.call);
      setItem(draft, call, event.item, event.to);
      addTime(call, event);
      const size = event.size ?? 1;
      call.produced += Math.max(0, size - (call.yielded[event.item] ?? 0));
      delete call.yielded[event.item];
      return;
    }
    case "item.yielded": {
      const call = open(draft, event.call);
      // A retry starts over and yields what is known again: only what reaches further is new.
      const known = call.yielded[event.item] ?? 0;
      const reached = Math.max(known, event.first + event.count);
      call.yielded[event.item] = reached;
      call.produced += reached - known;
      return;
    }
    case "item.retrying": {
      const call = open(draft, event.call);
      setItem(draft, call, event.item, event.to);
      addTime(call, event);
      call.retries++;
      draft.retries++;
      return addError(
        draft,
        { seq, call: event.call, item: event.item, attempt: event.attempt, final: false },
        event.error,
      );
    }
    case "item.failed": {
      const call = open(draft, event.call);
      setItem(draft, call, event.item, event.to);
      addTime(call, event);
      return addError(
        draft,
        { seq, call: event.call, item: event.item, attempt: event.attempt, final: true },
        event.error,
      );
    }
    case "items.skipped": {
      const call = open(draft, event.call);
      for (const item of event.items) setItem(draft, call, item, "skipped");
      return;
    }
    case "items.filtered":
      return filterItems(draft, event);
    case "call.closed": {
      const call = open(draft, event.call);
      if (call.status !== "superseded") call.status = event.status;
      call.endedAt = event.at;
      return;
    }
    case "calls.superseded":
      for (const callNo of event.calls) supersede(draft, open(draft, callNo), event.at);
      return;
    case "run.cancelling":
      draft.cancelling = { by: event.by, ...(event.reason === undefined ? {} : { reason: event.reason }) };
      return;
    case "run.paused":
      draft.logged = "paused";
      return;
    case "run.completed":
      return end(draft, event.partial ? "completed_partial" : "completed", event.at);
    case "run.failed":
      end(draft, "failed", event.at);
      return addError(draft, { seq, final: true }, event.error);
    case "run.cancelled":
      return end(draft, "cancelled", event.at);
    case "run.diverged":
      return end(draft, "diverged", event.at);
    case "model.called":
      draft.models = withModelCall(draft.models ?? NO_MODEL_CALLS, event.model);
      return;
    case "list.recorded":
    case "call.joined":
    case "child.created":
    case "child.ended":
    case "artifact.published":
    case "artifact.read":
    case "item.emitted":
      return;
    default:
      return assertNever(event);
  }
}

/** R6. An attempt that a cancel kept from running took no time. */
function addTime(call: DraftCall, { at, ms }: { readonly at: number; readonly ms: number }): void {
  call.busyMs += ms;
  if (ms > 0) call.startedAt = Math.min(call.startedAt ?? at, at - ms);
}

function createCall(draft: Draft, event: Extract<RunEvent, { type: "call.created" }>): void {
  const call = open(draft, event.call);
  call.node = event.node;
  call.kind = event.kind;
  if (event.title !== undefined) call.title = event.title;
  if (event.site !== undefined) call.site = event.site;
  call.inputs = event.inputs;
  call.edges = event.edges;
  call.space = event.space;
  call.many = event.many;
  call.createdAt = event.at;
}

/** The call as this batch may change it. */
function open(draft: Draft, callNo: CallNo): DraftCall {
  while (draft.calls.length < callNo) {
    draft.own.add(draft.calls.length + 1);
    draft.calls.push(unnamed(draft.calls.length + 1));
  }
  const known = draft.calls[callNo - 1]!;
  if (draft.own.has(callNo)) return known as DraftCall;
  const copy: DraftCall = {
    ...known,
    counts: { ...known.counts },
    unfinished: { ...known.unfinished },
    yielded: { ...known.yielded },
  };
  draft.calls[callNo - 1] = copy;
  draft.own.add(callNo);
  return copy;
}

function unnamed(call: CallNo): DraftCall {
  return {
    call,
    node: "",
    kind: "node",
    inputs: {},
    edges: [],
    space: [],
    many: false,
    status: "waiting",
    counts: {},
    produced: 0,
    retries: 0,
    createdAt: 0,
    busyMs: 0,
    unfinished: {},
    yielded: {},
  };
}

/** Moves an item to a status; `undefined`: it is no longer part of the call. */
function setItem(draft: Draft, call: DraftCall, item: ItemNo, to: ItemStatus | undefined): void {
  const from = call.unfinished[item];
  const totals = call.status === "superseded" ? undefined : draft.counts;
  if (from !== undefined) {
    add(call.counts, from, -1);
    if (totals) add(totals, from, -1);
    delete call.unfinished[item];
  }
  if (to === undefined) return;
  if (call.status === "waiting") call.status = "running";
  add(call.counts, to, 1);
  if (totals) add(totals, to, 1);
  if (to !== "completed" && to !== "reused") call.unfinished[item] = to;
}

function add(counts: Counts, status: ItemStatus, change: number): void {
  const count = (counts[status] ?? 0) + change;
  if (count === 0) delete counts[status];
  else counts[status] = count;
}

function filterItems(draft: Draft, event: Extract<RunEvent, { type: "items.filtered" }>): void {
  const call = open(draft, event.call);
  call.startedAt ??= event.at;
  const kept = new Set(event.kept);
  for (const item of event.items) setItem(draft, call, item, kept.has(item) ? "completed" : undefined);
  call.produced += kept.size;
}

/** What was in flight when the run stopped is not any more; what is reopened runs again, and so does its call. */
function resume(draft: Draft, event: Extract<RunEvent, { type: "run.resumed" }>): void {
  draft.breaks = [...draft.breaks, [draft.lastAt, event.at]];
  draft.logged = "open";
  draft.resumes++;
  delete draft.endedAt;
  delete draft.cancelling;
  for (const { call, unfinished, cutShort } of draft.calls.slice()) {
    moveItems(draft, { call, unfinished }, cutShort === true ? ["cancelled", ...IN_FLIGHT] : IN_FLIGHT, "waiting");
    if (cutShort !== true) continue;
    const again = open(draft, call);
    again.status = Object.keys(again.counts).length === 0 ? "waiting" : "running";
    delete again.endedAt;
    delete again.cutShort;
  }
  for (const [callNo, item] of event.reopened) {
    const call = open(draft, callNo);
    setItem(draft, call, item, "waiting");
    if (call.status === "superseded") continue;
    call.status = "running";
    delete call.endedAt;
  }
}

function moveItems(
  draft: Draft,
  { call, unfinished }: Pick<CallView, "call" | "unfinished">,
  from: readonly ItemStatus[],
  to: ItemStatus,
): void {
  for (const [item, status] of Object.entries(unfinished)) {
    if (from.includes(status)) setItem(draft, open(draft, call), Number(item), to);
  }
}

function supersede(draft: Draft, call: DraftCall, at: number): void {
  if (call.status === "superseded") return;
  for (const [status, count] of Object.entries(call.counts) as [ItemStatus, number][])
    add(draft.counts, status, -count);
  call.status = "superseded";
  call.endedAt ??= at;
}

/** R5. */
function end(draft: Draft, logged: LoggedRunStatus, at: number): void {
  draft.logged = logged;
  draft.endedAt = at;
  for (const { call, unfinished, endedAt } of draft.calls.slice()) {
    moveItems(draft, { call, unfinished }, IN_FLIGHT, "cancelled");
    if (endedAt !== undefined) continue;
    const cut = open(draft, call);
    cut.status = "cancelled";
    cut.endedAt = at;
    cut.cutShort = true;
  }
}

function addError(draft: Draft, where: Omit<ErrorView, "error">, error: ErrorRecord): void {
  draft.errorTotal++;
  draft.errors.push({ ...where, error });
  if (draft.errors.length > MAX_VIEW_ERRORS) draft.errors.shift();
}
