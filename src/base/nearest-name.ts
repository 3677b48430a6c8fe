/**
 * The known name that a mistyped one most likely means, for "did you mean" in errors; `undefined` when none is near.
 * Case, `-` and `_` do not count (`scrapePage` finds `scrape_page`), two swapped letters are one slip, and a beginning of
 * three letters or more finds the name it begins when only one does (of five or more without its last letter). Of equally near names the first known wins.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const wanted = fold(name);
  const begun: string[] = [];
  let nearest: string | undefined;
  // One slip in every three letters, at least one: further away is another word.
  let nearestSlips = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  // A word of five letters or more may end otherwise: "retry" finds "retries".
  const stem = wanted.length >= 5 ? wanted.length - 1 : wanted.length;
  for (const candidate of known) {
    const folded = fold(candidate);
    if (wanted.length >= 3 && folded.startsWith(wanted.slice(0, stem))) begun.push(candidate);
    if (Math.abs(folded.length - wanted.length) >= nearestSlips) continue;
    const slips = slipsBetween(wanted, folded);
    if (slips < nearestSlips && slips < Math.max(wanted.length, folded.length)) {
      nearest = candidate;
      nearestSlips = slips;
    }
  }
  return nearest ?? (begun.length === 1 ? begun[0] : undefined);
}

function fold(name: string): string {
  return name.toLowerCase().replace(/[-_]/g, "");
}

/** Edit distance with insertion, deletion, replacement and swap of neighbours, each at cost 1; three rows of the usual table. */
function slipsBetween(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
