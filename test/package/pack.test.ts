/**
 * The package as others get it: built, packed, unpacked in an empty folder elsewhere, with nothing beside it but what its
 * package.json asks for. The README's workflow is pasted there, type-checked, run and read back; `init` makes a project there,
 * which is type-checked, passes its own tests, and has a finished run on the screen.
 *
 * Needs no network: dependencies are linked from this checkout by name, those of `dependencies` only, so that one that is missing
 * there is missing here. The long variant adds other Nodes, by path:
 *
 *   npm install --prefix /tmp/node22 node@22
 *   WORKGRAPH_NODES=/tmp/node22/node_modules/node/bin/node npm test -- test/package
 */
import { spawn, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inChromium } from "../browser/chromium.ts";
import { ROOT, twentyLines } from "../readme/readme.ts";

const NODES = [process.execPath, ...(process.env.WORKGRAPH_NODES ?? "").split(delimiter).filter((path) => path !== "")];
const COMPILER = join(ROOT, "node_modules/typescript/bin/tsc");

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}

let folder: string;
/** The empty folder elsewhere. */
let project: string;
/** The package as it lies in its node_modules. */
let installed: string;

function run(command: string, words: readonly string[], cwd: string): SpawnSyncReturns<string> {
  const { NODE_OPTIONS: _options, WORKGRAPH_DATA: _data, ...env } = process.env;
  return spawnSync(command, words, { cwd, env: { ...env, NO_COLOR: "1" }, encoding: "utf8", maxBuffer: 2 ** 26 });
}

function must(command: string, words: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = run(command, words, cwd);
  if (status !== 0) throw new Error(`${command} ${words.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

/** A copy is built: this checkout's dist/ belongs to whoever is using it. */
function copyOfCheckout(): string {
  const copy = join(folder, "copy");
  mkdirSync(copy);
  const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
  const needed = ["package.json", "src", "ui", "scripts", "tsconfig.json", "tsconfig.build.json", ...files];
  for (const name of needed) {
    if (!name.startsWith("dist")) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  return copy;
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "workgraph-package-"));
  const copy = copyOfCheckout();
  must(process.execPath, [join(copy, "scripts/build.ts")], copy);
  must("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], copy);
  const [tarball = ""] = globSync("*.tgz", { cwd: folder });
  project = join(folder, "elsewhere");
  installed = join(project, "node_modules/agentic-workgraph");
  mkdirSync(installed, { recursive: true });
  must("tar", ["-xzf", join(folder, tarball), "-C", installed, "--strip-components=1"], folder);
  // Built from the copy, which must not be found by accident.
  rmSync(copy, { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Manifest;
  for (const name of [...Object.keys(dependencies), "@types/node"]) {
    const link = join(project, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, "node_modules", name), link);
  }
  writeFileSync(join(project, "package.json"), '{ "name": "elsewhere", "type": "module" }\n');
  writeFileSync(join(project, "digest.ts"), twentyLines());
  mkdirSync(join(project, "notes"));
  writeFileSync(join(project, "notes/glass.md"), "# Glass\nCathedrals of it.\n");
  writeFileSync(join(project, "notes/salt.md"), "# Salt\nIt keeps.\n");
  // It compiles, and builds the pages.
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("what is packed is what a user needs, and no tests", () => {
  const files = globSync("**/*", { cwd: installed }).filter(
    (path) => !globSync(`${path}/*`, { cwd: installed }).length,
  );
  for (const needed of [
    "README.md",
    "LICENSE",
    "bin/workgraph.js",
    "dist/index.js",
    "dist/index.d.ts",
    "docs/errors.md",
    "AGENTS.md",
    "llms.txt",
    "templates/agent/.mcp.json",
    "templates/basic/gitignore",
  ]) {
    expect(existsSync(join(installed, needed)), needed).toBe(true);
  }
  const ours = files.filter((path) => !path.startsWith("templates/"));
  expect(ours.filter((path) => /\.(test|test-d|contract)\.|\/fixtures\/|^src\//.test(path))).toEqual([]);
});

test("the README's workflow type-checks against the packed types, and a mistake in it does not", () => {
  const options = "--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2024 --types node".split(
    " ",
  );
  expect(must(process.execPath, [COMPILER, ...options, "digest.ts"], project)).toBe("");
  writeFileSync(join(project, "mistaken.ts"), twentyLines().replace("{ notes });", "{ note: notes });"));
  const { stdout, status } = run(process.execPath, [COMPILER, ...options, "mistaken.ts"], project);
  expect(status).not.toBe(0);
  expect(stdout).toContain("mistaken.ts(");
  rmSync(join(project, "mistaken.ts"));
});

describe.each(NODES)("with %s", (node) => {
  const workgraph = (...words: readonly string[]) =>
    must(node, [join(installed, "bin/workgraph.js"), ...words], project);

  test("the README's workflow runs, and is read back", () => {
    expect(workgraph("run", "digest.ts", "--folder", "notes")).toBe("- Glass: 3 words\n- Salt: 2 words\n");
    expect(workgraph("show", "latest")).toMatch(/status +completed/);
    expect(workgraph("graph", "latest")).toContain("write_digest");
    const { items } = JSON.parse(workgraph("items", "latest", "--json")) as {
      items: { node: string; status: string }[];
    };
    expect(items.map(({ node: id, status }) => `${id} ${status}`)).toEqual([
      "list_notes completed",
      "read_note completed",
      "read_note completed",
      "write_digest completed",
    ]);
    expect(workgraph("output", "latest")).toBe("- Glass: 3 words\n- Salt: 2 words\n");
  });

  test("the pages that commands read are in the package", () => {
    expect(workgraph("docs", "WG1001")).toContain("WG1001");
    expect(workgraph("--version")).toBe(
      `${(JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { version: string }).version}\n`,
    );
  });

  test("a program of the user's own launches it", () => {
    writeFileSync(
      join(project, "launch.ts"),
      `import { openWorkgraph } from "agentic-workgraph";
import { digest } from "./digest.ts";

const wg = await openWorkgraph();
const run = await wg.launch(digest, { folder: "notes" });
console.log(await run.result());
await wg.close();
`,
    );
    expect(must(node, ["--disable-warning=ExperimentalWarning", "launch.ts"], project)).toBe(
      "- Glass: 3 words\n- Salt: 2 words\n",
    );
  });
});

describe("a project that init makes", () => {
  let demo: string;
  let made: {
    readonly installed: boolean;
    readonly runs: readonly { readonly workflow: string; readonly status: string; readonly asMeant: boolean }[];
  };
  const workgraph = (...words: readonly string[]): SpawnSyncReturns<string> =>
    run(process.execPath, [join(installed, "bin/workgraph.js"), ...words], project);

  beforeAll(() => {
    // As npm leaves it behind when the packed file is installed.
    const lock = { packages: { "node_modules/agentic-workgraph": { resolved: "file:../packed.tgz" } } };
    writeFileSync(join(project, "node_modules/.package-lock.json"), JSON.stringify(lock));
    demo = join(project, "demo");
    made = JSON.parse(workgraph("init", "demo", "--json").stdout) as typeof made;
  });

  test("has run, as it is meant to, without an installation of its own", () => {
    expect(made.installed).toBe(true);
    expect(made.runs).toMatchObject([
      { workflow: "receipts", status: "failed", asMeant: true },
      { workflow: "digest", status: "completed", asMeant: true },
    ]);
    const { name, dependencies } = JSON.parse(readFileSync(join(demo, "package.json"), "utf8")) as Manifest & {
      readonly name: string;
    };
    expect([name, dependencies]).toEqual(["demo", { "agentic-workgraph": "file:../../packed.tgz" }]);
    expect(readFileSync(join(demo, "AGENTS.md"), "utf8")).toBe(readFileSync(join(installed, "AGENTS.md"), "utf8"));
    const config = must(process.execPath, [join(installed, "bin/workgraph.js"), "mcp", "--print-config", "json"], demo);
    expect(JSON.parse(readFileSync(join(demo, ".mcp.json"), "utf8"))).toEqual(JSON.parse(config));
  });

  test("type-checks, and passes its own tests", () => {
    expect(must(process.execPath, [COMPILER, "-p", demo], demo)).toBe("");
    expect(must(process.execPath, ["--disable-warning=ExperimentalWarning", "--test"], demo)).toMatch(/pass 4\n/);
  });

  test("is written over nothing", () => {
    const text = readFileSync(join(demo, "README.md"), "utf8");
    writeFileSync(join(demo, "README.md"), "mine\n");
    rmSync(join(demo, "AGENTS.md"));
    expect(workgraph("init", "demo")).toMatchObject({ status: 2, stderr: expect.stringContaining("WG5127") });
    const kept = JSON.parse(workgraph("init", "demo", "--keep", "--no-run", "--json").stdout) as Record<
      string,
      unknown
    >;
    expect(kept).toMatchObject({ written: ["AGENTS.md"], kept: expect.arrayContaining(["README.md"]) });
    expect(readFileSync(join(demo, "README.md"), "utf8")).toBe("mine\n");
    expect(workgraph("init", "digest.ts/below").stderr).toContain("WG5128");
    writeFileSync(join(demo, "README.md"), text);
  });

  test("goes the way its README goes: the one line is changed, and only what that reaches executes", () => {
    const program = join(installed, "bin/workgraph.js");
    const here = (...words: readonly string[]): string => must(process.execPath, [program, ...words], demo);
    const readme = readFileSync(join(demo, "README.md"), "utf8");
    const typed = [...readme.matchAll(/^npx workgraph (.+?) *(?:#.*)?$/gm)].map(([, words = ""]) => words);
    expect(typed).toEqual(expect.arrayContaining(["run receipts", "lineage latest.2.2", "check", "fork latest"]));
    const file = join(demo, "workflows/receipts.ts");
    const source = readFileSync(file, "utf8");
    const [, line = ""] = /the line to change: (.+)$/m.exec(source) ?? [];
    run(process.execPath, [program, "run", "receipts"], demo);
    writeFileSync(file, source.replace("Number(written);", `${line};`));
    expect(here("fork", "latest")).toBe("16.00\n");
    expect(here("why", "latest.2.2")).toContain(`+   const price = ${line}`);
  });

  inChromium("and its page", (browser) => {
    test("shows a finished run", async () => {
      const words = [join(installed, "bin/workgraph.js"), "dev", "--port", "0"];
      const server = spawn(process.execPath, words, { cwd: demo, stdio: ["ignore", "pipe", "ignore"] });
      try {
        const [printed] = (await once(server.stdout.setEncoding("utf8"), "data")) as [string];
        const { page } = await browser.tab(printed.trim());
        await page.goto(printed.trim());
        for (const text of ["digest", "completed", "receipts"]) {
          await page.getByText(text, { exact: true }).filter({ visible: true }).first().waitFor();
        }
        expect(await page.getByText("failed").filter({ visible: true }).count()).toBeGreaterThan(0);
      } finally {
        const ended = once(server, "exit");
        server.kill("SIGTERM");
        await ended;
      }
    });
  });
});
