/**
 * Recorded values as plain JSON, for people and programs that read results.
 *
 * Owns: what each tagged type reads as. Leaves to model/codec.ts: the exact form, which only the package itself reads back.
 *
 * R1. Dates and URLs read as text, bigint, NaN and infinities as text, bytes as base64 text, Set as a list, Map as an object
 *     (a list of pairs when a key is no text), an error as its name, message and code. `undefined` reads as null in a list
 *     and is left out of an object.
 * R2. A preview is bounded; a long text is cut before it is decoded.
 */
import { decode } from "../model/codec.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function plainJson(value: unknown): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return String(value);
    case "object":
      return value === null ? null : plainObject(value);
    default:
      return null;
  }
}

function plainObject(value: object): Json {
  if (Array.isArray(value)) return Array.from(value, plainJson);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof URL || value instanceof RegExp) return String(value);
  if (value instanceof Set) return Array.from(value, plainJson);
  if (value instanceof Map) return plainMap(value);
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString("base64");
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  if (value instanceof Error) return plainError(value);
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(entries.map(([key, part]) => [key, plainJson(part)]));
}

function plainMap(map: ReadonlyMap<unknown, unknown>): Json {
  const entries = [...map];
  if (entries.every(([key]) => typeof key === "string")) {
    return Object.fromEntries(entries.map(([key, value]) => [key as string, plainJson(value)]));
  }
  return entries.map(([key, value]) => [plainJson(key), plainJson(value)]);
}

function plainError(error: Error): Json {
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === "string" || typeof code === "number" ? { code } : {}),
    ...(error.cause === undefined ? {} : { cause: plainJson(error.cause) }),
  };
}

export function plainValue(encoded: string): Json {
  return plainJson(decode(encoded));
}

/** Encoded values longer than this many times the preview are shown as recorded, without decoding all of them. */
const DECODE_FACTOR = 64;

/** One line of at most `maxLength` characters. */
export function previewOf(encoded: string, maxLength: number): string {
  const text =
    encoded.length > maxLength * DECODE_FACTOR ? encoded.slice(0, maxLength + 1) : JSON.stringify(plainValue(encoded));
  return text.length > maxLength ? `${text.slice(0, maxLength - 3)}...` : text;
}
