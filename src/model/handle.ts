/**
 * Handles as an author sees them: what a node call returns before its values exist. Types only; trace/ makes the objects.
 *
 * R1. `Item<T>` stands for one value and awaits to `T`; `Items<T>` stands for many and awaits to `T[]`, in input order.
 * R2. Awaiting a handle that holds failures rejects with `ItemsFailed`. `settled()` never rejects because of a failed item.
 * R3. A handle is passed on as it is: to a node, to a combinator, out of the workflow function. Awaiting is a graph break.
 */
import type { ErrorRecord } from "./error-record.ts";

declare const handle: unique symbol;
declare const element: unique symbol;

/**
 * One value to come. Passing it to a node makes an edge; `await` gives the value.
 *
 * @throws (when awaited) `ItemsFailed` (WG2001) if the item failed or was skipped.
 * @example
 * const page: Item<Page> = scrapePage({ url: "https://example.org" });
 * const summary = summarizePage({ page }); // an edge, nothing is awaited
 * if ((await page).body === "") return "empty"; // a graph break
 */
export interface Item<T> extends PromiseLike<T> {
  readonly [handle]: "one";
  readonly [element]: T;
  /** The one item as a record, in an array of length 1; failures are handled by reading them. */
  settled(): Promise<Settled<T>[]>;
}

/**
 * Many values to come, one per item. A node given `Items` runs once per item; `await` gives them all in input order.
 *
 * @throws (when awaited) `ItemsFailed` (WG2001) if any item failed or was skipped. `for await` throws it at that item.
 * @example
 * const pages: Items<Page> = scrapePage({ url: fetchUrls({ query }) });
 * for await (const page of pages) console.log(page.url); // in input order, as they finish
 * const outcomes = await pages.settled(); // failures as values
 */
export interface Items<T> extends PromiseLike<T[]>, AsyncIterable<T> {
  readonly [handle]: "many";
  readonly [element]: T;
  /** Every item as a record, in input order, when all have ended; failures are handled by reading them. */
  settled(): Promise<Settled<T>[]>;
}

/** Any handle of `T`. */
export type Handle<T> = Item<T> | Items<T>;

/** An item that has a value. */
export interface SettledOk<T> {
  readonly status: "ok";
  readonly value: T;
  /** Where the item came from, e.g. `fetch_urls[3]/split[1]`; "." where it came from no list. */
  readonly path: string;
}

/** An item that has none: its own last attempt failed ("failed"), or an item that it needs did ("skipped"). */
export interface SettledFailed {
  readonly status: "failed" | "skipped";
  /** Of the item itself, or for a skipped one the failure that caused it. */
  readonly error: ErrorRecord;
  /** As for an item that has a value. */
  readonly path: string;
}

/**
 * How an item ended. What `settled()` gives, and what a gather parameter receives under `onFailed: "settled"`.
 *
 * @example
 * for (const page of await pages.settled()) {
 *   if (page.status === "ok") use(page.value);
 *   else console.log(`${page.path} ${page.status}: ${page.error.message}`);
 * }
 */
export type Settled<T> = SettledOk<T> | SettledFailed;
