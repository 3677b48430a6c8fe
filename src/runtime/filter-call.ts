/**
 * filter(items, predicate): keeps paths, leaves the rest out, breaks no graph.
 *
 * R1. The predicate runs once per item, as the item finishes, under the workflow function's rules; its decision is recorded.
 * R2. A failed or skipped item stays in the list as it is: nobody can ask a value that does not exist.
 * R3. In a resumed run a decision may be known before the place it is about stands again (a list made anew by zipBy): the item
 *     is pending until then, since its value is found through that place.
 */
import { decode } from "../model/codec.ts";
import type { ValueKey } from "../store/store.ts";
import type { CallCreated } from "./call.ts";
import { ItemState, type Cell } from "./cell.ts";
import { ItemCall } from "./item-call.ts";
import type { Output } from "./output.ts";
import type { RecordedCall } from "./recorded.ts";
import type { RunCore } from "./run-core.ts";
import { formatAddress } from "../model/ids.ts";

export class FilterCall extends ItemCall {
  readonly #source: Output;
  readonly #predicate: (value: never) => boolean;
  readonly #kept: Set<number> = new Set();
  /** R3. */
  #early: Set<number> | undefined;
  #batch: number[] = [];

  constructor(
    run: RunCore,
    created: CallCreated,
    of: { readonly source: Output; readonly predicate: (value: never) => boolean },
  ) {
    super(run, created, {
      base: of.source.domain,
      mapped: [{ param: "items", output: of.source }],
      gathered: [],
      filters: true,
    });
    this.#source = of.source;
    this.#predicate = of.predicate;
  }

  get outputs(): readonly Output[] {
    return [this.result];
  }

  protected slots(): number {
    return 64;
  }

  protected perform(ordinal: number): void {
    const key = this.#source.valueKey(ordinal);
    const text = this.run.values.peek(key);
    if (text !== undefined) this.#decideOn(ordinal, text);
    else
      void this.run.values.load([key]).then(
        ([loaded]) => this.#decideOn(ordinal, loaded!),
        (error: unknown) => this.run.storeFailed(error),
      );
  }

  #decideOn(ordinal: number, text: string): void {
    try {
      if (this.run.inWorkflow(() => this.#predicate(decode(text) as never), this.no, ordinal)) this.#kept.add(ordinal);
      this.#batch.push(ordinal);
      this.state.set(ordinal, ItemState.recording);
      this.run.batch(this);
      this.noteDecided("completed");
    } catch (thrown) {
      this.#failed(ordinal, thrown);
    }
    this.freeSlot();
  }

  #failed(ordinal: number, thrown: unknown): void {
    const at = this.run.clock.now();
    const error = {
      ...this.run.engineError(thrown, { node: "filter" }),
      code: "WG2011",
      address: formatAddress(this.run.runId, this.no, ordinal),
      node: "filter",
      path: this.inputs.base.path(ordinal),
      attempt: 1,
      at: new Date(at).toISOString(),
    };
    this.state.set(ordinal, ItemState.recording);
    this.setCauses(ordinal, [{ call: this.no, item: ordinal }]);
    const seq = this.run.emit({
      type: "item.failed",
      at,
      call: this.no,
      item: ordinal,
      attempt: 1,
      from: "running",
      to: "failed",
      ms: 0,
      error,
    });
    this.run.itemFailed(this, ordinal, error);
    this.run.afterCommit(() => this.decide(ordinal, ItemState.failed, seq));
    this.noteDecided("failed");
  }

  override flushBatches(): void {
    if (this.#batch.length > 0) {
      const items = this.#batch;
      this.#batch = [];
      const seq = this.run.emit({
        type: "items.filtered",
        at: this.run.clock.now(),
        call: this.no,
        items,
        kept: items.filter((o) => this.#kept.has(o)),
      });
      this.run.afterCommit(() => {
        for (const ordinal of items) this.decide(ordinal, ItemState.completed, seq);
      });
    }
    super.flushBatches();
  }

  override cellOf(ordinal: number): Cell {
    const cell = super.cellOf(ordinal);
    if (cell !== "ok") return cell;
    if (!this.#kept.has(ordinal)) return "absent";
    return this.#early?.has(ordinal) ? "pending" : cell;
  }

  override resultKey(ordinal: number): ValueKey {
    return this.#source.valueKey(ordinal);
  }

  adopt(recorded: RecordedCall): void {
    for (const item of recorded.kept) this.#kept.add(item);
    for (const [ordinal, decision] of recorded.decisions) {
      this.adoptDecision(ordinal, decision);
      if (this.#kept.has(ordinal) && this.#source.cell(ordinal) === "pending") this.#awaitPlace(ordinal);
    }
  }

  /** R3. */
  #awaitPlace(ordinal: number): void {
    (this.#early ??= new Set()).add(ordinal);
    this.#source.waitCell(ordinal, () => {
      this.#early!.delete(ordinal);
      this.result.decided(ordinal);
    });
  }
}
