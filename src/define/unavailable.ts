import { WorkgraphError } from "../model/workgraph-error.ts";

/** Members of `ctx` that need a part which this version does not have. */
const INSTEAD = {
  artifact: "write files yourself and return their paths",
  openArtifact: "open files yourself by path",
} as const;

/** The error that `ctx.artifact` and `ctx.openArtifact` throw (WG1130). */
export function unavailable(member: keyof typeof INSTEAD): WorkgraphError {
  return new WorkgraphError("WG1130", `ctx.${member} is not part of this version of agentic-workgraph`, {
    hint: INSTEAD[member],
  });
}
