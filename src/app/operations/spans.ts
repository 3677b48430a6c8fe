/** The span tree of a run, out of its log: no collector is needed. */
import { formatAddress, type RunId } from "../../model/ids.ts";
import { spansBelow } from "../../model/page-document.ts";
import { traceIdOf } from "../../store/span-line.ts";
import type { Span } from "../../telemetry/span.ts";
import { findRun } from "../find-run.ts";
import { cursorOf, limitOf, type Page, type PageRequest } from "../paging.ts";
import { spansOf } from "../run-spans.ts";
import type { Workspace } from "../workspace.ts";

export interface ListSpansInput extends PageRequest {
  /** A run, a call or an item: then its spans and those below. */
  readonly run: string;
}

export interface ListSpansOutput extends Page {
  readonly runId: RunId;
  readonly traceId: string;
  /** In order of their start. */
  readonly spans: readonly Omit<Span, "traceId">[];
}

/** The cursor counts spans. */
export async function listSpans({ store }: Workspace, input: ListSpansInput): Promise<ListSpansOutput> {
  const { run, call, item } = await findRun(store, input.run);
  const limit = limitOf(input, { default: 200, max: 100_000 });
  const [first = 0] = cursorOf(input, 1) ?? [];
  const whole = await spansOf(store, run);
  const all =
    call === undefined
      ? whole
      : spansBelow(whole, item === undefined ? `${run.runId}.${call}` : formatAddress(run.runId, call, item));
  const spans = all.slice(first, first + limit).map(withoutTrace);
  const truncated = first + limit < all.length;
  const { runId, root } = run;
  const page = { runId, traceId: traceIdOf(root), spans, total: all.length, truncated };
  return truncated ? { ...page, cursor: String(first + limit) } : page;
}

/** The trace is said once, for all. */
function withoutTrace(span: Span): Omit<Span, "traceId"> {
  const { traceId, ...rest } = span;
  void traceId;
  return rest;
}
