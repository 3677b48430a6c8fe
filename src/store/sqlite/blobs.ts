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
  // Given again, it says so: a sweep that is looking meanwhile must not take it away.
  database.run(
    "INSERT INTO blob (hash, bytes, given_at) VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO UPDATE SET given_at = ?3 WHERE given_at < ?3 - 60000",
    blob.hash,
    blob.bytes,
    database.clock.now(),
  );
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
