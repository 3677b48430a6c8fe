/** Whole numbers as ranges: what an edge and a document say of items, short where items are neighbours. */

/** [first, last], both included. The order of the numbers is kept: 4, 5, 2 is [[4, 5], [2, 2]]. */
export type Ranges = readonly (readonly [first: number, last: number])[];

export function rangesOf(numbers: Iterable<number>): Ranges {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && number === last[1] + 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

export function* numbersIn(ranges: Ranges): Generator<number, void, undefined> {
  for (const [first, last] of ranges) for (let number = first; number <= last; number++) yield number;
}

/** "0-2,5" */
export function rangesText(ranges: Ranges): string {
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
