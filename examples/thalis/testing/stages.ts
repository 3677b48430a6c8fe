/** Stages run as anybody runs them, in a project of their own, and the folders that they publish. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  openWorkgraph,
  type ArtifactManifest,
  type ArtifactRef,
  type RunResult,
  type Workflow,
} from "agentic-workgraph";

/** Less than the defaults, to be quick; more than enough to learn from. */
export const SMALL = { seeds: 6, perSeed: 2, size: 64 };

export class Stages {
  readonly dir: string = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-thalis-")));
  #open: ReturnType<typeof openWorkgraph> | undefined;

  constructor() {
    writeFileSync(join(this.dir, "package.json"), '{"name": "stages", "type": "module"}');
  }

  /** However it ends. */
  async end<Input extends object>(workflow: Workflow<Input, unknown>, input: Input): Promise<RunResult> {
    const workgraph = await (this.#open ??= openWorkgraph({ dir: this.dir }));
    return (await workgraph.launch(workflow, input as never)).end();
  }

  /** @throws when the run does not complete. */
  async run<Input extends object>(workflow: Workflow<Input, unknown>, input: Input): Promise<ArtifactRef> {
    const { status, error, output } = await this.end(workflow, input);
    if (status !== "completed") throw new Error(`${status}: ${error?.message}`);
    return output as ArtifactRef;
  }

  async remove(): Promise<void> {
    await (await this.#open)?.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  folder({ path }: ArtifactRef): string {
    return join(this.dir, path);
  }

  manifest(ref: ArtifactRef): ArtifactManifest {
    return JSON.parse(readFileSync(join(this.folder(ref), "manifest.json"), "utf8")) as ArtifactManifest;
  }

  json<Content>(ref: ArtifactRef, file: string): Content {
    return JSON.parse(readFileSync(join(this.folder(ref), file), "utf8")) as Content;
  }

  bytes(ref: ArtifactRef, file: string): Buffer {
    return readFileSync(join(this.folder(ref), file));
  }

  /** Manifests of all artifacts with this name, oldest run first. */
  published(workflow: string, name: string): readonly (ArtifactManifest & { readonly selector: string })[] {
    const runs = join(this.dir, "artifacts", workflow);
    if (!existsSync(runs)) return [];
    return readdirSync(runs)
      .sort()
      .filter((run) => existsSync(join(runs, run, name)))
      .map((run) => ({
        ...(JSON.parse(readFileSync(join(runs, run, name, "manifest.json"), "utf8")) as ArtifactManifest),
        selector: `${workflow}/${name}@${run}`,
      }));
  }
}
