/**
 * What one workflow file registers: read by loading its code, so this runs in a process of its own.
 *
 * Owns: from a file to its workflows and what is wrong with them. Leaves to registration-process.ts: the process; to
 * registration.ts: the project's files together.
 */
import { readFile } from "node:fs/promises";
import { join, relative, resolve, sep } from "node:path";
import { systemClock } from "../base/clock.ts";
import type { Project } from "../model/config.ts";
import { checkCron } from "../triggers/cron.ts";
import type { Bundle } from "../version/bundle.ts";
import { PreparedVersions } from "../version/prepared-versions.ts";
import { VersionCache } from "../version/version-cache.ts";
import { failureOf } from "./failure.ts";
import { describeFound, type DescribeOutput } from "./operations/describe-workflow.ts";

export interface RegisteredCallSite {
  readonly node: string;
  /** Relative to the project folder, with `/`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly functionName?: string;
}

export interface RegisteredWorkflow extends DescribeOutput {
  readonly line: number;
  /** Where nodes are called in the files of its code, by reading them; code of packages is not looked at. */
  readonly callSites: readonly RegisteredCallSite[];
}

/** A file, or one export of it, that cannot be used. */
export interface RegistrationProblem {
  /** Relative to the project folder, with `/`. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly exportName?: string;
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export interface FileReading {
  readonly workflows: readonly RegisteredWorkflow[];
  readonly problems: readonly RegistrationProblem[];
  /** Absolute paths of what the answer depends on, and of files that would change it by coming into being. */
  readonly inputs: readonly string[];
}

export async function readWorkflowFile(project: Project, file: string): Promise<FileReading> {
  const { listWorkflows } = await import("../version/discover.ts");
  const workflows: RegisteredWorkflow[] = [];
  const problems: RegistrationProblem[] = [];
  const inputs = new Set([file]);
  try {
    for (const found of await listWorkflows(file)) {
      if (!found.certain) continue;
      const { exportName, line, name, title, description } = found;
      try {
        const chosen = { file, exportName, ...defined({ name, title, description }) };
        const bundledAt = systemClock.now();
        const { description: described, bundle, failure } = await describeFound(project, chosen, project.root);
        if (failure === undefined) await prepareLaunch(project, bundle, bundledAt);
        for (const path of [...bundle.inputs, ...bundle.missing]) inputs.add(path);
        const paths = bundle.sources.map((source) => resolve(bundle.root, source.path));
        const { registered, problem } = checkedSchedule(described);
        workflows.push({ ...registered, line, callSites: await callSitesIn(project, paths) });
        if (problem !== undefined) problems.push({ line, ...problemOf(project, file, problem), exportName });
        if (failure !== undefined) problems.push({ ...problemOf(project, file, failure), exportName });
      } catch (error) {
        problems.push({ line, ...problemOf(project, file, error), exportName });
      }
    }
  } catch (error) {
    problems.push(problemOf(project, file, error));
  }
  return { workflows, problems, inputs: [...inputs] };
}

/** A launch finds the bundle and what there is to say of it (version/prepared-versions.ts). */
async function prepareLaunch({ dataDir }: Project, bundle: Bundle, bundledAt: number): Promise<void> {
  const known = new VersionCache({ path: join(dataDir, "versions.json") }).lookup(bundle.file, bundle.exportName);
  if (known?.closureHash === bundle.closureHash) return;
  const prepared = new PreparedVersions(dataDir);
  if (prepared.find(bundle.file, bundle.exportName)?.bundle.closureHash === bundle.closureHash) return;
  const { checkBundle } = await import("../version/check.ts");
  prepared.keep({ bundle, bundledAt, findings: await checkBundle(bundle) });
}

/** One that cannot be read is told, and the workflow can be launched without it. */
function checkedSchedule(described: DescribeOutput): {
  readonly registered: DescribeOutput;
  readonly problem?: unknown;
} {
  const { triggers, ...rest } = described;
  if (triggers?.schedule === undefined) return { registered: described };
  try {
    checkCron(triggers.schedule);
    return { registered: described };
  } catch (problem) {
    const { schedule: _, ...others } = triggers;
    return { registered: Object.keys(others).length === 0 ? rest : { ...rest, triggers: others }, problem };
  }
}

function defined<T extends object>(given: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as never;
}

async function callSitesIn(project: Project, paths: readonly string[]): Promise<readonly RegisteredCallSite[]> {
  const { staticCallSites } = await import("../version/call-sites.ts");
  const sites: RegisteredCallSite[] = [];
  for (const path of paths.filter((one) => /\.[cm]?[jt]sx?$/.test(one))) {
    for (const site of await staticCallSites(await readFile(path, "utf8"), path)) {
      sites.push({
        node: site.nodeId ?? site.name,
        file: shownPath(project, path),
        line: site.line,
        column: site.column,
        ...(site.functionName === undefined ? {} : { functionName: site.functionName }),
      });
    }
  }
  return sites;
}

export function problemOf(project: Project, file: string, error: unknown): RegistrationProblem {
  const { code, message, hint, site } = failureOf(error);
  return {
    file: shownPath(project, site?.file.startsWith("/") ? site.file : file),
    ...(site === undefined ? {} : { line: site.line, column: site.column }),
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}

export function shownPath(project: Project, file: string): string {
  return relative(project.root, file).split(sep).join("/");
}
