/**
 * Published folders and who opened them, as rows.
 *
 * Owns: the artifact, artifact_label, artifact_file and artifact_read tables. Leaves to artifacts/: folders and manifests.
 *
 * R1. A row is written in the commit of its event and outlives the log that holds it.
 * R2. Rows go from newest to oldest by the time they were published; those of one millisecond by their place in the store.
 */
import { jsonText, parseJson } from "../../base/primordials.ts";
import type { RunId } from "../../model/ids.ts";
import type { ArtifactPublished, ArtifactRead } from "../artifact-facts.ts";
import type { ArtifactFilter, ArtifactReadRow, ArtifactRow } from "../store.ts";
import type { Cell, Database } from "./database.ts";
import { logKey, seqOfKey } from "./keys.ts";
import { rowSum } from "./row-sum.ts";

interface StoredArtifact {
  readonly id: number;
  readonly call: number;
  readonly item: number;
  readonly attempt: number;
  readonly at: number;
  readonly workflow: string;
  readonly name: string;
  readonly kind: string | null;
  readonly labels: string;
  readonly sha256: string;
  readonly files: number;
  readonly size_bytes: number;
  readonly sum: number;
}

interface StoredRead extends ArtifactReadRow {
  readonly id: number;
  readonly sum: number;
}

/** The columns of a run that its artifacts are shown with. */
interface OfRun {
  readonly run_id: RunId;
  readonly version: string;
}

const COLUMNS = "id, call, item, attempt, at, workflow, name, kind, labels, sha256, files, size_bytes";
/** Integer division: the number of a run, from the key of one of its rows. */
const RUN_NO = "/ 268435456";

export class ArtifactRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  writePublished(
    run: { readonly runNo: number; readonly workflow: string },
    fact: { readonly seq: number; readonly event: ArtifactPublished; readonly files: readonly string[] },
  ): void {
    const { call, item, attempt, at, name, kind = null, labels, sha256, files, sizeBytes } = fact.event;
    const id = logKey(run.runNo, fact.seq);
    const cells = [
      id,
      call,
      item,
      attempt,
      at,
      run.workflow,
      name,
      kind,
      jsonText(labels),
      sha256,
      files,
      sizeBytes,
    ] as const;
    this.#database
      .statement(`INSERT INTO artifact (${COLUMNS}, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
      .run(...cells, rowSum(...cells));
    const label = this.#database.statement("INSERT OR IGNORE INTO artifact_label (label, artifact) VALUES (?, ?)");
    for (const one of labels) label.run(one, id);
    const file = this.#database.statement("INSERT OR IGNORE INTO artifact_file (sha256, artifact) VALUES (?, ?)");
    for (const hash of fact.files) file.run(Buffer.from(hash, "hex"), id);
  }

  writeRead(runNo: number, fact: { readonly seq: number; readonly event: ArtifactRead }): void {
    const { call, item, asked, selector, sha256 } = fact.event;
    const cells = [logKey(runNo, fact.seq), call, item, asked, selector, sha256] as const;
    this.#database
      .statement(
        "INSERT INTO artifact_read (id, call, item, asked, selector, sha256, sum) VALUES (?, ?, ?, ?, ?, ?, ?)",
      )
      .run(...cells, rowSum(...cells));
  }

  list(filter: ArtifactFilter): { readonly artifacts: readonly ArtifactRow[]; readonly total: number } {
    const conditions: string[] = [];
    const cells: Cell[] = [];
    const add = (sql: string, ...given: Cell[]): void => {
      conditions.push(sql);
      cells.push(...given);
    };
    const { runId, workflow, name, kind, label, sha256, file, before } = filter;
    if (runId !== undefined) {
      const of = "(SELECT run_no FROM run WHERE run_id = ?)";
      add(`artifact.id BETWEEN ${of} * 268435456 AND ${of} * 268435456 + 268435455`, runId, runId);
    }
    if (workflow !== undefined) add("artifact.workflow = ?", workflow);
    if (name !== undefined) add("name = ?", name);
    if (kind !== undefined) add("kind = ?", kind);
    if (label !== undefined) add("artifact.id IN (SELECT artifact FROM artifact_label WHERE label = ?)", label);
    if (sha256 !== undefined) add("sha256 >= ? AND sha256 < ? || 'g'", sha256, sha256);
    if (file !== undefined) {
      add("artifact.id IN (SELECT artifact FROM artifact_file WHERE sha256 = ?)", Buffer.from(file, "hex"));
    }
    const where = (): string => (conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`);
    const total =
      this.#database.get<{ total: number }>(`SELECT count(*) AS total FROM artifact ${where()}`, ...cells)?.total ?? 0;
    if (before !== undefined) {
      const id = "(SELECT run_no FROM run WHERE run_id = ?) * 268435456 + ?";
      add(`(at, artifact.id) < (SELECT at, id FROM artifact WHERE id = ${id})`, before.runId, before.seq);
    }
    const rows = this.#database.all<StoredArtifact & OfRun>(
      `SELECT run_id, version, ${COLUMNS.replaceAll(/\bid|\bworkflow/g, "artifact.$&")}, artifact.sum FROM artifact JOIN run ON run_no = artifact.id ${RUN_NO} ${where()} ORDER BY at DESC, artifact.id DESC LIMIT ?`,
      ...cells,
      Math.min(Math.max(filter.limit ?? 50, 1), 1000),
    );
    return { artifacts: rows.map((row) => this.#row(row)), total };
  }

  reads(of: { readonly runId: RunId } | { readonly sha256: string }, limit: number): readonly ArtifactReadRow[] {
    const run = "(SELECT run_no FROM run WHERE run_id = ?1)";
    const [where, cell] =
      "runId" in of
        ? [`artifact_read.id BETWEEN ${run} * 268435456 AND ${run} * 268435456 + 268435455`, of.runId]
        : ["sha256 = ?1", of.sha256];
    return this.#database
      .all<StoredRead>(
        `SELECT artifact_read.id, run_id AS runId, call, item, asked, selector, sha256, artifact_read.sum FROM artifact_read JOIN run ON run_no = artifact_read.id ${RUN_NO} WHERE ${where} ORDER BY artifact_read.id LIMIT ?2`,
        cell,
        limit,
      )
      .map(({ id, sum, runId, call, item, asked, selector, sha256 }) => {
        if (rowSum(id, call, item, asked, selector, sha256) !== sum) {
          throw this.#database.damaged(`what run "${runId}" opened was changed`);
        }
        return { runId, call, item, seq: seqOfKey(id), asked, selector, sha256 };
      });
  }

  #row(row: StoredArtifact & OfRun): ArtifactRow {
    const { id, call, item, attempt, at, workflow, name, kind, labels, sha256, files, size_bytes } = row;
    if (rowSum(id, call, item, attempt, at, workflow, name, kind, labels, sha256, files, size_bytes) !== row.sum) {
      throw this.#database.damaged(`the row of artifact "${name}" of run "${row.run_id}" was changed`);
    }
    return {
      runId: row.run_id,
      workflow,
      version: row.version,
      call,
      item,
      attempt,
      seq: seqOfKey(id),
      at,
      name,
      ...(kind === null ? {} : { kind }),
      labels: parseJson(labels) as readonly string[],
      sha256,
      files,
      sizeBytes: size_bytes,
    };
  }
}
