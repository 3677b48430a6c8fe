/**
 * Which sentences to quote: the most relevant ones that do not repeat each other. Maximal marginal relevance
 * (Carbonell and Goldstein, 1998): take the best candidate, mark the others down by their likeness to what is taken,
 * and again. Pure; a candidate brings its own terms.
 */

/** Share of relevance in a choice; the rest is novelty. */
const RELEVANCE_SHARE = 0.7;

export interface Candidate {
  /** Above 0. */
  readonly score: number;
  readonly terms: readonly string[];
}

/** At most `limit` of the candidates, best first. Equal candidates keep their order. */
export function selectDiverse<T extends Candidate>(candidates: readonly T[], limit: number): T[] {
  const best = Math.max(...candidates.map(({ score }) => score));
  const open = candidates.map((candidate) => ({ candidate, words: new Set(candidate.terms), likeness: 0 }));
  const taken: T[] = [];
  while (taken.length < limit && open.length > 0) {
    const values = open.map(
      ({ candidate, likeness }) => RELEVANCE_SHARE * (candidate.score / best) - (1 - RELEVANCE_SHARE) * likeness,
    );
    const [next] = open.splice(values.indexOf(Math.max(...values)), 1);
    if (next === undefined) break;
    taken.push(next.candidate);
    for (const rest of open) rest.likeness = Math.max(rest.likeness, cosine(rest.words, next.words));
  }
  return taken;
}

/** Likeness of two sets of words: 1 when equal, 0 when they share none. */
export function cosine(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let shared = 0;
  for (const word of a) if (b.has(word)) shared += 1;
  return shared / Math.sqrt(a.size * b.size);
}
