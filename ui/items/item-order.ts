/** Which of the items that were loaded are shown, and in what order. */
import type { Timeline } from "../../src/model/timeline.ts";
import type { ItemRow } from "../api/answers.ts";

/** As it stands in the address; absent: the order of the input. */
export const ORDERS = [
  ["status", "by status"],
  ["error", "by error"],
  ["slowest", "slowest first"],
  ["tries", "most attempts first"],
  ["value", "by value"],
] as const;

/** Items of one answer, where all of them are looked through. */
export const SEARCHED_PAGE = 1_000;

type Compare = (a: ItemRow, b: ItemRow) => number;

const compareText = new Intl.Collator("en", { numeric: true }).compare;

const COMPARE: Readonly<Record<string, Compare>> = {
  status: (a, b) => compareText(a.status, b.status),
  // What failed first, the same failures together.
  error: (a, b) => Number(b.error !== undefined) - Number(a.error !== undefined) || compareText(said(a), said(b)),
  slowest: (a, b) => (b.ms ?? -1) - (a.ms ?? -1),
  tries: (a, b) => b.attempts - a.attempts,
  value: (a, b) => compareText(a.value ?? "", b.value ?? ""),
};

const said = ({ error }: ItemRow): string => (error ? `${error.code} ${error.message}` : "");

export interface Wanted {
  readonly order: string | undefined;
  readonly text: string | undefined;
  /** Of `itemsBetween`. */
  readonly among: ReadonlySet<string> | undefined;
}

export function ordered(rows: readonly ItemRow[], { order, text, among }: Wanted): readonly ItemRow[] {
  const words = text?.toLowerCase();
  const kept = rows.filter(
    (row) =>
      (among === undefined || among.has(row.address.slice(row.address.indexOf(".") + 1))) &&
      (words === undefined || `${row.path} ${row.node} ${row.value ?? ""} ${said(row)}`.toLowerCase().includes(words)),
  );
  const compare = order === undefined ? undefined : COMPARE[order];
  return compare ? kept.toSorted(compare) : kept;
}

/** `CALL.ITEM` of the items with an attempt under way in a stretch of time; undefined where not every attempt is known. */
export function itemsBetween(
  timeline: Timeline,
  { from, to }: { readonly from: number; readonly to: number },
): ReadonlySet<string> | undefined {
  const found = new Set<string>();
  for (const { spans } of timeline.rows) {
    if (!spans) return undefined;
    for (let i = 0; i < spans.call.length; i++) {
      if (spans.endMs[i]! >= from && spans.startMs[i]! <= to) found.add(`${spans.call[i]}.${spans.item[i]}`);
    }
  }
  return found;
}
