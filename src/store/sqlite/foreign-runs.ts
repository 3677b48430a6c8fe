/**
 * Runs that come from another store, and blocks for those that go to one.
 *
 * Owns: writing a log that was hashed elsewhere, with its index, in one transaction. Leaves to imports.ts: whether it is believed; to
 * owned-run.ts: what owners write.
 *
 * R1. Everything is read and indexed before the transaction; in it nothing can be refused but a run id that is taken.
 */
import { jsonText } from "../../base/primordials.ts";
import type { RunId } from "../../model/ids.ts";
import { fileHashes } from "../artifact-facts.ts";
import { indexForeignLog, type ForeignEvent, type ImportedRun, type LogBlock } from "../imports.ts";
import { runExists } from "../refusals.ts";
import { countsRecord, type RunIndex } from "../run-index.ts";
import type { Access } from "./access.ts";
import { readTextBlob } from "./blobs.ts";
import { isConstraint } from "./faults.ts";
import { assertWithin, logKey, MAX_SEQ, seqOfKey } from "./keys.ts";
import type { RunKey } from "./log-blocks.ts";
import type { RunParts } from "./owned-run.ts";

interface BlockFacts {
  readonly calls: number;
  readonly counts: string;
  readonly models: string | null;
}

interface Indexed {
  readonly index: RunIndex;
  readonly events: readonly ForeignEvent[];
  readonly blocks: readonly BlockFacts[];
}

const DEFAULT_BLOCKS = 100;

export class ForeignRuns {
  readonly #access: Access;
  readonly #parts: RunParts;
  readonly #committed: (runId: RunId) => void;

  constructor(access: Access, parts: RunParts, committed: (runId: RunId) => void) {
    this.#access = access;
    this.#parts = parts;
    this.#committed = committed;
  }

  blocks(run: RunKey, range: { readonly after?: number; readonly limit?: number }): readonly LogBlock[] {
    const { after = 0, limit = DEFAULT_BLOCKS } = range;
    return this.#access.database
      .all<{ id: number; n: number; previous: string; hash: string; body: string }>(
        "SELECT id, n, previous, hash, body FROM log WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
        logKey(run.runNo, after + 1),
        logKey(run.runNo, MAX_SEQ),
        limit,
      )
      .map(({ id, ...block }) => ({ first: seqOfKey(id), ...block }));
  }

  async import(imported: ImportedRun): Promise<void> {
    const { runId } = imported.run;
    let indexed: Indexed;
    let taken = false;
    await this.#access.write({
      prepare: () => {
        indexed = indexOf(imported);
      },
      write: () => {
        try {
          this.#write(imported, indexed);
        } catch (error) {
          if (!isConstraint(error)) throw error;
          taken = true;
        }
      },
    });
    if (taken) throw runExists(runId);
    this.#committed(runId);
  }

  #write({ run, blocks, lists, logs }: ImportedRun, indexed: Indexed): void {
    const { database, runs, calls, errors, artifacts, side } = this.#parts;
    const { index, events } = indexed;
    const row = runs.insert({ ...run, input: "" });
    const key = { runNo: row.run_no, workflow: run.workflow };
    const insert = database.statement(
      "INSERT INTO log (id, n, calls, counts, models, previous, hash, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    blocks.forEach(({ first, n, previous, hash, body }, at) => {
      const facts = indexed.blocks[at]!;
      insert.run(logKey(row.run_no, first), n, facts.calls, facts.counts, facts.models, previous, hash, body);
    });
    for (const call of index.dirtyCalls) calls.write(row.run_no, call);
    if (index.errors.length > 0) errors.write(key, index.errors);
    for (const { seq, event } of index.artifacts) {
      if (event.type === "artifact.read") artifacts.writeRead(row.run_no, { seq, event });
      else artifacts.writePublished(key, { seq, event, files: fileHashes(this.#valueOf(events[seq - 1])) });
    }
    for (const chunk of lists) this.#parts.lists.write(row.run_no, chunk);
    for (const line of logs) side.addLine(row.run_no, line);
    row.logged = index.facts.logged;
    row.started_at = index.facts.startedAt ?? null;
    row.ended_at = index.facts.endedAt ?? null;
    runs.update(row);
  }

  #valueOf(event: ForeignEvent | undefined): string | undefined {
    return event?.blob === undefined ? event?.value : readTextBlob(this.#access.database, event.blob);
  }
}

function indexOf(imported: ImportedRun): Indexed {
  const facts: BlockFacts[] = [];
  const { index, blocks } = indexForeignLog(imported, (after) => {
    assertWithin(after.facts.seq, MAX_SEQ);
    const { calls, counts, models } = after.facts;
    facts.push({
      calls,
      counts: jsonText(countsRecord(counts)),
      models: models === undefined ? null : jsonText(models),
    });
  });
  return { index, events: blocks.flat(), blocks: facts };
}
