/**
 * A process that reads workflow files for a server, one after the other, and holds nothing else.
 *
 * R1. Code of the project is loaded here, so here is where it may hang, print, or end the process.
 * R2. It ends with the process that started it.
 */
import type { Project } from "../model/config.ts";
import { failureOf, type Failure } from "./failure.ts";
import { readWorkflowFile, type FileReading } from "./registration-reading.ts";

/** A project as data: functions do not travel. */
export interface PlainProject extends Omit<Project, "workflowFiles" | "config"> {
  readonly files: readonly string[];
}

export interface ReadRequest {
  readonly id: number;
  readonly project: PlainProject;
  readonly file: string;
}

export type ReadAnswer =
  { readonly id: number; readonly reading: FileReading } | { readonly id: number; readonly failure: Failure };

async function answer({ id, project: { files, ...project }, file }: ReadRequest): Promise<ReadAnswer> {
  try {
    const whole: Project = { ...project, config: {}, workflowFiles: async () => files };
    return { id, reading: await readWorkflowFile(whole, file) };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}

export interface ReadyNote {
  readonly ready: true;
}

process.on("message", (request: ReadRequest) => {
  void answer(request).then((message) => process.send?.(message));
});
process.on("disconnect", () => process.exit(0));
// What the code of a project leaves behind (a timer that throws, a rejection) is not about the file that is read now.
process.on("uncaughtException", () => undefined);
process.on("unhandledRejection", () => undefined);
// The bundler takes longer to load than a file does: that is not the file's time.
await import("../version/bundle.ts");
process.send?.({ ready: true } satisfies ReadyNote);
