/**
 * Errors as recorded values: class, name, message, code, cause, and the errors of an AggregateError.
 *
 * R1. A subclass comes back as the nearest class of the language with its `name` kept; other own properties are not
 *     part of a recorded error.
 * R2. The stack is kept only when asked for: it names the machine's paths and makes equal errors differ.
 */
import type { Write } from "./builtins.ts";
import { errorClasses, getPrototypeOf, hasOwn, NativeAggregateError, stringify } from "./primordials.ts";
import type { ErrorClass, Named } from "./primordials.ts";
import { at, enter, fail, leave, spend } from "./walk.ts";
import type { Walk } from "./walk.ts";

/** Longer prototype chains than this are not those of a class anybody wrote (a Proxy can answer forever). */
const LONGEST_CHAIN = 100;

/** The first class of the language in the prototype chain; undefined for what is no Error. */
const nearestClass = (value: object): string | undefined => {
  let proto = getPrototypeOf(value);
  for (let i = 0; proto !== null && i < LONGEST_CHAIN; i++) {
    if (proto === NativeAggregateError.prototype) return "AggregateError";
    for (let k = 0; k < errorClasses.length; k++) {
      const known = errorClasses[k] as Named<ErrorClass>;
      if (known.type.prototype === proto) return known.name;
    }
    proto = getPrototypeOf(proto);
  }
  return undefined;
};

export const isError = (value: object): value is Error => nearestClass(value) !== undefined;

export const errorText = (walk: Walk, error: Error, write: Write): string => {
  enter(walk, error);
  const type = nearestClass(error);
  let text = `{"$":"Error","v":{"class":"${type}","name":${stringField(walk, error, "name")}`;
  text += `,"message":${stringField(walk, error, "message")}`;
  at(walk, "code");
  const { code } = error as { readonly code?: unknown };
  if (typeof code === "string" || typeof code === "number") text += `,"code":${write(walk, code)}`;
  if (walk.stacks === "keep") {
    at(walk, "stack");
    const { stack } = error;
    if (typeof stack === "string") text += `,"stack":${write(walk, stack)}`;
  }
  if (hasOwn(error, "cause")) {
    at(walk, "cause");
    text += `,"cause":${write(walk, error.cause)}`;
  }
  if (type === "AggregateError") {
    at(walk, "errors");
    text += `,"errors":${write(walk, (error as AggregateError).errors ?? [])}`;
  }
  leave(walk);
  return `${text}}}`;
};

const stringField = (walk: Walk, error: Error, name: "name" | "message"): string => {
  at(walk, name);
  const text: unknown = error[name];
  if (typeof text !== "string") return fail(walk, `is not text, as an Error's ${name} has to be; make it a string`);
  spend(walk, text.length);
  return stringify(text);
};
