/**
 * From a query string to the input of an operation: text becomes what the schema of the field takes.
 *
 * R1. What does not read as the field's type is passed on as text: the check of the operation says what is wrong with it.
 * R2. A field that takes a list may be given several times or with commas; one that takes an object as `field=key=value`.
 */
import { z } from "zod";
import type { Operation } from "../model/operations/operation.ts";

export function inputOfQuery(operation: Operation, query: URLSearchParams): Readonly<Record<string, unknown>> {
  const input: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const name of new Set(query.keys())) {
    const given = query.getAll(name);
    const field = operation.input.shape[name];
    input[name] = field === undefined ? given[0] : valueOf(field, given);
  }
  return { ...input };
}

function valueOf(field: z.core.$ZodType, given: readonly string[]): unknown {
  const type = field instanceof z.ZodOptional ? field.unwrap() : field;
  if (type instanceof z.ZodArray) return given.flatMap((text) => text.split(",")).filter((text) => text !== "");
  if (type instanceof z.ZodRecord) return Object.fromEntries(given.map(pairOf));
  if (given.length > 1) return given;
  const [text = ""] = given;
  if (type instanceof z.ZodNumber) return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  if (type instanceof z.ZodBoolean) return text === "true" ? true : text === "false" ? false : text;
  return text;
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  return at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
