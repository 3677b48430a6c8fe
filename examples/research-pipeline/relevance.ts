/**
 * How well a text answers a query: Okapi BM25, over documents first and over the passages of the best of them later.
 * Pure arithmetic over term counts; knows neither the corpus nor the language.
 *
 * Counts travel as arrays parallel to the query's terms (`counts[i]` belongs to `terms[i]`), never as objects keyed by
 * words of a text: "constructor" is a word.
 */

/** Okapi's usual values: how soon repetition stops helping, and how much a long text is held back. */
const SATURATION = 1.2;
const LENGTH_PENALTY = 0.75;

/** Terms in the average sentence of the corpus (10 in new speeches, 14 in old ones); a passage longer than this needs more matches for the same score. */
const TERMS_PER_SENTENCE = 12;

/** What counting one document found. */
export interface TermCounts {
  readonly id: string;
  readonly year: number;
  /** Terms in the document, repeats included. */
  readonly size: number;
  readonly counts: readonly number[];
}

export interface WeightedTerm {
  readonly term: string;
  /** Inverse document frequency: above 0, higher the fewer documents have the term. */
  readonly weight: number;
  /** Documents that have the term. */
  readonly documents: number;
}

/** What the whole corpus says about the query. */
export interface Survey {
  readonly terms: readonly WeightedTerm[];
  readonly documents: number;
  readonly averageSize: number;
  readonly decades: readonly Decade[];
}

export interface Decade {
  /** First year, e.g. 1940. */
  readonly decade: number;
  readonly speeches: number;
  /** Query terms per 1,000 terms, each occurrence counted by its weight: a word found everywhere says nothing. */
  readonly perThousand: number;
}

export function countTerms(terms: readonly string[], wanted: readonly string[]): number[] {
  const place = new Map(wanted.map((term, index) => [term, index]));
  const counts = wanted.map(() => 0);
  for (const term of terms) {
    const index = place.get(term);
    if (index !== undefined) counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

export function surveyOf(documents: readonly TermCounts[], wanted: readonly string[]): Survey {
  const terms = wanted.map((term, index) => {
    const having = documents.filter(({ counts }) => (counts[index] ?? 0) > 0).length;
    return { term, weight: Math.log(1 + (documents.length - having + 0.5) / (having + 0.5)), documents: having };
  });
  const averageSize = sum(documents.map(({ size }) => size)) / Math.max(1, documents.length);
  const byDecade = Map.groupBy(documents, ({ year }) => year - (year % 10));
  const decades = [...byDecade]
    .map(([decade, speeches]) => {
      const size = sum(speeches.map((speech) => speech.size));
      const weighted = speeches.flatMap(({ counts }) =>
        counts.map((count, index) => count * (terms[index]?.weight ?? 0)),
      );
      return { decade, speeches: speeches.length, perThousand: size === 0 ? 0 : (1000 * sum(weighted)) / size };
    })
    .toSorted((a, b) => a.decade - b.decade);
  return { terms, documents: documents.length, averageSize, decades };
}

export function documentScore({ counts, size }: TermCounts, survey: Survey): number {
  return bm25(counts, survey.terms, size / Math.max(1, survey.averageSize));
}

/** BM25 within a passage, held back by the share of the query that the passage does not touch at all. */
export function passageScore(terms: readonly string[], survey: Survey): number {
  const counts = countTerms(
    terms,
    survey.terms.map(({ term }) => term),
  );
  const matched = counts.filter((count) => count > 0).length;
  if (matched === 0) return 0;
  const coverage = matched / counts.length;
  return bm25(counts, survey.terms, terms.length / TERMS_PER_SENTENCE) * (0.5 + 0.5 * coverage);
}

function bm25(counts: readonly number[], terms: readonly WeightedTerm[], relativeLength: number): number {
  const held = SATURATION * (1 - LENGTH_PENALTY + LENGTH_PENALTY * relativeLength);
  return sum(
    terms.map(({ weight }, index) => {
      const count = counts[index] ?? 0;
      return (weight * count * (SATURATION + 1)) / (count + held);
    }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
