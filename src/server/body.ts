/**
 * The body of a request: JSON, bounded, plain.
 *
 * R1. Read while it comes, and no further than the limit: what a header says of its length is not believed.
 * R2. One object. Nothing in it can reach a prototype, whatever is done with it later.
 */
import { WorkgraphError } from "../model/workgraph-error.ts";

export const MAX_BODY_BYTES: number = 4 * 1024 * 1024;
const MAX_DEPTH = 100;

export async function readJsonBody(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const text = await readText(request, MAX_BODY_BYTES);
  if (text.trim() === "") return {};
  const value = plainJsonOf(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new WorkgraphError("WG6009", "the body is not a JSON object");
  }
  return value as Readonly<Record<string, unknown>>;
}

/** R2. */
export function plainJsonOf(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WorkgraphError("WG6009", `the body is not JSON: ${(cause as Error).message.slice(0, 200)}`, { cause });
  }
  refuseHostile(value, 1);
  return value;
}

/** R1. */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const said = Number(request.headers.get("content-length") ?? 0);
  if (!(said <= maxBytes)) throw tooLarge(maxBytes);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [text, bytes] = ["", 0];
  try {
    for await (const chunk of request.body ?? []) {
      bytes += chunk.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new WorkgraphError("WG6009", "the body is not text in UTF-8, or it broke off", { cause });
  }
}

function tooLarge(maxBytes: number): WorkgraphError {
  return new WorkgraphError("WG6008", `the body is larger than ${maxBytes} bytes`);
}

/** R2. */
function refuseHostile(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > MAX_DEPTH) throw new WorkgraphError("WG6009", `the body is nested deeper than ${MAX_DEPTH}`);
  for (const [key, inner] of Object.entries(value)) {
    if (key === "__proto__" || (key === "constructor" && isObjectWith(inner, "prototype"))) {
      throw new WorkgraphError("WG6009", `the body has the key "${key}", which means something else to JavaScript`);
    }
    refuseHostile(inner, depth + 1);
  }
}

function isObjectWith(value: unknown, key: string): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}
