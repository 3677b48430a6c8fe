/** How services are talked to: what is worth another attempt, and what is not. */
import { FatalError } from "agentic-workgraph";
import type { z } from "zod";

/** Answers above this are not read. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_SHOWN = 300;

/** @throws FatalError for what asking again cannot change (4xx but 408, 425, 429), Error for anything else. */
export async function bytesOf(response: Response): Promise<Uint8Array> {
  if (!response.ok) throw await refusal(response);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > MAX_BYTES) throw new FatalError(`${response.url} sent more than ${MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

export async function jsonOf<Content>(response: Response, schema: z.ZodType<Content>): Promise<Content> {
  const text = Buffer.from(await bytesOf(response)).toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${response.url} answered something that is not JSON: ${text.slice(0, MAX_SHOWN)}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(
    `${response.url} answered something else than documented: ${issue?.path.join(".")} ${issue?.message}`,
  );
}

async function refusal(response: Response): Promise<Error> {
  const text = (await response.text().catch(() => "")).slice(0, MAX_SHOWN);
  const message = `${response.url} answered ${response.status}: ${text}`;
  const again = response.status >= 500 || [408, 425, 429].includes(response.status);
  return again ? new Error(message) : new FatalError(message);
}

/** Waits, unless it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
