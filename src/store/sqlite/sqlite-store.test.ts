import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexContract } from "../index.contract.ts";
import type { Clock } from "../../base/clock.ts";
import type { Opened } from "../held-run.contract.ts";
import { linksContract } from "../links.contract.ts";
import { importsContract } from "../imports.contract.ts";
import { retentionContract } from "../retention.contract.ts";
import { searchContract } from "../search.contract.ts";
import { sharingContract } from "../sharing.contract.ts";
import { storeContract } from "../store.contract.ts";
import { openSqliteStore } from "./sqlite-store.ts";

async function open(clock?: Clock): Promise<Opened> {
  const options = clock === undefined ? {} : { clock };
  const dir = mkdtempSync(join(tmpdir(), "workgraph-store-"));
  let store = await openSqliteStore({ dir, ...options });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openSqliteStore({ dir, ...options });
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
linksContract("the SQLite store", open);
importsContract("the SQLite store", open);
retentionContract("the SQLite store", open);
searchContract("the SQLite store", open);
sharingContract("the SQLite store", open);
