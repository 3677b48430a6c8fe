/**
 * A run with its child runs as the pages ask for them, for a file that opens without a server.
 *
 * Owns: the shape. Leaves to app/operations/export-page.ts: what goes in; to the pages: answering their own questions from it.
 *
 * R1. `answers` are the server's, by path and query as the pages ask. What is asked for in many ways (by call, status, kind, seq)
 *     is in `lists`, once, and is filtered where it is read.
 */

export const PAGE_FORMAT = "workgraph-page";
export const PAGE_SCHEMA = 1;

/** Between these the document stands in the page, packed (gzip) and as base64. */
export const PAGE_DATA_ID = "workgraph-run";

export interface PageDocument {
  readonly format: typeof PAGE_FORMAT;
  readonly schema: typeof PAGE_SCHEMA;
  /** The run that was exported; the others are below it. */
  readonly root: string;
  /** Version of the package that wrote it. */
  readonly by: string;
  /** ISO 8601. */
  readonly exportedAt: string;
  readonly answers: Readonly<Record<string, unknown>>;
  readonly lists: Readonly<Record<string, PageLists>>;
  /** What was too much for one page. */
  readonly leftOut: PageLeftOut;
}

/** Entries as the operations items.list, events.list, logs.list and runs.spans answer them, all of a run. */
export interface PageLists {
  readonly items: readonly PlacedEntry[];
  readonly events: readonly unknown[];
  readonly logs: readonly PlacedEntry[];
  readonly spans: { readonly traceId: string; readonly spans: readonly PlacedSpan[] };
  /** Entries of runs.list for the runs directly below. */
  readonly children: readonly unknown[];
}

export interface PlacedEntry {
  readonly address: string;
}

export interface PlacedSpan extends PlacedEntry {
  readonly spanId: string;
  readonly parentId?: string;
}

export interface PageLeftOut {
  readonly runs: number;
  /** Items whose value, inputs, lineage and reasons are not told one by one. */
  readonly itemDetails: number;
  readonly items: number;
  readonly events: number;
  readonly logs: number;
}

/** Spans of a call or an item and below; a span never stands before the one it hangs below. */
export function spansBelow<T extends PlacedSpan>(spans: readonly T[], address: string): readonly T[] {
  const ids = new Set<string>();
  return spans.filter((span) => {
    const isIn = span.address === address || (span.parentId !== undefined && ids.has(span.parentId));
    if (isIn) ids.add(span.spanId);
    return isIn;
  });
}
