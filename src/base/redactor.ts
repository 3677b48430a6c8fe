/**
 * Takes secret values out of text before it is written anywhere.
 *
 * R1. A value is known once it was read. It is found raw and in the forms it is likely to travel in: base64 (at any offset of
 *     what was encoded, both alphabets, with and without padding), URL-encoded, and inside JSON, once or twice.
 * R2. Values shorter than 6 characters are not looked for: they would eat ordinary text.
 * R3. The longest form is replaced first: a secret that begins with another one leaves no rest.
 */
import { jsonText } from "./primordials.ts";

const MIN_LENGTH = 6;

export class Redactor {
  /** Form and name, longest form first. */
  #forms: readonly (readonly [form: string, name: string])[] = [];
  readonly #values: Map<string, Set<string>> = new Map();

  add(name: string, value: string): void {
    if (value.length < MIN_LENGTH) return;
    const known = this.#values.get(name) ?? new Set();
    if (known.has(value)) return;
    this.#values.set(name, known.add(value));
    const forms = new Map(this.#forms);
    for (const form of formsOf(value)) if (!forms.has(form)) forms.set(form, name);
    this.#forms = [...forms].sort(([a], [b]) => b.length - a.length);
  }

  /** Everything that was added, for a thread that has to take out the same. */
  get added(): readonly (readonly [name: string, value: string])[] {
    return [...this.#values].flatMap(([name, values]) => [...values].map((value) => [name, value] as const));
  }

  get isEmpty(): boolean {
    return this.#forms.length === 0;
  }

  redact(text: string): string {
    let clean = text;
    for (const [form, name] of this.#forms) if (clean.includes(form)) clean = clean.replaceAll(form, mark(name));
    return clean;
  }

  /** Name of a secret whose value is in the text, in any of its forms. */
  find(text: string): string | undefined {
    for (const [form, name] of this.#forms) if (text.includes(form)) return name;
    return undefined;
  }

  /** How many characters at the end of the text may be the beginning of a secret that goes on in the next text. */
  openEnd(text: string): number {
    let longest = 0;
    for (const [form] of this.#forms) {
      for (let length = Math.min(form.length - 1, text.length); length > longest; length--) {
        if (text.endsWith(form.slice(0, length))) longest = length;
      }
    }
    return longest;
  }
}

/** Stands in JSON too. A function, because a text would read `$&` in a name as an instruction. */
function mark(name: string): () => string {
  return () => `[secret ${name.replaceAll(/["\\\p{C}]/gu, "?")}]`;
}

/** R1. */
function formsOf(value: string): Set<string> {
  const inJson = jsonText(value).slice(1, -1);
  const forms = new Set([value, inJson, jsonText(inJson).slice(1, -1), encodeUri(value)]);
  const bytes = new TextEncoder().encode(value);
  for (const form of [base64(bytes), ...[0, 1, 2].map((offset) => base64Inside(bytes, offset))]) {
    if (form.length < MIN_LENGTH) continue;
    forms.add(form).add(form.replaceAll("+", "-").replaceAll("/", "_"));
  }
  return forms;
}

/** A lone surrogate has no URL form. */
function encodeUri(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return value;
  }
}

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The characters that depend on these bytes alone, when `offset` (mod 3) others stand before them: "user:" and the like. */
function base64Inside(bytes: Uint8Array, offset: number): string {
  const shifted = new Uint8Array(offset + bytes.length);
  shifted.set(bytes, offset);
  const first = Math.ceil((offset * 8) / 6);
  return base64(shifted).slice(first, Math.floor((shifted.length * 8) / 6));
}
