/**
 * zip, zipBy, cross and an array of handles: new lists whose places are places of other lists.
 *
 * R1. zip is strict: different lengths are WG1002. A key without a partner, or used twice, is WG1002 too.
 * R2. A list that cannot be made is item 0 of the call failing; the list then holds one tombstone.
 * R3. A resume may find the sources with other members than before: joined-places.ts says what becomes of ordinals.
 * R4. What zipBy paired is noted always: keys are computed by the author's function, and a log alone could not tell.
 */
import { promiseAll } from "../base/primordials.ts";
import { decode } from "../model/codec.ts";
import type { CallCreated } from "./call.ts";
import type { Cause, Cell } from "./cell.ts";
import { CombineCall, type Source } from "./combine-call.ts";
import type { Domain } from "./domain.ts";
import { type Output, ViewOutput } from "./output.ts";
import { layOut, placesOf, sameMembers, type Members } from "../model/joined-places.ts";
import type { RunCore } from "./run-core.ts";

/** A view that turns into one failed tombstone when its call fails (R2). */
class FallibleView extends ViewOutput {
  broken: Cause | undefined;

  override cell(ordinal: number): Cell {
    if (this.domain.isVoid(ordinal)) return "absent";
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

export interface TupleParts {
  readonly sources: readonly Source[];
  readonly domain: Domain;
  readonly how: TupleKind;
  /** What the log says of earlier makings. */
  readonly noted: readonly Members[];
}

/** Why the list cannot be made. */
class Unmade {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** Ordinals of the first list, and of their partners in the second. */
type Pairs = readonly [readonly number[], readonly number[]];

interface Keyed {
  readonly key: string;
  readonly ordinal: number;
}

/** zip, zipBy and cross have one output per source; an array of handles has one in all. */
export class TupleCall extends CombineCall {
  readonly outputs: readonly FallibleView[];
  readonly #domain: Domain;
  readonly #how: TupleKind;
  readonly #noted: readonly Members[];

  constructor(run: RunCore, created: CallCreated, of: TupleParts) {
    super(run, created, of.sources);
    this.#domain = of.domain;
    this.#how = of.how;
    this.#noted = of.noted;
    const all = of.sources.map((source) => source.output);
    const views = of.how.kind === "concat" ? [all] : all.map((output) => [output]);
    this.outputs = views.map((sources) => new FallibleView(this.no, of.domain, sources));
  }

  begin(): void {
    const how = this.#how;
    if (how.kind === "zipBy") this.whenSourcesClose(() => this.run.rereads.add(() => this.#buildByKey(how.key)));
    else this.whenMembershipKnown(() => this.#build());
  }

  #build(): void {
    const members = this.sources.map((source) => source.output.members());
    const [a, b] = members.map((list) => list.length);
    if (this.#how.kind !== "zip" || a === b) return this.#make(members);
    this.#break(
      `zip needs lists of one length and was given ${a} and ${b}; pair by key with zipBy(a, b, key), or filter first`,
    );
  }

  async #buildByKey(key: (value: never) => string | number): Promise<void> {
    let paired: Pairs | Unmade;
    try {
      const [left, right] = await promiseAll(this.sources.map((source) => this.#keys(source.output, key)));
      if (left instanceof Unmade) paired = left;
      else if (right instanceof Unmade) paired = right;
      else paired = pairsOf(left!, right!);
    } catch (error) {
      return this.run.storeFailed(error);
    }
    if (paired instanceof Unmade) this.#break(`zipBy: ${paired.why}`);
    else this.#make(paired);
  }

  async #keys(output: Output, key: (value: never) => string | number): Promise<readonly Keyed[] | Unmade> {
    const members = output.members();
    const gone = members.find((ordinal) => output.cell(ordinal) !== "ok");
    if (gone !== undefined) {
      return new Unmade(
        `the item at ${output.domain.path(gone)} failed, so it has no key; filter or repair failures first`,
      );
    }
    const texts = await this.run.values.load(members.map((ordinal) => output.valueKey(ordinal)));
    try {
      return texts.map((text, i) => ({
        key: String(this.run.inWorkflow(() => key(decode(text) as never), this.no, members[i]!)),
        ordinal: members[i]!,
      }));
    } catch (error) {
      return new Unmade(`the key function threw: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #break(message: string): void {
    const show = (): void => {
      for (const output of this.outputs) output.broken = { call: this.no, item: 0 };
      this.#lay("broken");
    };
    if (this.isClosed) return show();
    this.#note("broken");
    this.fail("WG1002", message);
    this.run.afterCommit(show);
    this.close({ status: "failed" });
  }

  #make(members: readonly (readonly number[])[]): void {
    // R4
    const isByKey = this.#how.kind === "zipBy";
    if (isByKey || this.#noted.length > 0 || this.sources.some(({ output }) => mayChange(output))) this.#note(members);
    this.#lay(members);
    this.whenSourcesClose(() => this.closeWith(this.outputs));
  }

  #note(members: Members): void {
    this.#domain.markChangeable();
    if (sameMembers(this.#noted.at(-1), members)) return;
    const at = this.run.clock.now();
    this.run.emit({ type: "call.joined", at, call: this.no, ...(members === "broken" ? {} : { members }) });
  }

  /** R3. */
  #lay(members: Members): void {
    const isFirst = this.#noted.length === 0 && members !== "broken";
    const laid = isFirst ? undefined : layOut(this.#how.kind, this.#noted, members);
    const places = isFirst ? placesOf(this.#how.kind, members) : laid!.map(({ place }) => place);
    for (const place of places) {
      // A place of a list that could not be made is a place of nothing: nobody looks behind the tombstone.
      const [a, b] = place === "broken" ? [0, 0] : place;
      if (this.#how.kind === "concat") this.outputs[0]!.add(a, b);
      else for (const [port, output] of this.outputs.entries()) output.add(0, port === 0 ? a : b);
    }
    if (isFirst) this.#domain.grow(0, { firstIndex: 0, count: places.length });
    for (const { place, index } of laid ?? []) {
      if (index === undefined) this.#domain.growVoid(0);
      else if (place === "broken") this.#domain.growTombstone(0);
      else this.#domain.grow(0, { firstIndex: index, count: 1 });
    }
    for (const output of this.outputs) output.announce();
    this.#domain.expanded(0);
    this.#domain.close(this.#membersSeq());
  }

  /** Seq by which the members of all sources were known. */
  #membersSeq(): number {
    const seqs = this.sources.map(({ call, output }) => {
      if (this.#how.kind === "zipBy" || output.sparse) return call?.closedSeq ?? 0;
      return output.domain.settledSeq;
    });
    return Math.max(0, ...seqs);
  }
}

/** A filter's failed items may turn out to be left out; any other list changes only where its paths do. */
function mayChange(output: Output): boolean {
  return (
    output.domain.mayChange || (output.sparse && output.members().some((ordinal) => output.cell(ordinal) !== "ok"))
  );
}

function pairsOf(left: readonly Keyed[], right: readonly Keyed[]): Pairs | Unmade {
  const rights = new Map<string, number>();
  for (const { key, ordinal } of right) {
    if (rights.has(key)) return new Unmade(`key "${key}" stands twice in the second list; make keys unique`);
    rights.set(key, ordinal);
  }
  const seen = new Set<string>();
  const pairs: [number, number][] = [];
  for (const { key, ordinal } of left) {
    if (seen.has(key)) return new Unmade(`key "${key}" stands twice in the first list; make keys unique`);
    seen.add(key);
    const partner = rights.get(key);
    if (partner === undefined) return new Unmade(lonely(key, { here: "first", there: "second" }));
    pairs.push([ordinal, partner]);
  }
  const alone = [...rights.keys()].find((key) => !seen.has(key));
  if (alone !== undefined) return new Unmade(lonely(alone, { here: "second", there: "first" }));
  return [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
}

function lonely(key: string, of: { readonly here: string; readonly there: string }): string {
  return `key "${key}" of the ${of.here} list has no partner in the ${of.there}; filter both to what they share first`;
}
