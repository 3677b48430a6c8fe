/** Big values and files of versions, once each, under their sha256. */
import { sha256Hex } from "../../base/hash.ts";
import type { Database } from "./database.ts";

export function writeBlob(database: Database, bytes: Uint8Array): string {
  const hash = sha256Hex(bytes);
  writeNamedBlob(database, { hash, bytes });
  return hash;
}

export interface NamedBlob {
  readonly hash: string;
  readonly bytes: Uint8Array;
}

export function writeNamedBlob(database: Database, blob: NamedBlob): void {
  database.run("INSERT INTO blob (hash, bytes) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING", blob.hash, blob.bytes);
}

export function readBlob(database: Database, hash: string): Uint8Array | undefined {
  const row = database.get<{ bytes: Uint8Array }>("SELECT bytes FROM blob WHERE hash = ?", hash);
  if (row !== undefined && sha256Hex(row.bytes) !== hash)
    throw database.damaged(`blob ${hash} has other bytes than its name says`);
  return row?.bytes;
}

export function readTextBlob(database: Database, hash: string): string {
  const bytes = readBlob(database, hash);
  if (bytes === undefined) throw database.damaged(`blob ${hash} is missing`);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
}
