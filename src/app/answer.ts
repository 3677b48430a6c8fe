/**
 * Answers that fit: no way in sends more than it was allowed, whatever is asked for.
 *
 * R1. A list that does not fit is asked for again with a smaller limit: its cursor then goes on where it was cut.
 * R2. Anything else that does not fit is an error which says how to ask for less, never a cut document.
 */
import type { Operation } from "../model/operations/operation.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

/** Of one answer over HTTP. */
export const MAX_ANSWER_BYTES = 1_000_000;

/** Of what was asked for, to hit the size at the second try most times. */
const SAFETY = 0.9;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The answer as JSON text of at most `maxBytes`.
 *
 * @throws WorkgraphError WG6011 when it cannot be made to fit.
 */
export async function answerWithin(
  operation: Operation,
  ask: (input: Fields) => Promise<unknown>,
  request: { readonly input: Fields; readonly maxBytes: number },
): Promise<string> {
  let { input } = request;
  for (;;) {
    const answer = await ask(input);
    const text = JSON.stringify(answer);
    const bytes = Buffer.byteLength(text);
    if (bytes <= request.maxBytes) return text;
    const page = operation.list === undefined ? undefined : (answer as Fields)[operation.list];
    if (!Array.isArray(page) || page.length <= 1) throw tooLong(operation, bytes, request.maxBytes);
    const limit = Math.max(1, Math.floor((page.length * request.maxBytes * SAFETY) / bytes));
    input = { ...input, limit };
  }
}

const ASK_FOR_LESS: Readonly<Record<string, string>> = {
  "graph.read": 'Ask for the shape "folded": one vertex per call site.',
  "source.read": 'Name one file with "file".',
  "runs.show": 'Ask for fewer calls with "limit".',
  "items.show": "Read its values with values.read, in parts.",
};

function tooLong(operation: Operation, bytes: number, maxBytes: number): WorkgraphError {
  return new WorkgraphError("WG6011", `the answer of "${operation.name}" is ${bytes} bytes, more than ${maxBytes}`, {
    hint: ASK_FOR_LESS[operation.name] ?? "Ask for a part: one item, one value, or a range of it.",
    details: { operation: operation.name, bytes, maxBytes },
  });
}
