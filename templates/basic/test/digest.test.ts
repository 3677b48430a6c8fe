import assert from "node:assert/strict";
import test from "node:test";
import { failing, testWorkflow } from "agentic-workgraph/testing";
import { digest } from "../workflows/digest.ts";

test("every note is read, in order", async () => {
  const run = await testWorkflow(digest);
  assert.equal(run.output, "- Glass: 3 words\n- Rope: 6 words\n- Salt: 2 words");
  assert.equal(run.attempts("read_note").count, 3);
});

test("a note that cannot be read fails the digest, and the others are read all the same", async () => {
  const run = await testWorkflow(digest, {
    nodes: {
      list_notes: ["a.md", "b.md"],
      read_note: ({ path }: { path: string }) => (path === "a.md" ? failing("gone") : { title: path, words: 1 }),
    },
  });
  assert.equal(run.status, "failed");
  assert.deepEqual(
    run.items("read_note").map((item) => item.status),
    ["failed", "completed"],
  );
});
