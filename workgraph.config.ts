import type { ProjectConfig } from "agentic-workgraph";

// Only the type is imported: the configuration loads in a checkout that was never built.
export default {
  workflows: ["examples/0*.ts", "examples/research-pipeline/research-pipeline.ts"],
} satisfies ProjectConfig;
