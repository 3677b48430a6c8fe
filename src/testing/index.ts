/**
 * `agentic-workgraph/testing`: running workflows in tests, under any test runner. A hand-written list; loading it opens no database
 * and no bundler.
 */
export { testWorkflow } from "./test-workflow.ts";
export type { InputOption } from "./test-workflow.ts";
export type { TestOptions } from "./test-options.ts";
export { testNode } from "./test-node.ts";
export type { NodeAttempts, NodeName, Prompts, TestItem, TestLogLine, TestRun } from "./test-run.ts";
export type { NodeAttempt, PlacedFailure } from "./scripted-engine.ts";
export type { ModelQuestion, ModelScript } from "./scripted-models.ts";
export { expectFile } from "./expect-file.ts";
export { failing, hangs, sequence, takes, tokens } from "./script.ts";
export type { Answer, Script, ScriptFunction } from "./script.ts";
export { replayFixture } from "./replay-fixture.ts";
export type {
  FixtureDifference,
  FixtureMode,
  FixtureOptions,
  FixtureReplay,
  ReplayedWorkflow,
} from "./replay-fixture.ts";
export type { RunFixture } from "../store/fixture.ts";
export { arbitraries } from "./arbitraries.ts";
export type { Arbitraries } from "./arbitraries.ts";
export { programItems, programResults, programWorkflow, statementNode } from "./program.ts";
export type { Program, ProgramStatement } from "./program.ts";
