/**
 * Large files are hashed piece by piece, many files without holding the event loop, and neither takes the machine's memory.
 *
 * Half a gigabyte and 3,000 files by default. `WORKGRAPH_LARGE_GB=20 WORKGRAPH_MANY_FILES=100000 npx vitest run
 * test/artifacts/large.test.ts` takes 20 GB (sparse: nothing is written) and 100,000 files; `npm run bench -- artifacts` measures.
 */
import { execFile } from "node:child_process";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ShelfWith } from "../../src/artifacts/fixtures/shelf-with.ts";

const LARGE_BYTES = Number(process.env["WORKGRAPH_LARGE_GB"] ?? 0.5) * 1e9;
const MANY_FILES = Number(process.env["WORKGRAPH_MANY_FILES"] ?? 3_000);
const TIMEOUT_MS = 60_000 + LARGE_BYTES / 5e4 + MANY_FILES * 5;
const SHELF = fileURLToPath(new URL("../../src/artifacts/fixtures/shelf-with.ts", import.meta.url));

let shelf: ShelfWith;
beforeEach(async () => {
  shelf = await ShelfWith.make();
});
afterEach(() => shelf.remove());

/** Publishes what lies in a draft and verifies it; prints the peak of its memory before and after, in kB. */
const CHILD = `
  const { ShelfWith } = await import(${JSON.stringify(SHELF)});
  const shelf = new ShelfWith(process.argv[1]);
  const before = process.resourceUsage().maxRSS;
  const manifest = await shelf.artifacts.seal(process.argv[2], shelf.facts());
  await shelf.artifacts.publish(process.argv[2], manifest);
  const { problems } = await shelf.artifacts.verify(await shelf.artifacts.resolve("flow/report"));
  console.log(JSON.stringify({ before, after: process.resourceUsage().maxRSS, sizeBytes: manifest.sizeBytes, problems }));
`;

test(
  "a file larger than memory may be is published and verified in little memory",
  { timeout: TIMEOUT_MS },
  async () => {
    const draft = await shelf.draft({ files: {} });
    await writeFile(join(draft, "large.bin"), "head");
    await truncate(join(draft, "large.bin"), LARGE_BYTES);
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--input-type=module",
      "-e",
      CHILD,
      shelf.root,
      draft,
    ]);
    const { before, after, sizeBytes, problems } = JSON.parse(stdout) as Record<string, number> & { problems: unknown };
    expect([sizeBytes, problems]).toEqual([LARGE_BYTES, []]);
    expect((after! - before!) / 1024).toBeLessThan(64);
  },
);

test("many small files leave the event loop to others", { timeout: TIMEOUT_MS }, async () => {
  const draft = await shelf.draft({ files: {} });
  for (let folder = 0; folder < MANY_FILES / 100; folder++) {
    await mkdir(join(draft, String(folder)));
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => writeFile(join(draft, `${folder}/${i}`), `${folder} ${i}`)),
    );
  }
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const manifest = await shelf.artifacts.seal(draft, shelf.facts());
  delay.disable();
  await shelf.artifacts.publish(draft, manifest);
  expect(manifest.files).toHaveLength(MANY_FILES);
  // 4 ms are taken at a time; the percentile leaves out what a busy machine does.
  expect(delay.percentile(50) / 1e6).toBeLessThan(25);
  expect((await shelf.artifacts.verify(await shelf.artifacts.resolve("flow/report"))).problems).toEqual([]);
});
