/**
 * Which project is this: the folder, its configuration, its data folder, its workflow files.
 *
 * Owns: finding and loading. Leaves to model/config.ts: the shapes; to workspace.ts: the store in the data folder.
 *
 * R1. The project is the nearest folder upwards that holds a config file or a package.json; without one, the working folder.
 * R2. Data folder: `--data`, else WORKGRAPH_DATA, else `data` of the config, else `.workgraph` in the project.
 * R3. The config file is code: it is loaded by a plain import, and only its plain data is used.
 */
import { glob, readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { nearestName } from "../base/nearest-name.ts";
import { CONFIG_KEYS, DEFAULT_WORKFLOWS, type Project, type ProjectConfig } from "../model/config.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { importConfig } from "../version/config-file.ts";
import { wrongModel } from "./model-entries.ts";

export const CONFIG_FILES: readonly string[] = [
  "workgraph.config.ts",
  "workgraph.config.mts",
  "workgraph.config.js",
  "workgraph.config.mjs",
];

export interface FindProjectOptions {
  /** Absolute folder to look from. */
  readonly from: string;
  /** Data folder given on the command line, relative to `from`. */
  readonly data?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export async function findProject({ from, data, env = {} }: FindProjectOptions): Promise<Project> {
  const { root, configFile } = await findRoot(resolve(from));
  const config = configFile === undefined ? {} : await loadConfig(configFile);
  const fromEnv = env.WORKGRAPH_DATA === "" ? undefined : env.WORKGRAPH_DATA;
  const asked = data ?? fromEnv;
  return {
    root,
    name: (await packageName(root)) ?? basename(root),
    dataDir: asked === undefined ? resolve(root, config.data ?? ".workgraph") : resolve(from, asked),
    artifactsDir: resolve(root, config.artifacts ?? "artifacts"),
    ...(configFile === undefined ? {} : { configFile }),
    config,
    workflowFiles: () => workflowFiles(root, config.workflows ?? DEFAULT_WORKFLOWS),
  };
}

async function findRoot(from: string): Promise<{ readonly root: string; readonly configFile?: string }> {
  for (let folder = from; ; folder = dirname(folder)) {
    for (const name of CONFIG_FILES) {
      const configFile = join(folder, name);
      if (await isFile(configFile)) return { root: folder, configFile };
    }
    if (await isFile(join(folder, "package.json"))) return { root: folder };
    if (folder === dirname(folder)) return { root: from };
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function packageName(root: string): Promise<string | undefined> {
  try {
    const { name } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { name?: unknown };
    return typeof name === "string" && name !== "" ? name : undefined;
  } catch {
    return undefined;
  }
}

async function loadConfig(file: string): Promise<ProjectConfig> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = await importConfig(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WorkgraphError("WG5020", `the configuration "${file}" cannot be loaded: ${reason}`, {
      hint:
        cause instanceof SyntaxError
          ? 'It is read as an ES module only in a package with "type": "module"; named workgraph.config.mts it always is.'
          : "It is run with its types stripped, nothing else: no enums, no path aliases, imports with extensions.",
      cause,
    });
  }
  return checkConfig(loaded.default, file);
}

const TEXT_KEYS: readonly string[] = ["data", "artifacts"];
const OBJECT_KEYS: readonly string[] = ["models", "pools", "limits"];

export function checkConfig(value: unknown, file: string): ProjectConfig {
  const wrong = (what: string, hint: string): WorkgraphError =>
    new WorkgraphError("WG5021", `the configuration "${file}" ${what}`, { hint });
  if (!isObject(value)) {
    throw wrong(
      "has no default export that is an object",
      'Write: export default defineConfig({ workflows: ["flows/*.ts"] })',
    );
  }
  for (const [key, given] of Object.entries(value)) {
    if (!(CONFIG_KEYS as readonly string[]).includes(key)) {
      const near = nearestName(key, CONFIG_KEYS);
      const known = CONFIG_KEYS.map((name) => `"${name}"`).join(", ");
      throw wrong(`has the unknown key "${key}"`, near ? `Did you mean "${near}"?` : `Known keys: ${known}.`);
    }
    if (given === undefined) continue;
    if (key === "workflows" && !(Array.isArray(given) && given.every((part) => typeof part === "string"))) {
      throw wrong('has "workflows" that is not a list of globs', 'Write for example workflows: ["workflows/**/*.ts"].');
    }
    if (TEXT_KEYS.includes(key) && typeof given !== "string") {
      throw wrong(`has "${key}" that is not a text`, `Write for example ${key}: "./folder".`);
    }
    if (key === "replayCheck" && typeof given !== "boolean")
      throw wrong('has "replayCheck" that is neither true nor false', "Write replayCheck: false.");
    if (OBJECT_KEYS.includes(key) && !isObject(given))
      throw wrong(`has "${key}" that is not an object`, "Write an object.");
  }
  for (const [name, pool] of Object.entries((value as ProjectConfig).pools ?? {})) {
    const slots: unknown = isObject(pool) ? pool.slots : undefined;
    if (!Number.isInteger(slots) || (slots as number) < 1) {
      throw wrong(`has the pool "${name}" without a whole number of slots >= 1`, `Write ${name}: { slots: 4 }.`);
    }
  }
  const model = wrongModel(value as ProjectConfig);
  if (model) throw wrong(model.what, model.hint);
  for (const [name, limit] of Object.entries((value as ProjectConfig).limits ?? {})) {
    if (!Number.isInteger(limit) || (limit as number) < 1) {
      throw wrong(`has the limit "${name}" that is not a whole number >= 1`, `Write ${name}: 100_000.`);
    }
  }
  return value as ProjectConfig;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const NEVER: readonly string[] = ["node_modules", ".git", ".workgraph", "dist"];

async function workflowFiles(root: string, globs: readonly string[]): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const pattern of globs) {
    const found = glob(pattern, { cwd: root, exclude: (name) => NEVER.includes(basename(String(name))) });
    for await (const file of found) {
      if (/\.(test|spec|d)\.[cm]?[jt]s$/.test(file)) continue;
      const path = resolve(root, file);
      if (await isFile(path)) files.add(path);
    }
  }
  return [...files].toSorted();
}
