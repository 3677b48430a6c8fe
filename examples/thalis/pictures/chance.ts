/** Repeatable chance: the same words give the same numbers, on every machine. */
import { createHash } from "node:crypto";

/** A number from 0 up to 1. */
export type Chance = () => number;

/** @param words what the numbers depend on, e.g. a prompt, a seed and the key of a picture */
export function chanceOf(...words: readonly (string | number)[]): Chance {
  let state = numberOf(...words);
  // mulberry32: 32 bits of state are plenty for a few thousand draws.
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 32 bits that the words decide. */
export function numberOf(...words: readonly (string | number)[]): number {
  return createHash("sha256").update(words.join("\u0000")).digest().readUInt32LE(0);
}

export function between(chance: Chance, from: number, to: number): number {
  return from + (to - from) * chance();
}
