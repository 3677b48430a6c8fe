/**
 * merge(a, b) of parts of one list. (Unrelated lists are joined by a TupleCall.)
 *
 * R1. The parts are joined in path order; a place is a place of the list they are parts of.
 * R2. A path in two parts is WG1003 when it happens; only where none of them has a value (filters of one list all hold its
 *     failed items) are they one failed item, with the causes of all.
 */
import type { ValueKey } from "../store/store.ts";
import type { CallCreated } from "./call.ts";
import { causeKey, type Cause, type Cell } from "./cell.ts";
import { CombineCall, type Source } from "./combine-call.ts";
import type { Domain } from "./domain.ts";
import { Output } from "./output.ts";
import type { RunCore } from "./run-core.ts";

/** What a merge has at one path. */
type Joined =
  | { readonly kind: "absent" | "pending" }
  /** One source has it, or nothing but failures are there: then the first of them stands for all. */
  | { readonly kind: "one"; readonly outputs: readonly [Output, ...Output[]] }
  | { readonly kind: "conflict"; readonly count: number };

class MergeOutput extends Output {
  readonly dense = false;
  override readonly sparse = true;
  override readonly streams = false;
  readonly #sources: readonly Source[];
  readonly #call: MergeCall;

  constructor(call: MergeCall, domain: Domain, sources: readonly Source[]) {
    super(call.no, domain);
    this.#call = call;
    this.#sources = sources;
  }

  /** R2. */
  at(ordinal: number): Joined {
    const present: Output[] = [];
    let hasValue = false;
    for (const { output } of this.#sources) {
      const cell = output.cell(ordinal);
      if (cell === "pending") return { kind: "pending" };
      if (cell === "absent") continue;
      if (cell === "ok") hasValue = true;
      present.push(output);
    }
    const [first, ...more] = present;
    if (!first) return { kind: "absent" };
    if (more.length > 0 && hasValue) return { kind: "conflict", count: present.length };
    return { kind: "one", outputs: [first, ...more] };
  }

  cell(ordinal: number): Cell {
    const joined = this.at(ordinal);
    if (joined.kind === "one") return joined.outputs[0].cell(ordinal);
    // A conflict is seen by others once it is recorded.
    if (joined.kind === "conflict") return this.#call.isRecorded ? "failed" : "pending";
    return joined.kind;
  }

  valueKey(ordinal: number): ValueKey {
    const joined = this.at(ordinal);
    if (joined.kind !== "one") throw new Error(`this is a bug in workgraph: merge has no value at ${ordinal}`);
    return joined.outputs[0].valueKey(ordinal);
  }

  causes(ordinal: number): readonly Cause[] {
    const joined = this.at(ordinal);
    if (joined.kind === "conflict") return [{ call: this.#call.no, item: ordinal }];
    if (joined.kind !== "one") return [];
    const causes = new Map<string, Cause>();
    for (const output of joined.outputs) {
      for (const cause of output.causes(ordinal)) causes.set(causeKey(cause), cause);
    }
    return [...causes.values()];
  }

  seq(ordinal: number): number {
    return Math.max(0, ...this.#sources.map((source) => source.output.seq(ordinal)));
  }

  itemOf(ordinal: number): Cause {
    const joined = this.at(ordinal);
    return joined.kind === "one" ? joined.outputs[0].itemOf(ordinal) : { call: this.call, item: ordinal };
  }

  override waitCell(ordinal: number, then: () => void): void {
    const pending = this.#sources.find((source) => source.output.cell(ordinal) === "pending");
    if (!pending) return super.waitCell(ordinal, then);
    pending.output.waitCell(ordinal, () => {
      if (this.cell(ordinal) === "pending") this.waitCell(ordinal, then);
      else then();
    });
  }

  override membershipKnown(): boolean {
    return this.#call.isClosed && this.#sources.every(({ output }) => output.membershipKnown());
  }
}

export class MergeCall extends CombineCall {
  readonly outputs: readonly [MergeOutput];
  /** Every conflict is in the log. */
  isRecorded = false;

  constructor(
    run: RunCore,
    created: CallCreated,
    of: { readonly sources: readonly Source[]; readonly domain: Domain },
  ) {
    super(run, created, of.sources);
    this.outputs = [new MergeOutput(this, of.domain, of.sources)];
  }

  begin(): void {
    this.isRecorded = this.isClosed;
    this.whenSourcesClose(() => {
      const { underWay } = this.run.rereads;
      if (underWay) void underWay.then(() => this.#join());
      else this.#join();
    });
  }

  #join(): void {
    if (this.isClosed) return;
    const [output] = this.outputs;
    const conflicts: number[] = [];
    for (const ordinal of output.domain.pathOrder()) {
      const joined = output.at(ordinal);
      if (joined.kind !== "conflict") continue;
      conflicts.push(ordinal);
      const path = output.domain.path(ordinal);
      this.fail(
        "WG1003",
        `merge: the path ${path} is in ${joined.count} of the merged lists; make the filters exclude each other`,
        ordinal,
      );
    }
    this.run.afterCommit(() => {
      this.isRecorded = true;
      for (const ordinal of conflicts) output.decided(ordinal);
    });
    this.closeWith(this.outputs);
  }
}
