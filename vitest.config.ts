import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Where Node keeps compiled code by itself (src/cli/main.ts): for the workers, and for each process that a test starts. Of the CPU
// time of all tests in src/ it saves 18 % (116 -> 95 s on 2 cores, Node 24).
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "node-compile-cache");

export default defineConfig({
  test: {
    // Tests import as the product does: by Node itself, types stripped, one instance of every module. Under Vite's own module
    // runner a workflow bundle that imports "agentic-workgraph" would meet a second copy of it.
    experimental: { viteModuleRunner: false },
    // "agentic-workgraph" means src/index.ts, without a build.
    execArgv: ["--conditions=workgraph-source", "--disable-warning=ExperimentalWarning"],
    // Printed command lines begin with npx in what npx has started (src/model/command-line.ts), which may be vitest itself.
    env: { npm_command: "" },
    pool: "forks",
    maxWorkers: 2,
    // A rejection or an error that no test waited for fails the run; so does what a test file leaves open.
    dangerouslyIgnoreUnhandledErrors: false,
    setupFiles: ["./scripts/leaked-handles.ts"],
    reporters: ["default", "./scripts/passed-failed-reporter.ts"],
    projects: [
      { extends: true, test: { name: "src", include: ["src/**/*.test.ts"], testTimeout: 10_000 } },
      {
        extends: true,
        // Here real processes and browsers share the machine with whoever else uses it. What fails once is tried once more;
        // passing only then is told at the end, never hidden.
        test: { name: "test", include: ["test/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000, retry: 1 },
      },
      {
        extends: true,
        test: { name: "examples", include: ["examples/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});
