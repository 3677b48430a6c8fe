import type { Reporter, SerializedError, TestModule } from "vitest/node";

/**
 * Ends the output of `npm test` with one plain line, "12 passed, 0 failed", for machines that read no colours, and before it
 * names what passed only at a second attempt. Counts tests; a file that fails to load, and an error outside of any test, counts
 * as one failed.
 */
export default class PassedFailedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    const flaky: string[] = [];
    for (const module of modules) {
      let failedHere = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed++;
        else if (state === "failed") failedHere++;
        if (test.diagnostic()?.flaky) flaky.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
      failed += failedHere;
      if (failedHere === 0 && module.state() === "failed") failed++;
    }
    const lines = flaky.map((name) => `passed at the second attempt only: ${name}\n`);
    // After the default reporter, whose summary is written in this same event.
    process.once("exit", () => process.stdout.write(`${lines.join("")}${passed} passed, ${failed} failed\n`));
  }
}
