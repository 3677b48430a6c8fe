/** What the workflows of a project say about how long their runs are kept. */
import type { Project } from "../model/config.ts";
import type { GcRetention } from "./operations/gc.ts";
import type { RegisteredWorkflow } from "./registration-reading.ts";
import { Registration } from "./registration.ts";

export function retentionsIn(workflows: readonly RegisteredWorkflow[]): readonly GcRetention[] {
  return workflows.flatMap(({ name, retentionMs }) =>
    retentionMs === undefined ? [] : [{ workflow: name, retentionMs }],
  );
}

/** Reads the files in a process of its own: no code of the project is loaded here. */
export async function retentionsOf(project: Project): Promise<readonly GcRetention[]> {
  const registration = new Registration(project);
  try {
    const { workflows } = await registration.current();
    return retentionsIn(workflows);
  } finally {
    registration.close();
  }
}
