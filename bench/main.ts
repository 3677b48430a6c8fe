/**
 * `npm run bench [-- NAME ...] [--write]`: every measure of macro/ in a process of its own, one JSON line each.
 *
 * NAME is a file of macro/ without its ending (`npm run bench -- fan-out`). `--write` puts the lines of all into RESULTS.md.
 * The exit code is 1 when what another process read back was not what had been run; a bar that is missed is told in its line.
 */
import { spawn } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import type { Line } from "./harness/report.ts";

const MACRO = new URL("macro/", import.meta.url);
const RESULTS = new URL("RESULTS.md", import.meta.url);

const names = readdirSync(MACRO)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3));
const chosen = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const unknown = chosen.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no measure "${unknown.join('", "')}"; known: ${names.join(", ")}\n`);
  process.exit(2);
}

const lines: Line[] = [];
const load = loadavg()[0] ?? 0;
const begin = performance.now();
for (const name of names) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const { exitCode, text } = await measure(fileURLToPath(new URL(`${name}.ts`, MACRO)));
  if (exitCode !== 0) process.exitCode = 1;
  for (const line of text.split("\n")) if (line.startsWith("{")) lines.push(JSON.parse(line) as Line);
}
const seconds = Math.round((performance.now() - begin) / 1000);
process.stderr.write(`${lines.filter((line) => line.met).length} of ${lines.length} bars met, in ${seconds} s\n`);
// A page of some measures, or of ones that failed, would read as if it were whole.
if (process.argv.includes("--write") && chosen.length === 0 && process.exitCode === undefined) {
  writeFileSync(RESULTS, await format(page(seconds), { parser: "markdown", printWidth: 120 }));
}

function measure(file: string): Promise<{ readonly exitCode: number; readonly text: string }> {
  const options = ["--conditions=workgraph-source", "--disable-warning=ExperimentalWarning", file];
  const child = spawn(process.execPath, options, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    process.stdout.write(part);
  });
  return new Promise((resolve) => child.on("close", (exitCode) => resolve({ exitCode: exitCode ?? 1, text })));
}

function page(seconds: number): string {
  const cpu = cpus();
  const rows = lines.map((line) => {
    const { measure: name, value, unit, limit, limitUnit, ratio, bar, met, runs, spread } = line;
    const of = limit === undefined ? "" : `${limit} ${limitUnit}`;
    return `| ${name} | ${value} ${unit} | ${of} | ${ratio ?? ""} | ${bar} | ${met ? "met" : "**missed**"} | ${runs} | ${spread[0]} to ${spread[1]} |`;
  });
  return `# Results of the benchmarks

What was measured here, and nothing else. Written by \`npm run bench -- --write\`; the limit of each measure is taken in the
same process, in turns with it, and ratios are medians of the ratios of the rounds.

* Date: ${new Date().toISOString().slice(0, 10)}, ${seconds} s for all.
* Machine: ${cpu.length} cores (${cpu[0]?.model ?? "unknown"}, virtual), ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}; temporary files on a virtual disk.
* Load average when it began: ${load.toFixed(1)}. Above 1, other programs had the cores too: ratios with a wide spread say little.
* Node ${process.versions.node}, SQLite ${process.versions["sqlite"] ?? "of Node"}.

| measure | value | limit | ratio | bar | | rounds | spread |
|---|---|---|---|---|---|---|---|
${rows.join("\n")}

The spread is of what the bar is about: the ratio where there is one and the bar names it, else the value.

## How

* Everything runs through \`openWorkgraph\` or the \`workgraph\` command, with workflows in files (\`bench/workflows/\`), graph, events,
  hash chain and versions on, in the SQLite store of a data folder on disk. Cold start, launch, resume, memory, live
  streams and writing processes run the built package in a folder of its own; the others run the source.
* The floor is plain \`node:sqlite\` (WAL, \`synchronous = NORMAL\`): one row per item, one commit per 64, a promise per row that
  resolves after the commit.
* Measures that run in one process have warmed up by one to three rounds; what the first took is in the JSON line (\`firstRunUs\`).
* Live streams: a \`workgraph serve\`, runners or commands, and clients, each a process of its own on the same cores. The time of an
  event is its own, taken before its commit, against the client's clock when the bytes are there: both are the wall clock of one
  machine. Clients check that every event comes once and in order. The limit of a hundred clients is one client beside two processes
  that only spin: what sharing the cores costs by itself.
* Writing processes are twenty \`workgraph run\` that begin together. Held is the time from \`BEGIN\` to \`COMMIT\`, or until
  \`BEGIN\` is refused, in which the event loop of the process does not turn; being without a core meanwhile counts. The JSON line
  says how much of it that was (\`ofThatWithoutCoreMs\`), and how long a commit waited while its event loop turned
  (\`longestWaitMs\`).
* Afterwards another process reads the runs back through the command line; other counts or results than what was run end the
  program with exit code 1.

## Not measured

* Power loss: \`synchronous = NORMAL\` survives the death of the process, not of the machine.
* Other durable engines: they are not installed here.
* Nodes that compute: no-op items show what the runtime costs and nothing else.
* Other file systems, other operating systems, more than two cores.
`;
}
