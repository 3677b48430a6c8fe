/**
 * `npm run size`: what a user downloads and what then lies on their disk: the packed package, and the production dependencies as
 * they are installed here (for this platform). Fails above the limits. The sizes are those of the files, not of disk blocks.
 */
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const MB = 1_000_000;
/**
 * Measured 2026-11-22 on Linux x64: 50 MB in 138 packages, 21 MB of it the bundler's native part. The protocol library for agents
 * brings over a hundred of them (an HTTP framework and a login stack of its own, of which nothing is loaded here).
 */
const MAX_INSTALLED_BYTES = 60 * MB;
const MAX_PACKAGES = 140;

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface LockedPackage {
  readonly dev?: boolean;
}

function bytesOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    // Nested packages have entries of their own in the lockfile.
    if (entry.isDirectory()) bytes += entry.name === "node_modules" ? 0 : bytesOf(path);
    else bytes += lstatSync(path).size;
  }
  return bytes;
}

function inMb(bytes: number): string {
  return `${(bytes / MB).toFixed(2)} MB`;
}

if (!existsSync(`${ROOT}dist`)) throw new Error('there is no dist/ to measure: run "npm run build" first');

// Scripts would build again and write into the JSON.
const packed = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
  cwd: ROOT,
  encoding: "utf8",
});
const [own] = JSON.parse(packed) as {
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
}[];
if (!own) throw new Error("npm pack said nothing about the package");

const lock = JSON.parse(readFileSync(`${ROOT}package-lock.json`, "utf8")) as {
  readonly packages: Readonly<Record<string, LockedPackage>>;
};
const dependencies = Object.entries(lock.packages)
  .filter(([path, { dev }]) => path !== "" && !dev && existsSync(`${ROOT}${path}`))
  .map(([path]) => ({ name: path.replace(/^.*node_modules\//, ""), bytes: bytesOf(`${ROOT}${path}`) }))
  .toSorted((a, b) => b.bytes - a.bytes);

const packages = dependencies.length + 1;
const installedBytes = dependencies.reduce((sum, { bytes }) => sum + bytes, own.unpackedSize);
console.log(`packed     ${inMb(own.size)} (${own.entryCount} files, ${inMb(own.unpackedSize)} unpacked)`);
console.log(`installed  ${inMb(installedBytes)} of at most ${inMb(MAX_INSTALLED_BYTES)}`);
console.log(`packages   ${packages} of at most ${MAX_PACKAGES}, this one included; the largest:`);
for (const { name, bytes } of dependencies.slice(0, 3)) console.log(`           ${inMb(bytes).padStart(9)}  ${name}`);
if (installedBytes > MAX_INSTALLED_BYTES || packages > MAX_PACKAGES) {
  console.error("above the limit: drop what grew, or raise the limit in scripts/package-size.ts and say why");
  process.exitCode = 1;
}
