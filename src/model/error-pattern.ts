/**
 * What errors that happen for one reason have in common: code, node, and the message without what differs from item to item.
 *
 * Owns: what is masked. Leaves to store/: counting, and the short name of a pattern.
 *
 * R1. Masked: times, paths and addresses, quoted strings, identifiers, hex and decimal numbers. Words stay.
 * R2. Only the first line of a message counts, of that PATTERN_UNITS: what follows is mostly data.
 */

/** Characters of a message that its pattern is made of. */
const PATTERN_UNITS = 400;

// In this order: a quoted path is a string, a path may hold numbers. Every repetition is bounded, so that no message takes long.
const MASKS: readonly (readonly [found: RegExp, mask: string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?/g, "<time>"],
  [/"[^"]{0,400}"|`[^`]{0,400}`|“[^”]{0,400}”/g, "<text>"],
  [/(?<![\p{L}\p{N}])'[^']{0,400}'(?![\p{L}\p{N}])/gu, "<text>"],
  [/\b[a-z][a-z0-9+.-]{1,15}:\/\/[^\s<>"'`)\]]{1,400}/gi, "<url>"],
  [/(?<![\w<])(?:[A-Za-z]:)?(?:[\\/][\w.@~+%-]{1,100}){2,40}[\\/]?/g, "<path>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\b0x[0-9a-f]{1,64}\b/gi, "<hex>"],
  [/\b(?=[0-9a-f]{0,63}\d)(?=[0-9a-f]{0,63}[a-f])[0-9a-f]{6,128}\b/gi, "<hex>"],
  // A word with a digit in it: an id, a hash, a name that was counted up.
  [/\b(?=\w{0,63}\d)(?=\w{0,63}[a-z])[\w-]{6,128}\b/gi, "<id>"],
  [/[-+]?\d[\d_.,]{0,60}(?:e[-+]?\d{1,4})?/gi, "<n>"],
  [/\s+/g, " "],
];

/** Equal for errors that differ only in their numbers, ids, quoted strings and paths. */
export function errorPattern(error: {
  readonly code: string;
  readonly node?: string | undefined;
  readonly message: string;
}): string {
  const line = error.message.trimStart().split("\n", 1)[0] as string;
  let message = line.slice(0, PATTERN_UNITS);
  for (const [found, mask] of MASKS) message = message.replace(found, mask);
  return `${error.code} ${error.node ?? "-"}: ${message.trim()}`;
}
