/**
 * Publishing 100,000 small files, hashing a large one, and the memory that takes. Beside each: the same bytes read and hashed by
 * plain Node, without names looked at, a manifest or a rename.
 */
import { createHash, hash } from "node:crypto";
import { createReadStream, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FolderArtifacts } from "../../src/artifacts/folder-artifacts.ts";
import type { ArtifactFacts } from "../../src/artifacts/artifact-store.ts";
import { inTemporaryFolder } from "../harness/folder.ts";
import { median, print, require, spread } from "../harness/report.ts";

const FILES = 100_000;
const FOLDERS = 100;
const ROUNDS = 3;
const LARGE_BYTES = 4 * 2 ** 30;
const LARGE_ROUNDS = 3;

await inTemporaryFolder(async (root) => {
  const artifacts = new FolderArtifacts({
    root,
    artifactsDir: join(root, "artifacts"),
    dataDir: join(root, ".workgraph"),
  });
  await smallFiles(artifacts);
  await largeFile(artifacts);
});

function facts(name: string): ArtifactFacts {
  const producer = {
    run: "01BENCH",
    workflow: "bench",
    version: "unversioned",
    node: "write",
    call: 1,
    item: 0,
    attempt: 1,
  };
  return {
    name,
    labels: [],
    createdAt: 0,
    partial: false,
    producer,
    inputs: [],
    nextInputs: {},
    durability: "process",
  };
}

async function smallFiles(artifacts: FolderArtifacts): Promise<void> {
  const rounds: { readonly ms: number; readonly plainMs: number; readonly verifyMs: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const of = facts(`small-${round}`);
    const draft = await artifacts.draft(of.producer, of.name);
    for (let folder = 0; folder < FOLDERS; folder++) {
      mkdirSync(join(draft, String(folder)));
      for (let file = 0; file < FILES / FOLDERS; file++)
        writeFileSync(join(draft, String(folder), `${file}.txt`), `file ${folder} ${file} ${"x".repeat(80)}`);
    }
    const plainBegin = performance.now();
    for (const folder of readdirSync(draft))
      for (const file of readdirSync(join(draft, folder)))
        hash("sha256", readFileSync(join(draft, folder, file)), "hex");
    const begin = performance.now();
    const manifest = await artifacts.seal(draft, of);
    await artifacts.publish(draft, manifest);
    const end = performance.now();
    const found = await artifacts.resolve("bench/" + of.name);
    const { problems, files } = await artifacts.verify(found);
    require(problems.length === 0 && files === FILES, "published files verify");
    rounds.push({ ms: end - begin, plainMs: begin - plainBegin, verifyMs: performance.now() - end });
  }
  const ratios = rounds.map(({ ms, plainMs }) => ms / plainMs);
  print({
    measure: `publish ${FILES} files of 90 bytes`,
    value: median(rounds.map(({ ms }) => ms)),
    unit: "ms",
    limit: median(rounds.map(({ plainMs }) => plainMs)),
    limitUnit: "ms to read and hash them",
    ratio: median(ratios),
    bar: "<= 3x reading and hashing",
    met: median(ratios) <= 3,
    runs: ROUNDS,
    spread: spread(ratios),
    verifyMs: median(rounds.map(({ verifyMs }) => verifyMs)),
  });
}

async function largeFile(artifacts: FolderArtifacts): Promise<void> {
  const of = facts("large");
  const draft = await artifacts.draft(of.producer, of.name);
  const file = join(draft, "large.bin");
  await writeFile(file, "");
  await truncate(file, LARGE_BYTES);
  const ratios: number[] = [];
  const rates: number[] = [];
  const plainRates: number[] = [];
  let grownBytes = 0;
  for (let round = 0; round < LARGE_ROUNDS; round++) {
    const plainBegin = performance.now();
    const plain = createHash("sha256");
    for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20 })) plain.update(chunk as Buffer);
    const expected = plain.digest("hex");
    const plainMs = performance.now() - plainBegin;
    const before = process.memoryUsage.rss();
    let peak = before;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
    const begin = performance.now();
    const manifest = await artifacts.seal(draft, { ...of, name: `large-${round}` });
    const ms = performance.now() - begin;
    clearInterval(watch);
    require(manifest.files.find((one) => one.path === "large.bin")?.sha256 === expected, "both hashes agree");
    const { rmSync } = await import("node:fs");
    rmSync(join(draft, "manifest.json"));
    grownBytes = Math.max(grownBytes, peak - before);
    ratios.push(ms / plainMs);
    rates.push(LARGE_BYTES / ms / 1000);
    plainRates.push(LARGE_BYTES / plainMs / 1000);
  }
  print({
    measure: `hash a file of ${LARGE_BYTES / 2 ** 30} GiB`,
    value: median(rates),
    unit: "MB/s",
    limit: median(plainRates),
    limitUnit: "MB/s of a plain stream",
    ratio: median(ratios),
    bar: "<= 1.1x a plain stream's time",
    met: median(ratios) <= 1.1,
    runs: LARGE_ROUNDS,
    spread: spread(ratios),
  });
  print({
    measure: `memory while a file of ${LARGE_BYTES / 2 ** 30} GiB is hashed`,
    value: grownBytes / 2 ** 20,
    unit: "MiB more than before",
    bar: "<= 32 MiB",
    met: grownBytes <= 32 * 2 ** 20,
    runs: LARGE_ROUNDS,
    spread: [grownBytes / 2 ** 20, grownBytes / 2 ** 20],
  });
}
