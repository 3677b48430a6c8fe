/**
 * Patterns that anybody may give, matched in time proportional to the text.
 *
 * Owns: reading a small regular expression, and searching a text for it.
 *
 * R1. There is no backtracking: all ways through the pattern are walked at once (a set of states per character), so no pattern and
 *     no text make it slow. That is why there are no back references and no looking around.
 * R2. A pattern is at most MAX_PATTERN characters and MAX_STATES states; a text is searched in its first MAX_TEXT characters.
 *
 * It has: literals, `.`, `[a-z]`, `[^a-z]`, `\d \w \s \D \W \S`, `^`, `$`, `( )`, `|`, `* + ?` and `{n}` `{n,m}`.
 */

export const MAX_PATTERN = 200;
const MAX_STATES = 2_000;
const MAX_TEXT = 100_000;
const MAX_REPEAT = 100;

export class PatternError extends Error {
  /** Place in the pattern, from 0. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

type Test = (character: string) => boolean;

type State =
  | { readonly kind: "character"; readonly test: Test; next: number }
  | { readonly kind: "split"; next: number; other: number }
  | { readonly kind: "begin" | "end"; next: number }
  | { readonly kind: "found" };

type Piece =
  | { readonly kind: "character"; readonly test: Test }
  | { readonly kind: "begin" | "end" }
  | { readonly kind: "sequence"; readonly pieces: readonly Piece[] }
  | { readonly kind: "choice"; readonly pieces: readonly Piece[] }
  | { readonly kind: "repeat"; readonly piece: Piece; readonly least: number; readonly most: number };

const CLASSES: Readonly<Record<string, Test>> = {
  d: (c) => c >= "0" && c <= "9",
  w: (c) => /[A-Za-z0-9_]/.test(c),
  s: (c) => /\s/.test(c),
};

/** @throws PatternError */
export function linearPattern(source: string): (text: string) => boolean {
  if (source.length > MAX_PATTERN)
    throw new PatternError(`a pattern has at most ${MAX_PATTERN} characters`, MAX_PATTERN);
  const states: State[] = [{ kind: "found" }];
  const first = compiled(new PatternReader(source).read(), 0, states);
  return (text) => isFound(states, first, text.slice(0, MAX_TEXT));
}

class PatternReader {
  readonly #characters: readonly string[];
  #at = 0;

  constructor(source: string) {
    this.#characters = Array.from(source);
  }

  read(): Piece {
    const piece = this.#choice();
    if (this.#at < this.#characters.length) throw new PatternError('")" without "("', this.#at);
    return piece;
  }

  #choice(): Piece {
    const pieces = [this.#sequence()];
    while (this.#take("|")) pieces.push(this.#sequence());
    return pieces.length === 1 ? pieces[0]! : { kind: "choice", pieces };
  }

  #sequence(): Piece {
    const pieces: Piece[] = [];
    while (this.#at < this.#characters.length && !["|", ")"].includes(this.#characters[this.#at]!))
      pieces.push(this.#repeated(this.#single()));
    return { kind: "sequence", pieces };
  }

  #repeated(piece: Piece): Piece {
    let whole = piece;
    for (;;) {
      if (this.#take("*")) whole = { kind: "repeat", piece: whole, least: 0, most: Infinity };
      else if (this.#take("+")) whole = { kind: "repeat", piece: whole, least: 1, most: Infinity };
      else if (this.#take("?")) whole = { kind: "repeat", piece: whole, least: 0, most: 1 };
      else if (this.#characters[this.#at] === "{") whole = { kind: "repeat", piece: whole, ...this.#count() };
      else return whole;
    }
  }

  #count(): { readonly least: number; readonly most: number } {
    const begin = this.#at;
    const end = this.#characters.indexOf("}", begin);
    const text = end === -1 ? "" : this.#characters.slice(begin + 1, end).join("");
    const [, least, comma, most] = /^(\d{1,3})(,?)(\d{0,3})$/.exec(text) ?? [];
    if (least === undefined)
      throw new PatternError('"{" begins a count such as {2} or {2,5}; write \\{ for the sign', begin);
    this.#at = end + 1;
    const bounds = { least: Number(least), most: comma === "" ? Number(least) : most === "" ? Infinity : Number(most) };
    const largest = bounds.most === Infinity ? bounds.least : bounds.most;
    if (bounds.most < bounds.least || largest > MAX_REPEAT)
      throw new PatternError(`a count goes from a smaller to a larger number, at most ${MAX_REPEAT}`, begin);
    return bounds;
  }

  #single(): Piece {
    const begin = this.#at;
    const character = this.#characters[this.#at++]!;
    switch (character) {
      case "(": {
        this.#take("?:");
        if (this.#characters[this.#at] === "?")
          throw new PatternError("there is no looking around and there are no names", this.#at);
        const piece = this.#choice();
        if (!this.#take(")")) throw new PatternError('"(" without ")"', begin);
        return piece;
      }
      case "[":
        return { kind: "character", test: this.#set(begin) };
      case ".":
        return { kind: "character", test: (c) => c !== "\n" };
      case "^":
        return { kind: "begin" };
      case "$":
        return { kind: "end" };
      case "\\":
        return { kind: "character", test: this.#escaped(begin) };
      case "*":
      case "+":
      case "?":
        throw new PatternError(`"${character}" has nothing before it to repeat`, begin);
      default:
        return { kind: "character", test: (c) => c === character };
    }
  }

  #escaped(begin: number): Test {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new PatternError('"\\" stands at the end', begin);
    const known = CLASSES[character.toLowerCase()];
    if (known) return character === character.toLowerCase() ? known : (c) => !known(c);
    const literal = { n: "\n", t: "\t", r: "\r" }[character] ?? character;
    if (literal === character && /[A-Za-z0-9]/.test(character))
      throw new PatternError(`"\\${character}" has no meaning here`, begin);
    return (c) => c === literal;
  }

  #set(begin: number): Test {
    const isOther = this.#take("^");
    const tests: Test[] = [];
    for (let isFirst = true; ; isFirst = false) {
      const character = this.#characters[this.#at];
      if (character === undefined) throw new PatternError('"[" without "]"', begin);
      this.#at++;
      if (character === "]" && !isFirst) break;
      if (character === "\\") {
        tests.push(this.#escaped(this.#at - 1));
        continue;
      }
      const last = this.#characters[this.#at + 1];
      if (this.#characters[this.#at] !== "-" || last === undefined || last === "]") {
        tests.push((c) => c === character);
        continue;
      }
      this.#at += 2;
      if (last < character) throw new PatternError(`"${character}-${last}" goes backwards`, this.#at - 3);
      tests.push((c) => c >= character && c <= last);
    }
    return isOther ? (c) => !tests.some((test) => test(c)) : (c) => tests.some((test) => test(c));
  }

  #take(text: string): boolean {
    const characters = Array.from(text);
    if (characters.some((character, index) => this.#characters[this.#at + index] !== character)) return false;
    this.#at += characters.length;
    return true;
  }
}

/** Adds the states of a piece that goes on at `next`; gives its first. */
function compiled(piece: Piece, next: number, states: State[]): number {
  const add = (state: State): number => {
    if (states.length >= MAX_STATES) throw new PatternError("the pattern is too large: its counts multiply", 0);
    return states.push(state) - 1;
  };
  switch (piece.kind) {
    case "character":
      return add({ kind: "character", test: piece.test, next });
    case "begin":
    case "end":
      return add({ kind: piece.kind, next });
    case "sequence":
      return piece.pieces.reduceRight((after, one) => compiled(one, after, states), next);
    case "choice":
      return piece.pieces
        .map((one) => compiled(one, next, states))
        .reduce((other, first) => add({ kind: "split", next: first, other }));
    case "repeat": {
      let after = next;
      if (piece.most === Infinity) {
        const loop = add({ kind: "split", next: 0, other: next });
        (states[loop] as { next: number }).next = compiled(piece.piece, loop, states);
        after = loop;
      } else {
        for (let n = piece.least; n < piece.most; n++)
          after = add({ kind: "split", next: compiled(piece.piece, after, states), other: next });
      }
      for (let n = 0; n < piece.least; n++) after = compiled(piece.piece, after, states);
      return after;
    }
  }
}

/** R1. */
function isFound(states: readonly State[], first: number, text: string): boolean {
  const characters = Array.from(text);
  let current = new Set<number>();
  const enter = (set: Set<number>, begin: number, at: number): void => {
    const open = [begin];
    for (let number = open.pop(); number !== undefined; number = open.pop()) {
      if (set.has(number)) continue;
      set.add(number);
      const state = states[number]!;
      if (state.kind === "split") open.push(state.next, state.other);
      else if (state.kind === "begin" && at === 0) open.push(state.next);
      else if (state.kind === "end" && at === characters.length) open.push(state.next);
    }
  };
  for (let at = 0; ; at++) {
    enter(current, first, at);
    if (current.has(0)) return true;
    const character = characters[at];
    if (character === undefined) return false;
    const following = new Set<number>();
    for (const number of current) {
      const state = states[number]!;
      if (state.kind === "character" && state.test(character)) enter(following, state.next, at + 1);
    }
    current = following;
  }
}
