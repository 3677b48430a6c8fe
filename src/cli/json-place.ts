/**
 * Where a text stops being JSON. `JSON.parse` says so for some errors only, and with no words that are promised.
 */
type Expect = "value" | "first element" | "key" | "first key" | "colon" | "next" | "nothing";

const SPACE = " \t\n\r";
const LITERALS: readonly string[] = ["true", "false", "null"];

/** Index of the first character that cannot be there; the length of the text when its end comes too early. */
export function badJsonAt(text: string): number {
  const open: ("{" | "[")[] = [];
  let expect: Expect = "value";
  let at = 0;
  const ended = (): Expect => (open.length === 0 ? "nothing" : "next");
  for (;;) {
    while (at < text.length && SPACE.includes(text[at]!)) at++;
    const mark = text[at];
    if (mark === undefined || expect === "nothing") return at;
    if (expect === "colon") {
      if (mark !== ":") return at;
      expect = "value";
      at++;
    } else if (expect === "next") {
      const inObject = open.at(-1) === "{";
      if (mark === ",") expect = inObject ? "key" : "value";
      else if (mark === (inObject ? "}" : "]")) {
        open.pop();
        expect = ended();
      } else return at;
      at++;
    } else if ((expect === "first key" && mark === "}") || (expect === "first element" && mark === "]")) {
      open.pop();
      expect = ended();
      at++;
    } else if (expect === "key" || expect === "first key") {
      const string = stringFrom(text, at);
      if (!string.ok) return string.at;
      at = string.at;
      expect = "colon";
    } else if (mark === "{" || mark === "[") {
      open.push(mark);
      expect = mark === "{" ? "first key" : "first element";
      at++;
    } else {
      const scalar = scalarFrom(text, at);
      if (!scalar.ok) return scalar.at;
      at = scalar.at;
      expect = ended();
    }
  }
}

interface Read {
  readonly ok: boolean;
  /** Behind what was read, or the bad character. */
  readonly at: number;
}

function scalarFrom(text: string, from: number): Read {
  if (text[from] === '"') return stringFrom(text, from);
  for (const literal of LITERALS) {
    if (text[from] !== literal[0]) continue;
    for (let index = 0; index < literal.length; index++) {
      if (text[from + index] !== literal[index]) return { ok: false, at: from + index };
    }
    return { ok: true, at: from + literal.length };
  }
  return numberFrom(text, from);
}

function stringFrom(text: string, from: number): Read {
  if (text[from] !== '"') return { ok: false, at: from };
  for (let at = from + 1; at < text.length; at++) {
    const mark = text[at]!;
    if (mark === '"') return { ok: true, at: at + 1 };
    if (mark < " ") return { ok: false, at };
    if (mark !== "\\") continue;
    at++;
    if (text[at] === "u") {
      for (let digit = 0; digit < 4; digit++) {
        at++;
        if (!/^[0-9a-fA-F]$/.test(text[at] ?? "")) return { ok: false, at: Math.min(at, text.length) };
      }
    } else if (!'"\\/bfnrt'.includes(text[at] ?? " ")) return { ok: false, at: Math.min(at, text.length) };
  }
  return { ok: false, at: text.length };
}

function numberFrom(text: string, from: number): Read {
  const digits = (at: number): number => {
    while (text[at]! >= "0" && text[at]! <= "9") at++;
    return at;
  };
  let at = text[from] === "-" ? from + 1 : from;
  const whole = digits(at);
  if (whole === at) return { ok: false, at };
  at = text[at] === "0" ? at + 1 : whole;
  if (text[at] === ".") {
    const fraction = digits(at + 1);
    if (fraction === at + 1) return { ok: false, at: at + 1 };
    at = fraction;
  }
  if (text[at] === "e" || text[at] === "E") {
    at += text[at + 1] === "+" || text[at + 1] === "-" ? 2 : 1;
    const exponent = digits(at);
    if (exponent === at) return { ok: false, at };
    at = exponent;
  }
  return { ok: true, at };
}
