/**
 * The workflows of a project that can be launched by name, as its files say now.
 *
 * Owns: which files, when they are read again, and what a name means. Leaves to registration-reader.ts: reading, elsewhere.
 *
 * R1. No code of a workflow is loaded in this process.
 * R2. A file that does not load is an entry with its error and its line; the others are not held up by it.
 * R3. A file is read again when something its answer depends on has changed. Runs in progress keep the version they began with:
 *     it is stored, and a later launch finds another.
 * R4. A name given twice names nothing until one of the two is renamed.
 */
import { readdir, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { systemClock } from "../base/clock.ts";
import { nearestName } from "../base/nearest-name.ts";
import { DEFAULT_WORKFLOWS, type Project } from "../model/config.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { FileReading, RegisteredWorkflow, RegistrationProblem } from "./registration-reading.ts";
import { RegistrationReader } from "./registration-reader.ts";
import { FolderWatch } from "./registration-watch.ts";

export interface Registered {
  readonly workflows: readonly RegisteredWorkflow[];
  readonly problems: readonly RegistrationProblem[];
  /** Workflow files of the project. */
  readonly files: number;
}

interface FileEntry {
  readonly reading: FileReading;
  readonly stamp: string;
}

/** Without watching, files are looked at again when somebody asks this long after the last look, which is a stat per file. */
const FRESH_MS = 100;
const MAX_WATCHED_FOLDERS = 500;
const NEVER_WATCHED: ReadonlySet<string> = new Set(["node_modules", "dist"]);

export class Registration {
  readonly #project: Project;
  readonly #freshMs: number;
  readonly #reader: RegistrationReader;
  readonly #listeners: Set<() => void> = new Set();
  #entries: ReadonlyMap<string, FileEntry> = new Map();
  #watch: FolderWatch | undefined;
  #lookedAt = -Infinity;
  #refreshing: Promise<void> | undefined;
  #again = false;

  /** @param options.freshMs 0: every question looks, for who writes a file and asks at once; default 100 */
  constructor(project: Project, options: { readonly readWithinMs?: number; readonly freshMs?: number } = {}) {
    this.#project = project;
    const { readWithinMs, freshMs = FRESH_MS } = options;
    this.#freshMs = freshMs;
    this.#reader = new RegistrationReader(project, readWithinMs === undefined ? {} : { withinMs: readWithinMs });
  }

  /** What is registered, looked at not long ago. */
  async current(): Promise<Registered> {
    if (this.#watch === undefined && systemClock.perf() - this.#lookedAt > this.#freshMs) await this.refresh();
    else if (this.#lookedAt === -Infinity) await this.#refreshing;
    return this.registered();
  }

  registered(): Registered {
    const readings = [...this.#entries.values()].map(({ reading }) => reading);
    const workflows = readings.flatMap((reading) => reading.workflows);
    return {
      workflows: workflows.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
      problems: [...readings.flatMap((reading) => reading.problems), ...givenTwice(workflows)],
      files: this.#entries.size,
    };
  }

  /** Throws WG4010 for a name that there is not, WG4012 for one given twice. */
  async find(name: string): Promise<RegisteredWorkflow> {
    let { workflows, problems } = await this.current();
    let named = workflows.filter((workflow) => workflow.name === name);
    if (named.length === 0) {
      // Written since the last look, perhaps by who asks.
      await this.refresh();
      ({ workflows, problems } = this.registered());
      named = workflows.filter((workflow) => workflow.name === name);
    }
    const [only] = named;
    if (only === undefined) throw unknownWorkflow(name, workflows, problems);
    if (named.length === 1) return only;
    throw new WorkgraphError("WG4012", twice(name, named), { hint: "Give one of them another name." });
  }

  /** Reads again what has changed. Calls made while one goes on share the next. */
  refresh(): Promise<void> {
    if (this.#refreshing !== undefined) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Picks up edits from now on. */
  async watch(): Promise<void> {
    this.#watch ??= new FolderWatch(() => void this.refresh().catch(() => undefined));
    await this.refresh();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Why edits may be noticed late, when they may. */
  get degraded(): string | undefined {
    return this.#watch?.degraded;
  }

  close(): void {
    this.#watch?.close();
    this.#listeners.clear();
    this.#reader.close();
  }

  async #refreshAll(): Promise<void> {
    do {
      this.#again = false;
      await this.#refreshOnce();
    } while (this.#again);
  }

  async #refreshOnce(): Promise<void> {
    // Watched before it is read: an edit in between is seen.
    const files = await this.#project.workflowFiles();
    await this.#watchFolders(files);
    const entries = new Map<string, FileEntry>();
    let changed = files.length !== this.#entries.size;
    for (const file of files) {
      const known = this.#entries.get(file);
      if (known !== undefined && known.stamp === (await stampOf(known.reading.inputs))) {
        entries.set(file, known);
        continue;
      }
      changed = true;
      const before = await stampOf([file]);
      const reading = await this.#reader.read(file, files);
      const [alone, stamp] = [await stampOf([file]), await stampOf(reading.inputs)];
      // Edited while it was read: the stamp must not say that this is known.
      entries.set(file, { reading, stamp: alone === before ? stamp : "" });
    }
    this.#entries = entries;
    this.#lookedAt = systemClock.perf();
    await this.#watchFolders(files);
    if (changed) for (const listener of this.#listeners) listener();
  }

  async #watchFolders(files: readonly string[]): Promise<void> {
    if (this.#watch === undefined) return;
    const { root, config } = this.#project;
    const folders = new Set([root, ...files.map((file) => dirname(file))]);
    for (const { reading } of this.#entries.values()) {
      for (const input of reading.inputs) if (!input.includes(`${sep}node_modules${sep}`)) folders.add(dirname(input));
    }
    for (const pattern of config.workflows ?? DEFAULT_WORKFLOWS) {
      await addFolders(folders, resolve(root, fixedPart(pattern)), { deep: pattern.includes("**") });
    }
    this.#watch.set(folders);
  }
}

/** The folder that a glob begins in. */
function fixedPart(pattern: string): string {
  const parts = pattern.split("/").slice(0, -1);
  const wild = parts.findIndex((part) => /[*?[\]{}()!]/.test(part));
  return (wild === -1 ? parts : parts.slice(0, wild)).join("/");
}

async function addFolders(folders: Set<string>, folder: string, { deep }: { readonly deep: boolean }): Promise<void> {
  if (folders.size >= MAX_WATCHED_FOLDERS) return;
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return;
  folders.add(folder);
  if (!deep) return;
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name.startsWith(".") || NEVER_WATCHED.has(entry.name)) continue;
    await addFolders(folders, join(folder, entry.name), { deep });
  }
}

async function stampOf(paths: readonly string[]): Promise<string> {
  const stamps = await Promise.all(
    paths.map(async (path) => {
      const found = await stat(path).catch(() => undefined);
      return found === undefined ? "-" : `${found.mtimeMs}:${found.size}:${found.ino}`;
    }),
  );
  return stamps.join(" ");
}

function twice(name: string, named: readonly RegisteredWorkflow[]): string {
  return `"${name}" names several workflows: ${named.map((one) => `"${one.file}" line ${one.line}`).join(", ")}`;
}

/** R4. */
function givenTwice(workflows: readonly RegisteredWorkflow[]): readonly RegistrationProblem[] {
  return [...Map.groupBy(workflows, (workflow) => workflow.name)]
    .filter(([, named]) => named.length > 1)
    .map(([name, named]) => ({
      file: named[1]!.file,
      line: named[1]!.line,
      code: "WG4012",
      message: twice(name, named),
    }));
}

function unknownWorkflow(
  name: string,
  workflows: readonly RegisteredWorkflow[],
  problems: readonly RegistrationProblem[],
): WorkgraphError {
  const names = [...new Set(workflows.map((workflow) => workflow.name))];
  const near = nearestName(name, names);
  const known = names.map((one) => `"${one}"`).join(", ");
  const broken = problems.length === 0 ? "" : ` ${problems.length} of the project's files do not load.`;
  return new WorkgraphError("WG4010", `there is no registered workflow "${name}"`, {
    hint: near === undefined ? `Registered: ${known || "none"}.${broken}` : `Did you mean "${near}"?`,
    ...(near === undefined ? {} : { details: { nearest: near } }),
  });
}
