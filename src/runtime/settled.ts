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

export interface SettledCell {
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

export async function gatheredText(
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
