/**
 * The fast road: is this value plain JSON already, and if so, a snapshot of it.
 *
 * Own: one walk that says "plain" or gives up. Left to write.ts: everything else, and every error with its path.
 *
 * R1. Every property is read exactly once, into the snapshot, and the snapshot is what gets written: a getter or a
 *     Proxy cannot answer "plain" here and something else to `JSON.stringify` a moment later.
 * R2. It never explains. At the first thing that is not plain JSON it returns NOT_PLAIN and the writer finds it again.
 * R3. Copying by spread is also the quickest check there is: V8 clones a small object faster than it lists its
 *     property descriptors (flat object of five properties: spread 0.1 us, descriptors 0.6 us, JSON.stringify 0.6 us).
 */
import { arrayPrototype, getOwnPropertySymbols, getPrototypeOf, isArray, keys, objectPrototype } from "./primordials.ts";
import { MAX_DEPTH, MAX_TEXT_UNITS } from "./limits.ts";

export const NOT_PLAIN: unique symbol = Symbol("not plain JSON");

let unitsLeft = 0;

/** A deep copy of plain JSON data, or NOT_PLAIN. May throw whatever a getter or a Proxy throws. */
export const snapshotPlain = (value: unknown): unknown => {
  unitsLeft = MAX_TEXT_UNITS;
  return snapshot(value, 1);
};

const snapshot = (value: unknown, depth: number): unknown => {
  switch (typeof value) {
    case "string":
      unitsLeft -= value.length + 2;
      return unitsLeft < 0 ? NOT_PLAIN : value;
    case "number":
      // `value - value` is 0 for finite numbers only; 1 / -0 is negative.
      return value - value === 0 && (value !== 0 || 1 / value > 0) ? value : NOT_PLAIN;
    case "boolean":
      return value;
    case "object":
      break;
    default:
      return NOT_PLAIN;
  }
  if (value === null) return value;
  if (depth > MAX_DEPTH || (unitsLeft -= 2) < 0) return NOT_PLAIN;
  return isArray(value) ? snapshotArray(value, depth) : snapshotObject(value, depth);
};

const snapshotArray = (source: readonly unknown[], depth: number): unknown => {
  if (getPrototypeOf(source) !== arrayPrototype) return NOT_PLAIN;
  const copy: unknown[] = [];
  const { length } = source;
  for (let i = 0; i < length; i++) {
    const element = snapshot(source[i], depth + 1); // a hole reads as undefined, which is not plain
    if (element === NOT_PLAIN) return NOT_PLAIN;
    copy[i] = element;
  }
  unitsLeft -= length;
  return keys(source).length === length ? copy : NOT_PLAIN; // named properties, as of RegExp matches
};

const snapshotObject = (source: object, depth: number): unknown => {
  if (getPrototypeOf(source) !== objectPrototype) return NOT_PLAIN;
  const copy = { ...source } as Record<string, unknown>;
  const names = keys(copy);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (name === "$") return NOT_PLAIN; // reads as a tag unless escaped
    unitsLeft -= name.length + 4;
    const property = copy[name];
    const plain = snapshot(property, depth + 1);
    if (plain === NOT_PLAIN) return NOT_PLAIN;
    // The name is an own property of the copy, so assigning can reach no setter, not even for "__proto__".
    if (plain !== property) copy[name] = plain;
  }
  return getOwnPropertySymbols(copy).length === 0 ? copy : NOT_PLAIN;
};
