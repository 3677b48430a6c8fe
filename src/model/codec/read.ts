/**
 * Back from text: finds the tags in a parsed tree and puts the values in their place.
 *
 * Own: one reader per tag. Left to codec.ts: parsing, and whether there is any tag at all.
 *
 * R1. The tree is fresh from JSON.parse and nobody else's, so it is changed in place.
 * R2. Only own properties count: a polluted Object.prototype can neither add a tag nor catch an assignment.
 * R3. A tag or shape that no writer makes is an error, never a guess: the text is damaged or from a newer version.
 */
import { fromBase64 } from "./bytes.ts";
import { CodecError } from "./codec-error.ts";
import { MAX_READ_DEPTH } from "./limits.ts";
import * as p from "./primordials.ts";

const { intrinsics } = p;

export const revive = (value: unknown): unknown => reviveAt(value, 0);

const reviveAt = (value: unknown, depth: number): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_READ_DEPTH) throw damaged(`is nested deeper than ${MAX_READ_DEPTH} levels`);
  if (p.isArray(value)) {
    const list = value as unknown[];
    for (let i = 0; i < list.length; i++) list[i] = reviveAt(list[i], depth + 1);
    return list;
  }
  return p.hasOwn(value, "$") ? reviveTag(value as Tagged, depth) : reviveProperties(value, depth);
};

interface Tagged {
  readonly $: unknown;
  readonly v?: unknown;
}

const reviveProperties = (value: object, depth: number): object => {
  const record = value as Record<string, unknown>;
  const names = p.keys(record);
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    const before = record[name];
    if (typeof before === "object") record[name] = reviveAt(before, depth + 1);
  }
  return record;
};

const reviveTag = (tagged: Tagged, depth: number): unknown => {
  const tag = tagged.$;
  const v = p.hasOwn(tagged, "v") ? tagged.v : undefined;
  switch (tag) {
    case "undefined":
      return undefined;
    case "number":
      return readNumber(v);
    case "bigint":
      return intrinsics.BigInt(text(v));
    case "Date":
      if (v !== null && typeof v !== "number") throw damaged("holds a Date without its time");
      return new intrinsics.Date(v ?? NaN);
    case "RegExp":
      return new intrinsics.RegExp(text(list(v)[0]), text(list(v)[1]));
    case "URL":
      return new intrinsics.URL(text(v));
    case "Map":
      return readMap(list(v), depth);
    case "Set":
      return readSet(list(v), depth);
    case "Error":
      return readError(record(v), depth);
    case "sparse":
      return readSparse(list(v), depth);
    case "null":
      return p.setPrototypeOf(record(v), null) && reviveProperties(record(v), depth);
    case "$":
      return reviveProperties(record(v), depth);
    case "Buffer":
      return fromBase64(text(v));
    case "ArrayBuffer":
      return memory(v);
    case "DataView":
      return new intrinsics.DataView(memory(v));
    default:
      return readView(tag, v);
  }
};

const damaged = (reason: string): CodecError =>
  new CodecError("$", `${reason}: it is damaged, or was written by a newer version of agentic-workgraph`);

const text = (v: unknown): string => {
  if (typeof v !== "string") throw damaged("holds a tag without its text");
  return v;
};

const list = (v: unknown): unknown[] => {
  if (!p.isArray(v)) throw damaged("holds a tag without its list");
  return v as unknown[];
};

const record = (v: unknown): Record<string, unknown> => {
  if (typeof v !== "object" || v === null || p.isArray(v)) throw damaged("holds a tag without its object");
  return v as Record<string, unknown>;
};

const readNumber = (v: unknown): number => {
  switch (v) {
    case "NaN":
      return NaN;
    case "Infinity":
      return Infinity;
    case "-Infinity":
      return -Infinity;
    case "-0":
      return -0;
    default:
      throw damaged("holds an unknown number");
  }
};

const memory = (v: unknown): ArrayBuffer => p.call<ArrayBuffer>(p.viewBuffer, fromBase64(text(v)));

const readView = (tag: unknown, v: unknown): ArrayBufferView => {
  for (let i = 0; i < p.viewClasses.length; i++) {
    const { name, type } = p.viewClasses[i] as p.Named<p.ViewClass>;
    if (name === tag) return new type(memory(v));
  }
  throw damaged(`holds the unknown tag ${p.stringify(tag)}`);
};

const readMap = (entries: readonly unknown[], depth: number): Map<unknown, unknown> => {
  const map = new intrinsics.Map<unknown, unknown>();
  for (let i = 0; i < entries.length; i++) {
    const entry = list(entries[i]);
    p.call(p.mapSet, map, [reviveAt(entry[0], depth + 1), reviveAt(entry[1], depth + 1)]);
  }
  return map;
};

const readSet = (members: readonly unknown[], depth: number): Set<unknown> => {
  const set = new intrinsics.Set<unknown>();
  for (let i = 0; i < members.length; i++) p.call(p.setAdd, set, [reviveAt(members[i], depth + 1)]);
  return set;
};

const readSparse = (v: readonly unknown[], depth: number): unknown[] => {
  const sparse: unknown[] = [];
  sparse.length = v[0] as number;
  for (let i = 1; i < v.length; i++) {
    const entry = list(v[i]);
    sparse[entry[0] as number] = reviveAt(entry[1], depth + 1);
  }
  return sparse;
};

const readError = (v: Record<string, unknown>, depth: number): Error => {
  const field = (name: string): unknown => (p.hasOwn(v, name) ? v[name] : undefined);
  const message = text(field("message"));
  const name = text(field("name"));
  const error = makeError(field("class"), message, field("errors"), depth);
  if (error.name !== name) hide(error, "name", name);
  const code = field("code");
  if (code !== undefined) set(error, "code", { value: reviveAt(code, depth), enumerable: true });
  if (p.hasOwn(v, "cause")) hide(error, "cause", reviveAt(v["cause"], depth + 1));
  // The stack of this very line would only mislead.
  const stack = field("stack");
  hide(error, "stack", typeof stack === "string" ? stack : message === "" ? name : `${name}: ${message}`);
  return error;
};

const makeError = (type: unknown, message: string, errors: unknown, depth: number): Error => {
  const given = message === "" ? undefined : message;
  if (type === "AggregateError") {
    // `errors` may be anything its owner assigned; the constructor takes lists only.
    const error = new p.NativeAggregateError([], given);
    hide(error, "errors", reviveAt(errors, depth + 1));
    return error;
  }
  for (let i = 0; i < p.errorClasses.length; i++) {
    const known = p.errorClasses[i] as p.Named<p.ErrorClass>;
    if (known.name === type) return new known.type(given);
  }
  throw damaged(`holds an error of the unknown class ${p.stringify(type)}`);
};

const hide = (error: Error, name: string, value: unknown): void => set(error, name, { value, enumerable: false });

/** `code` is enumerable, as on Node's own errors; a descriptor without a prototype cannot inherit a planted `get`. */
const set = (error: Error, name: string, given: { readonly value: unknown; readonly enumerable: boolean }): void => {
  p.defineProperty(error, name, {
    __proto__: null,
    writable: true,
    configurable: true,
    ...given,
  } as PropertyDescriptor);
};
