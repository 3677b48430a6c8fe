/** Stages run as anybody runs them, in a project of their own, and the folders that they publish. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { ArtifactManifest, ArtifactRef, Workflow } from "agentic-workgraph";

import { Place } from "../../../test/artifacts/place.ts";

/** Less than the defaults, to be quick; more than enough to learn from. */
export const SMALL = { seeds: 6, perSeed: 2, size: 64 };

export class Stages {
  readonly place: Place = new Place();

  /** @throws when the run does not complete. */
  async run<Input extends object>(workflow: Workflow<Input, unknown>, input: Input): Promise<ArtifactRef> {
    const { status, error, output } = await this.place.run(workflow, input);
    if (status !== "completed") throw new Error(`${status}: ${error?.message}`);
    return output as ArtifactRef;
  }

  folder({ path }: ArtifactRef): string {
    return join(this.place.dir, path);
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
    const runs = join(this.place.artifactsDir, workflow);
    if (!existsSync(runs)) return [];
    return readdirSync(runs)
      .sort()
      .map((run) => ({
        ...(JSON.parse(readFileSync(join(runs, run, name, "manifest.json"), "utf8")) as ArtifactManifest),
        selector: `${workflow}/${name}@${run}`,
      }));
  }
}
