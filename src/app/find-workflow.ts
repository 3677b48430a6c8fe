/**
 * From "file.ts", "file.ts#export" or a registered name to one workflow of the project.
 *
 * Owns: that rule, as every operation about code applies it. Leaves to version/: reading files.
 */
import { existsSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { nearestName } from "../base/nearest-name.ts";
import { commandLine } from "../model/command-line.ts";
import type { Project } from "../model/config.ts";
import { isWorkgraphError, WorkgraphError } from "../model/workgraph-error.ts";

export interface WorkflowEntry {
  /** Literal name; the export's name where the source does not say it. */
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** Relative to the project folder, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly exportName: string;
  /** What `workgraph run` takes. */
  readonly target: string;
}

export interface FileProblem {
  /** Relative to the project folder, with `/`. */
  readonly file: string;
  readonly line?: number;
  readonly code: string;
  readonly message: string;
}

export interface ProjectWorkflows {
  readonly workflows: readonly WorkflowEntry[];
  /** Files that cannot be read, and names given twice. */
  readonly problems: readonly FileProblem[];
  readonly files: number;
}

export async function projectWorkflows(project: Project): Promise<ProjectWorkflows> {
  const { listWorkflows } = await import("../version/discover.ts");
  const workflows: WorkflowEntry[] = [];
  const problems: FileProblem[] = [];
  const files = await project.workflowFiles();
  for (const file of files) {
    const shown = shownPath(project, file);
    try {
      for (const found of await listWorkflows(file)) {
        if (!found.certain) continue;
        workflows.push({
          name: found.name ?? found.exportName,
          ...(found.title === undefined ? {} : { title: found.title }),
          ...(found.description === undefined ? {} : { description: found.description }),
          file: shown,
          line: found.line,
          exportName: found.exportName,
          target: `${shown}#${found.exportName}`,
        });
      }
    } catch (error) {
      if (!isWorkgraphError(error)) throw error;
      const { code, message, site } = error;
      problems.push({ file: shown, ...(site === undefined ? {} : { line: site.line }), code, message });
    }
  }
  return {
    workflows: workflows.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
    problems,
    files: files.length,
  };
}

export interface FoundWorkflow {
  /** Absolute. */
  readonly file: string;
  readonly exportName: string;
  /** Literal name, where the source says it. */
  readonly name?: string;
  readonly title?: string;
  readonly description?: string;
}

/** @param from folder that a path is relative to */
export async function findWorkflow(project: Project, target: string, from: string): Promise<FoundWorkflow> {
  const at = target.indexOf("#");
  const [path, exportName] = at === -1 ? [target, undefined] : [target.slice(0, at), target.slice(at + 1)];
  if (at !== -1 || looksLikeFile(path, from)) {
    const { chooseWorkflow } = await import("../version/discover.ts");
    const file = resolve(from, path);
    const found = await chooseWorkflow(file, exportName === "" ? undefined : exportName);
    return {
      file,
      exportName: found.exportName,
      ...(found.name === undefined ? {} : { name: found.name }),
      ...(found.title === undefined ? {} : { title: found.title }),
      ...(found.description === undefined ? {} : { description: found.description }),
    };
  }
  const { workflows, files } = await projectWorkflows(project);
  const named = workflows.filter((workflow) => workflow.name === target);
  const [only] = named;
  if (only === undefined) throw unknownWorkflow(target, workflows, files);
  if (named.length > 1) {
    throw new WorkgraphError(
      "WG4012",
      `"${target}" names several workflows: ${named.map((one) => `"${one.target}"`).join(", ")}`,
      {
        hint: "Give one of them another name, or write the file.",
        details: { candidates: named.map((one) => one.target) },
      },
    );
  }
  return { file: resolve(project.root, only.file), exportName: only.exportName, name: only.name };
}

function looksLikeFile(text: string, from: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(text) || text.includes("/") || text.includes(sep) || existsSync(resolve(from, text));
}

function unknownWorkflow(name: string, workflows: readonly WorkflowEntry[], files: number): WorkgraphError {
  const near = nearestName(
    name,
    workflows.map((workflow) => workflow.name),
  );
  const hint =
    near !== undefined
      ? `Did you mean "${near}"?`
      : workflows.length === 0
        ? `No workflow was found in ${files} file${files === 1 ? "" : "s"}. Write a file ("${commandLine("run flow.ts")}"), or name your files in workgraph.config.ts.`
        : `The project has ${workflows.map((workflow) => `"${workflow.name}"`).join(", ")}.`;
  return new WorkgraphError("WG4010", `there is no workflow "${name}"`, {
    hint,
    ...(near === undefined ? {} : { details: { nearest: near } }),
  });
}

function shownPath(project: Project, file: string): string {
  return relative(project.root, file).split(sep).join("/");
}
