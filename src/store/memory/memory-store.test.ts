import { indexContract } from "../index.contract.ts";
import type { Clock } from "../../base/clock.ts";
import type { Opened } from "../held-run.contract.ts";
import { linksContract } from "../links.contract.ts";
import { importsContract } from "../imports.contract.ts";
import { retentionContract } from "../retention.contract.ts";
import { searchContract } from "../search.contract.ts";
import { sharingContract } from "../sharing.contract.ts";
import { storeContract } from "../store.contract.ts";
import { openMemoryStore } from "./memory-store.ts";

async function open(clock?: Clock): Promise<Opened> {
  const options = clock === undefined ? {} : { clock };
  const store = openMemoryStore(options);
  return { store, end: () => store.close() };
}

storeContract("the memory store", open);
indexContract("the memory store", open);
linksContract("the memory store", open);
importsContract("the memory store", open);
retentionContract("the memory store", open);
searchContract("the memory store", open);
sharingContract("the memory store", open);
