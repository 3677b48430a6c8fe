/**
 * Spans out of a log: run > call > item > attempt.
 *
 * Owns: what of a log is a span, and when it is whole. Leaves to user-spans.ts: what node code opened.
 *
 * R1. It is fed event by event and gives a span when it has ended, so that a run can be exported while it goes on.
 * R2. An item lasts from the start of its first attempt to its outcome; one that was skipped, or whose result was taken over, has none.
 * R3. A child run hangs below the item that it stands for.
 * R4. Values are no part of a span.
 */
import { AttemptLog, type Attempt } from "../model/attempt-log.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { ParentItem, RunEvent } from "../model/events.ts";
import { formatAddress, type CallNo, type ItemNo, type RunId } from "../model/ids.ts";
import { spanIdOf, traceIdOf } from "../store/span-line.ts";
import type { Span } from "./span.ts";

/** The run whose log it is. */
export interface TracedRun {
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  /** The topmost run above it; itself when it has no parent. */
  readonly root: RunId;
  readonly parent?: ParentItem;
}

interface OpenItem {
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly startMs: number;
  /** Number of its last attempt. */
  attempts: number;
}

type Closed = Pick<Span, "status" | "message"> & { readonly endMs?: number; readonly outcome?: string };
type Created = Extract<RunEvent, { type: "call.created" }>;

export class SpanLog {
  readonly #run: TracedRun;
  readonly #traceId: string;
  readonly #attempts: AttemptLog = new AttemptLog();
  readonly #calls: Map<CallNo, Created> = new Map();
  readonly #items: Map<string, OpenItem> = new Map();
  readonly #nodes: Map<CallNo, string> = new Map();
  #ended = false;

  constructor(run: TracedRun) {
    this.#run = run;
    this.#traceId = traceIdOf(run.root);
  }

  /** R1. */
  take(event: RunEvent): readonly Span[] {
    const ended = this.#attempts.take(event);
    const error = "error" in event ? event.error : undefined;
    const spans: Span[] = [];
    for (const attempt of ended) {
      this.#begun(attempt);
      spans.push(this.#attempt(attempt, error));
    }
    const span = this.#endedBy(event);
    if (span) spans.push(span);
    return spans;
  }

  /** What has not ended, as it stands; nothing when the run has. */
  open(): readonly Span[] {
    if (this.#attempts.startedAt === undefined) return [];
    const spans: Span[] = [];
    for (const attempt of this.#attempts.open()) {
      this.#begun(attempt);
      const { endMs: _, ...span } = this.#attempt(attempt, undefined);
      spans.push({ ...span, status: "unset", attributes: { ...span.attributes, "workgraph.outcome": "open" } });
    }
    for (const item of this.#items.values()) spans.push(this.#item(item, { status: "unset" }));
    for (const call of this.#calls.values()) spans.push(this.#call(call, { status: "unset" }));
    if (!this.#ended) spans.push(this.#whole({ status: "unset" }));
    return spans;
  }

  #endedBy(event: RunEvent): Span | undefined {
    switch (event.type) {
      case "run.resumed":
        this.#ended = false;
        return undefined;
      case "call.created":
        this.#calls.set(event.call, event);
        this.#nodes.set(event.call, event.node);
        return undefined;
      case "item.completed":
        return this.#itemEnded(event, { status: "ok", endMs: event.at, outcome: event.to });
      case "item.failed": {
        const { message } = event.error;
        return this.#itemEnded(event, { status: "error", message, endMs: event.at, outcome: event.to });
      }
      case "call.closed": {
        const call = this.#calls.get(event.call);
        if (!call) return undefined;
        this.#calls.delete(event.call);
        const status = event.status === "failed" ? "error" : "ok";
        return this.#call(call, { status, endMs: event.at, outcome: event.status });
      }
      case "run.completed":
        return this.#runEnded({
          status: "ok",
          endMs: event.at,
          outcome: event.partial ? "completed_partial" : "completed",
        });
      case "run.failed":
        return this.#runEnded({ status: "error", message: event.error.message, endMs: event.at, outcome: "failed" });
      case "run.cancelled":
        return this.#runEnded({ status: "error", endMs: event.at, outcome: "cancelled" });
      case "run.diverged":
        return this.#runEnded({ status: "error", endMs: event.at, outcome: "diverged" });
      default:
        return undefined;
    }
  }

  #itemEnded({ call, item }: { readonly call: CallNo; readonly item: ItemNo }, how: Closed): Span | undefined {
    const open = this.#items.get(`${call}.${item}`);
    if (!open) return undefined;
    this.#items.delete(`${call}.${item}`);
    return this.#item(open, how);
  }

  #runEnded(how: Closed): Span {
    this.#ended = true;
    return this.#whole(how);
  }

  /** R2. */
  #begun({ call, item, attempt, startMs }: Attempt): void {
    const key = `${call}.${item}`;
    const known = this.#items.get(key);
    if (known) known.attempts = attempt;
    else this.#items.set(key, { call, item, startMs: this.#epoch(startMs), attempts: attempt });
  }

  #node(call: CallNo): string {
    return this.#nodes.get(call) ?? "";
  }

  #epoch(ms: number): number {
    return (this.#attempts.startedAt ?? 0) + ms;
  }

  #attempt({ call, item, attempt, startMs, endMs, outcome }: Attempt, error: ErrorRecord | undefined): Span {
    const { runId } = this.#run;
    const ok = outcome === "completed";
    return {
      ...this.#place({ call, item, attempt }, `${this.#node(call)} attempt ${attempt}`),
      parentId: spanIdOf({ run: runId, call, item }),
      kind: "attempt",
      startMs: this.#epoch(startMs),
      endMs: this.#epoch(endMs),
      status: ok ? "ok" : "error",
      ...(ok || error === undefined ? {} : { message: error.message }),
      attributes: {
        "workgraph.node": this.#node(call),
        "workgraph.attempt": attempt,
        "workgraph.outcome": outcome === "open" ? "cut off" : outcome,
        ...(error === undefined ? {} : { "error.type": error.code ?? error.name }),
      },
    };
  }

  #item({ call, item, startMs, attempts }: OpenItem, how: Closed): Span {
    const attributes = { "workgraph.node": this.#node(call), "workgraph.item": item, "workgraph.attempts": attempts };
    return this.#ending(
      {
        ...this.#place({ call, item }, `${this.#node(call)}[${item}]`),
        parentId: spanIdOf({ run: this.#run.runId, call }),
        kind: "item",
        startMs,
        attributes,
      },
      how,
    );
  }

  #call({ call, node, kind, at, site }: Created, how: Closed): Span {
    return this.#ending(
      {
        ...this.#place({ call }, node),
        parentId: spanIdOf({ run: this.#run.runId }),
        kind: "call",
        startMs: at,
        attributes: {
          "workgraph.node": node,
          "workgraph.kind": kind,
          ...(site === undefined ? {} : { "code.file.path": site.file, "code.line.number": site.line }),
        },
      },
      how,
    );
  }

  /** R3. */
  #whole(how: Closed): Span {
    const { runId, workflow, version, parent } = this.#run;
    return this.#ending(
      {
        ...this.#place({}, workflow),
        ...(parent === undefined ? {} : { parentId: spanIdOf(parent) }),
        kind: "run",
        startMs: this.#attempts.startedAt ?? 0,
        attributes: { "workgraph.workflow": workflow, "workgraph.version": version, "workgraph.run": runId },
      },
      how,
    );
  }

  #ending(span: Omit<Span, "status">, { outcome, endMs, status, message }: Closed): Span {
    return {
      ...span,
      status,
      ...(message === undefined ? {} : { message }),
      ...(endMs === undefined ? {} : { endMs }),
      attributes: outcome === undefined ? span.attributes : { ...span.attributes, "workgraph.outcome": outcome },
    };
  }

  #place(
    at: { readonly call?: CallNo; readonly item?: ItemNo; readonly attempt?: number },
    name: string,
  ): Pick<Span, "traceId" | "spanId" | "name" | "runId" | "address"> {
    const { runId } = this.#run;
    const { call, item } = at;
    const address =
      call === undefined ? runId : item === undefined ? `${runId}.${call}` : formatAddress(runId, call, item);
    return { traceId: this.#traceId, spanId: spanIdOf({ run: runId, ...at }), name, runId, address };
  }
}
