/**
 * What a workflow function does with handles without awaiting them, and its clock and chance.
 *
 * Owns: the types, and refusing arguments that mean nothing. Leaves to the run: spaces, order and failures.
 *
 * R1. A combinator returns at once and is no graph break.
 * R2. Lists are handles of many, or plain arrays.
 * R3. Outside a workflow function all of them throw WG3001.
 */
import { parseDuration } from "../base/duration.ts";
import type { DurationInput } from "../base/duration.ts";
import type { Item, Items } from "../model/handle.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { captureSite } from "../trace/site.ts";
import { enter } from "./call.ts";
import { shown } from "./option-checks.ts";
import { at } from "./place.ts";

/** Many values: a handle, or a plain array. */
export type List<T> = Items<T> | readonly T[];

type ElementOfList<L> = L extends Items<infer T> ? T : L extends readonly (infer T)[] ? T : never;

type Above = (...args: never[]) => unknown;

/**
 * Joins lists to one. Parts of one list (of `filter`) come back in its order; unrelated lists follow one another.
 *
 * @throws WorkgraphError WG1003 when a path is in two of the parts; WG1125 without a list.
 * @example
 * const [short, long] = [filter(pages, isShort), filter(pages, isLong)];
 * const summaries = merge(quote({ page: short }), summarize({ page: long })); // in the order of pages
 */
export function merge<const Lists extends readonly [List<unknown>, ...List<unknown>[]]>(
  ...lists: Lists
): Items<ElementOfList<Lists[number]>> {
  const sink = enter("merge", merge);
  if (lists.length === 0) misused("merge() has no lists", "write merge(a, b, ...)", merge);
  for (const [index, list] of lists.entries()) requireList(list, `argument ${index + 1} of merge`, merge);
  return sink.combine({ kind: "merge", sources: lists }) as never;
}

/**
 * Pairs two lists by position. Both handles are of one new list: passed to one call, they align.
 *
 * @throws WorkgraphError WG1002 when the lists are not equally long.
 * @example
 * const [city, rank] = zip(cities, ranks);
 * const labels = label({ city, rank });
 */
export function zip<A, B>(a: List<A>, b: List<B>): [Items<A>, Items<B>] {
  const sink = enter("zip", zip);
  requireList(a, "the first argument of zip", zip);
  requireList(b, "the second argument of zip", zip);
  return sink.combine({ kind: "zip", sources: [a, b] }) as never;
}

/**
 * Pairs two lists by a key that both have, in the order of the first.
 *
 * @param key of an item of either list; unique in each.
 * @throws WorkgraphError WG1002 when a key has no partner, or is used twice.
 * @example
 * const [city, country] = zipBy(cities, countries, (value) => value.countryCode);
 */
export function zipBy<A, B>(a: List<A>, b: List<B>, key: (value: A | B) => string | number): [Items<A>, Items<B>] {
  const sink = enter("zipBy", zipBy);
  requireList(a, "the first argument of zipBy", zipBy);
  requireList(b, "the second argument of zipBy", zipBy);
  requireFunction(key, "the key of zipBy", zipBy);
  return sink.combine({ kind: "zipBy", sources: [a, b], key: key as (value: never) => string | number }) as never;
}

/**
 * Every item of one list with every item of the other: `a.length * b.length` items, the second list running fastest.
 *
 * @example
 * const [from, to] = cross(cities, cities);
 * const distances = distance({ from, to });
 */
export function cross<A, B>(a: List<A>, b: List<B>): [Items<A>, Items<B>] {
  const sink = enter("cross", cross);
  requireList(a, "the first argument of cross", cross);
  requireList(b, "the second argument of cross", cross);
  return sink.combine({ kind: "cross", sources: [a, b] }) as never;
}

/**
 * The items for which the predicate holds. They keep their paths, so the part aligns with its list.
 *
 * @param predicate synchronous; runs on each item as it finishes, under the rules of the workflow function.
 * @example
 * const recent = filter(pages, (page) => page.year >= 2020);
 */
export function filter<T, Kept extends T>(items: Items<T>, predicate: (value: T) => value is Kept): Items<Kept>;
export function filter<T>(items: Items<T>, predicate: (value: T) => boolean): Items<T>;
export function filter<T>(items: Items<T>, predicate: (value: T) => boolean): Items<T> {
  const sink = enter("filter", filter);
  requireList(items, "the first argument of filter", filter);
  requireFunction(predicate, "the predicate of filter", filter);
  if (Object.prototype.toString.call(predicate) === "[object AsyncFunction]") {
    misused("the predicate of filter is async", "decide in a node, and filter by its result", filter);
  }
  return sink.combine({ kind: "filter", source: items, predicate: predicate as (value: never) => boolean }) as never;
}

/**
 * The first of several items to succeed. The others are cancelled where nothing else uses them, which is no failure.
 *
 * @throws (when awaited) ItemsFailed when none succeeds.
 * @example
 * const answer = await race([ask({ question }), sleep("10s")]); // undefined: too late
 */
export function race<const Entrants extends readonly [Item<unknown>, ...Item<unknown>[]]>(
  entrants: Entrants,
): Item<Awaited<Entrants[number]>>;
export function race<T>(entrants: readonly Item<T>[]): Item<T>;
export function race(entrants: readonly Item<unknown>[]): Item<unknown> {
  const sink = enter("race", race);
  if (!Array.isArray(entrants) || entrants.length === 0) {
    misused(`race was given ${shown(entrants)}`, "write race([a, b]) with what node calls returned", race);
  }
  return sink.combine({ kind: "race", entrants }) as never;
}

/**
 * An item that succeeds after a time. Recorded: a resume waits for what is left of it.
 *
 * @param duration ms, or text such as `"250ms"`, `"10s"`, `"2d"`; of any length.
 * @throws WorkgraphError WG1125 for anything else.
 * @example
 * await sleep("10s");
 */
export function sleep(duration: DurationInput): Item<undefined> {
  const sink = enter("sleep", sleep);
  let ms: number;
  try {
    ms = parseDuration(duration);
  } catch {
    misused(
      `sleep was given ${shown(duration)}`,
      'write a number of ms from 0, or text such as "250ms", "10s", "2d"',
      sleep,
    );
  }
  return sink.combine({ kind: "sleep", ms }) as never;
}

/** The clock of the run, epoch ms: it moves when a result is delivered, and repeats on replay. `Date` gives the same. */
export function now(): number {
  return enter("now", now).now();
}

/** A number in [0, 1) from the seed of the run; repeats on replay. `Math.random` gives the like. */
export function random(): number {
  return enter("random", random).random();
}

/** A version 4 UUID from the seed of the run; repeats on replay. Not for secrets. */
export function uuid(): string {
  return enter("uuid", uuid).uuid();
}

/** Asks for nothing of a handle but its type: every property that a handle has not would be refused (WG3002). */
function requireList(value: unknown, what: string, above: Above): void {
  if (typeof value === "object" && value !== null) return;
  misused(`${what} is ${shown(value)}`, "give what a node call returned, or an array", above);
}

function requireFunction(value: unknown, what: string, above: Above): void {
  if (typeof value !== "function") misused(`${what} is ${shown(value)}`, "give a function of one item", above);
}

function misused(what: string, hint: string, above: Above): never {
  const site = captureSite(above);
  throw new WorkgraphError("WG1125", `${what}${at(site)}`, { hint, ...(site === undefined ? {} : { site }) });
}
