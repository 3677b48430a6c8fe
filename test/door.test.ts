/** `bin/workgraph.js`, run as a child process in a copy of the repository's and of the installed package's layout. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAIN = `
  import { DatabaseSync } from "node:sqlite";
  export async function main(argv) {
    new DatabaseSync(":memory:").close();
    if (argv[0] === "wait") {
      const timer = setInterval(() => {}, 1000);
      const signal = await new Promise((resolve) => {
        for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => resolve(name));
        console.log("waiting", process.pid);
      });
      clearInterval(timer);
      console.log("got", signal);
      return 130;
    }
    if (argv[0] === "warn") process.emitWarning("of another kind", "ExperimentalWarning");
    console.log(JSON.stringify(argv));
    return argv.length;
  }`;
/** Loaded with --require: this Node says it is an old one. The stand-in, started without it in its environment, says the truth. */
const PRETEND_OLD = `if (!process.env.WORKGRAPH_STANDS_IN) {
    Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });
  }`;

let folder: string;
let checkout: string;
let installed: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "workgraph-door-"));
  checkout = join(folder, "checkout");
  installed = join(folder, "installed");
  for (const [place, main] of [
    [checkout, "src/cli/main.ts"],
    [installed, "dist/cli/main.js"],
  ] as const) {
    mkdirSync(join(place, main, ".."), { recursive: true });
    cpSync(join(ROOT, "bin"), join(place, "bin"), { recursive: true });
    writeFileSync(join(place, "package.json"), '{ "type": "module" }');
    writeFileSync(join(place, main), MAIN);
  }
  mkdirSync(join(checkout, "node_modules/node/bin"), { recursive: true });
  symlinkSync(process.execPath, join(checkout, "node_modules/node/bin/node"));
  writeFileSync(join(folder, "old.cjs"), PRETEND_OLD);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const old = (): readonly string[] => ["--require", join(folder, "old.cjs")];

function run(place: string, nodeArgs: readonly string[], argv: readonly string[]) {
  const done = spawnSync(process.execPath, [...nodeArgs, join(place, "bin/workgraph.js"), ...argv], {
    encoding: "utf8",
  });
  return { exitCode: done.status, stdout: done.stdout.trim(), stderr: done.stderr.trim() };
}

/** Starts `wait` behind a door that stands in, and gives the id of the process that does the work. */
async function waiting() {
  const launcher = spawn(process.execPath, [...old(), join(checkout, "bin/workgraph.js"), "wait"], {
    // No terminal on any of the three: there the terminal itself sends Ctrl-C to both processes.
    stdio: ["ignore", "pipe", "ignore"],
  });
  const lines = createInterface({ input: launcher.stdout })[Symbol.asyncIterator]();
  const { value } = (await lines.next()) as { readonly value: string };
  return { launcher, lines, workerPid: Number(value.split(" ")[1]) };
}

describe("the door", () => {
  test("runs the source in a checkout and dist/ in the package, and passes arguments and exit code", () => {
    const said = { exitCode: 2, stdout: '["a","b c"]', stderr: "" };
    expect(run(checkout, [], ["a", "b c"])).toEqual(said);
    expect(run(installed, [], ["a", "b c"])).toEqual(said);
  });

  test("keeps quiet about node:sqlite and type stripping, and about nothing else", () => {
    expect(run(checkout, [], ["warn"]).stderr).toContain("ExperimentalWarning: of another kind");
  });

  test("tells an old Node what to do, with the command line to paste, and exits with 2", () => {
    const { exitCode, stdout, stderr } = run(installed, old(), ["run", "a.ts", "-i", "q=it's"]);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("needs Node 22.18 or newer");
    expect(stderr).toContain("this is Node 20.20.2");
    expect(stderr).toContain(String.raw`npx -p node@24 -p agentic-workgraph workgraph run a.ts -i 'q=it'\''s'`);
  });

  test("in a checkout lets the repository's own Node stand in for an old one", () => {
    expect(run(checkout, old(), ["a", "b c", "d"])).toEqual({ exitCode: 3, stdout: '["a","b c","d"]', stderr: "" });
  });

  test.each(["SIGINT", "SIGTERM"] as const)("passes %s on to the Node that stands in, once", async (signal) => {
    const { launcher, lines } = await waiting();
    launcher.kill(signal);
    expect((await lines.next()).value).toBe(`got ${signal}`);
    expect(await once(launcher, "exit")).toEqual([130, null]);
  });

  test("killed, takes the Node that stands in with it", async () => {
    const { launcher, workerPid } = await waiting();
    launcher.kill("SIGKILL");
    await once(launcher, "exit");
    await expect.poll(() => isAlive(workerPid), { timeout: 5_000 }).toBe(false);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
