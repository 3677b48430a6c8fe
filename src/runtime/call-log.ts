/**
 * Calls and lists on their way into the log, and out of it again.
 *
 * Owns: identity, numbers, and taking over what is recorded. Leaves to call-maker.ts: what a call is made of.
 *
 * R1. Identity of a call for replay: kind, node id, lineage of its inputs (identities of upstream calls, digests of plain
 *     values), and k for the k-th equal one. Never a global counter.
 * R2. A recorded call with the same identity is taken over with its number and everything decided in it.
 * R3. A function that goes on after an await was called by whoever had called it when it made what it awaited.
 */
import { sha256Hex } from "../base/hash.ts";
import { originalSite, type CapturedSite } from "../trace/site.ts";
import type { PlainList } from "./arguments.ts";
import type { CallCreated } from "./call.ts";
import type { Delivery } from "./delivery.ts";
import type { Divergence } from "./divergence.ts";
import { edgesIn, type Draft } from "./draft.ts";
import type { Recorded, RecordedCall } from "./recorded.ts";
import type { RunCore } from "./run-core.ts";

export interface CallLogParts {
  readonly run: RunCore;
  readonly delivery: Delivery;
  readonly recorded: Recorded | undefined;
  readonly divergence: Divergence;
}

export interface LoggedCall {
  readonly created: CallCreated;
  readonly recorded: RecordedCall | undefined;
}

const identityOf = (lineage: readonly string[]): string => sha256Hex(lineage.join("\n")).slice(0, 32);

export class CallLog {
  readonly #parts: CallLogParts;
  readonly #equal: Map<string, number> = new Map();
  readonly #byIdentity: Map<string, RecordedCall> = new Map();
  readonly #created: Map<number, CallCreated> = new Map();
  #nextCall: number;
  #nextList: number;

  constructor(parts: CallLogParts) {
    this.#parts = parts;
    const { recorded } = parts;
    for (const call of recorded?.calls.values() ?? []) this.#byIdentity.set(call.created.identity, call);
    this.#nextCall = (recorded?.maxCall ?? 0) + 1;
    this.#nextList = Math.max(0, ...[...(recorded?.lists.keys() ?? [])].map((list) => -list)) + 1;
  }

  /** Recorded calls that the function has not asked for (again). */
  unclaimed(): RecordedCall[] {
    return [...this.#byIdentity.values()].filter((call) => !call.adopted);
  }

  /** R1, R2: the recorded call of this identity, or a new one. */
  record(draft: Draft): LoggedCall {
    const bare = identityOf(draft.lineage);
    const k = this.#equal.get(bare) ?? 0;
    this.#equal.set(bare, k + 1);
    const identity = k === 0 ? bare : identityOf([bare, String(k)]);
    const known = this.#byIdentity.get(identity);
    return known ? this.#takeOver(draft, known) : { created: this.#create(draft, identity), recorded: undefined };
  }

  #takeOver(draft: Draft, known: RecordedCall): LoggedCall {
    known.adopted = true;
    this.#created.set(known.created.call, known.created);
    this.#parts.divergence.claimed(known);
    for (const [param, list] of draft.lists) {
      const ref = known.created.inputs[param];
      if (ref?.from === "list" && list.output.list === 0) list.output.domain.space.source = ref.list;
      this.#parts.run.values.keepList({ call: list.output.list, item: 0 }, list.values);
    }
    return { created: known.created, recorded: known };
  }

  #create(draft: Draft, identity: string): CallCreated {
    const { run, delivery, recorded, divergence } = this.#parts;
    if (recorded) divergence.newCall(draft);
    for (const [param, list] of draft.lists) this.#recordList(draft, param, list);
    const { site } = draft;
    const created: CallCreated = {
      type: "call.created",
      at: run.clock.now(),
      call: this.#nextCall++,
      kind: draft.kind,
      node: draft.node,
      ...(draft.title === undefined ? {} : { title: draft.title }),
      ...(draft.description === undefined ? {} : { description: draft.description }),
      ...(site ? this.#siteFields(site) : {}),
      identity,
      segment: delivery.segment.index,
      ...(delivery.inSegment ? {} : { untracked: true as const }),
      inputs: draft.inputs,
      edges: edgesIn(draft, delivery.inSegment ? delivery.segment.openedBy : []),
      space: draft.space.chain(),
      many: draft.many,
      ...(draft.undeclared ? { undeclared: draft.undeclared } : {}),
      ...(draft.until === undefined ? {} : { until: draft.until }),
    };
    this.#created.set(created.call, created);
    run.emit(created, draft.value);
    return created;
  }

  /** R3. */
  #siteFields(captured: CapturedSite): Pick<CallCreated, "site" | "via" | "depth"> {
    const { depth, resumedAt } = captured;
    const own = originalSite(captured);
    const isAlone = captured.via === undefined && depth === undefined;
    if (isAlone && (resumedAt === undefined || own.functionName === undefined)) return { site: own };
    const path = [own, ...(captured.via ?? []).map(originalSite)];
    const resumed = resumedAt === undefined ? undefined : path[resumedAt];
    if (resumed?.functionName !== undefined) {
      const awaited = this.#parts.delivery.segment.openedBy
        .map((call) => this.#created.get(call))
        .find((call) => call?.site?.functionName === resumed.functionName && call?.site?.file === resumed.file);
      if (awaited) path.splice(resumedAt! + 1, path.length, ...(awaited.via ?? []));
    }
    const [site, ...via] = path;
    return {
      ...(site ? { site } : {}),
      ...(via.length > 0 ? { via } : {}),
      ...(depth === undefined ? {} : { depth }),
    };
  }

  #recordList(draft: Draft, param: string, list: PlainList): void {
    const { run } = this.#parts;
    if (list.output.list === 0) {
      const number = -this.#nextList++;
      list.output.domain.space.source = number;
      run.emitList({ call: number, item: 0, first: 0, values: list.values });
      run.emit({
        type: "list.recorded",
        at: run.clock.now(),
        list: number,
        size: list.values.length,
        digest: list.digest,
      });
      run.values.keepList({ call: number, item: 0 }, list.values);
    }
    const ref = draft.inputs[param];
    if (ref?.from === "list") draft.inputs[param] = { ...ref, list: list.output.list };
  }
}
