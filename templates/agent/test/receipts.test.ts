import assert from "node:assert/strict";
import test from "node:test";
import { testWorkflow } from "agentic-workgraph/testing";
import { receipts } from "../workflows/receipts.ts";

test("prices are added up", async () => {
  const run = await testWorkflow(receipts, { nodes: { list_receipts: ["tea 1.50", "jam 2.25"] } });
  assert.equal(run.output, "3.75");
});

test("what is no price fails its item alone, and the sum is not made without it", async () => {
  const run = await testWorkflow(receipts, { nodes: { list_receipts: ["tea 1.50", "jam cheap"] } });
  assert.deepEqual(
    run.items("read_receipt").map((item) => item.status),
    ["completed", "failed"],
  );
  assert.equal(run.attempts("add_up").count, 0);
});
