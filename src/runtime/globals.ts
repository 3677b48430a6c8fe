/**
 * Chance and clock inside the workflow function.
 *
 * Owns: replacing Math.random, Date, performance.now and crypto's random functions for code that runs in a workflow frame,
 * and telling the run what Promise.all and its like await together. Everywhere else the originals answer.
 *
 * R1. Installed while a run of this process is active; the last one to end puts the originals back.
 * R2. Inside the function a value depends only on the run's seed and on what was delivered, so a replay repeats it.
 * R3. The runtime itself uses originals taken when it was loaded.
 */
import nodeCrypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { currentFrame } from "../trace/current.ts";
import type { CallSink } from "../trace/call-sink.ts";
import { Run } from "./run.ts";

const originals = {
  random: Math.random,
  Date: globalThis.Date,
  dateNow: Date.now,
  performanceNow: performance.now,
  all: Promise.all,
  allSettled: Promise.allSettled,
  race: Promise.race,
  any: Promise.any,
  randomUUID: globalThis.crypto.randomUUID,
  // node:crypto's own getRandomValues is a getter for this one.
  getRandomValues: globalThis.crypto.getRandomValues,
  nodeUuid: nodeCrypto.randomUUID,
  nodeBytes: nodeCrypto.randomBytes,
  nodeInt: nodeCrypto.randomInt,
};

function sink(): CallSink | undefined {
  const frame = currentFrame();
  return frame?.kind === "workflow" ? frame.sink : undefined;
}

function fill<T extends ArrayBufferView | null>(view: T, random: () => number): T {
  if (view) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(random() * 256);
  }
  return view;
}

type Combinator = (values: Iterable<unknown>) => Promise<unknown>;

function together(original: Combinator): Combinator {
  return function (this: PromiseConstructor, values: Iterable<unknown>): Promise<unknown> {
    const run = sink();
    if (!(run instanceof Run)) return original.call(this, values);
    const list = [...values];
    run.awaitedTogether(list);
    return original.call(this, list);
  };
}

let users = 0;

export function installGlobals(): void {
  if (users++ > 0) return;
  Math.random = () => sink()?.random() ?? originals.random();
  const PatchedDate = new Proxy(originals.Date, {
    construct(target, args: unknown[], newTarget): object {
      const run = args.length === 0 ? sink() : undefined;
      return Reflect.construct(target, run ? [run.now()] : args, newTarget === PatchedDate ? target : newTarget) as object;
    },
    apply(target): string {
      const run = sink();
      return run ? new target(run.now()).toString() : target();
    },
  });
  originals.Date.now = () => sink()?.now() ?? originals.dateNow.call(originals.Date);
  globalThis.Date = PatchedDate;
  performance.now = () => sink()?.now() ?? originals.performanceNow.call(performance);
  Promise.all = together(originals.all as Combinator) as typeof Promise.all;
  Promise.allSettled = together(originals.allSettled as Combinator) as typeof Promise.allSettled;
  Promise.race = together(originals.race as Combinator) as typeof Promise.race;
  Promise.any = together(originals.any as Combinator) as typeof Promise.any;

  globalThis.crypto.randomUUID = () => (sink()?.uuid() ?? originals.randomUUID.call(globalThis.crypto)) as `${string}-${string}-${string}-${string}-${string}`;
  globalThis.crypto.getRandomValues = ((view: ArrayBufferView | null) => {
    const run = sink();
    return run ? fill(view, () => run.random()) : originals.getRandomValues.call(globalThis.crypto, view as never);
  }) as typeof globalThis.crypto.getRandomValues;
  nodeCrypto.randomUUID = ((options?: object) => sink()?.uuid() ?? originals.nodeUuid(options)) as typeof nodeCrypto.randomUUID;
  nodeCrypto.randomBytes = ((size: number, callback?: (error: Error | null, bytes: Buffer) => void) => {
    const run = sink();
    if (!run) return callback ? originals.nodeBytes(size, callback) : originals.nodeBytes(size);
    const bytes = fill(Buffer.alloc(size), () => run.random());
    if (!callback) return bytes;
    queueMicrotask(() => callback(null, bytes));
    return undefined;
  }) as typeof nodeCrypto.randomBytes;
  nodeCrypto.randomInt = ((...args: [number, ...unknown[]]) => {
    const run = sink();
    if (!run) return (originals.nodeInt as (...all: unknown[]) => unknown)(...args);
    const callback = args.find((arg) => typeof arg === "function") as ((error: null, value: number) => void) | undefined;
    const [min, max] = typeof args[1] === "number" ? [args[0], args[1]] : [0, args[0]];
    const value = min + Math.floor(run.random() * (max - min));
    if (!callback) return value;
    queueMicrotask(() => callback(null, value));
    return undefined;
  }) as typeof nodeCrypto.randomInt;
  syncBuiltinESMExports();
}

export function uninstallGlobals(): void {
  if (--users > 0) return;
  Math.random = originals.random;
  originals.Date.now = originals.dateNow;
  globalThis.Date = originals.Date;
  performance.now = originals.performanceNow;
  Promise.all = originals.all;
  Promise.allSettled = originals.allSettled;
  Promise.race = originals.race;
  Promise.any = originals.any;
  globalThis.crypto.randomUUID = originals.randomUUID;
  globalThis.crypto.getRandomValues = originals.getRandomValues;
  nodeCrypto.randomUUID = originals.nodeUuid;
  nodeCrypto.randomBytes = originals.nodeBytes;
  nodeCrypto.randomInt = originals.nodeInt;
  syncBuiltinESMExports();
}
