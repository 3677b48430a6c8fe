/**
 * zip, zipBy, cross, merge and an array of handles: lists made of places of other lists. No values move.
 *
 * R1. What a list has is decided when the membership of its sources is known; values may come later (zipBy alone has to
 *     read values to find keys).
 * R2. zip is strict: different lengths are WG1002. A key without a partner, or used twice, is WG1002 too.
 * R3. merge of parts of one list joins them in path order. A path in two parts is WG1003 when it happens; only where none
 *     of them has a value (filters of one list all hold its failed items) are they one failed item, with the causes of all.
 * R4. What goes wrong is item 0 of the call failing; the list then holds one tombstone.
 */
import { promiseAll } from "../base/primordials.ts";
import { decode } from "../model/codec.ts";
import type { ErrorRecord } from "../model/error-record.ts";
import { formatAddress } from "../model/ids.ts";
import type { ValueKey } from "../store/store.ts";
import { CallState, type CallCreated } from "./call.ts";
import { causeKey, type Cause, type Cell } from "./cell.ts";
import type { Domain } from "./domain.ts";
import { Output, ViewOutput } from "./output.ts";
import type { RunCore } from "./run-core.ts";

export interface Source {
  readonly output: Output;
  /** The call that decides it; undefined for recorded plain values. */
  readonly call: CallState | undefined;
}

abstract class CombineCall extends CallState {
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
    this.run.emit({ type: "item.failed", at, call: this.no, item, attempt: 1, from: "running", to: "failed", ms: 0, error });
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

/** A view that turns into one failed tombstone when its call fails (R4). */
class FallibleView extends ViewOutput {
  broken: Cause | undefined;

  override cell(ordinal: number): Cell {
    return this.broken ? "failed" : super.cell(ordinal);
  }

  override causes(ordinal: number): readonly Cause[] {
    return this.broken ? [this.broken] : super.causes(ordinal);
  }

  override seq(ordinal: number): number {
    return this.broken ? 0 : super.seq(ordinal);
  }

  override itemOf(ordinal: number): Cause {
    return this.broken ?? super.itemOf(ordinal);
  }

  override waitCell(ordinal: number, then: () => void): void {
    if (!this.broken) super.waitCell(ordinal, then);
  }
}

export type TupleKind =
  | { readonly kind: "zip" }
  | { readonly kind: "cross" }
  | { readonly kind: "concat" }
  | { readonly kind: "zipBy"; readonly key: (value: never) => string | number };

/** zip, zipBy and cross have one output per source; concat has one in all. */
export class TupleCall extends CombineCall {
  readonly outputs: readonly FallibleView[];
  readonly #domain: Domain;
  readonly #how: TupleKind;

  constructor(run: RunCore, created: CallCreated, of: { readonly sources: readonly Source[]; readonly domain: Domain; readonly how: TupleKind }) {
    super(run, created, of.sources);
    this.#domain = of.domain;
    this.#how = of.how;
    const all = of.sources.map((source) => source.output);
    this.outputs = of.how.kind === "concat" ? [new FallibleView(this.no, of.domain, all)] : all.map((output) => new FallibleView(this.no, of.domain, [output]));
  }

  begin(): void {
    const how = this.#how;
    if (how.kind === "zipBy") this.whenSourcesClose(() => this.run.rereads.add(() => this.#buildByKey(how)));
    else this.whenMembershipKnown(() => this.#build());
  }

  #build(): void {
    const members = this.sources.map((source) => source.output.members());
    switch (this.#how.kind) {
      case "zip": {
        const lengths = members.map((list) => list.length);
        if (lengths.some((length) => length !== lengths[0])) return this.#break(`zip needs lists of one length and was given ${lengths.join(" and ")}; pair by key with zipBy(a, b, key), or filter first`);
        for (let i = 0; i < lengths[0]!; i++) for (const [s, output] of this.outputs.entries()) output.add(0, members[s]![i]!);
        return this.#built(lengths[0]!);
      }
      case "cross": {
        const [a, b] = [members[0]!, members[1]!];
        for (const left of a) {
          for (const right of b) {
            this.outputs[0]!.add(0, left);
            this.outputs[1]!.add(0, right);
          }
        }
        return this.#built(a.length * b.length);
      }
      case "concat": {
        let size = 0;
        for (const [s, list] of members.entries()) {
          for (const ordinal of list) this.outputs[0]!.add(s, ordinal);
          size += list.length;
        }
        return this.#built(size);
      }
      case "zipBy":
    }
  }

  async #buildByKey(how: Extract<TupleKind, { kind: "zipBy" }>): Promise<void> {
    try {
      const [left, right] = await promiseAll(this.sources.map((source) => this.#keys(source.output, how.key)));
      const rights = new Map<string, number>();
      for (const { key, ordinal } of right!) {
        if (rights.has(key)) return this.#break(`zipBy: key "${key}" stands twice in the second list; make keys unique`);
        rights.set(key, ordinal);
      }
      const seen = new Set<string>();
      const pairs: [number, number][] = [];
      for (const { key, ordinal } of left!) {
        if (seen.has(key)) return this.#break(`zipBy: key "${key}" stands twice in the first list; make keys unique`);
        seen.add(key);
        const partner = rights.get(key);
        if (partner === undefined) return this.#break(`zipBy: key "${key}" of the first list has no partner in the second; filter both to what they share first`);
        pairs.push([ordinal, partner]);
      }
      const lonely = [...rights.keys()].find((key) => !seen.has(key));
      if (lonely !== undefined) return this.#break(`zipBy: key "${lonely}" of the second list has no partner in the first; filter both to what they share first`);
      for (const [a, b] of pairs) {
        this.outputs[0]!.add(0, a);
        this.outputs[1]!.add(0, b);
      }
      this.#built(pairs.length);
    } catch (error) {
      this.#break(`zipBy: the key function threw: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #keys(output: Output, key: (value: never) => string | number): Promise<{ readonly key: string; readonly ordinal: number }[]> {
    const members = output.members();
    const gone = members.find((o) => output.cell(o) !== "ok");
    if (gone !== undefined) throw new Error(`the item at ${output.domain.path(gone)} failed, so it has no key; filter or repair failures first`);
    const texts = await this.run.values.load(members.map((o) => output.valueKey(o)));
    return texts.map((text, i) => ({ key: String(this.run.inWorkflow(() => key(decode(text) as never))), ordinal: members[i]! }));
  }

  #break(message: string): void {
    if (this.isClosed) {
      for (const output of this.outputs) output.broken = { call: this.no, item: 0 };
      this.#domain.growTombstone(0);
      return this.#domain.close();
    }
    this.fail("WG1002", message);
    for (const output of this.outputs) output.broken = { call: this.no, item: 0 };
    this.run.afterCommit(() => {
      this.#domain.growTombstone(0);
      this.#domain.expanded(0);
      this.#domain.close();
    });
    this.close({ status: "failed" });
  }

  #built(size: number): void {
    this.#domain.grow(0, { firstIndex: 0, count: size });
    for (const output of this.outputs) output.announce();
    this.#domain.expanded(0);
    this.#domain.close();
    this.whenSourcesClose(() => this.closeWith(this.outputs));
  }
}

/** What a merge has at one path. */
type Joined =
  | { readonly kind: "absent" | "pending" }
  /** One source has it, or nothing but failures are there: then the first of them stands for all. */
  | { readonly kind: "one"; readonly outputs: readonly [Output, ...Output[]] }
  | { readonly kind: "conflict"; readonly count: number };

class MergeOutput extends Output {
  readonly dense = false;
  override readonly sparse = true;
  readonly #sources: readonly Source[];
  readonly #call: MergeCall;

  constructor(call: MergeCall, domain: Domain, sources: readonly Source[]) {
    super(call.no, domain);
    this.#call = call;
    this.#sources = sources;
  }

  /** R3. */
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
    return this.#call.isClosed && this.domain.closed;
  }
}

/** R3: merge of parts of one list. (Unrelated lists are a concat.) */
export class MergeCall extends CombineCall {
  readonly outputs: readonly [MergeOutput];
  /** Every conflict is in the log. */
  isRecorded = false;

  constructor(run: RunCore, created: CallCreated, of: { readonly sources: readonly Source[]; readonly domain: Domain }) {
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
      this.fail("WG1003", `merge: the path ${path} is in ${joined.count} of the merged lists; make the filters exclude each other`, ordinal);
    }
    this.run.afterCommit(() => {
      this.isRecorded = true;
      for (const ordinal of conflicts) output.decided(ordinal);
    });
    this.closeWith(this.outputs);
  }
}
