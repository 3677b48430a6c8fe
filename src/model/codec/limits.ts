/**
 * Bounds of one recorded value. They exist so that a value that cannot be stored is an error with a path instead of a
 * stack overflow, an out-of-memory exit or a walk that never ends (50 shared references in a row stand for 2^50 values).
 */

/** Levels of nesting, the root's own included. */
export const MAX_DEPTH = 1_000;

/** Reading allows more: texts of values are also joined into lists and records without being decoded first. */
export const MAX_READ_DEPTH = 2_000;

/** UTF-16 units of text, before escapes are counted: half of what V8 can hold in one string. */
export const MAX_TEXT_UNITS: number = 2 ** 28;
