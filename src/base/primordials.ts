/**
 * Parts of the language that a node function may replace for the whole process, taken when this module loads.
 *
 * Owns: the originals. Leaves to those who need them: using these and not the globals wherever a run's record depends on it.
 * The codec has its own (`model/codec/primordials.ts`), because it is loaded first and needs far more of them.
 */
export const parseJson: (text: string) => unknown = JSON.parse;
export const jsonText: (value: unknown) => string = JSON.stringify;

// Also: inside the workflow function `Promise.all` and its like tell the run what is awaited together (runtime/globals.ts).
export const promiseAll: typeof Promise.all = Promise.all.bind(Promise) as typeof Promise.all;
export const promiseAllSettled: typeof Promise.allSettled = Promise.allSettled.bind(
  Promise,
) as typeof Promise.allSettled;
export const promiseRace: typeof Promise.race = Promise.race.bind(Promise) as typeof Promise.race;
export const promiseResolve: (value: unknown) => Promise<unknown> = Promise.resolve.bind(Promise);
type Then = (this: Promise<unknown>, onValue: () => void, onError: () => void) => Promise<void>;
const then = Promise.prototype.then as Then;
export const promiseThen = (promise: Promise<unknown>, onValue: () => void, onError: () => void): Promise<void> =>
  Reflect.apply(then, promise, [onValue, onError]) as Promise<void>;

const OriginalDate = Date;

/** ISO 8601. */
export const isoTime = (epochMs: number): string => new OriginalDate(epochMs).toISOString();
