/**
 * Anything that was thrown, as an error record.
 *
 * R1. Never throws: a hostile value (a throwing getter, a proxy, a cycle) still gives a record.
 * R2. Bounded: messages to 16 KB, stacks to 50 frames, causes to 10; what was cut is said.
 * R3. Stacks lead to the author's source; frames of this package and of Node are left out where there are others.
 */
import type { ErrorKind, ErrorRecord, ValidationIssue } from "../model/error-record.ts";
import { WorkgraphError, type SourceSite } from "../model/workgraph-error.ts";

const MAX_MESSAGE = 16 * 1024;
const MAX_FRAMES = 50;
const MAX_CAUSES = 10;

export interface ThrownContext {
  readonly kind?: ErrorKind;
  readonly code?: string;
  readonly node?: string;
  readonly issues?: readonly ValidationIssue[];
  /** Leads a stack to the author's source. */
  readonly mapStack?: (stack: string) => string;
}

function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function cut(text: string): string {
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE)}... (${text.length - MAX_MESSAGE} more characters)`;
}

function messageOf(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (typeof thrown !== "object" || thrown === null) {
    try {
      return `thrown: ${typeof thrown === "symbol" ? thrown.toString() : String(thrown as string)}`;
    } catch {
      return "thrown: a value that cannot be shown";
    }
  }
  const message = read(thrown, "message");
  if (typeof message === "string") return message;
  try {
    return `thrown: ${JSON.stringify(thrown)?.slice(0, 2000) ?? typeof thrown}`;
  } catch {
    return "thrown: an object that cannot be shown as JSON";
  }
}

const FRAME = /^\s+at /;
const SITE = /\(?((?:\/|[A-Za-z]:\\|file:\/\/|workgraph:)[^()]*?):(\d+):(\d+)\)?$/;

function framesOf(stack: string): string[] {
  const frames = stack.split("\n").filter((line) => FRAME.test(line));
  const own = frames.filter((line) => !/node:internal|\/agentic-workgraph\/(dist|src)\/|\(node:/.test(line));
  return (own.length > 0 ? own : frames).slice(0, MAX_FRAMES).map((line) => line.trim());
}

function siteOf(frame: string | undefined): SourceSite | undefined {
  const match = frame && SITE.exec(frame);
  if (!match) return undefined;
  const name = /^at (?:async )?([^(]+) \(/.exec(frame)?.[1]?.trim();
  return { file: match[1]!.replace(/^file:\/\//, ""), line: Number(match[2]), column: Number(match[3]), ...(name ? { functionName: name } : {}) };
}

export function errorRecord(thrown: unknown, context: ThrownContext = {}): ErrorRecord {
  const code = read(thrown, "code");
  const ours = thrown instanceof WorkgraphError;
  const name = read(thrown, "name");
  const rawStack = read(thrown, "stack");
  let mapped = typeof rawStack === "string" ? rawStack : "";
  try {
    mapped = context.mapStack?.(mapped) ?? mapped;
  } catch {
    // A broken map must not hide the error.
  }
  const frames = framesOf(mapped);
  const site = (ours ? thrown.site : undefined) ?? siteOf(frames[0]);
  const causes: { name: string; message: string }[] = [];
  const seen = new Set<unknown>([thrown]);
  for (let at = read(thrown, "cause"); at !== undefined && at !== null && !seen.has(at) && causes.length < MAX_CAUSES; at = read(at, "cause")) {
    seen.add(at);
    const causeName = read(at, "name");
    causes.push({ name: typeof causeName === "string" ? causeName : "Error", message: cut(messageOf(at)).slice(0, 2000) });
  }
  const inner = read(thrown, "errors");
  if (Array.isArray(inner)) for (const each of inner.slice(0, MAX_CAUSES - causes.length)) causes.push({ name: String(read(each, "name") ?? "Error"), message: messageOf(each).slice(0, 2000) });
  return {
    code: ours ? thrown.code : (context.code ?? "WG2000"),
    kind: context.kind ?? "thrown",
    name: typeof name === "string" && name !== "" ? name.slice(0, 200) : thrown instanceof Error ? "Error" : "Thrown",
    message: cut(messageOf(thrown)),
    ...(frames.length > 0 ? { stack: frames.join("\n") } : {}),
    ...(site ? { site } : {}),
    ...(!ours && (typeof code === "string" || typeof code === "number") ? { errorCode: code } : {}),
    ...(causes.length > 0 ? { causes } : {}),
    ...(context.node === undefined ? {} : { node: context.node }),
    ...(context.issues ? { issues: context.issues } : {}),
  };
}
