/** Folders for what a test publishes: in the machine's temporary folder, gone when the process ends. */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const made: string[] = [];

/** Absolute; nothing is written before something is published. */
export function temporaryFolder(): string {
  if (made.length === 0)
    process.once("exit", () => {
      for (const folder of made) rmSync(folder, { recursive: true, force: true });
    });
  const folder = join(tmpdir(), `workgraph-testing-${randomUUID()}`);
  made.push(folder);
  return folder;
}
