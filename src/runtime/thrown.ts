/**
 * Anything that was thrown, as an error record.
 *
 * R1. Never throws: a hostile value (a throwing getter, a proxy, a cycle) still gives a record.
 * R2. Bounded: messages to 16 KB, stacks to 50 frames, causes to 10; what was cut is said.
 * R3. Stacks lead to the author's source; frames of this package and of Node are left out where there are others, and of errors of
 *     our own always.
 * R4. Secrets are taken out before anything is cut: half a secret would no longer be known as one.
 */
import { fileURLToPath } from "node:url";
import type { ErrorKind, ErrorRecord, ValidationIssue } from "../model/error-record.ts";
import { WorkgraphError, type SourceSite } from "../model/workgraph-error.ts";
import { originalSite } from "../trace/site.ts";

const MAX_MESSAGE = 16 * 1024;
/** A message far beyond the bound is cut before secrets are looked for: 20 MB of it are not read for nothing. */
const MAX_READ = 4 * MAX_MESSAGE;
const MAX_CAUSE_MESSAGE = 2000;
const MAX_NAME = 200;
const MAX_FRAMES = 50;
const MAX_CAUSES = 10;
const MAX_ISSUES = 100;
/** Of an object that is no error: fields shown, and levels of them. */
const MAX_FIELDS = 20;
const MAX_LEVELS = 3;

export interface ThrownContext {
  readonly kind?: ErrorKind;
  readonly code?: string;
  readonly node?: string;
  readonly issues?: readonly ValidationIssue[];
  /** Leads a stack to the author's source. */
  readonly mapStack?: (stack: string) => string;
  /** R4. */
  readonly redact?: (text: string) => string;
}

export function errorRecord(thrown: unknown, context: ThrownContext = {}): ErrorRecord {
  const redact = context.redact ?? ((text) => text);
  const code = read(thrown, "code");
  const ours = quietly(() => thrown instanceof WorkgraphError) ? (thrown as WorkgraphError) : undefined;
  const frames = framesOf(thrown, context.mapStack)
    .filter((frame) => ours === undefined || !isOurs(frame))
    .map((frame) => redact(frame).slice(0, MAX_CAUSE_MESSAGE));
  const site = ours?.site ? originalSite(ours.site) : siteOf(authorFrame(frames));
  const causes = causesOf(thrown, redact);
  const issues = context.issues?.slice(0, MAX_ISSUES).map(({ path, message }) => ({
    path: path.map((key) => (typeof key === "string" ? redact(key) : key)),
    message: bounded(redact(message), MAX_CAUSE_MESSAGE),
  }));
  return {
    code: ours?.code ?? context.code ?? "WG2000",
    kind: context.kind ?? "thrown",
    name: nameOf(thrown, redact),
    message: withoutCode(messageOf(thrown, redact, MAX_MESSAGE), ours?.code),
    ...(ours?.hint === undefined ? {} : { hint: redact(ours.hint) }),
    ...(frames.length > 0 ? { stack: frames.join("\n") } : {}),
    ...(site ? { site } : {}),
    ...(ours === undefined && (typeof code === "string" || typeof code === "number")
      ? { errorCode: typeof code === "string" ? redact(code).slice(0, MAX_NAME) : code }
      : {}),
    ...(causes.length > 0 ? { causes } : {}),
    ...(context.node === undefined ? {} : { node: context.node }),
    ...(issues ? { issues } : {}),
  };
}

// ---- reading what may be hostile (R1)

function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

function read(value: unknown, key: string): unknown {
  if (value === null || value === undefined) return undefined;
  return quietly(() => (value as Record<string, unknown>)[key]);
}

function bounded(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}... (${text.length - max} more characters)`;
}

function nameOf(thrown: unknown, redact: (text: string) => string): string {
  const name = read(thrown, "name");
  if (typeof name === "string" && name !== "") return redact(name.slice(0, MAX_READ)).slice(0, MAX_NAME);
  return quietly(() => thrown instanceof Error) ? "Error" : "Thrown";
}

function messageOf(thrown: unknown, redact: (text: string) => string, max: number): string {
  const text = rawMessage(thrown, redact);
  if (text.length <= MAX_READ) return bounded(redact(text), max);
  const clean = redact(text.slice(0, MAX_READ)).slice(0, max);
  return `${clean}... (${text.length - clean.length} more characters)`;
}

/** An error of ours begins with its code, which the record has in a field of its own. */
function withoutCode(message: string, code: string | undefined): string {
  return code !== undefined && message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
}

function rawMessage(thrown: unknown, redact: (text: string) => string): string {
  if (typeof thrown === "string") return thrown;
  const message = typeof thrown === "object" ? read(thrown, "message") : undefined;
  if (typeof message === "string" && (message !== "" || quietly(() => thrown instanceof Error))) return message;
  return `thrown: ${quietly(() => preview(thrown, MAX_LEVELS, redact)) ?? "an object that cannot be read"}`;
}

/** A value in a message. Runs no more of its code than its getters. */
function preview(value: unknown, levels: number, redact: (text: string) => string): string {
  switch (typeof value) {
    case "string":
      return `"${bounded(redact(value.slice(0, MAX_READ)), MAX_NAME)}"`;
    case "function":
      return "a function";
    case "bigint":
      return `${value}n`;
    case "object":
      if (value === null) return "null";
      return previewFields(value, levels, redact);
    case "symbol":
      return value.toString();
    default:
      return String(value);
  }
}

function previewFields(value: object, levels: number, redact: (text: string) => string): string {
  const brackets = Array.isArray(value) ? "[]" : "{}";
  const keys = Object.keys(value);
  if (keys.length === 0) return brackets;
  if (levels === 0) return `${brackets[0]}...${brackets[1]}`;
  const parts = keys.slice(0, MAX_FIELDS).map((key) => {
    let shown: string;
    try {
      shown = preview((value as Record<string, unknown>)[key], levels - 1, redact);
    } catch {
      shown = "a getter that throws";
    }
    return brackets === "[]" ? shown : `${redact(key.slice(0, MAX_READ)).slice(0, MAX_NAME)}: ${shown}`;
  });
  if (keys.length > MAX_FIELDS) parts.push(`and ${keys.length - MAX_FIELDS} more`);
  return brackets === "[]" ? `[${parts.join(", ")}]` : `{ ${parts.join(", ")} }`;
}

/** The chain of causes, then the errors of an AggregateError. */
function causesOf(
  thrown: unknown,
  redact: (text: string) => string,
): { readonly name: string; readonly message: string }[] {
  const seen = new Set<unknown>([thrown]);
  const found: unknown[] = [];
  for (
    let at = read(thrown, "cause");
    at !== undefined && at !== null && !seen.has(at) && found.length < MAX_CAUSES;
    at = read(at, "cause")
  ) {
    seen.add(at);
    found.push(at);
  }
  const inner = read(thrown, "errors");
  if (quietly(() => Array.isArray(inner)))
    found.push(...(quietly(() => (inner as unknown[]).slice(0, MAX_CAUSES - found.length)) ?? []));
  return found.map((each) => ({ name: nameOf(each, redact), message: messageOf(each, redact, MAX_CAUSE_MESSAGE) }));
}

// ---- stacks (R3)

const FRAME = /^\s+at /;
const SITE = /\(?((?:\/|[A-Za-z]:[\\/]|file:\/\/|workgraph:)[^()]*?):(\d+):(\d+)\)?$/;
/** Folder of this package's code, as a stack may name it: src/ or dist/, as path and as URL. */
const PACKAGE_URL = new URL("..", import.meta.url).href;
const PACKAGE_PATH = fileURLToPath(PACKAGE_URL);

function isOurs(frame: string): boolean {
  return (
    frame.includes("node:internal") ||
    frame.includes("(node:") ||
    frame.includes("at node:") ||
    frame.includes(PACKAGE_PATH) ||
    frame.includes(PACKAGE_URL)
  );
}

function framesOf(thrown: unknown, mapStack: ThrownContext["mapStack"]): string[] {
  const stack = read(thrown, "stack");
  if (typeof stack !== "string") return [];
  // The message stands before the frames, and may hold lines that look like some.
  const message = read(thrown, "message");
  const after = typeof message === "string" && message !== "" ? stack.indexOf(message) : -1;
  const bare = (after < 0 ? stack : stack.slice(after + (message as string).length)).slice(0, MAX_READ);
  // A broken map must not hide the error.
  const mapped = quietly(() => mapStack?.(bare)) ?? bare;
  const frames = mapped.split("\n").filter((line) => FRAME.test(line));
  const own = frames.filter((line) => !isOurs(line));
  return (own.length > 0 ? own : frames).slice(0, MAX_FRAMES).map((line) => line.trim());
}

/** The frame to show: not one of a package, where there is another; never one of ours, which says nothing to anybody. */
function authorFrame(frames: readonly string[]): string | undefined {
  const own = frames.filter((frame) => !isOurs(frame));
  return own.find((frame) => SITE.test(frame) && !frame.includes("/node_modules/")) ?? own[0];
}

function siteOf(frame: string | undefined): SourceSite | undefined {
  const match = frame && SITE.exec(frame);
  if (!match) return undefined;
  const file = match[1]!;
  const name = /^at (?:async )?([^(]+) \(/.exec(frame)?.[1]?.trim();
  return {
    file: file.startsWith("file://") ? (quietly(() => fileURLToPath(file)) ?? file) : file,
    line: Number(match[2]),
    column: Number(match[3]),
    ...(name ? { functionName: name } : {}),
  };
}
