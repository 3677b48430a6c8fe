/** Notes as rows. */
import { jsonText, parseJson } from "../../base/primordials.ts";
import type { NewNote, Note, NoteFilter } from "../notes.ts";
import type { Cell, Database } from "./database.ts";
import { rowSum } from "./row-sum.ts";

interface StoredNote {
  readonly id: number;
  readonly run_id: string | null;
  readonly node: string | null;
  readonly node_hash: string | null;
  readonly call: number | null;
  readonly item: number | null;
  readonly author: string;
  readonly text: string;
  readonly at: number;
  readonly sum: number;
}

const COLUMNS = "run_id, node, node_hash, call, item, author, text, at";

export class NoteRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(note: NewNote): number {
    const { runId, node, nodeHash, call, item, author, text, at } = note;
    const { kind, id } = author;
    const cells = [
      runId ?? null,
      node ?? null,
      nodeHash ?? null,
      call ?? null,
      item ?? null,
      jsonText({ kind, id }),
      text.toWellFormed(),
      at,
    ] as const;
    return this.#database.run(
      `INSERT INTO note (${COLUMNS}, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...cells,
      rowSum(...cells),
    ).id;
  }

  list(filter: NoteFilter): { readonly notes: readonly Note[]; readonly total: number } {
    const conditions: string[] = [];
    const cells: Cell[] = [];
    const add = (column: string, cell: Cell | undefined): void => {
      if (cell === undefined) return;
      conditions.push(`${column} ?`);
      cells.push(cell);
    };
    add("run_id =", filter.runId);
    add("node =", filter.node);
    add("node_hash =", filter.nodeHash);
    add("call =", filter.call);
    add("item =", filter.item);
    const where = (): string => (conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`);
    const total =
      this.#database.get<{ total: number }>(`SELECT count(*) AS total FROM note ${where()}`, ...cells)?.total ?? 0;
    add("id <", filter.before);
    const rows = this.#database.all<StoredNote>(
      `SELECT id, ${COLUMNS}, sum FROM note ${where()} ORDER BY id DESC LIMIT ?`,
      ...cells,
      Math.min(Math.max(filter.limit ?? 50, 1), 1000),
    );
    return { notes: rows.map((row) => this.#note(row)), total };
  }

  #note(row: StoredNote): Note {
    const { id, run_id, node, node_hash, call, item, author, text, at } = row;
    if (rowSum(run_id, node, node_hash, call, item, author, text, at) !== row.sum) {
      throw this.#database.damaged(`note ${id} was changed`);
    }
    return {
      id,
      ...(run_id === null ? {} : { runId: run_id }),
      ...(node === null ? {} : { node }),
      ...(node_hash === null ? {} : { nodeHash: node_hash }),
      ...(call === null ? {} : { call }),
      ...(item === null ? {} : { item }),
      author: parseJson(author) as Note["author"],
      text,
      at,
    };
  }
}
