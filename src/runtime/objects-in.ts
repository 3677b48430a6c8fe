/**
 * The objects inside a value, each once, in one order.
 *
 * R1. The order is that of the value's own structure: an object first, then what it holds, first to last. Two decodings of one
 *     text give their objects in the same order.
 * R2. No code of the value runs: getters and hostile proxies are left to the codec, which names them.
 */
import { handleTarget } from "../trace/handle.ts";

export interface ObjectAt {
  readonly object: object;
  readonly at: Place;
}

/** A path, written out only when somebody asks for it. */
interface Place {
  readonly key: string;
  readonly above: Place | undefined;
}

interface Waiting {
  readonly value: unknown;
  readonly at: Place;
}

const ROOT: Place = { key: "$", above: undefined };

function pathText(place: Place): string {
  let text = "";
  for (let at: Place | undefined = place; at; at = at.above) text = at.key + text;
  return text;
}

/** Handles and promises are given out and not entered. */
export function* objectsIn(value: unknown): Generator<ObjectAt, void, undefined> {
  if (!isObject(value)) return;
  const seen = new Set<object>();
  const stack: Waiting[] = [{ value, at: ROOT }];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const object = next.value as object;
    if (seen.has(object)) continue;
    seen.add(object);
    yield { object, at: next.at };
    if (handleTarget(object) || object instanceof Promise || ArrayBuffer.isView(object)) continue;
    const inner = innerOf(object, next.at);
    for (let i = inner.length - 1; i >= 0; i--) stack.push(inner[i]!);
  }
}

/** Paths of the first handle and the first promise inside, e.g. `$.pages[2]`. */
export function foreignIn(value: unknown): {
  readonly handleAt: string | undefined;
  readonly promiseAt: string | undefined;
} {
  let handleAt: string | undefined;
  let promiseAt: string | undefined;
  for (const { object, at } of objectsIn(value)) {
    if (handleTarget(object)) handleAt ??= pathText(at);
    else if (object instanceof Promise) promiseAt ??= pathText(at);
  }
  return { handleAt, promiseAt };
}

export const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function innerOf(object: object, above: Place): readonly Waiting[] {
  const inner: Waiting[] = [];
  const add = (value: unknown, key: string): void => {
    if (isObject(value)) inner.push({ value, at: { key, above } });
  };
  if (Array.isArray(object)) {
    for (let i = 0; i < object.length; i++) if (isObject(object[i])) add(object[i], `[${i}]`);
  } else if (object instanceof Map) {
    for (const [key, value] of object) {
      add(key, ".keys()");
      add(value, ".values()");
    }
  } else if (object instanceof Set) {
    for (const value of object) add(value, ".values()");
  } else {
    for (const [key, value] of plainFields(object)) add(value, `.${key}`);
  }
  return inner;
}

/** R2. Fields that hold objects. */
function plainFields(value: object): [string, unknown][] {
  const fields: [string, unknown][] = [];
  try {
    for (const key of Object.getOwnPropertyNames(value)) {
      const inner: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
      if (isObject(inner)) fields.push([key, inner]);
    }
  } catch {
    return [];
  }
  return fields;
}
