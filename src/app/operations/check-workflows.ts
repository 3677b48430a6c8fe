/** Is it allowed? Findings for workflow files and what they import. */
import { relative, resolve, sep } from "node:path";
import type { Project } from "../../model/config.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { Finding } from "../../version/check.ts";

export interface CheckInput {
  /** Relative to `from`; none: all workflow files of the project. */
  readonly files: readonly string[];
  readonly from: string;
}

export interface CheckOutput {
  /** Paths relative to the project folder. */
  readonly findings: readonly Finding[];
  readonly files: number;
  readonly errors: number;
  readonly warnings: number;
}

export async function checkWorkflows(project: Project, input: CheckInput): Promise<CheckOutput> {
  const { check } = await import("../../version/check.ts");
  const files =
    input.files.length > 0
      ? input.files.map((file) => resolve(input.from, file.replace(/#.*$/, "")))
      : await project.workflowFiles();
  if (files.length === 0) {
    throw new WorkgraphError("WG4010", "there is no workflow file to check", {
      hint: "Name one, or name your files in workgraph.config.ts.",
    });
  }
  const known = new Map<string, Finding>();
  for (const path of files) {
    for (const finding of await check(path)) {
      const file = relative(project.root, finding.file).split(sep).join("/");
      // Files that share an import share its findings.
      known.set(JSON.stringify([file, finding.line, finding.column, finding.code, finding.message]), {
        ...finding,
        file,
      });
    }
  }
  const findings = [...known.values()];
  const errors = findings.filter((finding) => finding.severity === "error").length;
  return { findings, files: files.length, errors, warnings: findings.length - errors };
}
