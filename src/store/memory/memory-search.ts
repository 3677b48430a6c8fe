/** Search without an index: everything is looked through, so nothing lags. Words may occur anywhere, also inside others. */
import { noSuchPlace, SEARCH_KINDS, searchTerms, snippetOf } from "../search.ts";
import type { SearchHit, SearchKind, SearchPage, SearchQuery } from "../search.ts";

/** A record that may be found; newest first among its kind. */
export interface SearchRecord extends Omit<SearchHit, "snippet"> {
  readonly text: string;
}

export function searchRecords(query: SearchQuery, recordsOf: (kind: SearchKind) => Iterable<SearchRecord>): SearchPage {
  const terms = searchTerms(query.text);
  const limit = Math.min(Math.max(query.limit ?? 50, 1), 200);
  const { after = "0" } = query;
  if (!/^\d{1,16}$/.test(after)) throw noSuchPlace(after);
  if (terms.length === 0) return { hits: [] };
  const hits: SearchHit[] = [];
  let left = Number(after);
  for (const kind of SEARCH_KINDS) {
    if (query.kinds !== undefined && !query.kinds.includes(kind)) continue;
    for (const { text, ...record } of recordsOf(kind)) {
      if (query.workflow !== undefined && record.workflow !== query.workflow) continue;
      if (query.runId !== undefined && record.runId !== query.runId) continue;
      if (!hasAll(text, terms)) continue;
      if (left-- > 0) continue;
      if (hits.length === limit) return { hits, next: `${Number(after) + limit}` };
      hits.push({ ...record, snippet: snippetOf(text, terms) });
    }
  }
  return { hits };
}

export function someRecord(records: Iterable<SearchRecord>, terms: readonly string[]): boolean {
  for (const { text } of records) if (hasAll(text, terms)) return true;
  return false;
}

function hasAll(text: string, terms: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return terms.every((term) => lower.includes(term));
}
