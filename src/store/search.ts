/**
 * Full text over what runs recorded: errors, log lines, values.
 *
 * Owns: what is asked and answered, what a query means, what text of a record counts. Leaves to stores: where words are kept.
 *
 * R1. Errors are found as soon as they are committed. Log lines and values are found once they were indexed: whoever owns the
 *     store's time calls `indexSome`, and `searchLag` says what is not in yet.
 * R2. A query is words, all of which must occur, each as the beginning of a word; "a phrase in quotes" must occur as it stands.
 *     Nothing in a query is an operator: it may be any text.
 * R3. Hits come errors first, then log lines, then values: of log lines the newest first, of the others those of the newest run.
 * R4. Of one record the first TEXT_UNITS count.
 */
import type { ErrorRecord } from "../model/error-record.ts";
import type { RunEvent } from "../model/events.ts";
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

export const SEARCH_KINDS = ["error", "log", "value"] as const;
export type SearchKind = (typeof SEARCH_KINDS)[number];

export interface SearchQuery {
  readonly text: string;
  /** Default: all. */
  readonly kinds?: readonly SearchKind[];
  readonly workflow?: string;
  readonly runId?: RunId;
  /** 1 to 200, default 50. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

export interface SearchHit {
  readonly kind: SearchKind;
  readonly runId: RunId;
  readonly workflow: string;
  readonly call?: CallNo;
  readonly item?: ItemNo;
  /** Of errors and values: the event that recorded it. */
  readonly seq?: number;
  /** Of log lines: their id. */
  readonly line?: number;
  /** Epoch ms. */
  readonly at: number;
  /** Up to SNIPPET_UNITS around the first place that was found, on one line; "…" where text was left out. */
  readonly snippet: string;
}

export interface SearchPage {
  readonly hits: readonly SearchHit[];
  /** Give it as `after` for the hits that follow; absent when there are none. */
  readonly next?: string;
}

/** What a search does not find yet. */
export interface SearchLag {
  /** Events and log lines whose text is not indexed; at least this many when `more`. */
  readonly events: number;
  readonly lines: number;
  readonly more: boolean;
}

export interface SearchStore {
  /** @throws WorkgraphError WG5063 when `after` is not what an earlier page gave. */
  search(query: SearchQuery): Promise<SearchPage>;
  /** Indexes log lines and values for about `budgetMs`, in commits of a few ms; says what is left. Any process may, also several. */
  indexSome(budgetMs: number): Promise<SearchLag>;
  searchLag(): Promise<SearchLag>;
}

/** Characters of one record that are searched. */
export const TEXT_UNITS: number = 64 * 1024;
const SNIPPET_UNITS = 200;
const MAX_TERMS = 16;
const TERM_UNITS = 100;

/** The words and phrases of a query, lower case. Empty when there is nothing in it to look for. */
export function searchTerms(text: string): readonly string[] {
  const terms: string[] = [];
  for (const [, phrase, word] of text.toWellFormed().matchAll(/"([^"]*)"|([^\s"]+)/g)) {
    const term = (phrase ?? word ?? "").replaceAll("\0", " ").slice(0, TERM_UNITS).toLowerCase();
    const words = term.replaceAll(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, "");
    if (words !== "") terms.push(words);
    if (terms.length === MAX_TERMS) break;
  }
  return terms;
}

/** The text of an encoded value that is searched: its escapes undone, its punctuation left. */
export function valueText(encoded: string): string {
  return encoded.slice(0, TEXT_UNITS).replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex?: string, plain?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return plain === undefined || "nrtbf".includes(plain) ? " " : plain;
  });
}

export function lineText(line: { readonly text: string; readonly fields?: string | null | undefined }): string {
  return typeof line.fields === "string" ? `${line.text} ${valueText(line.fields)}` : line.text;
}

export function errorText(error: ErrorRecord): string {
  const causes = (error.causes ?? []).flatMap(({ name, message }) => [name, message]);
  const parts = [error.code, error.node, error.name, error.errorCode, error.message, error.hint, ...causes];
  return parts
    .filter((part) => part !== undefined)
    .join(" ")
    .slice(0, TEXT_UNITS);
}

/** The list whose elements are searched in place of the value that an event does not carry. */
export function listBeside(
  event: RunEvent,
): { readonly call: number; readonly item: ItemNo; readonly first: number; readonly count: number } | undefined {
  switch (event.type) {
    case "item.completed":
      if (event.size === undefined) return undefined;
      return { call: event.call, item: event.item, first: 0, count: event.size };
    case "item.yielded":
      return { call: event.call, item: event.item, first: event.first, count: event.count };
    case "list.recorded":
      return { call: event.list, item: 0, first: 0, count: event.size };
    default:
      return undefined;
  }
}

/** What stands around the first term that is found. */
export function snippetOf(text: string, terms: readonly string[]): string {
  const lower = fold(text);
  const at = terms.map((term) => lower.indexOf(fold(term))).filter((index) => index >= 0);
  const first = at.length === 0 ? 0 : Math.min(...at);
  const from = Math.max(0, first - SNIPPET_UNITS / 4);
  const part = text
    .slice(from, from + SNIPPET_UNITS)
    .replaceAll(/\s+/g, " ")
    .toWellFormed();
  return `${from > 0 ? "…" : ""}${part}${from + SNIPPET_UNITS < text.length ? "…" : ""}`;
}

/** Same length as `text`, so that places stay: accents are dropped where that changes no length. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  const plain = lower.normalize("NFD").replaceAll(/\p{M}/gu, "");
  return plain.length === text.length ? plain : lower;
}

export function noSuchPlace(after: string): WorkgraphError {
  return new WorkgraphError("WG5063", `"${after.slice(0, 80)}" is no place in a list of search results`, {
    hint: "give what the page before said comes next, or leave it out for the first page",
  });
}
