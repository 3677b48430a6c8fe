/** What nodes logged, reported and streamed, in the order it was written. */
import { formatAddress, type CallNo, type RunId } from "../../model/ids.ts";
import { isRunEnded } from "../../model/status.ts";
import type { StoredLogLine } from "../../store/store.ts";
import { systemClock } from "../../base/clock.ts";
import { findRun, type Found } from "../find-run.ts";
import { cursorOf, limitOf, type Page, type PageRequest } from "../paging.ts";
import { plainValue, type Json } from "../plain-json.ts";
import { isoTime } from "../run-summary.ts";
import type { Workspace } from "../workspace.ts";

export interface LogEntry {
  /** Increases along a run, with gaps. */
  readonly id: number;
  /** ISO 8601. */
  readonly time: string;
  readonly address: string;
  readonly node: string;
  readonly attempt: number;
  readonly level: StoredLogLine["level"];
  readonly text: string;
  readonly fields?: Json;
}

export interface ListLogsInput extends PageRequest {
  /** A run, a call or an item. */
  readonly run: string;
  readonly levels?: readonly string[];
}

export interface ListLogsOutput extends Page {
  readonly runId: RunId;
  readonly lines: readonly LogEntry[];
}

const PAGE_LINES = 1_000;

/** The cursor is the id of the last line of the page. */
export async function listLogs({ store }: Workspace, input: ListLogsInput): Promise<ListLogsOutput> {
  const found = await findRun(store, input.run);
  const limit = limitOf(input, { default: 200, max: 100_000 });
  const reader = new LogReader({ store }, found, input.levels);
  const lines: LogEntry[] = [];
  let [after = 0] = cursorOf(input, 1) ?? [];
  while (lines.length <= limit) {
    const page = await reader.after(after);
    lines.push(...page.lines);
    if (page.last === undefined) break;
    after = page.last;
  }
  const shown = lines.slice(0, limit);
  const last = shown.at(-1);
  const truncated = lines.length > limit;
  return { runId: found.run.runId, lines: shown, truncated, ...(truncated && last ? { cursor: String(last.id) } : {}) };
}

export interface FollowLogsInput {
  readonly run: string;
  /** Number of the last line that is known; default 0. */
  readonly after?: number;
  readonly levels?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Tokens of a model are there for a reader soon after they came. */
const POLL_MS = 25;

/** Lines as they are written, until the run has ended or nobody runs it any more. */
export async function* followLogs({ store }: Workspace, input: FollowLogsInput): AsyncGenerator<LogEntry> {
  const found = await findRun(store, input.run);
  const reader = new LogReader({ store }, found, input.levels);
  for (let after = input.after ?? 0; !input.signal?.aborted;) {
    // The status is read before the lines: lines written before a run's end are then all seen.
    const row = await store.run(found.run.runId);
    const page = await reader.after(after);
    yield* page.lines;
    if (page.last !== undefined) {
      after = page.last;
      continue;
    }
    if (row === undefined || isRunEnded(row.status) || row.status === "interrupted") return;
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, POLL_MS));
  }
}

class LogReader {
  readonly #store: Workspace["store"];
  readonly #found: Found;
  readonly #levels: ReadonlySet<string> | undefined;
  #nodes: ReadonlyMap<CallNo, string> = new Map();

  constructor({ store }: Pick<Workspace, "store">, found: Found, levels: readonly string[] | undefined) {
    this.#store = store;
    this.#found = found;
    this.#levels = levels === undefined ? undefined : new Set(levels);
  }

  /** `last` is undefined when there was nothing more to read. */
  async after(id: number): Promise<{ readonly lines: readonly LogEntry[]; readonly last: number | undefined }> {
    const { run, call, item } = this.#found;
    const rows = await this.#store.logs(run.runId, {
      after: id,
      limit: PAGE_LINES,
      ...(call === undefined ? {} : { call }),
      ...(item === undefined ? {} : { item }),
    });
    if (rows.some((row) => !this.#nodes.has(row.call))) {
      this.#nodes = new Map((await this.#store.calls(run.runId)).map((row) => [row.call, row.event.node]));
    }
    // Spans are told as a tree (runs.spans), and here only when asked for.
    const wanted = rows.filter((row) => this.#levels?.has(row.level) ?? row.level !== "span");
    return { lines: wanted.map((row) => this.#entry(row)), last: rows.at(-1)?.id };
  }

  #entry(row: StoredLogLine): LogEntry {
    return {
      id: row.id,
      time: isoTime(row.at),
      address: formatAddress(this.#found.run.runId, row.call, row.item),
      node: this.#nodes.get(row.call) ?? "",
      attempt: row.attempt,
      level: row.level,
      text: row.text,
      ...(row.fields === undefined ? {} : { fields: plainValue(row.fields) }),
    };
  }
}
