import { WorkgraphError } from "../model/workgraph-error.ts";

/** The error that members of `ctx` throw which need a folder to publish to, where nodes are performed without one (WG1130). */
export function unavailable(member: "artifact" | "openArtifact"): WorkgraphError {
  return new WorkgraphError("WG1130", `ctx.${member} has no folder for artifacts: the engine was made without one`, {
    hint: "run the workflow with workgraph run or openWorkgraph, or give the engine an artifact store",
  });
}
