/** A query as FTS5 reads it. */

/** Every term as a string of FTS5, in which nothing but the quote means anything; its last word may go on. */
export function matchOf(terms: readonly string[]): string {
  return terms.map((term) => `"${term.replaceAll('"', '""')}"*`).join(" AND ");
}
