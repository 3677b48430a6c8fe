/**
 * The value codec: what a node may return, as one line of text, and back.
 *
 * Own: the closed set of values that survive exactly, the text form, the error with a path for everything else.
 * Left to others: digests, where the text is stored, turning a CodecError into an error that names node and item.
 *
 * R1. `decode(encode(v))` equals `v` for: null, undefined (also as property or element), boolean, string (lone
 *     surrogates too), number (NaN, infinities, -0 too), bigint, Date, RegExp, URL, Map, Set, Error, Buffer,
 *     ArrayBuffer, DataView, typed arrays, arrays (holes too), plain and null-prototype objects, any own key.
 * R2. Anything else is a CodecError that names the path and says what to do. Nothing is dropped or changed silently.
 *     Told here: properties that are not enumerable are not part of a value; one object reached twice becomes two;
 *     a typed array comes back over memory of its own size; RegExp `lastIndex`, error stacks and an error's further
 *     properties are not kept; a getter is read once and its value kept. `toJSON` is never called: as a function it
 *     is refused like every other function.
 * R3. The text is JSON without a raw line break or tab. A value beyond JSON is `{"$":TAG,"v":...}`; an object with an
 *     own key "$" is wrapped as `{"$":"$","v":OBJECT}`, so no plain data reads as a tag.
 * R4. Equal values in equal key order give equal text.
 * R5. Runs in a browser. Where there is no Buffer, a Buffer decodes to a Uint8Array.
 * R6. Globals patched and prototypes polluted after this module loads change nothing (codec/primordials.ts).
 *
 * Plain JSON, nearly every value, takes the fast road: one walk makes a snapshot, JSON.stringify writes it, and
 * reading is JSON.parse plus a search for `"$"`.
 */
import { CodecError, thrownText } from "./codec/codec-error.ts";
import { NOT_PLAIN, snapshotPlain } from "./codec/plain.ts";
import { arrayPrototype, call, objectPrototype, parse, stringify, stringIncludes } from "./codec/primordials.ts";
import { revive } from "./codec/read.ts";
import type { Stacks } from "./codec/walk.ts";
import { writeText } from "./codec/write.ts";

export { CodecError } from "./codec/codec-error.ts";

export interface EncodeOptions {
  /** Whether errors keep their stack; default "drop": they differ between machines, and equal errors should digest equal. */
  readonly stacks?: Stacks;
}

/**
 * One line of JSON text for a value of the closed set.
 *
 * @throws CodecError that names the path of the first thing that cannot be recorded
 */
export const encode = (value: unknown, options?: EncodeOptions): string => {
  if (!("toJSON" in arrayPrototype) && !("toJSON" in objectPrototype)) {
    try {
      const plain = snapshotPlain(value);
      if (plain !== NOT_PLAIN) return stringify(plain);
    } catch {
      // A getter, a Proxy or the size: the writer meets it again and names the path.
    }
  }
  return writeText(value, options?.stacks ?? "drop");
};

/**
 * A fresh value from text that `encode` made.
 *
 * @throws CodecError when the text is damaged or from a newer version
 */
export const decode = (text: string): unknown => {
  try {
    const tree = parse(text);
    return call<boolean>(stringIncludes, text, ['"$"']) ? revive(tree) : tree;
  } catch (thrown) {
    if (thrown instanceof CodecError) throw thrown;
    throw new CodecError("$", `cannot be read back: ${thrownText(thrown)}; its text is damaged`, { cause: thrown });
  }
};
