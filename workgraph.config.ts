import type { ProjectConfig } from "agentic-workgraph";

// Only the type is imported: the configuration loads in a checkout that was never built.
export default {
  workflows: [
    "examples/0*.ts",
    "examples/1*.ts",
    "examples/research-pipeline/research-pipeline.ts",
    "examples/thalis/thalis-dataset-prep.ts",
    "examples/thalis/training-testing.ts",
    "examples/thalis/release-prep.ts",
  ],
} satisfies ProjectConfig;
