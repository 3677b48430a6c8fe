/**
 * Full text over what runs recorded.
 *
 * Owns: what is asked, how a hit is shown, and bringing the index up to date for who asks alone. Leaves to store/search.ts: what
 * words mean and where they are kept.
 *
 * R1. Every answer says what is not searched yet. A server indexes in its idle time; without one, whoever may write does it first,
 *     for a bounded time (`indexFor`).
 * R2. A hit tells the version of its run: what one version recorded is not taken for what another did.
 */
import { formatAddress, type RunId } from "../../model/ids.ts";
import type { SearchHit, SearchKind, SearchLag } from "../../store/search.ts";
import { systemClock } from "../../base/clock.ts";
import { findRun } from "../find-run.ts";
import { limitOf, type PageRequest } from "../paging.ts";
import { isoTime } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface SearchInput extends PageRequest {
  readonly text: string;
  /** Default: all. */
  readonly kinds?: readonly SearchKind[];
  readonly workflow?: string;
  /** Only within this run. */
  readonly run?: string;
}

export interface SearchEntry {
  readonly kind: SearchKind;
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  /** RUN, RUN.CALL or RUN.CALL.ITEM. */
  readonly address: string;
  /** Of errors and values: the event that recorded it. */
  readonly seq?: number;
  /** Of log lines: their id. */
  readonly line?: number;
  readonly time: string;
  readonly snippet: string;
}

export interface SearchOutput {
  readonly hits: readonly SearchEntry[];
  readonly truncated: boolean;
  readonly cursor?: string;
  /** Events and log lines that are not searched yet; at least so many where `more`. Errors never lag. */
  readonly lag: SearchLag;
}

export async function search({ store }: Workspace, input: SearchInput): Promise<SearchOutput> {
  const { text, kinds, workflow, cursor } = input;
  const limit = limitOf(input, { default: 50, max: 200 });
  const runId = input.run === undefined ? undefined : (await findRun(store, input.run)).run.runId;
  const page = await store.search({
    text,
    limit,
    ...(kinds === undefined ? {} : { kinds }),
    ...(workflow === undefined ? {} : { workflow }),
    ...(runId === undefined ? {} : { runId }),
    ...(cursor === undefined ? {} : { after: cursor }),
  });
  const versions = new Map<RunId, string>();
  for (const id of new Set(page.hits.map((hit) => hit.runId))) versions.set(id, (await store.run(id))?.version ?? "");
  const lag = await store.searchLag();
  return {
    hits: page.hits.map((hit) => entryOf(hit, versions.get(hit.runId) ?? "")),
    truncated: page.next !== undefined,
    ...(page.next === undefined ? {} : { cursor: page.next }),
    lag,
  };
}

/** Rounds of indexing, so that a writer of the same store waits for none of them long. */
const ROUND_MS = 100;

/** Brings words in for at most about `budgetMs`. */
export async function indexFor({ store }: Workspace, budgetMs: number): Promise<SearchLag> {
  const until = systemClock.perf() + budgetMs;
  for (;;) {
    const lag = await store.indexSome(Math.max(1, Math.min(ROUND_MS, until - systemClock.perf())));
    if ((lag.events === 0 && lag.lines === 0) || systemClock.perf() >= until) return lag;
  }
}

function entryOf(hit: SearchHit, version: string): SearchEntry {
  const { kind, runId, workflow, call, item, seq, line, at, snippet } = hit;
  const address =
    call === undefined ? runId : item === undefined ? `${runId}.${call}` : formatAddress(runId, call, item);
  return {
    kind,
    runId,
    workflow,
    version,
    address,
    ...(seq === undefined ? {} : { seq }),
    ...(line === undefined ? {} : { line }),
    time: isoTime(at),
    snippet,
  };
}
