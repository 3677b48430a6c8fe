/**
 * The language in which items are looked for: `value.score < 0.5 and not input.url contains "draft"`.
 *
 * Owns: reading an expression, and what it comes to for one item. Leaves to operations/find-items.ts: which items.
 *
 * R1. Nothing is executed: an expression is read into a tree, which is walked. Patterns are matched in linear time.
 * R2. A path that leads nowhere is missing: it equals nothing but `missing`, and every other comparison with it is false.
 * R3. `<` and its like compare two numbers or two texts; of anything else they are false. Nothing is converted.
 * R4. What is wrong with an expression is said with its place (WG6134).
 *
 *   expression  and | or | not | ( )
 *   comparison  == != < <= > >= contains startsWith endsWith matches in
 *   operand     path | "text" | 'text' | number | true | false | null | missing | [operand, ...] | length(operand) | type(operand)
 *               | lower(operand)
 *   path        value | input | error | status | path | attempts | ms | node, then .name, [3], ["a name"], or [*]: any element
 */
import { linearPattern, PatternError } from "../../base/linear-pattern.ts";
import { nearestName } from "../../base/nearest-name.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { Json } from "../plain-json.ts";

export const ROOTS = ["value", "input", "error", "status", "path", "attempts", "ms", "node"] as const;
export type Root = (typeof ROOTS)[number];

/** What an expression may ask of an item. */
export type ItemFacts = Readonly<Partial<Record<Root, Json>>>;

export interface ItemExpression {
  /** What has to be read of an item before it can be asked. */
  readonly roots: ReadonlySet<Root>;
  fits(item: ItemFacts): boolean;
}

export const MAX_EXPRESSION = 1_000;
const MAX_DEPTH = 50;
/** Elements that [*] leads to; each is compared with each of the other side. */
const MAX_ELEMENTS = 2_000;
const FUNCTIONS = ["length", "type", "lower"] as const;
const WORDS = ["and", "or", "not", "contains", "startsWith", "endsWith", "matches", "in"] as const;
const COMPARISONS = ["==", "!=", "<", "<=", ">", ">=", "contains", "startsWith", "endsWith", "matches", "in"];

interface Token {
  readonly kind: "name" | "text" | "number" | "sign" | "end";
  readonly text: string;
  /** From 0. */
  readonly at: number;
}

/** Several where a path says [*]; none where it leads nowhere. */
type Operand = (item: ItemFacts) => readonly Json[];
type Condition = (item: ItemFacts) => boolean;

/** @throws WorkgraphError WG6134 */
export function itemExpression(source: string): ItemExpression {
  if (source.length > MAX_EXPRESSION)
    throw wrong(source, MAX_EXPRESSION, `an expression has at most ${MAX_EXPRESSION} characters`);
  const reader = new ExpressionReader(source);
  const fits = reader.read();
  return { roots: reader.roots, fits };
}

function wrong(source: string, at: number, message: string, near?: string): WorkgraphError {
  const shown = source.slice(0, MAX_EXPRESSION);
  return new WorkgraphError(
    "WG6134",
    `the expression is wrong at character ${at + 1}: ${message}\n  ${shown}\n  ${" ".repeat(at)}^`,
    {
      hint:
        near === undefined
          ? 'Write for example: value.score < 0.5 and input.url contains "draft".'
          : `Did you mean "${near}"?`,
      details: { at: at + 1 },
    },
  );
}

const TOKEN =
  /\s*(?:([A-Za-z_$][\w$]*)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(==|!=|<=|>=|[<>()[\],.*]))/y;

function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let end = 0; ; end = TOKEN.lastIndex) {
    const found = TOKEN.exec(source);
    if (!found) {
      const rest = source.slice(end);
      const at = end + rest.length - rest.trimStart().length;
      if (at < source.length) {
        const sign = source[at]!;
        throw wrong(
          source,
          at,
          /["']/.test(sign) ? "a text that does not end" : `"${sign}" has no meaning`,
          sign === "=" ? "==" : undefined,
        );
      }
      return [...tokens, { kind: "end", text: "", at: source.length }];
    }
    const [whole, name, number, text, sign] = found;
    const written = name ?? number ?? text ?? sign ?? "";
    const at = end + whole.length - written.length;
    if (text !== undefined) tokens.push({ kind: "text", text: unquoted(text), at });
    else
      tokens.push({ kind: name !== undefined ? "name" : number !== undefined ? "number" : "sign", text: written, at });
  }
}

function unquoted(text: string): string {
  // What else begins with a backslash stays as it is: a pattern is written as "\\d+".
  return text.slice(1, -1).replace(/\\(["'\\nt])/g, (_, escaped: string) => ({ n: "\n", t: "\t" })[escaped] ?? escaped);
}

class ExpressionReader {
  readonly roots: Set<Root> = new Set();
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokensOf(source);
  }

  read(): Condition {
    const condition = this.#or();
    const { kind, text, at } = this.#token;
    if (kind === "end") return condition;
    throw wrong(this.#source, at, `"${text}" is one too many`, kind === "name" ? nearestName(text, WORDS) : undefined);
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(...texts: readonly string[]): Token | undefined {
    const token = this.#token;
    if (token.kind === "text" || token.kind === "end" || !texts.includes(token.text)) return undefined;
    this.#next++;
    return token;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw wrong(this.#source, this.#token.at, `"${text}" is missing`);
  }

  #or(): Condition {
    const conditions = [this.#and()];
    while (this.#take("or")) conditions.push(this.#and());
    return conditions.length === 1 ? conditions[0]! : (item) => conditions.some((condition) => condition(item));
  }

  #and(): Condition {
    const conditions = [this.#not()];
    while (this.#take("and")) conditions.push(this.#not());
    return conditions.length === 1 ? conditions[0]! : (item) => conditions.every((condition) => condition(item));
  }

  #not(): Condition {
    if (++this.#depth > MAX_DEPTH) throw wrong(this.#source, this.#token.at, `more than ${MAX_DEPTH} levels`);
    try {
      if (this.#take("not")) {
        const condition = this.#not();
        return (item) => !condition(item);
      }
      if (!this.#take("(")) return this.#comparison();
      const condition = this.#or();
      this.#expect(")");
      return condition;
    } finally {
      this.#depth--;
    }
  }

  #comparison(): Condition {
    const left = this.#operand();
    const sign = this.#take(...COMPARISONS);
    // A path alone: it leads somewhere, and not to false, null, 0 or "".
    if (!sign) return (item) => left(item).some(Boolean);
    if (sign.text === "matches") return this.#matches(left);
    if (this.#take("missing")) {
      if (sign.text !== "==" && sign.text !== "!=")
        throw wrong(this.#source, sign.at, '"missing" is compared by == or !=');
      return (item) => (left(item).length === 0) === (sign.text === "==");
    }
    const right = this.#operand();
    if (sign.text === "!=") {
      // R2. Nothing is other than what is not there.
      return (item) => {
        const [ours, theirs] = [left(item), right(item)];
        return ours.length > 0 && theirs.length > 0 && !ours.some((one) => theirs.some((other) => isEqual(one, other)));
      };
    }
    const compare = COMPARE[sign.text]!;
    return (item) => {
      const theirs = right(item);
      return left(item).some((one) => theirs.some((other) => compare(one, other)));
    };
  }

  #matches(left: Operand): Condition {
    const { kind, text, at } = this.#token;
    if (kind !== "text") throw wrong(this.#source, at, '"matches" wants a pattern in quotes');
    this.#next++;
    try {
      const test = linearPattern(text);
      return (item) => left(item).some((one) => typeof one === "string" && test(one));
    } catch (error) {
      if (error instanceof PatternError)
        throw wrong(this.#source, at + 1 + error.at, `in the pattern: ${error.message}`);
      throw error;
    }
  }

  #operand(): Operand {
    const token = this.#token;
    const { kind, text, at } = token;
    this.#next++;
    if (kind === "text") return () => [text];
    if (kind === "number") return () => [Number(text)];
    if (kind === "sign" && text === "[") return this.#list();
    if (kind !== "name")
      throw wrong(this.#source, at, kind === "end" ? "something is missing" : `"${text}" is no value`);
    if (text === "true" || text === "false") return () => [text === "true"];
    if (text === "null") return () => [null];
    if (this.#token.text === "(" && this.#token.kind === "sign") return this.#call(token);
    if (!(ROOTS as readonly string[]).includes(text)) {
      const names = [...ROOTS, ...FUNCTIONS, "true", "false", "null", "missing", "not"];
      throw wrong(
        this.#source,
        at,
        `"${text}" is no value; a path begins with ${ROOTS.join(", ")}`,
        nearestName(text, names),
      );
    }
    this.roots.add(text as Root);
    return this.#path(text as Root);
  }

  #list(): Operand {
    const parts: Operand[] = [];
    while (!this.#take("]")) {
      if (parts.length > 0) this.#expect(",");
      if (++this.#depth > MAX_DEPTH) throw wrong(this.#source, this.#token.at, `more than ${MAX_DEPTH} levels`);
      parts.push(this.#operand());
      this.#depth--;
    }
    return (item) => [parts.flatMap((part) => part(item))];
  }

  #call({ text, at }: Token): Operand {
    if (!(FUNCTIONS as readonly string[]).includes(text))
      throw wrong(
        this.#source,
        at,
        `"${text}" is no function; there are ${FUNCTIONS.join(", ")}`,
        nearestName(text, FUNCTIONS),
      );
    this.#expect("(");
    if (++this.#depth > MAX_DEPTH) throw wrong(this.#source, at, `more than ${MAX_DEPTH} levels`);
    const operand = this.#operand();
    this.#depth--;
    this.#expect(")");
    const apply = APPLY[text]!;
    return (item) => operand(item).flatMap(apply);
  }

  #path(root: Root): Operand {
    const parts: (string | number)[] = [];
    const isAny: boolean[] = [];
    for (;;) {
      if (this.#take(".")) {
        const { kind, text, at } = this.#token;
        if (kind !== "name") throw wrong(this.#source, at, 'a name is missing after "."');
        this.#next++;
        parts.push(text);
        isAny.push(false);
      } else if (this.#take("[")) {
        const { kind, text, at } = this.#token;
        const isStar = kind === "sign" && text === "*";
        if (kind !== "text" && kind !== "number" && !isStar)
          throw wrong(this.#source, at, 'write [3], ["a name"] or [*]');
        this.#next++;
        parts.push(kind === "number" ? Number(text) : text);
        isAny.push(isStar);
        this.#expect("]");
      } else break;
    }
    return (item) => {
      let found: readonly Json[] = item[root] === undefined ? [] : [item[root]];
      for (const [index, part] of parts.entries())
        found = found.flatMap((one) => partOf(one, part, isAny[index]!)).slice(0, MAX_ELEMENTS);
      return found;
    };
  }
}

function partOf(value: Json, part: string | number, isAny: boolean): readonly Json[] {
  if (typeof value !== "object" || value === null) return [];
  if (isAny) return Array.isArray(value) ? (value as readonly Json[]) : Object.values(value);
  if (Array.isArray(value)) {
    const element = (value as readonly Json[])[Number(part) < 0 ? value.length + Number(part) : Number(part)];
    return element === undefined ? [] : [element];
  }
  const fields = value as Readonly<Record<string, Json>>;
  return Object.hasOwn(fields, String(part)) ? [fields[String(part)]!] : [];
}

const APPLY: Readonly<Record<string, (value: Json) => readonly Json[]>> = {
  length: (value) =>
    typeof value === "string" || Array.isArray(value)
      ? [value.length]
      : typeof value === "object" && value !== null
        ? [Object.keys(value).length]
        : [],
  type: (value) => [value === null ? "null" : Array.isArray(value) ? "list" : typeof value],
  lower: (value) => (typeof value === "string" ? [value.toLowerCase()] : []),
};

const ordered =
  (test: (order: number) => boolean) =>
  (a: Json, b: Json): boolean => {
    if (typeof a === "number" && typeof b === "number") return test(a - b);
    return typeof a === "string" && typeof b === "string" && test(a < b ? -1 : a > b ? 1 : 0);
  };

const text =
  (test: (a: string, b: string) => boolean) =>
  (a: Json, b: Json): boolean =>
    typeof a === "string" && typeof b === "string" && test(a, b);

const COMPARE: Readonly<Record<string, (a: Json, b: Json) => boolean>> = {
  "==": isEqual,
  "<": ordered((order) => order < 0),
  "<=": ordered((order) => order <= 0),
  ">": ordered((order) => order > 0),
  ">=": ordered((order) => order >= 0),
  contains: (a, b) => (Array.isArray(a) ? (a as readonly Json[]).some((one) => isEqual(one, b)) : textHas(a, b)),
  startsWith: text((a, b) => a.startsWith(b)),
  endsWith: text((a, b) => a.endsWith(b)),
  in: (a, b) => Array.isArray(b) && (b as readonly Json[]).some((one) => isEqual(a, one)),
};

function textHas(a: Json, b: Json): boolean {
  return typeof a === "string" && typeof b === "string" && a.includes(b);
}

/** Fields in any order. */
function isEqual(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [ours, theirs] = [Object.entries(a), b as Readonly<Record<string, Json>>];
  return (
    ours.length === Object.keys(b).length &&
    ours.every(([key, value]) => Object.hasOwn(theirs, key) && isEqual(value as Json, theirs[key]!))
  );
}
