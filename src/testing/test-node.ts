/** Running one node over a list, as a call in a workflow would. */
import type { NodeFunction } from "../define/node.ts";
import type { CallArguments, Ports } from "../define/ports.ts";
import { workflow } from "../define/workflow.ts";
import { encode } from "../model/codec.ts";
import type { Items, Settled } from "../model/handle.ts";
import type { TestRun } from "./test-run.ts";
import type { TestOptions } from "./test-options.ts";
import { runWorkflow } from "./test-workflow.ts";

/**
 * Calls one node in a run of its own, with retries, timeouts and schemas, and gives every item as it ended.
 *
 * @param node performed as it is, unless `options.nodes` scripts it.
 * @param args as in a workflow: an array on an item parameter maps. A function gives them inside the workflow function, where `zip`
 *   and other combinators may be used.
 * @returns the run, whose output is `Settled` records in input order: failed items are no failed run.
 * @throws as `testWorkflow`
 * @example
 * const run = await testNode(scrapePage, { url: ["a", "b"] }, { failures: [{ node: "scrape_page", item: 1 }] });
 * expect(run.output.map((item) => item.status)).toEqual(["ok", "failed"]);
 */
export function testNode<Input extends object, Result, P extends Ports>(
  node: NodeFunction<Input, Result, P>,
  args: CallArguments<Input, P> | (() => CallArguments<Input, P>),
  options: TestOptions = {},
): Promise<TestRun<readonly Settled<Result>[]>> {
  const call = node as unknown as (args: object) => Items<Result>;
  const flow = workflow({ name: "test-node" }, async () => call(typeof args === "function" ? args() : args).settled());
  return runWorkflow(flow, { input: encode({}), options });
}
