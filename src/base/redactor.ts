/**
 * Takes secret values out of text before it is written anywhere.
 *
 * R1. A value is known once it was read. It is found raw and in the forms it is likely to travel in: base64 (with and
 *     without padding, URL alphabet), URL-encoded, and inside JSON.
 * R2. Values shorter than 6 characters are not redacted: they would eat ordinary text.
 */
const MIN_LENGTH = 6;

export class Redactor {
  readonly #forms: Map<string, string> = new Map();
  readonly #values: Map<string, string> = new Map();

  add(name: string, value: string): void {
    if (value.length < MIN_LENGTH || this.#values.get(name) === value) return;
    this.#values.set(name, value);
    const bytes = new TextEncoder().encode(value);
    const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    const bare = base64.replace(/=+$/, "");
    for (const form of [value, base64, bare, bare.replaceAll("+", "-").replaceAll("/", "_"), encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) {
      this.#forms.set(form, `[secret ${name}]`);
    }
  }

  get isEmpty(): boolean {
    return this.#forms.size === 0;
  }

  redact(text: string): string {
    if (this.isEmpty) return text;
    let clean = text;
    for (const [form, mark] of this.#forms) if (clean.includes(form)) clean = clean.replaceAll(form, mark);
    return clean;
  }

  /** Name of a secret whose value is in the text. */
  find(text: string): string | undefined {
    for (const [name, value] of this.#values) if (text.includes(value) || text.includes(JSON.stringify(value).slice(1, -1))) return name;
    return undefined;
  }
}
