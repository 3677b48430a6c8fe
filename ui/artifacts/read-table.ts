/**
 * Rows of a text with separators (RFC 4180), for looking at.
 *
 * R1. Nothing is refused: a quote that is not closed runs to the end.
 */
export function readTable(
  text: string,
  separator: string,
  maxRows: number,
): { readonly rows: readonly (readonly string[])[]; readonly more: boolean } {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') cell += text[++at]!;
      else quoted = false;
    } else if (sign === '"' && cell === "") {
      quoted = true;
    } else if (sign === separator) {
      row.push(cell);
      cell = "";
    } else if (sign === "\n" || sign === "\r") {
      if (sign === "\r" && text[at + 1] === "\n") at++;
      rows.push([...row, cell]);
      row = [];
      cell = "";
      if (rows.length >= maxRows) return { rows, more: at + 1 < text.length };
    } else {
      cell += sign;
    }
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  return { rows, more: false };
}
