/**
 * The results of a node that does not declare what an array is, taken one per item.
 *
 * R1. An item whose result is one value shows it. An array has no one value: that place is a failure, told with WG1015.
 */
import { formatAddress } from "../model/ids.ts";
import type { ValueKey } from "../store/store.ts";
import type { Cause, Cell } from "./cell.ts";
import type { NodeCall } from "./node-call.ts";
import { Output } from "./output.ts";

export class SingleOutput extends Output {
  readonly dense = false;
  override readonly streams = false;
  readonly #owner: NodeCall;

  constructor(owner: NodeCall) {
    super(owner.no, owner.result.domain);
    this.#owner = owner;
  }

  #isList(ordinal: number): boolean {
    return this.#owner.result.cell(ordinal) === "ok" && !this.#owner.isScalar(ordinal);
  }

  cell(ordinal: number): Cell {
    if (!this.#isList(ordinal)) return this.#owner.result.cell(ordinal);
    this.#tell(ordinal);
    return "failed";
  }

  /** R1. */
  #tell(ordinal: number): void {
    const { run, no, definition } = this.#owner;
    if (run.failures.get({ call: no, item: ordinal })) return;
    run.failures.add({
      call: no,
      item: ordinal,
      error: {
        code: "WG1015",
        kind: "thrown",
        name: "WorkgraphError",
        message: `"${definition.id}" returned an array for ${this.domain.path(ordinal)}, and a call pairs its results one by one with those of another node; declare out: "many" or out: "one"`,
        address: formatAddress(run.runId, no, ordinal),
        node: definition.id,
        path: this.domain.path(ordinal),
      },
    });
  }

  valueKey(ordinal: number): ValueKey {
    return { call: this.call, item: ordinal, index: 0 };
  }

  causes(ordinal: number): readonly Cause[] {
    return this.#isList(ordinal) ? [{ call: this.call, item: ordinal }] : this.#owner.result.causes(ordinal);
  }

  seq(ordinal: number): number {
    return this.#owner.result.seq(ordinal);
  }

  itemOf(ordinal: number): Cause {
    return { call: this.call, item: ordinal };
  }

  override waitCell(ordinal: number, then: () => void): void {
    this.#owner.result.waitCell(ordinal, then);
  }
}
