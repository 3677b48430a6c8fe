/**
 * The text of a gathered set, as one encoded array.
 *
 * R1. Values are joined as text: a gather of 100,000 items decodes once, in the consumer.
 */
import { jsonText } from "../base/primordials.ts";
import { encode } from "../model/codec.ts";
import type { ValueKey } from "../store/store.ts";
import type { Cause } from "./cell.ts";
import type { Output } from "./output.ts";
import type { RunCore } from "./run-core.ts";

interface SettledCell {
  readonly output: Output;
  readonly ordinal: number;
}

function settledFailure(run: RunCore, cell: SettledCell): string {
  const state = cell.output.cell(cell.ordinal) === "failed" ? "failed" : "skipped";
  const cause: Cause | undefined = cell.output.causes(cell.ordinal)[0];
  const error = cause && run.failures.get(cause)?.error;
  return encode({ status: state, error: error ?? unknownError(), path: cell.output.domain.path(cell.ordinal) });
}

export function unknownError(): {
  readonly code: string;
  readonly kind: "cancelled";
  readonly name: string;
  readonly message: string;
} {
  return { code: "WG2004", kind: "cancelled", name: "Cancelled", message: "cancelled before it had a result" };
}

async function gatheredText(
  run: RunCore,
  cells: readonly SettledCell[],
  as: { readonly settled: boolean },
): Promise<string> {
  const ok: ValueKey[] = [];
  for (const cell of cells) if (cell.output.cell(cell.ordinal) === "ok") ok.push(cell.output.valueKey(cell.ordinal));
  const texts = await run.values.load(ok);
  if (!as.settled) return `[${texts.join(",")}]`;
  let next = 0;
  const parts = cells.map((cell) => {
    if (cell.output.cell(cell.ordinal) !== "ok") return settledFailure(run, cell);
    return `{"status":"ok","value":${texts[next++]!},"path":${jsonText(cell.output.domain.path(cell.ordinal))}}`;
  });
  return `[${parts.join(",")}]`;
}

/** Items of a gathered set that are brought together over several turns. */
const LARGE_SET = 4096;

/** The texts of all gathered parameters of one item, and how many items they lack. */
export async function gatherSets(
  run: RunCore,
  sets: readonly { readonly param: string; readonly cells: readonly SettledCell[] }[],
  as: { readonly settled: boolean },
): Promise<{ readonly texts: Readonly<Record<string, string>>; readonly missing: number }> {
  const texts: Record<string, string> = {};
  let missing = 0;
  for (const { param, cells } of sets) {
    if (cells.length > LARGE_SET) await new Promise<void>((resolve) => setImmediate(resolve));
    if (!as.settled) missing += cells.filter(({ output, ordinal }) => output.cell(ordinal) !== "ok").length;
    texts[param] = await gatheredText(run, cells, as);
  }
  return { texts, missing };
}
