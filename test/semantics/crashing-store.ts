/** A store that stops taking writes at a chosen event, as if its process had been killed there. */
import type { EventStore } from "../../src/store/store.ts";

export interface CrashingStore {
  readonly store: EventStore;
  readonly crashed: () => boolean;
}

export class Crash extends Error {}

/** What would bring the log to `atSeq` events or more is not written, nor is anything after it. */
export function crashingAt(inner: EventStore, atSeq: number): CrashingStore {
  let crashed = false;
  const refuseAll = (): Promise<never> => Promise.reject(new Crash(`crashed before event ${atSeq}`));
  const store = new Proxy(inner, {
    get(target, key): unknown {
      const member: unknown = Reflect.get(target, key, target);
      if (key === "append") {
        return (append: Parameters<EventStore["append"]>[0]): Promise<void> => {
          if (append.expectedSeq + append.events.length >= atSeq) crashed = true;
          return crashed ? refuseAll() : target.append(append);
        };
      }
      if (typeof member !== "function") return member;
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      if (key === "stage" || key === "release") {
        return (...args: unknown[]): unknown => (crashed ? refuseAll() : method(...args));
      }
      return method;
    },
  });
  return { store, crashed: () => crashed };
}
