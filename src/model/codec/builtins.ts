/**
 * Text for the tagged classes, and the words for objects that have no recorded form.
 *
 * Own: one writer per class, chosen by prototype; the hint for each refusal. Left to error-text.ts: Error.
 *
 * R1. The prototype chooses the writer and the internal slot proves it: `Object.create(Map.prototype)` throws there.
 * R2. An instance of a subclass is refused: it would come back as something less. Errors are the exception.
 * R3. A property that somebody added to a Date, Map or the like is refused, not dropped; RegExp's `lastIndex` is
 *     dropped, and properties added to typed arrays are not looked for (that costs a string per element).
 */
import { nodeBufferPrototype, toBase64 } from "./bytes.ts";
import type { ByteRange } from "./bytes.ts";
import { errorText, isError } from "./error-text.ts";
import * as p from "./primordials.ts";
import { at, enter, fail, leave, shorten, spend } from "./walk.ts";
import type { Walk } from "./walk.ts";

export type Write = (walk: Walk, value: unknown) => string;
type Writer = (walk: Walk, value: object, write: Write) => string;

export const builtinText = (walk: Walk, value: object, proto: object, write: Write): string => {
  const writer = p.call<Writer | undefined>(p.mapGet, writers, [proto]);
  if (writer !== undefined) return writer(walk, value, write);
  if (isError(value)) return errorText(walk, value, write);
  return fail(walk, refusal(value, proto));
};

const dateText: Writer = (walk, value) => {
  refuseExtras(walk, value);
  const epochMs = p.call<number>(p.dateTime, value);
  return `{"$":"Date","v":${epochMs === epochMs ? epochMs : "null"}}`;
};

const regexpText: Writer = (walk, value) => {
  refuseExtras(walk, value);
  const source = p.call<string>(p.regexpSource, value);
  spend(walk, source.length);
  return `{"$":"RegExp","v":[${p.stringify(source)},${p.stringify(p.call(p.regexpFlags, value))}]}`;
};

const urlText: Writer = (walk, value) => {
  refuseExtras(walk, value);
  const href = p.call<string>(p.urlHref, value);
  spend(walk, href.length);
  return `{"$":"URL","v":${p.stringify(href)}}`;
};

const mapText: Writer = (walk, value, write) => {
  refuseExtras(walk, value);
  enter(walk, value);
  let text = "";
  let index = 0;
  const entry = (content: unknown, key: unknown): void => {
    at(walk, { spelled: `<key ${index}>` });
    spend(walk, 4);
    const keyText = write(walk, key);
    const named = typeof key === "string" || typeof key === "number";
    at(walk, {
      spelled: named ? `.get(${p.stringify(typeof key === "string" ? shorten(key) : key)})` : `<value ${index}>`,
    });
    text += `${index === 0 ? "" : ","}[${keyText},${write(walk, content)}]`;
    index += 1;
  };
  p.call(p.mapForEach, value, [entry]);
  leave(walk);
  return `{"$":"Map","v":[${text}]}`;
};

const setText: Writer = (walk, value, write) => {
  refuseExtras(walk, value);
  enter(walk, value);
  let text = "";
  let index = 0;
  const member = (content: unknown): void => {
    at(walk, { spelled: `<member ${index}>` });
    spend(walk, 1);
    text += `${index === 0 ? "" : ","}${write(walk, content)}`;
    index += 1;
  };
  p.call(p.setForEach, value, [member]);
  leave(walk);
  return `{"$":"Set","v":[${text}]}`;
};

const bytesText = (walk: Walk, tag: string, range: ByteRange): string => {
  spend(walk, Math.ceil(range.sizeBytes / 3) * 4); // before making it
  return `{"$":"${tag}","v":"${toBase64(range)}"}`;
};

const arrayBufferText: Writer = (walk, value) => {
  refuseExtras(walk, value);
  if (p.call<boolean>(p.bufferResizable, value)) {
    return fail(walk, "is a resizable ArrayBuffer; return a fixed copy of it (buffer.slice(0))");
  }
  const buffer = value as ArrayBuffer;
  return bytesText(walk, "ArrayBuffer", { buffer, offset: 0, sizeBytes: p.call<number>(p.bufferSize, buffer) });
};

const dataViewText: Writer = (walk, value) => {
  refuseExtras(walk, value);
  const buffer = p.call<ArrayBufferLike>(p.dataViewBuffer, value);
  const offset = p.call<number>(p.dataViewOffset, value);
  return bytesText(walk, "DataView", { buffer, offset, sizeBytes: p.call<number>(p.dataViewSize, value) });
};

const viewWriter =
  (tag: string): Writer =>
  (walk, value) => {
    const buffer = p.call<ArrayBufferLike>(p.viewBuffer, value);
    const offset = p.call<number>(p.viewOffset, value);
    return bytesText(walk, tag, { buffer, offset, sizeBytes: p.call<number>(p.viewSize, value) });
  };

const { intrinsics } = p;
const writers = new Map<object, Writer>([
  [intrinsics.Date.prototype, dateText],
  [intrinsics.RegExp.prototype, regexpText],
  [intrinsics.URL.prototype, urlText],
  [intrinsics.Map.prototype, mapText],
  [intrinsics.Set.prototype, setText],
  [intrinsics.ArrayBuffer.prototype, arrayBufferText],
  [intrinsics.DataView.prototype, dataViewText],
  ...p.viewClasses.map(({ name, type }) => [type.prototype as object, viewWriter(name)] as const),
]);
if (nodeBufferPrototype !== undefined) writers.set(nodeBufferPrototype, viewWriter("Buffer"));

const refuseExtras = (walk: Walk, value: object): void => {
  const extra = p.keys(value)[0];
  if (extra === undefined) return;
  fail(walk, `has the added property "${shorten(extra)}", which would be lost; return an object that holds both`);
};

const refusal = (value: object, proto: object): string => {
  if (proto === intrinsics.Promise.prototype) return "is a Promise; await it first";
  const name = className(proto);
  if (isCallable(value, "pipe") || isCallable(value, "getReader")) {
    return `is a stream (${name}); read it to its end and return what it held`;
  }
  if (isCallable(value, "next")) return "is a generator or iterator; collect its values first ([...it])";
  if (isCallable(value, "then")) return `is a promise-like object (${name}); await it first`;
  const tag = p.call<string>(p.objectToString, value).slice(8, -1);
  if (tag.startsWith("Weak")) return `is a ${tag}, whose content cannot be listed; return plain data`;
  return `is an instance of class "${name}", which would lose its class; return a plain object with its fields`;
};

const isCallable = (value: object, name: string): boolean =>
  typeof (value as Readonly<Record<string, unknown>>)[name] === "function";

const className = (proto: object): string => {
  const made: unknown = p.getOwnPropertyDescriptor(proto, "constructor")?.value;
  const name: unknown = typeof made === "function" ? p.getOwnPropertyDescriptor(made, "name")?.value : undefined;
  return typeof name === "string" && name !== "" ? shorten(name) : "(without a name)";
};
