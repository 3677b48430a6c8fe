/**
 * A folder with a project to begin with.
 *
 * Owns: the templates there are, and writing one. Leaves to the command: running what the template shows first.
 *
 * R1. Nothing of anybody's is overwritten: a folder that has something in it is refused, or, when asked to, keeps every file it has.
 * R2. Everything comes out of the package: no network.
 * R3. A template is layers: files of a later one stand in for those of an earlier one.
 */
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { nearestName } from "../../base/nearest-name.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { isInstalledFor, packageSpecifier } from "../package-origin.ts";

export interface Template {
  readonly name: string;
  readonly summary: string;
  readonly layers: readonly string[];
  /** Files of the package itself that a project gets a copy of. */
  readonly copies: readonly string[];
  /** Workflows to run once, so that there is something to look at, the last one last; and how they are meant to end. */
  readonly firstRuns: readonly { readonly workflow: string; readonly ends: "completed" | "failed" }[];
}

export const TEMPLATES: readonly Template[] = [
  {
    name: "agent",
    summary: "a workflow that works and one that fails on purpose, tests, and what coding agents need (default)",
    layers: ["basic", "agent"],
    copies: ["AGENTS.md"],
    firstRuns: [
      { workflow: "receipts", ends: "failed" },
      { workflow: "digest", ends: "completed" },
    ],
  },
  {
    name: "basic",
    summary: "one workflow and its test",
    layers: ["basic"],
    copies: [],
    firstRuns: [{ workflow: "digest", ends: "completed" }],
  },
];

export interface InitProjectInput {
  /** Made when it is not there. Relative to `from`. */
  readonly folder: string;
  readonly from: string;
  /** Default "agent". */
  readonly template?: string;
  /** Of a folder that has something in it; default "refuse". */
  readonly existing?: "refuse" | "keep";
}

export interface InitProjectOutput {
  /** Absolute. */
  readonly folder: string;
  readonly template: string;
  /** Relative to the folder, sorted. */
  readonly written: readonly string[];
  /** Files that were there and stayed as they are. */
  readonly kept: readonly string[];
  /** Whether the package can be imported there already; otherwise `npm install` comes first. */
  readonly installed: boolean;
}

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** npm leaves files of these names out of a package, so templates have them without the dot. */
const RENAMED: Readonly<Record<string, string>> = { gitignore: ".gitignore" };
/** What a folder may have and still count as empty. */
const UNIMPORTANT: ReadonlySet<string> = new Set([".git", ".DS_Store"]);
const SHOWN_NAMES = 5;

/**
 * @throws WorkgraphError WG5127 for a folder that has something in it, WG5128 for a place where no folder can be, WG5129 for a
 *   template that there is not
 */
export async function initProject(input: InitProjectInput): Promise<InitProjectOutput> {
  const template = templateNamed(input.template ?? "agent");
  const folder = resolve(input.from, input.folder);
  await requireRoom(folder, input);
  const sources = await filesOf(template);
  const written: string[] = [];
  const kept: string[] = [];
  for (const [path, source] of [...sources].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const target = join(folder, path);
    try {
      await mkdir(dirname(target), { recursive: true });
      if (await isThere(target)) kept.push(path);
      else {
        await (path === "package.json" ? writePackage(source, folder) : copyFile(source, target));
        written.push(path);
      }
    } catch (cause) {
      throw noPlace(target, cause);
    }
  }
  return { folder, template: template.name, written, kept, installed: isInstalledFor(folder) };
}

export function templateNamed(name: string): Template {
  const template = TEMPLATES.find((one) => one.name === name);
  if (template) return template;
  const near = nearestName(
    name,
    TEMPLATES.map((one) => one.name),
  );
  throw new WorkgraphError("WG5129", `there is no template "${name}"`, {
    hint: near === undefined ? `Templates: ${TEMPLATES.map((one) => one.name).join(", ")}.` : `Did you mean "${near}"?`,
  });
}

/** R1. */
async function requireRoom(folder: string, { existing = "refuse" }: InitProjectInput): Promise<void> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw noPlace(folder, cause);
  });
  const there = names.filter((name) => !UNIMPORTANT.has(name));
  if (there.length === 0 || existing === "keep") return;
  const shown = there.slice(0, SHOWN_NAMES).map((name) => `"${name}"`);
  throw new WorkgraphError(
    "WG5127",
    `"${folder}" has ${shown.join(", ")}${there.length > shown.length ? ", ..." : ""} in it`,
    {
      hint: "Name a new folder, or add --keep: what is there stays as it is, and only missing files are written.",
    },
  );
}

/** R3: path in the project -> absolute path of what is copied there. */
async function filesOf({ layers, copies }: Template): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const layer of layers) {
    const root = join(ROOT, "templates", layer);
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const source = join(entry.parentPath, entry.name);
      const inside = source.slice(root.length + 1).replaceAll("\\", "/");
      files.set(RENAMED[inside] ?? inside, source);
    }
  }
  for (const name of copies) files.set(name, join(ROOT, name));
  return files;
}

async function writePackage(source: string, folder: string): Promise<void> {
  const manifest = JSON.parse(await readFile(source, "utf8")) as { dependencies: Record<string, string> };
  const dependencies = { ...manifest.dependencies, "agentic-workgraph": await packageSpecifier(folder) };
  const text = JSON.stringify({ ...manifest, name: packageName(folder), dependencies }, null, 2);
  await writeFile(join(folder, "package.json"), `${text}\n`, { flag: "wx" });
}

/** As npm takes it. */
function packageName(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "")
    .slice(0, 200);
  return name === "" || name === "node_modules" || name === "agentic-workgraph" ? "workflows" : name;
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function noPlace(path: string, cause: unknown): WorkgraphError {
  return new WorkgraphError("WG5128", `nothing can be written to "${path}": ${(cause as Error).message}`, {
    hint: "Name a folder that can be made, or that you may write to.",
    cause,
  });
}
