/**
 * The places of a list that is made of other lists, over the life of a run.
 *
 * Owns: which place each ordinal names. Leaves to TupleCall: what the places are now.
 *
 * R1. An ordinal names one place (an item of a source, or a pair of items) for good: what is recorded under it stays its.
 * R2. A resume that repairs a failed item may add places between others and take some away. New ones get new ordinals,
 *     those that are gone keep theirs and are voids; the path of a place is its position today.
 * R3. What could change is noted in the log (`call.joined`): lists with failed items, and lists that could not be made.
 *     Any other is the same whenever it is made again.
 */
import type { CallKind } from "./events.ts";

type JoinKind = "zip" | "zipBy" | "cross" | "concat";

/** Whether a call of this kind makes a list of places of others (a merge does where its lists are unrelated). */
export function isJoined(kind: CallKind): boolean {
  return kind === "zip" || kind === "zipBy" || kind === "cross" || kind === "concat" || kind === "merge";
}

/** Unrelated lists that are merged follow one another. */
export function layoutOf(kind: CallKind): JoinKind {
  return kind === "zip" || kind === "zipBy" || kind === "cross" ? kind : "concat";
}

/** Of an array of handles: which source, and its ordinal there. Of a pair: the ordinals of both. */
export type Place = readonly [number, number];

/** Ordinals per source, in order; "broken": the list could not be made and holds one tombstone. */
export type Members = readonly (readonly number[])[] | "broken";

export interface Laid {
  readonly place: Place | "broken";
  /** Position in the list today; undefined: gone. */
  readonly index: number | undefined;
}

export function placesOf(kind: JoinKind, members: readonly (readonly number[])[]): Place[] {
  if (kind === "concat") return members.flatMap((list, source) => list.map((ordinal): Place => [source, ordinal]));
  const [a, b] = members as [readonly number[], readonly number[]];
  if (kind === "cross") return a.flatMap((left) => b.map((right): Place => [left, right]));
  return a.map((left, i): Place => [left, b[i]!]);
}

/** Every place the list ever had, by ordinal (R1). */
export function layOut(kind: JoinKind, noted: readonly Members[], now: Members): Laid[] {
  const all = new Map<string, Place | "broken">();
  const put = (members: Members): string[] => {
    const places = members === "broken" ? [members] : placesOf(kind, members);
    return places.map((place) => {
      const key = String(place);
      if (!all.has(key)) all.set(key, place);
      return key;
    });
  };
  for (const members of noted) put(members);
  const today = new Map(put(now).map((key, index) => [key, index]));
  return Array.from(all, ([key, place]) => ({ place, index: today.get(key) }));
}

export function sameMembers(a: Members | undefined, b: Members): boolean {
  if (a === undefined || a === "broken" || b === "broken") return a === b;
  return a.every((list, source) => {
    const other = b[source]!;
    return list.length === other.length && list.every((ordinal, i) => ordinal === other[i]);
  });
}
