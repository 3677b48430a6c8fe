/**
 * A call of a workflow: each item is a child run.
 *
 * Owns: which run stands for which item, and what its end means here. Leaves to node-call.ts: items, slots, tombstones and
 * everything else that a call of a node has; to children.ts and the runner: making and running runs.
 *
 * R1. `child.created` is committed before the run is made. A crash in between leaves the id, and the run is made under it.
 * R2. An item keeps its run: whoever goes on with the item goes on with that run.
 * R3. An end that this run has not noticed is taken as it is, also when the child ended while nobody ran its parent, or was
 *     gone on with by itself. An end that was noticed is not taken twice: going on with the item goes on with the child.
 * R4. A cancel goes down and is no end of the child's own; an interrupt leaves the child to be gone on with.
 */
import { countsArrayAsMany } from "../define/undeclared.ts";
import { decode, encode } from "../model/codec.ts";
import { commandLine } from "../model/command-line.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import type { RunId } from "../model/ids.ts";
import { isRunEnded, type RunStatus } from "../model/status.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { CallCreated } from "./call.ts";
import { cancelledBy, readEnd, type ChildEnd, type ChildRequest, type ChildRuns, type LiveChild } from "./children.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest, Engine } from "./engine.ts";
import { newRunId } from "./new-id.ts";
import { NodeCall, type NodeCallSpec } from "./node-call.ts";
import type { RecordedCall } from "./recorded.ts";
import type { RunCore } from "./run-core.ts";

export class SubgraphCall extends NodeCall {
  readonly #workflow: WorkflowDefinition;
  readonly #runs: Map<number, RunId> = new Map();
  /** Ends that the log of this run tells, by item. */
  readonly #ends: Map<number, Pick<ChildEnd, "seq" | "status">> = new Map();

  constructor(run: RunCore, created: CallCreated, spec: NodeCallSpec & { readonly workflow: WorkflowDefinition }) {
    super(run, created, spec);
    this.#workflow = spec.workflow;
  }

  /** Not asked for by a replay, which makes calls and performs none. */
  get #children(): ChildRuns {
    const { children } = this.run;
    if (!children) throw new WorkgraphError("WG1043", "this run was started without a way to make child runs");
    return children;
  }

  override get performer(): Pick<Engine, "attempt"> {
    return this;
  }

  override get endsItself(): boolean {
    return true;
  }

  async attempt(request: AttemptRequest, channel: AttemptChannel): Promise<AttemptOutcome> {
    const { item } = request;
    const { runId } = this.run;
    const origin = this.run.reuse?.child(this.created, item);
    const asked: ChildRequest = {
      parent: { run: runId, call: this.no, item },
      workflow: this.#workflow,
      inputs: request.inputs,
      ...(origin ? { origin } : {}),
    };
    let child = this.#runs.get(item);
    const row = child === undefined ? undefined : await this.run.store.run(child);
    if (child !== undefined && row && isRunEnded(row.status)) {
      const end = await readEnd(this.run.store, child);
      if (this.#isNews(item, end)) return this.#taken(item, child, end);
    }
    const goOn = row && ((): Promise<LiveChild> => this.#children.resume(row, asked));
    const prepared = goOn ? undefined : await this.#children.prepare(asked);
    if (channel.signal.aborted) return this.#stopped();
    if (prepared && child === undefined) {
      child = newRunId(this.run.clock.now());
      await this.#announce(item, child, prepared.version);
      if (channel.signal.aborted) return this.#stopped();
    }
    const live = await (goOn ? goOn() : prepared!.begin(child!));
    await this.#follow(live, channel.signal);
    const end = await readEnd(this.run.store, child!);
    return isRunEnded(end.status) ? this.#taken(item, child!, end) : this.#stopped();
  }

  /** R1. */
  async #announce(item: number, child: RunId, version: string): Promise<void> {
    this.#runs.set(item, child);
    // The start of the item stands before what it made.
    this.flushBatches();
    const { clock } = this.run;
    const { name } = this.#workflow;
    this.run.emit({ type: "child.created", at: clock.now(), call: this.no, item, child, workflow: name, version });
    await this.run.committed();
  }

  /** R4. */
  async #follow(live: LiveChild, signal: AbortSignal): Promise<void> {
    const stop = (): void => live.stop(this.run.halted && !this.run.cancelling ? "interrupt" : "cancel");
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      await live.ended;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** R3. A cancel by this run is no end of the child's own (R4). */
  #isNews(item: number, end: ChildEnd): boolean {
    if (end.status === "completed" || end.status === "completed_partial") return true;
    if (end.status === "cancelled" && end.by === cancelledBy(this.run.runId)) return false;
    return this.#ends.get(item)?.seq !== end.seq;
  }

  #taken(item: number, child: RunId, end: ChildEnd): AttemptOutcome {
    const { status, seq } = end;
    this.flushBatches();
    this.run.emit({ type: "child.ended", at: this.run.clock.now(), call: this.no, item, child, status, seq });
    this.#ends.set(item, { seq, status });
    if (status === "completed" || status === "completed_partial")
      return this.#result(child, end.output ?? encode(undefined));
    return { ok: false, retryable: false, error: childFailed(child, this.#workflow.name, end) };
  }

  #result(child: RunId, output: string): AttemptOutcome {
    const { definition } = this;
    if (definition.out === "one") return { ok: true, value: output };
    const soft = countsArrayAsMany(definition);
    const value = definition.out === "many" || output.startsWith("[") ? decode(output) : undefined;
    if (Array.isArray(value) && (definition.out === "many" || soft))
      return { ok: true, list: value.map((element: unknown) => encode(element)) };
    if (definition.out === "many")
      return this.#misdeclared(
        child,
        'declares out: "many" and returned one value',
        'return a list, or drop out: "many"',
      );
    if (soft) return { ok: true, list: [output], scalar: true };
    if (!Array.isArray(value)) return { ok: true, value: output };
    return this.#misdeclared(
      child,
      "returned a list and does not say what that is",
      'declare out: "many" (each element becomes an item here) or out: "one" (the list is one value) in the options of the workflow',
    );
  }

  #misdeclared(child: RunId, what: string, hint: string): AttemptOutcome {
    const error = new WorkgraphError("WG1041", `workflow "${this.#workflow.name}" ${what} (child run ${child})`, {
      hint,
    });
    return { ok: false, retryable: false, error: { ...this.run.engineError(error, { node: this.node }), child } };
  }

  /** Nothing is recorded of an attempt that was interrupted, and of a cancelled one that it was cancelled. */
  #stopped(): AttemptOutcome {
    const error: ErrorRecord = {
      code: "WG2004",
      kind: "cancelled",
      name: "Cancelled",
      message: "the child run was stopped",
    };
    return { ok: false, retryable: false, error };
  }

  /** A child that ended partially makes its parent partial. */
  override handleFailures(): void {
    super.handleFailures();
    for (const { status } of this.#ends.values()) if (status === "completed_partial") this.run.failures.partial = true;
  }

  override adopt(recorded: RecordedCall): void {
    super.adopt(recorded);
    for (const [item, child] of recorded.children) this.#runs.set(item, child);
    for (const [item, end] of recorded.childEnds) this.#ends.set(item, end);
  }
}

function childFailed(child: RunId, workflow: string, end: ChildEnd): ErrorRecord {
  const { error, status, by } = end;
  const how = said(status, by);
  return {
    code: "WG2030",
    kind: error?.kind ?? (status === "cancelled" ? "cancelled" : "thrown"),
    name: "ChildRunFailed",
    message: `child run ${child} of "${workflow}" ${how}${error ? `: ${error.message}` : ""}`,
    hint: `see it with ${commandLine(`show ${child}`)}; resuming this run goes on with it`,
    child,
    ...(error?.site ? { site: error.site } : {}),
    ...(error ? { causes: [{ name: error.name, message: error.message }, ...(error.causes ?? [])] } : {}),
  };
}

function said(status: RunStatus, by: string | undefined): string {
  if (status === "cancelled") return `was cancelled${by === undefined ? "" : ` by ${by}`}`;
  return status === "diverged" ? "diverged" : "failed";
}
