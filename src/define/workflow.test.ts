import { afterEach, describe, expect, test } from "vitest";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { withFrame } from "../trace/current.ts";
import type { CallSink } from "../trace/call-sink.ts";
import { isNode, isWorkflow, madeBy, OWN_COPY } from "./brand.ts";
import type { markNode } from "./brand.ts";
import { node } from "./node.ts";
import { workflow } from "./workflow.ts";

const flow = workflow({ name: "my-flow", tags: ["nightly"] }, ({ n }: { n: number }) => n);
const call = flow as unknown as () => never;

function thrown(f: () => unknown): WorkgraphError {
  try {
    f();
  } catch (error) {
    if (error instanceof WorkgraphError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("a workflow tells its name, its definition and what it is", () => {
  expect(flow.name).toBe("my-flow");
  expect(flow.definition.tags).toEqual(["nightly"]);
  expect(isWorkflow(flow)).toBe(true);
  expect(isNode(flow)).toBe(false);
});

test("a workflow called in plain code says how it is started", () => {
  const error = thrown(call);
  expect(error.code).toBe("WG3110");
  expect(error.message).toMatch(/workflow "my-flow" was called like a function, at .*workflow\.test\.ts:\d+/);
  expect(error.hint).toContain("workgraph run");
  expect(error.hint).toContain('.launch("my-flow", input)');
});

test("a workflow called inside another names runSubgraph", () => {
  const error = thrown(() => withFrame({ kind: "workflow", workflow: "outer", sink: {} as CallSink }, call));
  expect(error.code).toBe("WG3110");
  expect(error.message).toContain('inside workflow "outer"');
  expect(error.hint).toContain("runSubgraph");
});

describe("two copies of the package in one process", () => {
  const registry = (globalThis as { [key: symbol]: Set<string> | undefined })[Symbol.for("agentic-workgraph.copies")]!;
  const secondUrl = import.meta.resolve("./brand.ts?copy=2");
  afterEach(() => registry.delete(secondUrl));

  async function foreignNode(): Promise<() => number> {
    const second = (await import(secondUrl)) as { readonly markNode: typeof markNode };
    const foreign = (): number => 1;
    second.markNode(foreign);
    return foreign;
  }

  test("a node of the other copy is known as a node, and as not ours", async () => {
    const foreign = await foreignNode();
    expect(isNode(foreign)).toBe(true);
    expect([madeBy(foreign), madeBy(flow)]).toEqual([secondUrl, OWN_COPY]);
  });

  test("a call without a run names both copies, for the run may be the other's", async () => {
    await foreignNode();
    const error = thrown(() => node({ id: "n" }, async () => 1)());
    expect(error.code).toBe("WG3001");
    expect(error.message).toContain(OWN_COPY);
    expect(error.message).toContain(secondUrl);
  });
});
