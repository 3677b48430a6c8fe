/**
 * Where a workflow function asks handles for their values, for whoever traces it.
 *
 * Owns: telling an observer of each await and of each delivery, with the author's frame. Leaves to trace/handle.ts: handles; to
 * the observer: what it means.
 *
 * R1. A run without an observer pays one look-up per await.
 * R2. An observer changes no order: what it is told is told beside the promise, not in front of it.
 * R3. `await x`, `Promise.all([x])` and `return x` of an async function read `then` synchronously: the author's frame is on the
 *     stack then, and only then.
 */
import type { SourceSite } from "../model/workgraph-error.ts";
import type { HandleTarget } from "./handle.ts";

/** How a handle was asked: by `then` (await, Promise.all, return of an async function), `settled()`, or `for await`. */
export type AskedBy = "then" | "settled" | "for await";

export interface Asked {
  readonly target: HandleTarget;
  readonly by: AskedBy;
  /** In loaded code; undefined where no frame of the author's was on the stack. */
  readonly site: SourceSite | undefined;
}

export interface AwaitObserver {
  /** "hold": the function never gets an answer. Called in the author's frame, before anything is waited for. */
  asked(asked: Asked): "go" | "hold";
  /** The function waits from here on; of a `for await` once per item, and once for its end. Not called when it is held. */
  waits(asked: Asked): void;
  /** The function is about to go on with what it asked for; of a `for await` once per item, and once at its end. */
  delivered(asked: Asked): void;
}

const observers: WeakMap<object, AwaitObserver> = new WeakMap();

/** @param run what `HandleTarget.run` names */
export function observeAwaits(run: object, observer: AwaitObserver): void {
  observers.set(run, observer);
}

export interface AwaitWatch {
  /** The promise that the function waits for, watched. */
  over<T>(start: () => Promise<T>): Promise<T>;
  iterator(start: () => AsyncIterator<unknown>): AsyncIterator<unknown>;
}

/** R1. @param above the function whose caller is the author's */
export function watchAwait(
  target: HandleTarget,
  by: AskedBy,
  above: (...args: never[]) => unknown,
): AwaitWatch | undefined {
  const observer = observers.get(target.run);
  if (observer === undefined) return undefined;
  const asked: Asked = { target, by, site: authorSite(above) };
  const held = observer.asked(asked) === "hold";
  const noted = <T>(start: () => Promise<T>): Promise<T> => {
    observer.waits(asked);
    const promise = start();
    const note = (): void => observer.delivered(asked);
    promise.then(note, note);
    return promise;
  };
  return {
    over: (start) => (held ? never() : noted(start)),
    iterator: (start) => {
      if (held) return { next: never };
      const inner = start();
      return {
        next: () => noted(() => inner.next()),
        return: (value: unknown) => inner.return?.(value) ?? Promise.resolve({ done: true, value }),
      };
    },
  };
}

/** Frames looked at: those of Promise.all and of the runtime may stand between the author and the handle. */
const FRAMES = 16;
const LOADED_CODE = "workgraph:";
/** Source of this package; frames of it are nobody's await. */
const OWN_CODE: string = new URL("../", import.meta.url).href;

function authorSite(above: (...args: never[]) => unknown): SourceSite | undefined {
  const limit = Error.stackTraceLimit;
  const prepare = Error.prepareStackTrace;
  const holder: { stack?: readonly NodeJS.CallSite[] } = {};
  try {
    Error.stackTraceLimit = FRAMES;
    Error.prepareStackTrace = ((_: Error, frames: NodeJS.CallSite[]) => frames) as typeof Error.prepareStackTrace;
    Error.captureStackTrace(holder, above);
    const frames = holder.stack ?? [];
    const frame =
      frames.find((one) => one.getFileName()?.startsWith(LOADED_CODE)) ??
      frames.find((one) => isAuthors(one.getFileName() ?? undefined));
    const file = frame?.getFileName() ?? undefined;
    if (frame === undefined || file === undefined) return undefined;
    const name = frame.getFunctionName();
    return {
      file,
      line: frame.getLineNumber() ?? 1,
      column: frame.getColumnNumber() ?? 1,
      ...(name ? { functionName: name } : {}),
    };
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = limit;
    Error.prepareStackTrace = prepare;
  }
}

function isAuthors(file: string | undefined): boolean {
  if (file === undefined || file.startsWith("node:")) return false;
  return !file.startsWith(OWN_CODE) || file.endsWith(".test.ts");
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
