/**
 * What a run is asked for by: `file.ts#export`, `file.ts`, or the name of a workflow in the project's files.
 *
 * R1. What looks like a path is one; anything else is a name.
 * R2. A name that is found nowhere is told with the nearest known one; a name in two files with both.
 */
import { readFile, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve } from "node:path";
import { nearestName } from "../base/nearest-name.ts";
import { commandLine } from "../model/command-line.ts";
import type { Project } from "../model/config.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

export interface Target {
  /** Absolute. */
  readonly file: string;
  readonly exportName?: string;
}

const LOOKS_LIKE_PATH = /[/\\]|\.[cm]?[jt]sx?(#|$)/;

export async function findTarget(text: string, project: Project, from: string): Promise<Target> {
  if (LOOKS_LIKE_PATH.test(text)) return fileTarget(text, from);
  return namedTarget(text, project);
}

async function fileTarget(text: string, from: string): Promise<Target> {
  const hash = text.lastIndexOf("#");
  const path = hash > 0 ? text.slice(0, hash) : text;
  const file = isAbsolute(path) ? path : resolve(from, path);
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile())
    throw new WorkgraphError("WG4011", `there is no file "${path}"`, {
      hint: `looked for "${file}"; "${commandLine("list")}" shows the workflows of the project`,
    });
  const exportName = hash > 0 ? text.slice(hash + 1) : "";
  return exportName === "" ? { file } : { file, exportName };
}

async function namedTarget(name: string, project: Project): Promise<Target> {
  const files = await project.workflowFiles();
  const { listWorkflows } = await import("../version/discover.ts");
  const found: Target[] = [];
  const known: string[] = [];
  for (const file of files) {
    const text = await readFile(file, "utf8");
    if (!text.includes(name)) continue;
    for (const workflow of await listWorkflows(file).catch(() => [])) {
      if (workflow.name === name || (workflow.name === undefined && workflow.exportName === name))
        found.push({ file, exportName: workflow.exportName });
    }
  }
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw new WorkgraphError(
      "WG4012",
      `two workflows have the name "${name}": ${found.map((one) => relative(project.root, one.file)).join(", ")}`,
      {
        hint: "give one of them another name, or run one by its file",
      },
    );
  }
  for (const file of files)
    for (const workflow of await listWorkflows(file).catch(() => [])) known.push(workflow.name ?? workflow.exportName);
  const near = nearestName(name, known);
  throw new WorkgraphError("WG4010", `there is no workflow "${name}" in this project`, {
    hint:
      near === undefined
        ? known.length
          ? `known: ${known.join(", ")}`
          : "name a file, or put workflows into workflows/ or *.workflow.ts"
        : `did you mean "${near}"?`,
    details: { known },
  });
}
