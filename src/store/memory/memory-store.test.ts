import { indexContract } from "../index.contract.ts";
import type { Opened } from "../held-run.contract.ts";
import { storeContract } from "../store.contract.ts";
import { openMemoryStore } from "./memory-store.ts";

async function open(): Promise<Opened> {
  const store = openMemoryStore();
  return { store, end: () => store.close() };
}

storeContract("the memory store", open);
indexContract("the memory store", open);
