/**
 * Text on a terminal: how wide it is, how it is cut, and what of it is safe to print.
 *
 * Recorded text is hostile: a title, a path or an error message may hold codes that move the cursor or hide a line.
 */

const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Escape codes and other control characters become visible; newlines and tabs stay. */
export function printable(text: string): string {
  return text.replace(/\r\n/g, "\n").replace(CONTROL, (mark) => {
    const code = mark.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}

export function oneLine(text: string): string {
  return printable(text).replace(/\s+/g, " ").trim();
}

/** Columns that printable text takes: East Asian wide characters and emoji two, marks that join the one before none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const mark of text) width += columnsOf(mark);
  return width;
}

function columnsOf(mark: string): number {
  const code = mark.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (/\p{M}|\u200d|[\ufe00-\ufe0f]/u.test(mark)) return 0;
  return /\p{Emoji_Presentation}/u.test(mark) || isWide(code) ? 2 : 1;
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}

/** At most `columns` wide; what is cut ends with "…". */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const mark of text) {
    const next = width + columnsOf(mark);
    if (next > columns - 1) break;
    kept += mark;
    width = next;
  }
  return `${kept}…`;
}

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - widthOf(text)));
}

export function padStart(text: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - widthOf(text))) + text;
}

/** A recorded file as a person at this folder would write it: relative where it is below, else as recorded. */
export function shownFile(file: string): string {
  const below = `${process.cwd()}/`;
  return printable(file.startsWith(below) ? file.slice(below.length) : file);
}

interface Site {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** `file:line:column` of a place in source. */
export function siteText(site: Site): string {
  return `${shownFile(site.file)}:${site.line}:${site.column}`;
}

/** The message of an error of ours without the place that stands in a line of its own, and with paths as somebody here writes them. */
export function ownMessage(of: { readonly code: string; readonly message: string; readonly site?: Site }): string {
  const { code, message, site } = of;
  // What a program threw is shown as it is.
  if (code === "WG2000") return printable(message);
  const place = site === undefined ? "" : `, at ${site.file}:${site.line}:${site.column}`;
  const text = place !== "" && message.endsWith(place) ? message.slice(0, -place.length) : message;
  const below = process.cwd() === "/" ? "" : `${process.cwd()}/`;
  return printable(below === "" ? text : text.replaceAll(below, ""));
}
