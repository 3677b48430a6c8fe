#!/usr/bin/env node
// The door: finds a Node that is new enough and the program to run in it, then gets out of the way.
//
// 1. Old Nodes read this file too (that is how they learn what to do), so it keeps to the syntax and modules of Node 14.
// 2. In a checkout the source runs as it is, and the Node that the repository brings stands in for an older one.
//    In the installed package there is no src/, and dist/ runs.
// 3. Standard output belongs to the program. What is said here goes to standard error.
import { spawn } from "child_process";
import { existsSync } from "fs";
import module from "module";
import { Socket } from "net";
import { isatty } from "tty";
import { fileURLToPath } from "url";

const NEEDED = [22, 18];
const source = new URL("../src/cli/main.ts", import.meta.url);
const built = new URL("../dist/cli/main.js", import.meta.url);
const ownNode = fileURLToPath(
  new URL(`../node_modules/node/bin/node${process.platform === "win32" ? ".exe" : ""}`, import.meta.url),
);
const inCheckout = existsSync(source);
const standsIn = process.env.WORKGRAPH_STANDS_IN === "1";
delete process.env.WORKGRAPH_STANDS_IN;

if (isNewEnough(process.versions.node)) {
  if (standsIn) endWithLauncher();
  silenceExpectedWarnings();
  run();
} else if (inCheckout && existsSync(ownNode) && !standsIn) {
  standIn();
} else {
  const version = process.versions.node;
  process.stderr.write(
    `workgraph needs Node ${NEEDED.join(".")} or newer (for node:sqlite and type stripping); this is Node ${version}.\n` +
      "This runs it anywhere, with a newer Node fetched for the one command:\n" +
      "  npx -p node@24 -p agentic-workgraph workgraph " +
      process.argv.slice(2).map(shellQuoted).join(" ") +
      "\n",
  );
  process.exitCode = 2;
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

function run() {
  // Compiled code is kept in the system's temporary folder, from the first file on: 0.40 s become 0.20 s for `run` of a small file,
  // and of the 0.25 s of CPU that `runs` takes without it 0.14 are left (2 cores, Node 24, source with its types).
  // NODE_DISABLE_COMPILE_CACHE=1 turns it off.
  module.enableCompileCache();
  // A rejection is a bug of ours: Node prints it whole and exits with 1.
  void import(inCheckout ? source.href : built.href)
    .then(({ main }) => main(process.argv.slice(2)))
    .then((exitCode) => {
      process.exitCode = exitCode;
    });
}

/** The two experimental features that we stand on announce themselves in every process; every other warning is shown. */
function silenceExpectedWarnings() {
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const text = String((warning && warning.message) || warning);
    const type = (warning && warning.name !== undefined && warning.name) || (rest[0] && rest[0].type) || rest[0];
    if (type === "ExperimentalWarning" && /^(SQLite|Type Stripping) is an experimental feature/.test(text)) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
}

/** Runs this same command line in the repository's own Node, as if it were this process. */
function standIn() {
  const child = spawn(ownNode, [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ["inherit", "inherit", "inherit", "pipe"],
    env: { ...process.env, WORKGRAPH_STANDS_IN: "1" },
  });
  // A terminal sends Ctrl-C to both of us; forwarded too, the program would take it for the second one, which means "at once".
  const atTerminal = [0, 1, 2].some((fd) => isatty(fd));
  process.on("SIGINT", () => atTerminal || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));
  child.on("error", (error) => {
    process.stderr.write(`workgraph: cannot start ${ownNode}: ${error.message}\n`);
    process.exitCode = 2;
  });
  child.on("exit", (exitCode, signal) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name);
    if (signal) process.kill(process.pid, signal);
    else process.exitCode = exitCode;
  });
}

/**
 * The other end of `standIn`: descriptor 3 closes when the process that stands before this one is gone, `kill -9` included.
 * Whoever killed that one meant this one; a run that went on unseen would keep its lock.
 */
function endWithLauncher() {
  const launcher = new Socket({ fd: 3 });
  launcher.on("error", () => {});
  launcher.on("close", () => process.kill(process.pid, "SIGKILL"));
  launcher.resume();
  launcher.unref();
}

function shellQuoted(argument) {
  return /^[\w@%+=:,./#-]+$/.test(argument) ? argument : `'${argument.replace(/'/g, "'\\''")}'`;
}
