/** One event in a line, and its colour by what it says. */
import type { EventEntry } from "../api/answers.ts";

export function eventClass(type: string): string {
  if (/failed|diverged/.test(type)) return "event-failed";
  if (/retrying|cancel|superseded/.test(type)) return "event-warn";
  return type.startsWith("run.") ? "event-run" : "";
}

export function eventText({ event, value }: EventEntry): string {
  const { type: _type, at: _at, ...fields } = event as unknown as Record<string, unknown>;
  const parts: string[] = [];
  if ("call" in fields) parts.push(`call ${String(fields["call"])}`);
  if ("node" in fields) parts.push(String(fields["node"]));
  if ("item" in fields) parts.push(`item ${String(fields["item"])}`);
  if ("items" in fields) parts.push(`items ${String(fields["items"])}`);
  if ("ms" in fields) parts.push(`${String(fields["ms"])} ms`);
  if ("status" in fields) parts.push(String(fields["status"]));
  const { error } = fields as { readonly error?: { readonly code: string; readonly message: string } };
  if (error) parts.push(`${error.code} ${error.message}`);
  if (value !== undefined) parts.push(`= ${value}`);
  return parts.length > 0 ? parts.join("  ") : JSON.stringify(fields);
}
