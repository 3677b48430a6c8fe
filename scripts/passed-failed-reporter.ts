import type { Reporter, SerializedError, TestModule } from "vitest/node";

/**
 * Ends the output of `npm test` with one plain line, "12 passed, 0 failed", for machines that read no colours.
 * Counts tests; a file that fails to load, and an error outside of any test, counts as one failed.
 */
export default class PassedFailedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      let failedHere = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed++;
        else if (state === "failed") failedHere++;
      }
      failed += failedHere;
      if (failedHere === 0 && module.state() === "failed") failed++;
    }
    // After the default reporter, whose summary is written in this same event.
    process.once("exit", () => process.stdout.write(`${passed} passed, ${failed} failed\n`));
  }
}
