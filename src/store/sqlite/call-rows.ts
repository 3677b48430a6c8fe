/**
 * Calls and their packed items as rows.
 *
 * Owns: the call and page tables. Leaves to run-index.ts: what events do to them.
 *
 * R1. Up to INLINE_ITEMS items stand in the row of their call; more in pages, and then the row holds none.
 * R2. The counts of an open call with pages are not written (its row would change with every commit): pages say.
 */
import { jsonText, parseJson } from "../../base/primordials.ts";
import type { CallNo, ItemNo } from "../../model/ids.ts";
import type { ItemCounts } from "../../model/status.ts";
import { INLINE_ITEMS, ItemPage, PAGE_ITEMS, statusCode } from "../item-page.ts";
import type { CallIndex, CodeCounts, IndexSource } from "../run-index.ts";
import { codeCounts, countsRecord, newCallIndex, noCounts } from "../run-index.ts";
import type { CallRow, ItemFilter, ItemRow } from "../store.ts";
import type { Database } from "./database.ts";
import { assertWithin, callKey, callOfKey, MAX_CALLS } from "./keys.ts";
import type { LogBlocks, RunKey } from "./log-blocks.ts";
import { rowSum } from "./row-sum.ts";

interface StoredCall {
  readonly id: number;
  readonly seq: number;
  readonly closed_seq: number;
  readonly superseded: number;
  readonly counts: string | null;
  readonly items: Uint8Array | null;
  readonly sum: number;
}

interface StoredPage {
  readonly page: number;
  readonly body: Uint8Array;
  readonly sum: number;
}

/** Pages that are read at once: whoever looks through a long call stops when it has enough. */
const PAGES_AT_ONCE = 64;

const CALL_COLUMNS = "id, seq, closed_seq, superseded, counts, items, sum";

const HOLDS_RESULT: ReadonlySet<number> = new Set([statusCode("completed"), statusCode("reused")]);

export class CallRows {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  write(runNo: number, call: CallIndex): void {
    const inline = call.size <= INLINE_ITEMS;
    if (call.rowDirty) this.#writeRow(runNo, call);
    if (inline || call.dirtyPages === undefined) return;
    for (const number of call.dirtyPages) {
      const body = (call.pages.get(number) as ItemPage).bytes;
      this.#database
        .statement(
          "INSERT INTO page (run_no, call, page, body, sum) VALUES (?, ?, ?, ?, ?) ON CONFLICT (run_no, call, page) DO UPDATE SET body = excluded.body, sum = excluded.sum",
        )
        .run(runNo, call.call, number, body, rowSum(runNo, call.call, number, body));
    }
  }

  /** What the index of an owned run reads when it needs an older call. */
  source(run: RunKey): IndexSource {
    return {
      call: (call) => {
        const row = this.#row(run, call);
        return row && this.#index(run, row);
      },
      page: (call, number) => this.page(run, { call: call.call, page: number }),
      openCalls: () =>
        this.#database
          .all<{ id: number }>(
            "SELECT id FROM call WHERE id BETWEEN ? AND ? AND closed_seq = 0",
            callKey(run.runNo, 0),
            callKey(run.runNo, MAX_CALLS),
          )
          .map((row) => callOfKey(row.id)),
    };
  }

  page(run: RunKey, place: { readonly call: CallNo; readonly page: number }): ItemPage | undefined {
    if (place.page === 0) {
      const row = this.#row(run, place.call);
      if (row?.items) return new ItemPage(row.items);
    }
    const stored = this.#database.get<StoredPage>(
      "SELECT page, body, sum FROM page WHERE run_no = ? AND call = ? AND page = ?",
      run.runNo,
      place.call,
      place.page,
    );
    return stored && this.#checkedPage(run, place.call, stored);
  }

  /** Seqs of the events that completed items; pages that one request needs are read once. */
  completedSeqs(run: RunKey): (call: CallNo, item: ItemNo) => number | undefined {
    const pages = new Map<string, ItemPage | undefined>();
    return (call, item) => {
      const number = Math.floor(item / PAGE_ITEMS);
      const key = `${call}/${number}`;
      let page = pages.get(key);
      if (page === undefined && !pages.has(key)) {
        page = this.page(run, { call, page: number });
        pages.set(key, page);
      }
      const slot = item % PAGE_ITEMS;
      return page !== undefined && HOLDS_RESULT.has(page.status(slot)) ? page.seq(slot) : undefined;
    };
  }

  calls(run: RunKey, log: LogBlocks): CallRow[] {
    return this.#rows(run).map((row): CallRow => {
      const created = log.event(run, row.seq)?.event;
      const closed = row.closed_seq === 0 ? undefined : log.event(run, row.closed_seq)?.event;
      if (created?.type !== "call.created" || (row.closed_seq !== 0 && closed?.type !== "call.closed")) {
        throw this.#database.damaged(`call ${callOfKey(row.id)} of run "${run.runId}" points to another event`);
      }
      return {
        call: callOfKey(row.id),
        seq: row.seq,
        event: created,
        ...(closed?.type === "call.closed" ? { closed } : {}),
        superseded: row.superseded === 1,
        counts: countsRecord(this.#counts(run, row)),
      };
    });
  }

  items(run: RunKey, filter: ItemFilter): { readonly items: readonly ItemRow[]; readonly total: number } {
    const limit = Math.min(Math.max(filter.limit ?? 100, 1), 10_000);
    const codes = filter.status && new Set(filter.status.map(statusCode));
    const wanted = (code: number): boolean => code !== 0 && (codes === undefined || codes.has(code));
    const [afterCall, afterItem] = filter.after ?? [0, -1];
    const items: ItemRow[] = [];
    let total = 0;
    const rows = filter.call === undefined ? this.#rows(run) : [this.#row(run, filter.call)];
    for (const row of rows) {
      if (row === undefined) continue;
      const call = callOfKey(row.id);
      if (filter.item === undefined) {
        total += this.#counts(run, row).reduce((sum, n, code) => (wanted(code) ? sum + n : sum), 0);
      }
      // Items before those that are asked for, and after them, are only counted: a page of a long call costs a page.
      if (filter.item === undefined && (call < afterCall || items.length >= limit)) continue;
      const first = call === afterCall ? Math.floor((afterItem + 1) / PAGE_ITEMS) : 0;
      for (const { number, page } of this.#pagesOf(run, { row, item: filter.item, first })) {
        for (let slot = 0; slot < page.capacity; slot++) {
          if (!wanted(page.status(slot))) continue;
          const item = number * PAGE_ITEMS + slot;
          if (filter.item !== undefined && filter.item !== item) continue;
          if (filter.item !== undefined) total++;
          if (items.length >= limit || call < afterCall || (call === afterCall && item <= afterItem)) continue;
          items.push(page.row(slot, { call, item }) as ItemRow);
        }
        if (items.length >= limit) break;
      }
    }
    return { items, total };
  }

  #writeRow(runNo: number, call: CallIndex): void {
    assertWithin(call.call, MAX_CALLS);
    const id = callKey(runNo, call.call);
    const counts = call.closedSeq === 0 ? null : jsonText(countsRecord(call.counts));
    const items = call.size > 0 && call.size <= INLINE_ITEMS ? (call.pages.get(0) as ItemPage).bytes : null;
    const superseded = call.superseded ? 1 : 0;
    this.#database
      .statement(
        `INSERT INTO call (${CALL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET closed_seq = excluded.closed_seq, superseded = excluded.superseded, counts = excluded.counts, items = excluded.items, sum = excluded.sum`,
      )
      .run(
        id,
        call.seq,
        call.closedSeq,
        superseded,
        counts,
        items,
        rowSum(id, call.seq, call.closedSeq, superseded, counts, items),
      );
  }

  #index(run: RunKey, row: StoredCall): CallIndex {
    const call = newCallIndex(callOfKey(row.id), row.seq);
    call.closedSeq = row.closed_seq;
    call.superseded = row.superseded === 1;
    call.counts = this.#counts(run, row);
    call.rowDirty = false;
    if (row.items) {
      const page = new ItemPage(row.items);
      call.pages.set(0, page);
      call.size = page.capacity;
    } else {
      const last = this.#database.get<{ last: number | null }>(
        "SELECT max(page) AS last FROM page WHERE run_no = ? AND call = ?",
        run.runNo,
        call.call,
      )?.last;
      call.size = last === null || last === undefined ? 0 : (last + 1) * PAGE_ITEMS;
    }
    return call;
  }

  #row(run: RunKey, call: CallNo): StoredCall | undefined {
    const row = this.#database.get<StoredCall>(
      `SELECT ${CALL_COLUMNS} FROM call WHERE id = ?`,
      callKey(run.runNo, call),
    );
    return row && this.#checkedRow(run, row);
  }

  #rows(run: RunKey): StoredCall[] {
    const rows = this.#database.all<StoredCall>(
      `SELECT ${CALL_COLUMNS} FROM call WHERE id BETWEEN ? AND ? ORDER BY id`,
      callKey(run.runNo, 0),
      callKey(run.runNo, MAX_CALLS),
    );
    return rows.map((row) => this.#checkedRow(run, row));
  }

  #checkedRow(run: RunKey, row: StoredCall): StoredCall {
    const sum = rowSum(row.id, row.seq, row.closed_seq, row.superseded, row.counts, row.items);
    if (sum !== row.sum || (row.items && !ItemPage.fits(row.items))) {
      throw this.#database.damaged(`the row of call ${callOfKey(row.id)} of run "${run.runId}" was changed`);
    }
    return row;
  }

  #checkedPage(run: RunKey, call: CallNo, stored: StoredPage): ItemPage {
    if (rowSum(run.runNo, call, stored.page, stored.body) !== stored.sum || !ItemPage.fits(stored.body)) {
      throw this.#database.damaged(`items of call ${call} of run "${run.runId}" were changed`);
    }
    return new ItemPage(stored.body);
  }

  #counts(run: RunKey, row: StoredCall): CodeCounts {
    if (row.counts !== null) return codeCounts(parseJson(row.counts) as ItemCounts);
    const counts = noCounts();
    for (const { page } of this.#pagesOf(run, { row, item: undefined, first: 0 })) page.count(counts);
    return counts;
  }

  *#pagesOf(
    run: RunKey,
    of: { readonly row: StoredCall; readonly item: ItemNo | undefined; readonly first: number },
  ): Generator<{ readonly number: number; readonly page: ItemPage }> {
    if (of.row.items) {
      yield { number: 0, page: new ItemPage(of.row.items) };
      return;
    }
    const call = callOfKey(of.row.id);
    if (of.item !== undefined) {
      const number = Math.floor(of.item / PAGE_ITEMS);
      const page = this.page(run, { call, page: number });
      if (page) yield { number, page };
      return;
    }
    for (let next = of.first; ;) {
      const stored = this.#database.all<StoredPage>(
        "SELECT page, body, sum FROM page WHERE run_no = ? AND call = ? AND page >= ? ORDER BY page LIMIT ?",
        run.runNo,
        call,
        next,
        PAGES_AT_ONCE,
      );
      for (const one of stored) yield { number: one.page, page: this.#checkedPage(run, call, one) };
      if (stored.length < PAGES_AT_ONCE) return;
      next = (stored.at(-1)?.page ?? 0) + 1;
    }
  }
}
