/** The floor: the same rows by plain `node:sqlite` (WAL, NORMAL), with no workflow at all. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inTemporaryFolder } from "./folder.ts";

/** ms for `rows` rows, `perCommit` in each transaction; every row is acknowledged by a promise after its commit. */
export function floorMs(rows: number, perCommit: number): Promise<number> {
  return inTemporaryFolder(async (dir) => {
    const database = new DatabaseSync(join(dir, "floor.db"));
    try {
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
      database.exec(
        "CREATE TABLE item (id INTEGER PRIMARY KEY, call INTEGER, item INTEGER, status TEXT, at INTEGER, value TEXT)",
      );
      const insert = database.prepare("INSERT INTO item VALUES (NULL, ?, ?, ?, ?, ?)");
      const at = Date.now();
      const begin = performance.now();
      for (let row = 0; row < rows;) {
        const acknowledged: PromiseWithResolvers<void>[] = [];
        database.exec("BEGIN IMMEDIATE");
        for (let n = 0; n < perCommit && row < rows; n++, row++) {
          acknowledged.push(Promise.withResolvers<void>());
          insert.run(1, row, "completed", at, `${row}`);
        }
        database.exec("COMMIT");
        for (const one of acknowledged) one.resolve();
        await acknowledged.at(-1)?.promise;
      }
      return performance.now() - begin;
    } finally {
      database.close();
    }
  });
}
