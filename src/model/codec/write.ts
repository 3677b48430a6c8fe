/**
 * The slow road: text for any value of the closed set, and the errors for everything else.
 *
 * Own: primitives, arrays, objects. Left to builtins.ts: Date, Map, Error and the other tagged classes.
 *
 * R1. It writes text directly instead of building a tagged tree for `JSON.stringify`, which would call `toJSON`
 *     wherever a patched prototype offers one. Only strings go through `JSON.stringify`.
 * R2. Own enumerable string-keyed properties are the value. A getter is read once. A symbol key is an error.
 */
import { builtinText } from "./builtins.ts";
import { CodecError, thrownText } from "./codec-error.ts";
import {
  bigintToString,
  call,
  getOwnPropertySymbols,
  getPrototypeOf,
  hasOwn,
  isArray,
  keys,
  objectPrototype,
  stringify,
} from "./primordials.ts";
import { at, enter, fail, leave, newWalk, pathOf, shorten, spend } from "./walk.ts";
import type { Stacks, Walk } from "./walk.ts";

/** The text of any value of the closed set; CodecError for everything else. */
export const writeText = (value: unknown, stacks: Stacks): string => {
  const walk = newWalk(stacks);
  try {
    return write(walk, value);
  } catch (thrown) {
    if (thrown instanceof CodecError) throw thrown;
    throw new CodecError(pathOf(walk), `threw while it was read: ${thrownText(thrown)}; return plain data`, {
      cause: thrown,
    });
  }
};

const write = (walk: Walk, value: unknown): string => {
  switch (typeof value) {
    case "string":
      spend(walk, value.length + 2);
      return stringify(value);
    case "number":
      spend(walk, 1);
      return numberText(value);
    case "boolean":
      return value ? "true" : "false";
    case "undefined":
      spend(walk, 1);
      return '{"$":"undefined"}';
    case "bigint":
      return bigintText(walk, value);
    case "function":
      return fail(walk, "is a function, which cannot be recorded (toJSON is not called either); return plain data");
    case "symbol":
      return fail(walk, "is a symbol, which cannot be recorded; return a string");
    case "object":
      return value === null ? "null" : writeObject(walk, value);
  }
};

const numberText = (value: number): string => {
  if (value !== value) return '{"$":"number","v":"NaN"}';
  if (value - value !== 0) return value > 0 ? '{"$":"number","v":"Infinity"}' : '{"$":"number","v":"-Infinity"}';
  return value === 0 && 1 / value < 0 ? '{"$":"number","v":"-0"}' : `${value}`;
};

const bigintText = (walk: Walk, value: bigint): string => {
  const digits = call<string>(bigintToString, value);
  spend(walk, digits.length);
  return `{"$":"bigint","v":"${digits}"}`;
};

const writeObject = (walk: Walk, value: object): string => {
  const proto = getPrototypeOf(value);
  if (isArray(value)) {
    // A subclass's prototype is an ordinary object, Array.prototype of any realm is itself an array.
    if (!isArray(proto)) return fail(walk, "is an instance of a class that extends Array; return [...it]");
    enter(walk, value);
    const text = arrayText(walk, value);
    leave(walk);
    return text;
  }
  if (proto !== null && !isObjectPrototype(proto)) return builtinText(walk, value, proto, write);
  enter(walk, value);
  const text = propertiesText(walk, value, proto);
  leave(walk);
  return text;
};

/** Ours, or that of another realm (`node:vm`, a frame): objects of both are plain. */
const isObjectPrototype = (proto: object): boolean =>
  proto === objectPrototype || (getPrototypeOf(proto) === null && hasOwn(proto, "isPrototypeOf"));

const propertiesText = (walk: Walk, source: object, proto: object | null): string => {
  const copy = readProperties(walk, source);
  if (getOwnPropertySymbols(copy).length > 0) {
    fail(
      walk,
      `has the symbol key ${String(getOwnPropertySymbols(copy)[0])}, which cannot be recorded; use a string key`,
    );
  }
  const names = keys(copy);
  let text = "{";
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    at(walk, name);
    spend(walk, name.length + 4);
    text += `${i === 0 ? "" : ","}${stringify(name)}:${write(walk, copy[name])}`;
  }
  text += "}";
  if (proto === null) return `{"$":"null","v":${text}}`;
  return hasOwn(copy, "$") ? `{"$":"$","v":${text}}` : text;
};

/** One reading of every property; when one throws, a second reading finds out which. */
const readProperties = (walk: Walk, source: object): Record<string, unknown> => {
  try {
    return { ...source } as Record<string, unknown>;
  } catch (thrown) {
    for (const name of keys(source)) {
      at(walk, name);
      void (source as Record<string, unknown>)[name];
    }
    throw thrown;
  }
};

const arrayText = (walk: Walk, source: readonly unknown[]): string => {
  const { length } = source;
  const names = keys(source);
  let dense = 0;
  while (dense < length && hasOwn(source, dense)) dense += 1;
  if (dense < length) return sparseText(walk, source, names);
  if (names.length > length) refuseNamed(walk, names[length] as string);
  let text = "[";
  for (let i = 0; i < length; i++) {
    at(walk, i);
    spend(walk, 1);
    text += `${i === 0 ? "" : ","}${write(walk, source[i])}`;
  }
  return `${text}]`;
};

const sparseText = (walk: Walk, source: readonly unknown[], names: readonly string[]): string => {
  let text = `{"$":"sparse","v":[${source.length}`;
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const index = +name;
    if (!(index >= 0 && index < source.length && `${index}` === name)) refuseNamed(walk, name);
    at(walk, index);
    spend(walk, name.length + 4);
    text += `,[${name},${write(walk, source[index])}]`;
  }
  return `${text}]}`;
};

const refuseNamed = (walk: Walk, name: string): never =>
  fail(walk, `is an array with the named property "${shorten(name)}"; return [...it], or an object that holds both`);
