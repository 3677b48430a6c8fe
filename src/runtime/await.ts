/**
 * What awaiting a handle gives: values in path order, the failures behind it, or one item after the other.
 *
 * R1. A handle settles at the seq that closes its call; `for await` gets item i at the latest seq among items 0..i. The
 *     run's clock stands still between the items of a `for await`.
 * R2. Every await decodes afresh; what is delivered is remembered by identity, so that passing it on keeps its lineage.
 * R3. A rejection that was delivered counts as handled: a function that does not catch it throws.
 * R4. An await that would hold more than a limit of encoded values is refused (WG3006): `for await` takes one at a time.
 */
import { ItemsFailed } from "../define/items-failed.ts";
import { decode } from "../model/codec.ts";
import type { Settled, SettledFailed } from "../model/handle.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { HandleTarget } from "../trace/handle.ts";
import type { CallState } from "./call.ts";
import { causeKey, type Cause } from "./cell.ts";
import type { Delivery } from "./delivery.ts";
import type { Domain } from "./domain.ts";
import { withCauses } from "./failure.ts";
import type { Origins } from "./origins.ts";
import type { Output } from "./output.ts";
import type { RunCore } from "./run-core.ts";
import { unknownError } from "./settled.ts";

/** Values read at once: above the limit, no more than these are in memory in vain. */
const READ_AT_ONCE = 4096;

/** Gives the function what it waited for. */
type Settle = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

export interface Awaited {
  readonly output: Output;
  readonly call: CallState;
  readonly target: HandleTarget;
}

export class Awaiter {
  readonly #run: RunCore;
  readonly #delivery: Delivery;
  readonly #origins: Origins;

  constructor(run: RunCore, delivery: Delivery, origins: Origins) {
    this.#run = run;
    this.#delivery = delivery;
    this.#origins = origins;
  }

  /** The values, or a rejection with ItemsFailed. */
  wait(of: Awaited): Promise<unknown> {
    return this.#whenClosed(of, () => this.#atHand(of) ?? this.#values(of));
  }

  /** One value that was just recorded: nothing is read, so nothing is waited for. */
  #atHand({ output, target }: Awaited): Settle | undefined {
    if (target.many || output.domain.length !== 1 || output.cell(0) !== "ok") return undefined;
    const text = this.#run.values.peek(output.valueKey(0));
    if (text === undefined || text.length > this.#run.maxAwaitBytes) return undefined;
    const value = decode(text);
    return (resolve) => {
      this.#origins.deliveredItem(value, { target, ordinal: 0, text });
      resolve(value);
    };
  }

  #values(of: Awaited): Promise<Settle> {
    return this.#afterRereads(async () => {
      const failed = this.failuresOf(of.output);
      if (failed.length > 0) {
        const error = this.rejection(of, failed);
        return (_resolve, reject) => {
          this.#run.failures.handle(failed.flatMap((o) => of.output.causes(o)));
          reject(error);
        };
      }
      const texts = await this.#read(of, of.output.members());
      const values = texts.map((text) => decode(text));
      const many = of.target.many && of.target.isSingle?.() !== true;
      return (resolve) => {
        if (many) this.#origins.deliveredList(values, { target: of.target, output: of.output, texts });
        else this.#origins.deliveredItem(values[0], { target: of.target, ordinal: 0, text: texts[0]! });
        resolve(many ? values : values[0]);
      };
    });
  }

  settled(of: Awaited): Promise<unknown> {
    return this.#whenClosed(of, () => this.#afterRereads(() => this.#cells(of)));
  }

  async #cells(of: Awaited): Promise<Settle> {
    const { output } = of;
    const members = output.members();
    const ok = members.filter((o) => output.cell(o) === "ok");
    const texts = await this.#read(of, ok);
    let next = 0;
    const cells = members.map((o): Settled<unknown> => {
      if (output.cell(o) !== "ok") return this.#settledFailure(output, o);
      return { status: "ok", value: decode(texts[next++]!), path: output.domain.path(o) };
    });
    this.#origins.deliveredCells(cells, { target: of.target, ordinals: members });
    return (resolve) => {
      this.#run.failures.handle(members.filter((o) => output.cell(o) !== "ok").flatMap((o) => output.causes(o)));
      resolve(cells);
    };
  }

  /** Lists that are still made anew may be part of it. */
  async #afterRereads(read: () => Promise<Settle>): Promise<Settle> {
    const { underWay } = this.#run.rereads;
    if (underWay) await underWay;
    return read();
  }

  #whenClosed(of: Awaited, read: () => Settle | Promise<Settle>): Promise<unknown> {
    of.call.uses++;
    this.#run.wake(of.call);
    return new Promise((resolve, reject) => {
      const prepare = (): (() => void) | Promise<() => void> => {
        const settle = read();
        if (typeof settle === "function") return () => settle(resolve, reject);
        return settle.then(
          (fire) => () => fire(resolve, reject),
          (error: unknown) => {
            if (!(error instanceof TooMuch)) throw error;
            return () => reject(error);
          },
        );
      };
      of.call.onClosed(() =>
        this.#delivery.push({ seq: of.call.closedSeq, at: of.call.closedAt, calls: [of.call.no], prepare }),
      );
    });
  }

  /** R1. */
  async *iterate(of: Awaited): AsyncGenerator<unknown, void, undefined> {
    of.call.uses++;
    this.#run.wake(of.call);
    const { output } = of;
    let latestSeq = await this.#orderSettled(of);
    for (let place = 0; ; place++) {
      const ordinal = await this.#placeKnown(output.domain, place);
      if (ordinal === undefined) return this.#end(of);
      await this.#decided(output, ordinal);
      latestSeq = Math.max(latestSeq, output.seq(ordinal));
      if (output.cell(ordinal) !== "absent") yield await this.#one(of, { ordinal, seq: latestSeq });
    }
  }

  #one(of: Awaited, at: { readonly ordinal: number; readonly seq: number }): Promise<unknown> {
    const { output, call, target } = of;
    const { ordinal, seq } = at;
    const prepare = async (settle: {
      resolve(value: unknown): void;
      reject(error: unknown): void;
    }): Promise<() => void> => {
      if (output.cell(ordinal) !== "ok") {
        const error = this.rejection(of, [ordinal]);
        return () => {
          this.#run.failures.handle(output.causes(ordinal));
          settle.reject(error);
        };
      }
      const [text] = await this.#run.values.load([output.valueKey(ordinal)]);
      const value = decode(text!);
      this.#origins.deliveredItem(value, { target, ordinal, text: text! });
      return () => settle.resolve(value);
    };
    return new Promise((resolve, reject) => {
      this.#delivery.push({ seq, at: 0, calls: [call.no], prepare: () => prepare({ resolve, reject }) });
    });
  }

  /** The end of a list is a fact of the log too: it is delivered at the seq of the close. */
  #end(of: Awaited): Promise<void> {
    return new Promise((resolve) => {
      of.call.onClosed(() => {
        this.#delivery.push({
          seq: of.call.closedSeq,
          at: of.call.closedAt,
          calls: [of.call.no],
          prepare: () => resolve,
        });
      });
    });
  }

  /**
   * Seq from which places may be given out. Of a flat list that is at once: a place's own event comes after all that decide
   * its order. A deeper list waits until all its paths exist: an item of a later parent may be there long before, and a
   * replay, which knows everything at once, must not give it out earlier than this run does.
   */
  async #orderSettled({ call, output }: Awaited): Promise<number> {
    const { domain } = output;
    if (!output.streams) {
      await new Promise<void>((resolve) => call.onClosed(resolve));
      await this.#run.rereads.underWay;
      return call.closedSeq;
    }
    if (isFlat(domain)) return 0;
    if (!domain.closed) await new Promise<void>((resolve) => domain.listen({ onDomainClosed: resolve }));
    return domain.settledSeq;
  }

  /** The ordinal at a place of the path order, once it is there; undefined past the end. */
  async #placeKnown(domain: Domain, place: number): Promise<number | undefined> {
    const known = (): boolean => domain.closed || domain.length > place;
    if (!known()) {
      await new Promise<void>((resolve) => {
        const look = (): void => {
          if (known()) resolve();
        };
        domain.listen({ onGrow: look, onDomainClosed: look });
      });
    }
    return domain.at(place);
  }

  #decided(output: Output, ordinal: number): Promise<void> | void {
    if (output.cell(ordinal) !== "pending") return;
    return new Promise((resolve) => {
      const look = (): void => {
        if (output.cell(ordinal) === "pending") output.waitCell(ordinal, look);
        else resolve();
      };
      look();
    });
  }

  /** Ordinals that hold no value, in path order. */
  failuresOf(output: Output): number[] {
    return output.members().filter((o) => output.cell(o) !== "ok");
  }

  rejection(of: Awaited, failed: readonly number[]): Error {
    const failures = failed.map((o) => this.#settledFailure(of.output, o));
    this.#origins.deliveredCells(failures, { target: of.target, ordinals: failed });
    const causes = new Map<string, Cause>();
    for (const o of failed) for (const cause of of.output.causes(o)) causes.set(causeKey(cause), cause);
    return withCauses(new ItemsFailed(of.call.created, failures, of.output.members().length), [...causes.values()]);
  }

  /** R4. */
  async #read({ output, call }: Awaited, ordinals: readonly number[]): Promise<readonly string[]> {
    const texts: string[] = [];
    let bytes = 0;
    for (let first = 0; first < ordinals.length; first += READ_AT_ONCE) {
      const some = ordinals.slice(first, first + READ_AT_ONCE);
      for (const text of await this.#run.values.load(some.map((o) => output.valueKey(o)))) {
        bytes += text.length;
        texts.push(text);
      }
      if (bytes > this.#run.maxAwaitBytes) throw new TooMuch(call, this.#run.maxAwaitBytes);
    }
    return texts;
  }

  #settledFailure(output: Output, ordinal: number): SettledFailed {
    const cause = output.causes(ordinal)[0];
    const error = (cause && this.#run.failures.get(cause)?.error) ?? unknownError();
    return {
      status: output.cell(ordinal) === "failed" ? "failed" : "skipped",
      error,
      path: output.domain.path(ordinal),
    };
  }
}

class TooMuch extends WorkgraphError {
  constructor(call: CallState, limitBytes: number) {
    const { site } = call.created;
    super("WG3006", `awaiting "${call.node}" would hold more than ${shownBytes(limitBytes)} of values in memory`, {
      hint: "take one item at a time with `for await (const x of items)`, or gather in a node",
      ...(site ? { site } : {}),
    });
  }
}

function shownBytes(bytes: number): string {
  return bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MB` : `${bytes} bytes`;
}

/** Its items stand side by side under the run itself. */
function isFlat(domain: Domain): boolean {
  return domain.parent === undefined || domain.parent.parent === undefined;
}
