/** The input that an artifact holds ready for a next launch. */
import { nearestName } from "../../base/nearest-name.ts";
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import type { Project } from "../../model/config.ts";
import { selectorOf } from "../../model/manifest.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { describeWorkflow } from "./describe-workflow.ts";

export interface NextInputRequest {
  readonly selector: string;
  /** The workflow to launch: `file.ts`, `file.ts#export` or a registered name. */
  readonly target: string;
  /** Absolute folder that relative paths are relative to. */
  readonly from: string;
}

/** @throws WorkgraphError WG5117 when the artifact holds nothing for that workflow */
export async function nextInput(
  project: Project,
  { selector, target, from }: NextInputRequest,
): Promise<Readonly<Record<string, unknown>>> {
  const { manifest } = await new FolderArtifacts(project).resolve(selector, { from });
  const { nextInputs } = manifest;
  if (Object.hasOwn(nextInputs, target)) return nextInputs[target]!;
  const { name } = await describeWorkflow(project, { target, from });
  if (Object.hasOwn(nextInputs, name)) return nextInputs[name]!;
  const names = Object.keys(nextInputs);
  const near = nearestName(name, names);
  throw new WorkgraphError("WG5117", `artifact ${selectorOf(manifest)} holds no input for workflow "${name}"`, {
    hint:
      names.length === 0
        ? `It was published without "next". Pass the selector as a parameter of "${name}" instead.`
        : near === undefined
          ? `It holds inputs for: ${names.join(", ")}.`
          : `Did you mean "${near}"?`,
    details: { workflows: names },
  });
}
