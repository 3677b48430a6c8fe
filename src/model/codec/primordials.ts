/**
 * The parts of the language the codec stands on, taken when this module loads.
 *
 * Node functions may patch `JSON.parse`, `Map.prototype.get` and the like while a run is on; what is recorded must not
 * depend on that. Own: captured originals. Left to the codec: what to do with them.
 *
 * R1. Nothing here imports anything, so that it is captured as early as the package loads.
 * R2. Methods are called through `apply`, never as `x.method()`.
 */
export const stringify: (value: unknown) => string = JSON.stringify;
export const parse: (text: string) => unknown = JSON.parse;
export const isArray: typeof Array.isArray = Array.isArray;
export const getOwnPropertyDescriptor: typeof Object.getOwnPropertyDescriptor = Object.getOwnPropertyDescriptor;
export const getOwnPropertySymbols: typeof Object.getOwnPropertySymbols = Object.getOwnPropertySymbols;
export const defineProperty: typeof Object.defineProperty = Object.defineProperty;
export const hasOwn: typeof Object.hasOwn = Object.hasOwn;
export const keys: typeof Object.keys = Object.keys;
export const apply: typeof Reflect.apply = Reflect.apply;
export const getPrototypeOf: typeof Reflect.getPrototypeOf = Reflect.getPrototypeOf;
export const setPrototypeOf: typeof Reflect.setPrototypeOf = Reflect.setPrototypeOf;

export const objectPrototype: object = Object.prototype;
export const arrayPrototype: object = Array.prototype;

type Method = (...args: never[]) => unknown;

/** Calls a captured method; the argument list stays ours. */
export const call = <T>(method: Method, self: unknown, args: readonly unknown[] = []): T =>
  apply(method as (...args: unknown[]) => unknown, self, args as unknown[]) as T;

const getter = (proto: object, key: PropertyKey): Method => {
  const get = getOwnPropertyDescriptor(proto, key)?.get;
  if (get === undefined) throw new Error(`this is a bug in workgraph: no getter ${String(key)}`);
  return get as Method;
};

export const arraySlice: () => unknown = Array.prototype.slice;
export const stringIncludes: Method = String.prototype.includes;
export const bigintToString: Method = BigInt.prototype.toString;
export const dateTime: Method = Date.prototype.getTime;
export const mapForEach: Method = Map.prototype.forEach;
export const mapSet: Method = Map.prototype.set;
export const mapGet: Method = Map.prototype.get;
export const setForEach: Method = Set.prototype.forEach;
export const setAdd: Method = Set.prototype.add;
export const regexpSource: Method = getter(RegExp.prototype, "source");
export const regexpFlags: Method = getter(RegExp.prototype, "flags");
export const urlHref: Method = getter(URL.prototype, "href");
export const objectToString: Method = Object.prototype.toString;

const typedArrayPrototype = getPrototypeOf(Uint8Array.prototype) as object;
export const viewBuffer: Method = getter(typedArrayPrototype, "buffer");
export const viewOffset: Method = getter(typedArrayPrototype, "byteOffset");
export const viewSize: Method = getter(typedArrayPrototype, "byteLength");
export const dataViewBuffer: Method = getter(DataView.prototype, "buffer");
export const dataViewOffset: Method = getter(DataView.prototype, "byteOffset");
export const dataViewSize: Method = getter(DataView.prototype, "byteLength");
export const bufferSize: Method = getter(ArrayBuffer.prototype, "byteLength");
export const bufferResizable: Method = getter(ArrayBuffer.prototype, "resizable");

export const intrinsics: {
  readonly Array: typeof Array;
  readonly ArrayBuffer: typeof ArrayBuffer;
  readonly BigInt: typeof BigInt;
  readonly DataView: typeof DataView;
  readonly Date: typeof Date;
  readonly Error: typeof Error;
  readonly Map: typeof Map;
  readonly Promise: typeof Promise;
  readonly RegExp: typeof RegExp;
  readonly Set: typeof Set;
  readonly URL: typeof URL;
  readonly Uint8Array: typeof Uint8Array;
} = {
  Array,
  ArrayBuffer,
  BigInt,
  DataView,
  Date,
  Error,
  Map,
  Promise,
  RegExp,
  Set,
  URL,
  Uint8Array,
} as const;

export interface Named<T> {
  readonly name: string;
  readonly type: T;
}

export type ErrorClass = new (message?: string) => Error;

/** The error classes that decode to themselves; every other one decodes to `Error` with its name kept. */
export const errorClasses: readonly Named<ErrorClass>[] = [
  { name: "RangeError", type: RangeError },
  { name: "TypeError", type: TypeError },
  { name: "SyntaxError", type: SyntaxError },
  { name: "ReferenceError", type: ReferenceError },
  { name: "EvalError", type: EvalError },
  { name: "URIError", type: URIError },
  { name: "Error", type: Error },
];
export const NativeAggregateError: new (errors: unknown[], message?: string) => Error = AggregateError;

export type ViewClass = new (buffer: ArrayBuffer) => ArrayBufferView;
const viewNames = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array", // absent before Node 24
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const;

/** Every typed array class that this machine has. */
export const viewClasses: readonly Named<ViewClass>[] = viewNames.flatMap((name) => {
  const type = (globalThis as unknown as Record<string, ViewClass | undefined>)[name];
  return type === undefined ? [] : [{ name, type }];
});
