/** Rows under each other, columns aligned, for people. Programs ask for --json. */
import { cut, oneLine, padEnd, padStart, widthOf } from "./text-width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "right";
  /** Widest that it may become; longer text is cut. */
  readonly maxWidth?: number;
  /** Spaces in it are drawn as they are: it indents. It holds no line breaks. */
  readonly indents?: true;
}

export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) =>
    columns.map((column, index) =>
      cut(column.indents ? (row[index] ?? "") : oneLine(row[index] ?? ""), column.maxWidth ?? Number.POSITIVE_INFINITY),
    ),
  );
  const widths = columns.map((column, index) =>
    cells.reduce((width, row) => Math.max(width, widthOf(row[index]!)), widthOf(column.title)),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, index) =>
        columns[index]!.align === "right" ? padStart(cell, widths[index]!) : padEnd(cell, widths[index]!),
      )
      .join("  ")
      .trimEnd();
  return [columns.map((column) => column.title), ...cells].map((row) => `${line(row)}\n`).join("");
}
