/**
 * Bytes as base64 text, with `Buffer` where there is one and `btoa`/`atob` in a browser.
 *
 * R1. Decoded bytes never come from Buffer's shared pool: each decode owns its memory.
 * R2. Typed arrays are written as they lie in memory: little-endian on every platform that Node and browsers run on.
 */
import { call, intrinsics } from "./primordials.ts";

interface BufferClass {
  readonly prototype: {
    toString(encoding: "base64"): string;
    write(text: string, encoding: "base64"): number;
  };
  from(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array;
  allocUnsafeSlow(sizeBytes: number): Uint8Array;
}

const NodeBuffer = (globalThis as { readonly Buffer?: BufferClass }).Buffer;
const buffer =
  NodeBuffer === undefined
    ? undefined
    : {
        over: NodeBuffer.from as (buffer: ArrayBufferLike, offset: number, length: number) => Uint8Array,
        alloc: NodeBuffer.allocUnsafeSlow as (sizeBytes: number) => Uint8Array,
        toString: NodeBuffer.prototype.toString,
        write: NodeBuffer.prototype.write,
      };

/** `Buffer.prototype` in Node, undefined in a browser. */
export const nodeBufferPrototype: object | undefined = NodeBuffer?.prototype;

const toBinary = globalThis.atob;
const toText = globalThis.btoa;
const { fromCharCode } = String;

/** At most 32 KiB a time: `String.fromCharCode` takes its characters as arguments. */
const CHUNK_BYTES = 0x8000;

export interface ByteRange {
  readonly buffer: ArrayBufferLike;
  readonly offset: number;
  readonly sizeBytes: number;
}

export const toBase64 = (range: ByteRange): string => {
  if (buffer !== undefined) {
    return call<string>(buffer.toString, buffer.over(range.buffer, range.offset, range.sizeBytes), ["base64"]);
  }
  const bytes = new intrinsics.Uint8Array(range.buffer, range.offset, range.sizeBytes);
  let binary = "";
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    binary += fromCharCode(...bytes.subarray(start, start + CHUNK_BYTES));
  }
  return toText(binary);
};

/** Fresh bytes; a `Buffer` in Node, so that callers that want one need no second copy. */
export const fromBase64 = (text: string): Uint8Array => {
  if (buffer !== undefined) {
    const { length } = text;
    const padding = text[length - 1] !== "=" ? 0 : text[length - 2] === "=" ? 2 : 1;
    const bytes = buffer.alloc((length / 4) * 3 - padding);
    const written = length === 0 ? 0 : call<number>(buffer.write, bytes, [text, "base64"]);
    if (written !== bytes.length) throw new Error("not base64");
    return bytes;
  }
  const binary = toBinary(text);
  const bytes = new intrinsics.Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
};
