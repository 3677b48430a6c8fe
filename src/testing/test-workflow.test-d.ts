/** Types of the test kit: what a test is told by the compiler. */
import { expectTypeOf, test } from "vitest";
import { node } from "../define/node.ts";
import { workflow } from "../define/workflow.ts";
import { testNode } from "./test-node.ts";
import { testWorkflow } from "./test-workflow.ts";

const count = node({ id: "count" }, async ({ text }: { text: string }) => text.length);
const counted = workflow({ name: "counted" }, ({ texts }: { texts: string[] }) => count({ text: texts }));
const bare = workflow({ name: "bare" }, () => count({ text: "x" }));

test("the input is asked for where the workflow takes one, and the output is the workflow's", async () => {
  const run = await testWorkflow(counted, { input: { texts: ["a"] } });
  expectTypeOf(run.output).toEqualTypeOf<number[]>();
  expectTypeOf((await testWorkflow(bare)).output).toEqualTypeOf<number>();
  // @ts-expect-error -- input is missing
  void testWorkflow(counted);
  // @ts-expect-error -- texts is no text
  void testWorkflow(counted, { input: { texts: "a" } });
});

test("attempts of a node are typed by it, and arguments are as in a workflow", async () => {
  const run = await testNode(count, { text: ["a", "b"] });
  expectTypeOf(run.attempts(count).inputs).toEqualTypeOf<readonly { text: string }[]>();
  expectTypeOf(run.attempts(count).last?.result).toEqualTypeOf<number | undefined>();
  const [first] = run.output;
  if (first?.status === "ok") expectTypeOf(first.value).toEqualTypeOf<number>();
  // @ts-expect-error -- a number is no text
  void testNode(count, { text: 1 });
});
