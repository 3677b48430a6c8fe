import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexContract } from "../index.contract.ts";
import type { Opened } from "../held-run.contract.ts";
import { storeContract } from "../store.contract.ts";
import { openSqliteStore } from "./sqlite-store.ts";

async function open(): Promise<Opened> {
  const dir = mkdtempSync(join(tmpdir(), "workgraph-store-"));
  let store = await openSqliteStore({ dir });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openSqliteStore({ dir });
      return store;
    },
    end: async () => {
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

storeContract("the SQLite store", open);
indexContract("the SQLite store", open);
