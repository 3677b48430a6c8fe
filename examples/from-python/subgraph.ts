/**
 * What you see here: a workflow called by another one. The child is a run of its own, with its own row in the history, log, graph
 * and output, linked both ways. `claims` is a `gather` parameter, so there is one child for the whole list; a parameter that takes
 * one claim would give a child run per claim.
 *
 *   workgraph run examples/from-python/subgraph.ts#subgraphParent --topic recovery
 *   workgraph show latest --tree
 *   workgraph run examples/from-python/subgraph.ts#subgraphChild --claims '["graphs"]'
 */
import { node, runSubgraph, workflow } from "agentic-workgraph";

const seedTopics = node({ id: "subgraph_seed_topics", out: "many" }, async ({ topic }: { topic: string }) =>
  ["tracing", "debugger", "artifact reuse"].map((subject) => `${topic} ${subject}`),
);

const expandTopic = node(
  { id: "subgraph_expand_topic" },
  async ({ claim }: { claim: string }) => `${claim} stays visible because the child workflow is a real run`,
);

const finalizeReport = node(
  { id: "subgraph_finalize_report", gather: ["lines"] },
  async ({ lines }: { lines: string[] }) => ["subgraph report", ...lines.map((line) => `- ${line}`)].join("\n"),
);

export const subgraphChild = workflow(
  { name: "example-subgraph-child", gather: ["claims"] },
  ({ claims }: { claims: string[] }) => finalizeReport({ lines: expandTopic({ claim: claims }) }),
);

const publishReport = node({ id: "subgraph_publish_report" }, async ({ report }: { report: string }, ctx) => {
  const dir = await ctx.artifact("report", { kind: "report" });
  await dir.write("report.md", `${report}\n`);
  return { published: dir.ref, lines: report.split("\n").length };
});

export const subgraphParent = workflow(
  { name: "example-subgraph-parent" },
  ({ topic = "subgraph" }: { topic?: string }) => {
    const claims = seedTopics({ topic });
    const report = runSubgraph({ workflow: subgraphChild, id: "run_child_subgraph", input: { claims } });
    return publishReport({ report });
  },
);
