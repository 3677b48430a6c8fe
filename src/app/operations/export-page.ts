/**
 * A run in one page: a file that opens in a browser, without a server and without a network, as the debugger shows the run.
 *
 * Owns: what goes into the page, and the file. Leaves to model/page-document.ts: its shape; to the built pages: how it looks.
 *
 * R1. Every answer is made by the operation that would have answered a browser: the page shows what the server shows.
 * R2. Bounded: of what is too much the beginning is taken, failed items first, and how much was left out is said.
 * R3. Only reads. A run that is under way is shown as it stands.
 * R4. A file is written whole or not at all, and never over another one.
 */
import { link, rm, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { systemClock } from "../../base/clock.ts";
import type { RunId } from "../../model/ids.ts";
import {
  PAGE_DATA_ID,
  PAGE_FORMAT,
  PAGE_SCHEMA,
  type PageDocument,
  type PageLeftOut,
  type PageLists,
} from "../../model/page-document.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { EventStore, RunRow } from "../../store/store.ts";
import { runsBelow } from "../child-runs.ts";
import { findRun } from "../find-run.ts";
import { packageVersion } from "../package-version.ts";
import { isoTime } from "../run-summary.ts";
import { TELL_NOBODY, type Tell } from "../work-progress.ts";
import type { Workspace } from "../workspace.ts";
import { listGhosts } from "./coverage.ts";
import { lineage } from "./lineage.ts";
import { listArtifacts } from "./list-artifacts.ts";
import { listErrors } from "./list-errors.ts";
import { listEvents } from "./list-events.ts";
import { listItems, type ItemEntry } from "./list-items.ts";
import { listLogs } from "./list-logs.ts";
import { listRuns } from "./list-runs.ts";
import { profile } from "./profile.ts";
import { readSource } from "./read-source.ts";
import { readTimeline } from "./read-timeline.ts";
import { readValue } from "./read-value.ts";
import { readView } from "./read-view.ts";
import { showArtifact } from "./show-artifact.ts";
import { showItem } from "./show-item.ts";
import { showRun } from "./show-run.ts";
import { showTree } from "./show-tree.ts";
import { listSpans } from "./spans.ts";
import { why } from "./why.ts";

export interface ExportPageInput {
  readonly run: string;
  /** Absolute path of a file that does not exist. */
  readonly file: string;
  /** The page without a run, as it was built. */
  readonly template: string;
}

export interface ExportPageOutput {
  readonly runId: RunId;
  readonly file: string;
  readonly sizeBytes: number;
  readonly runs: number;
  readonly items: number;
  readonly events: number;
  readonly leftOut: PageLeftOut;
}

const MAX_RUNS = 200;
const MAX_DETAILS = 1_000;
const MAX_ITEMS = 50_000;
const MAX_EVENTS = 200_000;
const MAX_LOGS = 50_000;
const MAX_SPANS = 20_000;
const MAX_FOLDERS = 200;
const VALUE_CHARACTERS = 262_144;
/** Of a run and of an item, about; only for telling how far it is. */
const ANSWERS_OF_RUN = 12;
const ANSWERS_OF_ITEM = 4;

/** @param tell how many of the answers are there that the page holds */
export async function exportPage(
  workspace: Workspace,
  input: ExportPageInput,
  tell: Tell = TELL_NOBODY,
): Promise<ExportPageOutput> {
  const { run } = await findRun(workspace.store, input.run);
  if (run.forgottenAt !== undefined)
    throw new WorkgraphError("WG4062", `run ${run.runId} was forgotten: there is nothing left to export`);
  const document = await new PageWriter(workspace, tell).document(run);
  const html = withRun(input.template, document);
  await writeNew(input.file, html);
  const lists = Object.values(document.lists);
  return {
    runId: run.runId,
    file: input.file,
    sizeBytes: Buffer.byteLength(html),
    runs: lists.length,
    items: lists.reduce((sum, { items }) => sum + items.length, 0),
    events: lists.reduce((sum, { events }) => sum + events.length, 0),
    leftOut: document.leftOut,
  };
}

class PageWriter {
  readonly #workspace: Workspace;
  readonly #answers: Record<string, unknown> = {};
  readonly #leftOut: { -readonly [K in keyof PageLeftOut]: number } = {
    runs: 0,
    itemDetails: 0,
    items: 0,
    events: 0,
    logs: 0,
  };
  readonly #tell: Tell;
  #details = 0;
  #taken = 0;
  #expected = 1;

  constructor(workspace: Workspace, tell: Tell) {
    this.#workspace = workspace;
    this.#tell = tell;
  }

  async document(root: RunRow): Promise<PageDocument> {
    const rows = await treeOf(this.#workspace.store, root);
    this.#leftOut.runs = Math.max(0, rows.length - MAX_RUNS);
    const told = rows.slice(0, MAX_RUNS);
    const items = told.reduce((sum, { counts }) => sum + total(counts), 0);
    this.#expected = told.length * ANSWERS_OF_RUN + Math.min(MAX_DETAILS, items) * ANSWERS_OF_ITEM;
    const lists: Record<string, PageLists> = {};
    for (const row of told) lists[row.runId] = await this.#run(row.runId);
    return {
      format: PAGE_FORMAT,
      schema: PAGE_SCHEMA,
      root: root.runId,
      by: await packageVersion(),
      exportedAt: isoTime(systemClock.now()),
      answers: this.#answers,
      lists,
      leftOut: this.#leftOut,
    };
  }

  /** Answers as they were asked for, by address; what cannot be answered (no output, no source) is simply not there. */
  async #take(path: string, answer: Promise<unknown>): Promise<void> {
    try {
      this.#answers[path] = await answer;
    } catch (error) {
      if (!(error instanceof WorkgraphError)) throw error;
    }
    const total = this.#expected;
    this.#tell({ done: Math.min(++this.#taken, total), total, unit: "answers" });
  }

  async #run(run: RunId): Promise<PageLists> {
    const workspace = this.#workspace;
    const at = `/api/runs/${run}`;
    await this.#take(at, showRun(workspace, { run }));
    await this.#take(`${at}/view`, readView(workspace, { run }));
    await this.#take(`${at}/tree?limit=1`, showTree(workspace, { run, limit: 1 }));
    await this.#take(`${at}/timeline`, readTimeline(workspace, { run }));
    await this.#take(`${at}/timeline?waits=told`, readTimeline(workspace, { run, waits: "told" }));
    await this.#take(`${at}/profile?limit=1`, profile(workspace, { run, limit: 1 }));
    await this.#take(`${at}/source`, readSource(workspace, { run }));
    await this.#take(`${at}/ghosts`, listGhosts(workspace, { run }));
    await this.#take(`${at}/errors?limit=50`, listErrors(workspace, { run, limit: 50 }));
    for (const what of ["input", "output"] as const) {
      const asked = { address: run, of: what, length: VALUE_CHARACTERS };
      await this.#take(`/api/values/${run}?length=${VALUE_CHARACTERS}&of=${what}`, readValue(workspace, asked));
    }
    await this.#artifacts(run, at);
    const items = await listItems(workspace, { run, values: "preview", limit: MAX_ITEMS });
    const events = await listEvents(workspace, { run, values: "preview", limit: MAX_EVENTS });
    const logs = await listLogs(workspace, { run, limit: MAX_LOGS });
    if (items.truncated) this.#leftOut.items += Math.max(1, (items.total ?? 0) - items.items.length);
    if (events.truncated) this.#leftOut.events += Math.max(1, (events.total ?? 0) - events.events.length);
    if (logs.truncated) this.#leftOut.logs += 1;
    await this.#itemsOf(items.items);
    const spans = await listSpans(workspace, { run, limit: MAX_SPANS });
    const below = await listRuns(workspace, { parent: run, limit: MAX_RUNS });
    return { items: items.items, events: events.events, logs: logs.lines, spans, children: below.runs };
  }

  /** R2. */
  async #itemsOf(items: readonly ItemEntry[]): Promise<void> {
    const workspace = this.#workspace;
    const isBad = ({ status }: ItemEntry): boolean => status === "failed" || status === "abandoned";
    const order = [...items.filter(isBad), ...items.filter((item) => !isBad(item))];
    for (const { address } of order) {
      if (this.#details >= MAX_DETAILS) {
        this.#leftOut.itemDetails++;
        continue;
      }
      this.#details++;
      const at = `/api/items/${address}`;
      await this.#take(at, showItem(workspace, { item: address }));
      await this.#take(`${at}/why`, why(workspace, { item: address }));
      for (const direction of ["from", "into"] as const)
        await this.#take(
          `${at}/lineage?direction=${direction}&limit=100`,
          firstPage(lineage(workspace, { address, direction, limit: 100 })),
        );
    }
  }

  async #artifacts(run: RunId, at: string): Promise<void> {
    const asked = listArtifacts(this.#workspace, { run, limit: MAX_FOLDERS });
    await this.#take(`${at}/artifacts?limit=${MAX_FOLDERS}`, asked);
    const { artifacts } = await asked.catch(() => ({ artifacts: [] }));
    for (const { selector } of artifacts) {
      const query = new URLSearchParams([
        ["limit", "100"],
        ["selector", selector],
      ]);
      await this.#take(
        `/api/artifact?${query.toString()}`,
        showArtifact(this.#workspace, { selector, limit: 100, from: this.#workspace.project.root }),
      );
    }
  }
}

function total(counts: RunRow["counts"]): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Nobody can be asked for the next one. */
async function firstPage<T extends { readonly cursor?: string }>(page: Promise<T>): Promise<Omit<T, "cursor">> {
  const { cursor, ...rest } = await page;
  void cursor;
  return rest;
}

/** The run, then what is below it, nearest first. */
async function treeOf(store: EventStore, root: RunRow): Promise<readonly RunRow[]> {
  const below = await runsBelow(store, root);
  const rows: RunRow[] = [root];
  for (let at = 0; at < rows.length; at++) rows.push(...(below.get(rows[at]!.runId) ?? []));
  return rows;
}

/** Packed and as base64 the document holds nothing that a page could take for markup. */
function withRun(template: string, document: PageDocument): string {
  const packed = gzipSync(JSON.stringify(document)).toString("base64");
  const data = `<script type="application/octet-stream" id="${PAGE_DATA_ID}">${packed}</script>\n`;
  const at = template.indexOf("<body>");
  return `${template.slice(0, at + 6)}\n${data}${template.slice(at + 6)}`;
}

/** R4. */
async function writeNew(file: string, text: string): Promise<void> {
  const staged = `${file}.${process.pid}.part`;
  try {
    await writeFile(staged, text);
    await link(staged, file);
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === "EEXIST";
    throw new WorkgraphError(
      "WG4062",
      isThere ? `"${file}" exists already` : `"${file}" cannot be written: ${(cause as Error).message}`,
      { hint: "Name a file that does not exist, in a folder that may be written to.", cause },
    );
  } finally {
    await rm(staged, { force: true });
  }
}
