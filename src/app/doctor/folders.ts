/**
 * Published folders against their manifests and against the history, and what dead processes left among them.
 *
 * R1. A folder that the history does not know is told, never removed: it is somebody's.
 */
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import { findOrphans, removeOrphans, type Orphan } from "../../artifacts/orphans.ts";
import { verifyArtifacts } from "../operations/verify-artifacts.ts";
import type { Workspace } from "../workspace.ts";
import type { DoctorFinding } from "./finding.ts";

const PAGE = 500;

export async function* checkFolders(workspace: Workspace, how: "repair" | "look"): AsyncGenerator<DoctorFinding> {
  const { project, store } = workspace;
  const artifacts = new FolderArtifacts(project);
  // Taken away first, so that what is left can be told apart from it.
  const removed = how === "repair" ? await removeOrphans({ artifacts, store }) : [];
  for (const orphan of removed) yield { ...orphanFinding(orphan), repaired: "removed" };
  for (const orphan of await findOrphans({ artifacts, store })) yield orphanFinding(orphan);
  for (const { selector, ok, problems } of (await verifyArtifacts(project, {})).artifacts) {
    if (ok) continue;
    const shown = problems.slice(0, 3).map(({ path, what }) => `"${path}" is ${what}`);
    yield {
      code: "WG5082",
      grade: "damage",
      what: `a published folder is not what its manifest says: ${shown.join("; ")}${problems.length > 3 ? `; and ${problems.length - 3} more` : ""}`,
      where: selector,
      hint: "bring its files back, or publish it again with a new run",
    };
  }
  yield* checkRows(workspace, artifacts);
}

async function* checkRows({ store }: Workspace, shelf: FolderArtifacts): AsyncGenerator<DoctorFinding> {
  const there = new Set<string>();
  for await (const { manifest } of shelf.list(() => undefined))
    there.add(`${manifest.producer.workflow}/${manifest.name}@${manifest.producer.run}`);
  for (let before: { readonly runId: string; readonly seq: number } | undefined; ;) {
    const { artifacts } = await store.artifacts({ limit: PAGE, ...(before ? { before } : {}) });
    for (const { workflow, name, runId } of artifacts) {
      const selector = `${workflow}/${name}@${runId}`;
      if (there.has(selector)) continue;
      there.add(selector);
      yield {
        code: "WG5084",
        grade: "note",
        what: "the history knows a published folder that is not there",
        where: selector,
        hint: "it was removed, moved or lies on another machine; bring it back, or publish it again with a new run",
      };
    }
    before = artifacts.at(-1);
    if (artifacts.length < PAGE) return;
  }
}

function orphanFinding({ kind, folder }: Orphan): DoctorFinding {
  switch (kind) {
    case "draft":
      return {
        code: "WG5083",
        grade: "leftover",
        what: "an attempt that died left the folder it wrote to",
        where: folder,
        hint: '"doctor --repair" removes it',
      };
    case "unrecorded":
      return {
        code: "WG5083",
        grade: "leftover",
        what: "a folder was published by an attempt whose outcome was never recorded",
        where: folder,
        hint: 'resuming its run publishes it again; "doctor --repair" removes it',
      };
    case "unknown-run":
      return {
        code: "WG5083",
        grade: "note",
        what: "a published folder is of a run that this history does not know",
        where: folder,
        hint: "it was copied or imported, or the history is another one; it is left alone",
      };
  }
}
