/**
 * A folder that runs the version that a run had.
 *
 * Owns: what is laid out where, and its package.json. Leaves to version/: the stored sources; to the package manager: installing.
 *
 * R1. Sources stand at their stored paths. Those of a workspace package beside the project (`../beside/x.ts`) need folders above it:
 *     the project is then a folder within the one that was asked for. Nothing is written outside of that.
 * R2. Nothing is overwritten: the folder is new, or empty. Nothing executes and nothing is installed.
 * R3. Packages are pinned to what the version was hashed with, those below them too where there was one of a name.
 * R4. What a version does not hold (tsconfig, the configuration, the lockfile) is made anew from what it does: paths that the sources
 *     import by another name are mapped to the files that they meant.
 */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { dirname, join, posix } from "node:path";
import { commandLine } from "../../model/command-line.ts";
import type { RunId } from "../../model/ids.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { PACKAGE_NAME } from "../../version/specifiers.ts";
import { loadVersion, type StoredVersion } from "../../version/stored-version.ts";
import { findRun } from "../find-run.ts";
import { packageVersion } from "../package-version.ts";
import { plainValue } from "../plain-json.ts";
import type { Workspace } from "../workspace.ts";

export interface CheckoutRunInput {
  readonly run: string;
  /** Absolute folder that is not there, or empty. */
  readonly dir: string;
}

export interface CheckoutRunOutput {
  readonly runId: RunId;
  readonly workflow: string;
  readonly version: string;
  /** Absolute folder to install and run in: `dir`, or one within it. */
  readonly folder: string;
  /** Relative to `dir`, with `/`. */
  readonly files: readonly string[];
  /** What `run` is given: `path#export`. */
  readonly target: string;
  readonly packages: Readonly<Record<string, string>>;
}

export async function checkoutRun({ store }: Workspace, input: CheckoutRunInput): Promise<CheckoutRunOutput> {
  const { run } = await findRun(store, input.run);
  if (run.manifest === undefined) {
    throw new WorkgraphError("WG5045", `run ${run.runId} kept no source: its version is "${run.version}"`, {
      hint: "Code that is in no file, as in a REPL, is not stored.",
    });
  }
  const version = await loadVersion(store, run.manifest);
  const layout = new Layout(version);
  await requireEmpty(input.dir);
  const packages = packagesOf(version);
  const target = version.base === undefined ? `${version.path}#${version.exportName}` : run.workflow;
  const recorded = run.forgottenAt === undefined ? await store.eventValue(run.runId, 1) : undefined;
  const made: Readonly<Record<string, string>> = {
    "package.json": `${JSON.stringify(await packageJson(version, packages), null, 2)}\n`,
    "workgraph.config.ts": configText(version),
    "input.json": `${JSON.stringify(recorded === undefined ? {} : plainValue(recorded), null, 2)}\n`,
    "README.md": readmeText({ run, version, target, packages }),
    ...aliasFiles(version),
  };
  const files = new Map(version.sources.map(({ path, text }) => [layout.place(path), text]));
  for (const [name, text] of Object.entries(made)) {
    const path = posix.join(layout.project, name);
    if (!files.has(path)) files.set(path, text);
  }
  for (const [path, text] of files) {
    const file = join(input.dir, ...path.split("/"));
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: "wx" });
  }
  return {
    runId: run.runId,
    workflow: run.workflow,
    version: run.version,
    folder: join(input.dir, layout.project),
    files: [...files.keys()].sort(),
    target,
    packages,
  };
}

/** R1. */
class Layout {
  /** Folder of the project within the one that was asked for, with `/`; "" for that itself. */
  readonly project: string;

  constructor(version: StoredVersion) {
    const paths = [version.path, ...version.sources.map(({ path }) => path)];
    for (const path of paths)
      if (path === "" || /^(\/|[A-Za-z]:)|\\|[\u0000-\u001f\u007f]/.test(path) || !path.isWellFormed())
        throw badPath(path);
    const ups = Math.max(
      0,
      ...paths.map(
        (path) =>
          posix
            .normalize(path)
            .split("/")
            .filter((part) => part === "..").length,
      ),
    );
    if (ups > 32) throw badPath(paths.find((path) => path.startsWith("../")) ?? "");
    const taken = new Set(paths.flatMap((path) => path.split("/")));
    let name = "project";
    while (taken.has(name)) name += "_";
    this.project = Array.from({ length: ups }, () => name).join("/");
  }

  place(path: string): string {
    const placed = posix.join(this.project, path);
    if (placed === ".." || placed.startsWith("../") || placed.endsWith("/")) throw badPath(path);
    if (placed.split("/").some((part) => /^(\.git|node_modules|\.workgraph)$/i.test(part))) throw badPath(path);
    return placed;
  }
}

function badPath(path: string): WorkgraphError {
  return new WorkgraphError("WG4071", `the version has a file at ${JSON.stringify(path)}, where none is written`, {
    hint: `"${commandLine("source RUN --list")}" shows what it holds; nothing was written`,
  });
}

/** R2. */
async function requireEmpty(dir: string): Promise<void> {
  const entries = await readdir(dir).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw new WorkgraphError("WG4072", `"${dir}" is no folder that can be written: ${cause.message}`, {
      hint: "name a folder that does not exist",
      cause,
    });
  });
  if (entries.length === 0) return;
  throw new WorkgraphError("WG4072", `"${dir}" is not empty`, {
    hint: "name a folder that does not exist, or an empty one",
  });
}

/** R3. */
function packagesOf({ externals }: StoredVersion): Readonly<Record<string, string>> {
  const packages = new Map<string, string>();
  for (const { package: name, version } of externals) if (name && version) packages.set(name, version);
  packages.delete(PACKAGE_NAME);
  return Object.fromEntries([...packages].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function packageJson(version: StoredVersion, packages: Readonly<Record<string, string>>): Promise<object> {
  const below = new Map<string, Set<string>>();
  for (const entry of version.externals.flatMap((external) => external.below)) {
    const at = entry.lastIndexOf("@");
    if (at <= 0) continue;
    const versions = below.get(entry.slice(0, at)) ?? new Set<string>();
    below.set(entry.slice(0, at), versions.add(entry.slice(at + 1)));
  }
  const pinned = [...below].filter(([name, versions]) => versions.size === 1 && packages[name] === undefined);
  const overrides = Object.fromEntries(pinned.map(([name, [one]]) => [name, one]));
  return {
    name: "checkout",
    private: true,
    type: "module",
    engines: { node: `>=${version.nodeVersion.split(".")[0]}` },
    dependencies: { [PACKAGE_NAME]: await packageVersion(), ...packages },
    ...(pinned.length > 0 ? { overrides } : {}),
  };
}

function configText({ path }: StoredVersion): string {
  return `import { defineConfig } from "${PACKAGE_NAME}";\n\nexport default defineConfig({ workflows: [${JSON.stringify(path)}] });\n`;
}

const IMPORT = /\b(?:from|import)\s*\(?\s*["']([^"'\n]+)["']/g;

/** R4. */
function aliasFiles(version: StoredVersion): Readonly<Record<string, string>> {
  const known = new Set(version.externals.map(({ specifier }) => specifier));
  const paths: Record<string, readonly string[]> = {};
  for (const { text } of version.sources) {
    for (const [, specifier = ""] of text.matchAll(IMPORT)) {
      const isOther =
        /^[./]/.test(specifier) || isBuiltin(specifier) || known.has(specifier) || specifier.startsWith(PACKAGE_NAME);
      const meant = isOther ? undefined : meantBy(specifier, version);
      if (meant !== undefined) paths[specifier] = [/^\.\.?\//.test(meant) ? meant : `./${meant}`];
    }
  }
  if (Object.keys(paths).length === 0) return {};
  return { "tsconfig.json": `${JSON.stringify({ compilerOptions: { paths } }, null, 2)}\n` };
}

/** The one source whose path ends as the specifier does. */
function meantBy(specifier: string, { sources }: StoredVersion): string | undefined {
  const plain = (path: string): string => path.replace(/\.(d\.)?[cm]?[jt]sx?$/, "").replace(/\/index$/, "");
  const parts = plain(specifier).split("/");
  for (let skip = 0; skip < parts.length; skip++) {
    const ending = parts.slice(skip).join("/");
    const found = sources.filter(({ path }) => plain(path) === ending || plain(path).endsWith(`/${ending}`));
    if (found.length === 1) return found[0]!.path;
  }
  return undefined;
}

function readmeText(of: {
  readonly run: { readonly runId: RunId; readonly workflow: string; readonly version: string };
  readonly version: StoredVersion;
  readonly target: string;
  readonly packages: Readonly<Record<string, string>>;
}): string {
  const { run, version, target } = of;
  const pinned = Object.keys(of.packages).length;
  return `# ${run.workflow}, as run ${run.runId} had it

Version \`${run.version}\`, stored with Node ${version.nodeVersion}. ${pinned === 0 ? "It uses no packages besides the runtime." : `Its ${pinned} packages are pinned in package.json.`}

\`\`\`
npm install
npx workgraph run ${shellWord(target)} @input.json    # the input of that run
npx workgraph check ${shellWord(version.path)}
\`\`\`

\`npx workgraph versions ${run.workflow}\` then shows the same version, as long as nothing is edited. Environment variables, secrets, files that
the code reads and artifacts are not part of a version. workgraph.config.ts names the workflow file; settings of the project that the
run was made in (pools, models, limits) are not in it.
`;
}

function shellWord(text: string): string {
  return /^[\w./#@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
