/**
 * `workflow()`: an ordinary function that calls nodes becomes something that can be launched.
 *
 * Owns: the types of a workflow, and refusing to be called. Leaves to options.ts: reading options; to runner/: starting it.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { WorkflowDefinition } from "../model/definition.ts";
import type { Handle } from "../model/handle.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { currentFrame } from "../trace/current.ts";
import { captureSite } from "../trace/site.ts";
import { markWorkflow } from "./brand.ts";
import { refuseInsideRun } from "./call.ts";
import type { Declared, NotSeenYet, WorkflowComplaints } from "./declarations.ts";
import type { InputOf } from "./node.ts";
import type { InputSchemas } from "./node-options.ts";
import { readWorkflow } from "./options.ts";
import { at } from "./place.ts";
import type { Ports } from "./ports.ts";
import type { WorkflowOptions } from "./workflow-options.ts";

/** What the compiler prints where a workflow is called. */
type NotCalled = "a workflow is not called: start it with `workgraph run` or wg.launch(workflow, input)";

/** The ports of a workflow, for calls of it by another one. */
export interface WorkflowPorts extends Ports {
  readonly out: "many" | "one" | "undeclared";
}

/** A workflow that takes `Input` and gives `Output`. */
export interface Workflow<Input extends object, Output, P extends WorkflowPorts = WorkflowPorts> {
  /** Always throws (WG3110): a workflow is launched, not called. */
  (...misuse: [NotCalled]): never;
  readonly name: string;
  readonly definition: WorkflowDefinition;
  /** Types only. */
  readonly "~types"?: { readonly input: Input; readonly output: Output; readonly ports: P };
}

type HasHandle<T> = true extends { [K in keyof T]: T[K] extends Handle<unknown> ? true : never }[keyof T]
  ? true
  : false;

/** What a run gives: values in place of handles, also one level down in a plain object or a tuple. */
export type Resolved<Returned> =
  Awaited<Returned> extends infer Value
    ? Value extends object
      ? HasHandle<Value> extends true
        ? { [K in keyof Value]: Value[K] extends Handle<unknown> ? Awaited<Value[K]> : Value[K] }
        : Value
      : Value
    : never;

type OutputOf<Returned, Output> = Output extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Output>
  : Resolved<Returned>;

/**
 * Makes a workflow of a function that calls nodes. The function receives plain values, may use `if`, `for`, `await` and
 * helpers, and returns a value, a handle, or a flat object or tuple of these.
 *
 * Inside it `Date`, `Math.random` and `crypto`'s random functions repeat on replay; all else that differs from one time to
 * the next (files, network, environment) belongs into nodes.
 *
 * @param options `name` and what else differs from its default; see {@link WorkflowOptions}.
 * @param fn `(input) => result`, async or not.
 * @throws WorkgraphError WG1110 to WG1123, naming the option and the place; WG3004 while a run is running.
 * @example
 * export const researchPipeline = workflow({ name: "research-pipeline" }, ({ query }: { query: string }) => {
 *   const pages = scrapePage({ url: fetchUrls({ query }) });
 *   return synthesizeReport({ summaries: summarizePage({ page: pages }), title: query });
 * });
 */
export function workflow<
  Returned = NotSeenYet,
  const Gather extends string = never,
  const Whole extends string = never,
  const Schemas extends InputSchemas | undefined = undefined,
  Output extends StandardSchemaV1 | undefined = undefined,
  Input extends object = InputOf<Schemas>,
  const Out extends "many" | "one" | "undeclared" = "undeclared",
>(
  options: WorkflowOptions<Gather, Whole, Schemas, Output, Out> &
    Declared<
      WorkflowComplaints<
        NoInfer<Returned>,
        {
          input: NoInfer<Input>;
          gather: NoInfer<Gather>;
          whole: NoInfer<Whole>;
          inputNames: NoInfer<Schemas> extends StandardSchemaV1 | undefined ? never : keyof NoInfer<Schemas> & string;
        }
      >
    >,
  fn: (input: Input) => Returned,
): Workflow<
  Input,
  OutputOf<Returned, Output>,
  { gather: Gather; whole: Whole; many: Out extends "many" ? true : false; settled: false; out: Out }
> {
  const definition = readWorkflow(options, fn, captureSite(workflow));
  refuseInsideRun(`workflow "${definition.name}"`, workflow);
  const callable = refuseCall.bind(undefined, definition);
  Object.defineProperty(callable, "name", { value: definition.name });
  markWorkflow(callable);
  return Object.assign(callable, { definition }) as never;
}

/** What a workflow's callable is bound to, so that the author's frame is the next one. */
function refuseCall(definition: WorkflowDefinition): never {
  const frame = currentFrame();
  const site = captureSite(refuseCall);
  const place =
    frame === undefined
      ? ""
      : frame.kind === "workflow"
        ? ` inside workflow "${frame.workflow}"`
        : ` inside node "${frame.nodeId}"`;
  throw new WorkgraphError("WG3110", `workflow "${definition.name}" was called${place} like a function${at(site)}`, {
    hint:
      frame === undefined
        ? `start it with \`workgraph run\`, or from code with (await openWorkgraph()).launch("${definition.name}", input)`
        : "a run of its own inside this one is runSubgraph({ workflow, input }); to share code, call a plain function from both",
    ...(site === undefined ? {} : { site }),
  });
}
