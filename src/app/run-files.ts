/**
 * Files of runs that a server makes: begun, followed as a long answer, downloaded, taken away.
 *
 * Owns: how many there are, and how long they stay. Leaves to operations/export-file.ts: what stands in one; to export-files.ts: where they
 * lie; to long-works.ts: making them.
 *
 * R1. There are at most `maxFiles`, those being made among them. For a further one the oldest goes that was downloaded; where there is
 *     none, the further one is refused.
 * R2. A file stays while somebody downloads it, and for `fileKeptMs` behind the last time that somebody asked after it.
 */
import { join } from "node:path";
import type { Project } from "../model/config.ts";
import { FORMAT_ENDINGS, type RunFormat } from "../model/run-format.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { EventStore, RunRow } from "../store/store.ts";
import { ExportFiles } from "./export-files.ts";
import { findRun } from "./find-run.ts";
import { isGoing, type LongWorks, type Work } from "./long-works.ts";
import type { ExportFileInput } from "./operations/export-file.ts";
import { isoTime } from "./run-summary.ts";

export interface RunFilesOptions {
  /** How long a file is kept that nobody asks after; default 10 min. */
  readonly fileKeptMs?: number;
  /** Files at once; default 8. */
  readonly maxFiles?: number;
  /** The page that a run is exported into, without a run. */
  readonly offlinePage?: () => Promise<string>;
}

export type RunFileOrder = Pick<ExportFileInput, "run" | "format" | "files">;

/** A file that lies ready. */
export interface ReadyFile {
  readonly folder: string;
  readonly name: string;
  readonly format: RunFormat;
  /** To be called when the download has ended. */
  readonly ended: () => void;
}

const MAX_FILES = 8;
const FILE_KEPT_MS = 10 * 60_000;
/** Longer than for a question: a script may come back for it later. */
const UNASKED_MS = 5 * 60_000;

export class RunFiles {
  readonly #works: LongWorks;
  readonly #options: RunFilesOptions;
  readonly #lying: ExportFiles;
  /** By id of the work. */
  readonly #made: Map<string, { readonly name: string; readonly format: RunFormat; downloads: number }> = new Map();

  constructor(project: Project, works: LongWorks, options: RunFilesOptions) {
    this.#works = works;
    this.#options = options;
    this.#lying = new ExportFiles(project);
  }

  /**
   * Begins to make a file, or gives the work that makes the same one.
   *
   * @throws WorkgraphError WG5001, WG5010 for the run, WG4062 for one that was forgotten, WG6119 when there are too many (R1)
   */
  async begin(store: EventStore, { run: reference, format, files }: RunFileOrder): Promise<Work> {
    const { run } = await findRun(store, reference);
    if (run.forgottenAt !== undefined)
      throw new WorkgraphError("WG4062", `run ${run.runId} was forgotten: there is nothing left to export`);
    if (files === "included" && format !== "workgraph") {
      throw new WorkgraphError("WG6010", `files of artifacts travel in the format "workgraph", not in "${format}"`, {
        hint: 'Leave "files" out.',
      });
    }
    const order: RunFileOrder = { run: run.runId, format, ...(files === undefined ? {} : { files }) };
    const key = `file ${run.seq} ${JSON.stringify(order)}`;
    return this.#works.same(key) ?? this.#begin(key, order, { run, events: await eventsBelow(store, run.root) });
  }

  #begin(key: string, order: RunFileOrder, { run, events }: { readonly run: RunRow; readonly events: number }): Work {
    this.#makeRoom();
    const { format } = order;
    const name = `${run.workflow}-${run.runId}.${FORMAT_ENDINGS[format]}`;
    const { offlinePage = noPage, fileKeptMs = FILE_KEPT_MS } = this.#options;
    const work = this.#works.begin({
      key,
      name: "exports.start",
      kind: "file",
      events,
      unaskedMs: UNASKED_MS,
      keptMs: fileKeptMs,
      request: async (id) => {
        const template = format === "html" ? { template: await offlinePage() } : {};
        const file = join(await this.#lying.make(id), name);
        return { kind: "file", input: { ...order, ...template, file }, events };
      },
      remove: async (id) => {
        this.#made.delete(id);
        await this.#lying.remove(id);
      },
    });
    this.#made.set(work.id, { name, format, downloads: 0 });
    return work;
  }

  /** R1. */
  #makeRoom(): void {
    const { maxFiles = MAX_FILES } = this.#options;
    const works = this.#works.of("file").filter((work) => isGoing(work) || work.status === "completed");
    if (works.length < maxFiles) return;
    const fetched = works.find(({ id, holders }) => holders === 0 && (this.#made.get(id)?.downloads ?? 0) > 0);
    if (fetched !== undefined) return this.#works.forget(fetched);
    throw new WorkgraphError("WG6119", `${works.length} files of runs are being made or wait to be downloaded`, {
      hint: "Download one of them, or cancel one that is being made; then ask again.",
    });
  }

  /** What the answer of such a work tells beside what was written. */
  toldOf(work: Work): object {
    const { name } = this.#made.get(work.id) ?? {};
    const { keptUntil } = work;
    return {
      name,
      path: `/api/exports/${work.id}`,
      ...(keptUntil === undefined ? {} : { keptUntil: isoTime(keptUntil) }),
    };
  }

  /** @throws WorkgraphError WG6115 for an id that there is not, WG6121 for what is no file, or none so far. */
  take(id: string): ReadyFile {
    const work = this.#works.find(id);
    const made = this.#made.get(id);
    if (made === undefined || work.status !== "completed") {
      throw new WorkgraphError("WG6121", `there is no file of "${id}": ${work.name} is ${work.status}`, {
        hint: `/api/operations/${id}?waitMs=15000 says how it stands; an export that is completed has a file.`,
      });
    }
    made.downloads++;
    return {
      folder: this.#lying.folderOf(id),
      name: made.name,
      format: made.format,
      ended: this.#works.hold(work),
    };
  }

  /** Removes what servers left that are gone. */
  sweep(): Promise<void> {
    return this.#lying.sweep();
  }

  close(): Promise<void> {
    return this.#lying.close();
  }
}

/** Of a run and all that stand above, beside and below it. */
export async function eventsBelow(store: EventStore, root: RunRow["root"]): Promise<number> {
  const { runs } = await store.runs({ root, limit: 1_000 });
  return runs.reduce((sum, { seq }) => sum + seq, 0);
}

async function noPage(): Promise<string> {
  throw new WorkgraphError("WG4069", "nothing here has the page that a run is exported into");
}
