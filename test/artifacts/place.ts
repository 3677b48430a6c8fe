/** A project of its own, with workgraph open in it. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openWorkgraph, type RunResult, type Workflow, type Workgraph } from "agentic-workgraph";
import { FolderArtifacts } from "../../src/artifacts/folder-artifacts.ts";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export class Place {
  readonly dir: string = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-artifacts-")));
  readonly artifactsDir: string = join(this.dir, "artifacts");
  readonly dataDir: string = join(this.dir, ".workgraph");
  #open: Promise<Workgraph> | undefined;

  constructor() {
    writeFileSync(join(this.dir, "package.json"), '{"name": "place", "type": "module"}');
    mkdirSync(join(this.dir, "node_modules"));
    symlinkSync(ROOT, join(this.dir, "node_modules/agentic-workgraph"));
  }

  get workgraph(): Promise<Workgraph> {
    return (this.#open ??= openWorkgraph({ dir: this.dir }));
  }

  async run<Input extends object>(workflow: Workflow<Input, unknown>, input: Input): Promise<RunResult> {
    const run = await (await this.workgraph).launch(workflow, input as never);
    return run.end();
  }

  /** The run's folders, by name. */
  published(workflow: string, runId: string): readonly string[] {
    const folder = join(this.artifactsDir, workflow, runId);
    return existsSync(folder) ? readdirSync(folder).sort() : [];
  }

  /** What lies where drafts lie. */
  drafts(): readonly string[] {
    const staging = join(this.dataDir, "staging");
    return existsSync(staging) ? readdirSync(staging) : [];
  }

  folder(workflow: string, runId: string, name: string): string {
    return join(this.artifactsDir, workflow, runId, name);
  }

  artifacts(): FolderArtifacts {
    return new FolderArtifacts({ root: this.dir, artifactsDir: this.artifactsDir, dataDir: this.dataDir });
  }

  async reading<T>(use: (store: Store) => Promise<T>): Promise<T> {
    const store = await openSqliteStore({ dir: this.dataDir, readOnly: true });
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    if (open) await (await open).close();
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
