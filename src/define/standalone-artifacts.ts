/**
 * Artifacts of `.run`: real folders in the system's temporary folder, published nowhere.
 *
 * R1. A folder that this ctx made can be opened by its reference or selector; any other is opened only where a test gives its own
 *     `openArtifact`.
 * R2. Nothing is hashed: the sha256 of a reference is zeros, which no content has.
 */
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { badArtifactName, badFilePath } from "../model/artifact-name.ts";
import type { ArtifactFolder, ArtifactOptions, ArtifactRef, Ctx } from "../model/ctx.ts";
import { MANIFEST_SCHEMA, type ArtifactManifest } from "../model/manifest.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

const NO_HASH = "0".repeat(64);

export function standaloneArtifacts(node: string): Pick<Ctx, "artifact" | "openArtifact"> {
  const made = new Map<string, { readonly folder: ArtifactFolder; readonly options: ArtifactOptions }>();
  return {
    artifact: async (name, options = {}) => {
      const reason = badArtifactName(name);
      if (reason !== undefined)
        throw new WorkgraphError("WG5100", `${JSON.stringify(name)} is no name of an artifact: ${reason}`);
      const selector = `standalone/${name}@standalone`;
      if (made.has(selector)) throw new WorkgraphError("WG5101", `artifact "${name}" is open already in this item`);
      const path = join(await mkdtemp(join(tmpdir(), "workgraph-standalone-")), name);
      await mkdir(path);
      const { kind } = options;
      const ref: ArtifactRef = { selector, path, ...(kind === undefined ? {} : { kind }), sha256: NO_HASH };
      const folder: ArtifactFolder = {
        path,
        ref,
        write: (file, content) => write(path, file, content),
        writeJson: (file, value) => write(path, file, `${JSON.stringify(value, null, 2)}\n`),
      };
      made.set(selector, { folder, options });
      return folder;
    },
    openArtifact: async (asked) => {
      const selector = typeof asked === "string" ? asked : asked.selector;
      const known = made.get(selector);
      if (known) {
        const { path, ref } = known.folder;
        return { path, ref, manifest: manifestOf(node, ref, known.options) };
      }
      throw new WorkgraphError("WG5110", `there is no artifact "${selector}" outside a run`, {
        hint: "In a test give .run its own: node.run(input, { openArtifact: async () => ({ path, ref, manifest }) }).",
      });
    },
  };
}

async function write(folder: string, file: string, content: Parameters<ArtifactFolder["write"]>[1]): Promise<void> {
  const reason = badFilePath(file);
  if (reason !== undefined)
    throw new WorkgraphError("WG5102", `${JSON.stringify(file)} is no path of a file in an artifact: ${reason}`);
  const path = join(folder, ...file.split("/"));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function manifestOf(node: string, ref: ArtifactRef, { kind, labels = [] }: ArtifactOptions): ArtifactManifest {
  const name = ref.selector.slice("standalone/".length, -"@standalone".length);
  return {
    schema: MANIFEST_SCHEMA,
    name,
    ...(kind === undefined ? {} : { kind }),
    labels,
    sha256: ref.sha256,
    sizeBytes: 0,
    createdAt: new Date(0).toISOString(),
    partial: false,
    producer: {
      run: "standalone",
      workflow: "standalone",
      version: "unversioned",
      node,
      call: 1,
      item: 0,
      attempt: 1,
    },
    inputs: [],
    nextInputs: {},
    files: [],
  };
}
