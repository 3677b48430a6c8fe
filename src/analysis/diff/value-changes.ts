/** Where two plain JSON values differ, by path: `$.chapters[2].title`. Bounded: what is beyond the bound is counted, not told. */

export interface ValueChange {
  /** `$` is the value itself. */
  readonly path: string;
  /** Absent: there was nothing. */
  readonly before?: unknown;
  readonly now?: unknown;
}

export interface ValueChanges {
  readonly changes: readonly ValueChange[];
  readonly total: number;
}

const MAX_DEPTH = 64;

export function valueChanges(before: unknown, now: unknown, limit: number): ValueChanges {
  const changes: ValueChange[] = [];
  let total = 0;
  const add = (change: ValueChange): void => {
    total++;
    if (changes.length < limit) changes.push(change);
  };
  const compare = (was: unknown, is: unknown, at: { readonly path: string; readonly depth: number }): void => {
    if (was === is) return;
    const { path, depth } = at;
    if (depth < MAX_DEPTH && Array.isArray(was) && Array.isArray(is)) {
      compareLists(was, is, at);
    } else if (depth < MAX_DEPTH && isObject(was) && isObject(is)) {
      for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
        const below = { path: `${path}${keyText(key)}`, depth: depth + 1 };
        if (!Object.hasOwn(was, key)) add({ path: below.path, now: is[key] });
        else if (!Object.hasOwn(is, key)) add({ path: below.path, before: was[key] });
        else compare(was[key], is[key], below);
      }
    } else add({ path, before: was, now: is });
  };
  /** What both begin and end with stays out: one element in front is one change, not one for each that moved. */
  const compareLists = (
    was: readonly unknown[],
    is: readonly unknown[],
    { path, depth }: { readonly path: string; readonly depth: number },
  ): void => {
    if (was.length === is.length) {
      was.forEach((element, i) => compare(element, is[i], { path: `${path}[${i}]`, depth: depth + 1 }));
      return;
    }
    const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
    const shorter = Math.min(was.length, is.length);
    let first = 0;
    while (first < shorter && isSame(was[first], is[first])) first++;
    let last = 0;
    while (last < shorter - first && isSame(was.at(-1 - last), is.at(-1 - last))) last++;
    const [old, anew] = [was.slice(first, was.length - last), is.slice(first, is.length - last)];
    for (let i = 0; i < Math.max(old.length, anew.length); i++) {
      const below = `${path}[${first + i}]`;
      if (i >= old.length) add({ path: below, now: anew[i] });
      else if (i >= anew.length) add({ path: below, before: old[i] });
      else compare(old[i], anew[i], { path: below, depth: depth + 1 });
    }
  };
  compare(before, now, { path: "$", depth: 0 });
  return { changes, total };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keyText(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
