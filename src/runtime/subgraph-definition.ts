/**
 * A call of a workflow, seen as a call of a node: the ports are the workflow's, the result is what its run returns.
 *
 * R1. One workflow under one name is one definition, however often it is called: names are compared by identity.
 */
import type { NodeDefinition, WorkflowDefinition } from "../model/definition.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { SubgraphRequest } from "../trace/call-sink.ts";
import type { RunAbove } from "./children.ts";

/** Child runs of one call at once, where the call does not say: as for a node. */
const DEFAULT_CONCURRENCY = 16;

const known: WeakMap<WorkflowDefinition, Map<string, NodeDefinition>> = new WeakMap();

/** R1. */
export function subgraphDefinition(request: SubgraphRequest): NodeDefinition {
  const { workflow, id, concurrency = DEFAULT_CONCURRENCY } = request;
  const key = `${id} ${concurrency}`;
  let made = known.get(workflow);
  if (!made) known.set(workflow, (made = new Map()));
  let definition = made.get(key);
  if (!definition) made.set(key, (definition = synthesize({ workflow, id, concurrency })));
  return definition;
}

function synthesize(from: {
  readonly workflow: WorkflowDefinition;
  readonly id: string;
  readonly concurrency: number;
}): NodeDefinition {
  const { workflow, id, concurrency } = from;
  return {
    kind: "node",
    id,
    ...(workflow.title === undefined ? {} : { title: workflow.title }),
    ...(workflow.description === undefined ? {} : { description: workflow.description }),
    concurrency,
    gather: workflow.gather,
    whole: workflow.whole,
    out: workflow.out,
    onFailed: "fail",
    onInvalid: "fail",
    // A failed child is gone on with when its parent is resumed; running it again by itself would hide that it failed.
    retries: { max: 0, backoff: "fixed", delayMs: 0, maxDelayMs: 0, jitter: "none" },
    effect: false,
    thread: false,
    fn: workflow.fn,
    subgraph: workflow,
    ...(workflow.site ? { site: workflow.site } : {}),
  };
}

/** A workflow below itself would never end, or only by chance. */
export function refuseCycle(above: readonly RunAbove[], own: RunAbove, called: WorkflowDefinition): void {
  const names = [...above.map((run) => run.workflow), own.workflow];
  const at = names.lastIndexOf(called.name);
  if (at < 0) return;
  const chain = [...names.slice(at), called.name].map((name) => `"${name}"`).join(" > ");
  throw new WorkgraphError("WG1040", `workflow "${called.name}" would run below itself: ${chain}`, {
    hint: "loop or recurse inside one workflow function over ordinary helpers, or give the inner part a workflow of its own",
    details: { chain: [...names.slice(at), called.name] },
  });
}
