/**
 * Chance and clock inside the workflow function.
 *
 * Owns: answering for Math.random, Date, performance.now and crypto's random functions in code that runs in a workflow frame,
 * and telling the run what Promise.all and its like await together. Everywhere else what stood there before answers.
 *
 * R1. Installed while a run of this process is active; the last one to end puts back what stood there.
 * R2. Inside the function a value depends only on the run's seed and on what was delivered, so a replay repeats it.
 * R3. What a node (or the workflow function) assigns to one of these holds in its own frame: neither the runtime nor another
 *     run or node sees it, and it is gone with the frame. What is assigned outside any frame (a test's fake timers) stays.
 * R4. While code is loaded for a replay check, what it reads here outside any frame is wrapped: an original that it keeps for
 *     itself (`const now = Date.now`) tells when it is used inside the workflow function.
 * R5. The runtime itself uses originals taken when it was loaded (base/clock.ts, base/primordials.ts).
 */
import nodeCrypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { currentFrame, type Frame } from "../trace/current.ts";
import type { CallSink } from "../trace/call-sink.ts";
import type { TogetherKind } from "./together.ts";
import { saw } from "./replay-spies.ts";
import { WorkflowSide } from "./workflow-side.ts";

type AnyFunction = (this: unknown, ...args: never[]) => unknown;
/** What answers in the workflow function, given what answers elsewhere. */
type Inside = (outside: () => unknown) => unknown;

function sink(): CallSink | undefined {
  const frame = currentFrame();
  return frame?.kind === "workflow" ? frame.sink : undefined;
}

/** One replaced global: `holder[key]`. */
class Replaced {
  readonly #holder: object;
  readonly #key: string;
  readonly #makeInside: Inside;
  /** R4. */
  readonly #captured: string;
  #before: PropertyDescriptor | undefined;
  #inside: unknown;
  #outside: unknown;
  #outsideAssigned = false;
  /** R3. Undefined until something is assigned, so that reading stays cheap. */
  #assigned: WeakMap<Frame, unknown> | undefined;

  constructor(holder: object, key: string, inside: Inside) {
    this.#holder = holder;
    this.#key = key;
    const owner = holder === Math ? "Math." : holder === performance ? "performance." : key === "now" ? "Date." : "";
    this.#captured = `it uses ${owner}${key} as it was taken before the run`;
    this.#makeInside = inside;
  }

  /** R4. */
  get spied(): unknown {
    if (this.#holder === Promise || typeof this.#outside !== "function") return this.#outside;
    const isClock = /^(?:Date|now)$/.test(this.#key);
    return spyOn(this.#outside as AnyFunction, { kind: isClock ? "clock" : "chance", text: this.#captured });
  }

  prepare(): void {
    this.#before = Object.getOwnPropertyDescriptor(this.#holder, this.#key);
    this.#outside = Reflect.get(this.#holder, this.#key);
    this.#outsideAssigned = false;
    this.#assigned = undefined;
    this.#inside = this.#makeInside(() => this.#outside);
  }

  /** Makes what answers inside a plain property: `syncBuiltinESMExports` copies that into named imports. */
  expose(): void {
    this.#define({ value: this.#inside, writable: true });
  }

  install(): void {
    this.#define({ get: () => this.#get(), set: (value: unknown) => this.#set(value) });
  }

  uninstall(): void {
    if (this.#outsideAssigned) this.#define({ value: this.#outside, writable: true });
    else if (this.#before) Object.defineProperty(this.#holder, this.#key, this.#before);
    else Reflect.deleteProperty(this.#holder, this.#key);
  }

  #define(property: PropertyDescriptor): void {
    Object.defineProperty(this.#holder, this.#key, {
      ...property,
      configurable: true,
      enumerable: this.#before?.enumerable ?? false,
    });
  }

  #get(): unknown {
    const frame = currentFrame();
    if (!frame) return captures > 0 ? this.spied : this.#outside;
    if (this.#assigned?.has(frame)) return this.#assigned.get(frame);
    return frame.kind === "workflow" ? this.#inside : this.#outside;
  }

  #set(value: unknown): void {
    const frame = currentFrame();
    if (frame) (this.#assigned ??= new WeakMap()).set(frame, value);
    else {
      this.#outside = value;
      this.#outsideAssigned = true;
    }
  }
}

/** A function that asks the run where there is one, and what stood there before where there is none. */
function answered(answer: (run: CallSink, args: never[]) => unknown): Inside {
  return (outside) =>
    function (this: unknown, ...args: never[]): unknown {
      const run = sink();
      return run ? answer(run, args) : Reflect.apply(outside() as AnyFunction, this, args);
    };
}

function date(outside: () => unknown): unknown {
  const Original = outside() as DateConstructor;
  const Patched: DateConstructor = new Proxy(Original, {
    construct(target, args: unknown[], newTarget): object {
      const run = args.length === 0 ? sink() : undefined;
      return Reflect.construct(target, run ? [run.now()] : args, newTarget === Patched ? target : newTarget) as object;
    },
    apply(target): string {
      const run = sink();
      return run ? new target(run.now()).toString() : target();
    },
  });
  return Patched;
}

/** Promise.all and its like. */
const together = (kind: TogetherKind): Inside => {
  return (outside) =>
    function (this: PromiseConstructor, values: Iterable<unknown>): unknown {
      const run = sink();
      const original = outside() as AnyFunction;
      if (!(run instanceof WorkflowSide)) return Reflect.apply(original, this, [values] as never[]);
      return Reflect.apply(original, this, [run.awaitedTogether(kind, [...values])] as never[]);
    };
};

// ---- random bytes

function fill<T extends ArrayBufferView>(view: T, run: CallSink, range = { from: 0, to: view.byteLength }): T {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  for (let i = range.from; i < range.to; i++) bytes[i] = Math.floor(run.random() * 256);
  return view;
}

const original = {
  getRandomValues: globalThis.crypto.getRandomValues.bind(globalThis.crypto),
  randomFillSync: nodeCrypto.randomFillSync,
  randomInt: nodeCrypto.randomInt as (...args: unknown[]) => number,
};

type Callback = (error: Error | null, value: unknown) => void;

/** With a callback the value comes in a microtask: a turn of the event loop would be nothing the run knows of. */
function give(value: unknown, callback: unknown): unknown {
  if (typeof callback !== "function") return value;
  queueMicrotask(() => (callback as Callback)(null, value));
  return undefined;
}

/** The originals look at the arguments first: what they refuse is refused here too. */
function getRandomValues(run: CallSink, args: readonly unknown[]): unknown {
  return fill(original.getRandomValues(args[0] as Uint8Array), run);
}

function randomBytes(run: CallSink, [size, callback]: readonly unknown[]): unknown {
  return give(fill(Buffer.alloc(size as number), run), callback);
}

function randomFill(run: CallSink, args: readonly unknown[]): unknown {
  const callback = typeof args.at(-1) === "function" ? args.at(-1) : undefined;
  const [target, from = 0, size] = (callback ? args.slice(0, -1) : args) as [
    NodeJS.ArrayBufferView | ArrayBuffer,
    number?,
    number?,
  ];
  (original.randomFillSync as (...all: unknown[]) => unknown)(...(callback ? args.slice(0, -1) : args));
  const unit = (target as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
  const view = ArrayBuffer.isView(target) ? target : new Uint8Array(target);
  fill(view, run, { from: from * unit, to: size === undefined ? view.byteLength : (from + size) * unit });
  return give(target, callback);
}

function randomInt(run: CallSink, args: readonly unknown[]): unknown {
  const callback = args.find((arg) => typeof arg === "function");
  const limits = args.filter((arg) => typeof arg !== "function" && arg !== undefined);
  original.randomInt(...limits);
  const [min, max] = (limits.length === 2 ? limits : [0, limits[0]]) as [number, number];
  return give(min + Math.floor(run.random() * (max - min)), callback);
}

/** 48 bits of the run's clock, then what its chance gives. */
function uuidV7(run: CallSink): string {
  const time = run.now().toString(16).padStart(12, "0");
  const [, , third = "", fourth, fifth] = run.uuid().split("-");
  return [time.slice(0, 8), time.slice(8), `7${third.slice(1)}`, fourth, fifth].join("-");
}

const now = answered((run) => run.now());
const uuid = answered((run) => run.uuid());

const replaced: readonly Replaced[] = [
  new Replaced(
    Math,
    "random",
    answered((run) => run.random()),
  ),
  new Replaced(globalThis.Date, "now", now),
  new Replaced(globalThis, "Date", date),
  new Replaced(performance, "now", now),
  new Replaced(Promise, "all", together("all")),
  new Replaced(Promise, "allSettled", together("allSettled")),
  new Replaced(Promise, "race", together("race")),
  new Replaced(Promise, "any", together("any")),
  // node:crypto's own getRandomValues is a getter for this one.
  new Replaced(globalThis.crypto, "getRandomValues", answered(getRandomValues)),
  new Replaced(globalThis.crypto, "randomUUID", uuid),
  new Replaced(nodeCrypto, "randomUUID", uuid),
  new Replaced(nodeCrypto, "randomBytes", answered(randomBytes)),
  new Replaced(nodeCrypto, "randomFillSync", answered(randomFill)),
  new Replaced(nodeCrypto, "randomFill", answered(randomFill)),
  new Replaced(nodeCrypto, "randomInt", answered(randomInt)),
  // Newer than some of the Nodes we run on, and older names.
  ...Object.entries({
    randomUUIDv7: uuidV7,
    pseudoRandomBytes: randomBytes,
    prng: randomBytes,
    rng: randomBytes,
  }).flatMap(([key, answer]) => (key in nodeCrypto ? [new Replaced(nodeCrypto, key, answered(answer))] : [])),
];

/** R4. */
let captures = 0;

export async function capturingOriginals<T>(load: () => Promise<T>): Promise<T> {
  installGlobals();
  captures++;
  try {
    return await load();
  } finally {
    captures--;
    uninstallGlobals();
  }
}

function spyOn(original: AnyFunction, what: Parameters<typeof saw>[0]): unknown {
  const apply = (target: AnyFunction, self: unknown, args: unknown[]): unknown => {
    saw(what, apply);
    return Reflect.apply(target, self, args as never[]);
  };
  const construct = (target: AnyFunction, args: unknown[], newTarget: unknown): object => {
    if (args.length === 0) saw(what, construct);
    return Reflect.construct(
      target,
      args as never[],
      newTarget === spy ? target : (newTarget as AnyFunction),
    ) as object;
  };
  const spy: AnyFunction = new Proxy(original, { apply, construct });
  return spy;
}

let users = 0;

export function installGlobals(): void {
  if (users++ > 0) return;
  for (const each of replaced) each.prepare();
  syncExports();
}

/** Named imports of Node's modules are what stands there now. An accessor would be read outside any frame. */
export function syncExports(): void {
  if (users === 0) return syncBuiltinESMExports();
  for (const each of replaced) each.expose();
  syncBuiltinESMExports();
  for (const each of replaced) each.install();
}

export function uninstallGlobals(): void {
  if (--users > 0) return;
  for (const each of replaced) each.uninstall();
  syncBuiltinESMExports();
}
