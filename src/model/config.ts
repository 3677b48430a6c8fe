/**
 * What a project says about itself: the contents of `workgraph.config.ts`, and the project that was found.
 *
 * Owns: the shape of both. Leaves to app/project.ts: finding, loading and checking.
 */
import type { ModelEntry } from "./llm.ts";

/** Places shared by all calls of nodes that name the pool, in every run and process of one store. */
export interface PoolConfig {
  /** Items in flight at once, >= 1. */
  readonly slots: number;
}

export interface LimitsConfig {
  /** Calls one run may make before it is stopped; default 100,000. */
  readonly callsPerRun?: number;
  /** Bytes of one handle that `await` may load; default 256 MB. */
  readonly awaitBytes?: number;
}

/** What `defineConfig` takes. Paths and globs are relative to the folder of the config file. */
export interface ProjectConfig {
  /** Globs of the files in which workflows are looked for; default `DEFAULT_WORKFLOWS`. */
  readonly workflows?: readonly string[];
  /** Data folder; default `.workgraph`. */
  readonly data?: string;
  /** Folder of published artifacts; default `artifacts`. */
  readonly artifacts?: string;
  /** Language models by name, for `ctx.llm`; "default" is asked where nothing else is said. See docs/models.md. */
  readonly models?: Readonly<Record<string, ModelEntry>>;
  readonly pools?: Readonly<Record<string, PoolConfig>>;
  readonly limits?: LimitsConfig;
  /** Whether `workgraph run` replays a run over its own log when its function is done, to find hidden non-determinism; default
   *  true. */
  readonly replayCheck?: boolean;
}

export const CONFIG_KEYS: readonly (keyof ProjectConfig)[] = [
  "workflows",
  "data",
  "artifacts",
  "models",
  "pools",
  "limits",
  "replayCheck",
];

/** Where workflows are looked for when nothing is configured. */
export const DEFAULT_WORKFLOWS: readonly string[] = ["workflows/**/*.{ts,mts,js,mjs}", "*.workflow.ts"];

export interface Project {
  /** Absolute folder of the nearest config file or package.json; the working folder when there is neither. */
  readonly root: string;
  /** `name` of package.json, else the name of the root folder. */
  readonly name: string;
  /** Absolute; it may not exist yet. */
  readonly dataDir: string;
  /** Absolute; it may not exist yet. */
  readonly artifactsDir: string;
  /** Absolute path of the config file, when there is one. */
  readonly configFile?: string;
  readonly config: ProjectConfig;
  /** Absolute paths of the files in which workflows are looked for, sorted. */
  workflowFiles(): Promise<readonly string[]>;
}
