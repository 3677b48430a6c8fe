/**
 * What all combinators of lists share: zip, zipBy, cross, merge and an array of handles are made of places of other lists.
 * No values move.
 *
 * R1. What a list has is decided when the membership of its sources is known; values may come later (zipBy alone has to
 *     read values to find keys).
 * R2. What goes wrong is an item of the call failing; the call then has failed.
 */
import type { ErrorRecord } from "../model/error-record.ts";
import { formatAddress } from "../model/ids.ts";
import { CallState, type CallCreated } from "./call.ts";
import type { Output } from "./output.ts";
import type { RunCore } from "./run-core.ts";

export interface Source {
  readonly output: Output;
  /** The call that decides it; undefined for recorded plain values. */
  readonly call: CallState | undefined;
}

export abstract class CombineCall extends CallState {
  protected readonly sources: readonly Source[];
  protected failure: ErrorRecord | undefined;

  constructor(run: RunCore, created: CallCreated, sources: readonly Source[]) {
    super(run, created);
    this.sources = sources;
  }

  protected fail(code: string, message: string, item = 0): void {
    const at = this.run.clock.now();
    const error: ErrorRecord = {
      code,
      kind: "thrown",
      name: "WorkgraphError",
      message: `${code}: ${message}`,
      address: formatAddress(this.run.runId, this.no, item),
      node: this.node,
      attempt: 1,
      at: new Date(at).toISOString(),
      ...(this.created.site ? { site: this.created.site } : {}),
    };
    this.failure ??= error;
    this.run.emit({
      type: "item.failed",
      at,
      call: this.no,
      item,
      attempt: 1,
      from: "running",
      to: "failed",
      ms: 0,
      error,
    });
    this.run.itemFailed(this, item, error);
  }

  protected whenSourcesClose(then: () => void): void {
    let open = 1;
    const closed = (): void => {
      if (--open === 0) then();
    };
    for (const { call } of this.sources) {
      if (!call) continue;
      open++;
      call.onClosed(closed);
    }
    closed();
  }

  protected whenMembershipKnown(then: () => void): void {
    const waiting = new Set(this.sources);
    let done = false;
    const look = (): void => {
      for (const source of waiting) if (source.output.membershipKnown()) waiting.delete(source);
      if (waiting.size > 0 || done) return;
      done = true;
      then();
    };
    for (const { output, call } of this.sources) {
      output.domain.listen({ onDomainClosed: look });
      call?.onClosed(look);
    }
    void this.run.rereads.underWay?.then(look);
    look();
  }

  protected closeWith(outputs: readonly Output[]): void {
    if (this.isClosed || this.closing) return;
    const cells = outputs.flatMap((output) => output.members().map((o) => output.cell(o)));
    if (this.failure) this.close({ status: "failed" });
    else if (cells.length === 0) this.close({ status: "empty" });
    else if (cells.every((cell) => cell === "ok")) this.close({ status: "completed" });
    else this.close({ status: cells.some((cell) => cell === "ok") ? "partial" : "skipped" });
  }
}
