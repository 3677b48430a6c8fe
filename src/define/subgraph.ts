/**
 * `runSubgraph()`: a workflow called inside another one, as a run of its own.
 *
 * Owns: the types of such a call, and refusing options that mean nothing. Leaves to the run: child runs.
 *
 * R1. Ports work like a node's: an item parameter given many maps to one child run per item, a gather parameter takes the set.
 * R2. Where the types leave open what an array is, the compiler says what to write into the options of the workflow. Only a
 *     call asks: a workflow that is launched receives plain values.
 */
import { nearestName } from "../base/nearest-name.ts";
import { NAME_PATTERN } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { handleTarget } from "../trace/handle.ts";
import { captureSite } from "../trace/site.ts";
import { isWorkflow } from "./brand.ts";
import { enter } from "./call.ts";
import type { Declared } from "./declarations.ts";
import { isRecord, shown } from "./option-checks.ts";
import { at } from "./place.ts";
import type { ArrayIn, CallArguments, CallResult, ElementOf, NoFurtherArguments } from "./ports.ts";
import type { Workflow, WorkflowPorts } from "./workflow.ts";

/** How a workflow is called. */
export interface SubgraphOptions<Input extends object, Output, P extends WorkflowPorts> {
  readonly workflow: Workflow<Input, Output, P>;
  /** Name of the call in this run; default the name of the workflow. */
  readonly id?: string;
  /** Child runs of this call at once; from 1, default 16. */
  readonly concurrency?: number;
}

type NameOf<Input> = keyof Input & string;

type UndeclaredArrays<Input, P extends WorkflowPorts> = {
  [K in Exclude<NameOf<Input>, P["gather"] | P["whole"]>]: [ArrayIn<Input[K]>] extends [never]
    ? never
    : `parameter '${K}' of the workflow takes an array: declare gather: ['${K}'] (the whole set) or whole: ['${K}'] (one value) in its options`;
}[Exclude<NameOf<Input>, P["gather"] | P["whole"]>];

type UndeclaredResult<Output, P extends WorkflowPorts> = P["out"] extends "undeclared"
  ? [ArrayIn<Output>] extends [never]
    ? never
    : "the workflow returns an array: declare out: 'many' (each element becomes an item) or out: 'one' (one value) in its options"
  : never;

/** R2. */
type SubgraphComplaints<Input, Output, P extends WorkflowPorts> =
  UndeclaredArrays<Input, P> | UndeclaredResult<Output, P>;

type ResultOf<Output, P extends WorkflowPorts> = P["many"] extends true ? ElementOf<Output> : Output;

/**
 * Calls a workflow as a run of its own: with its own row in the history, log, graph, artifacts and errors, linked both ways.
 * Returns a handle at once. A child that fails leaves a tombstone that names it; resuming this run goes on with the same child.
 *
 * @param options.input by parameter: a value, a handle, or an array (of values or handles), as the port of the workflow takes it.
 *   An item parameter given many makes one child run per item.
 * @returns `Items` if the workflow declares `out: "many"` or an argument maps, otherwise `Item`.
 * @throws WorkgraphError WG1040 a workflow below itself; WG1042 options that mean nothing; WG3001 outside a workflow function; and
 *   what a call of a node throws.
 * @example
 * const dataset = runSubgraph({ workflow: seedSetToDataset, id: "dataset", input: { seedSet } });
 * const reports = runSubgraph({ workflow: reportOnCity, input: { city: cities } }); // a run per city
 */
export function runSubgraph<
  Input extends object,
  Output,
  P extends WorkflowPorts,
  Arguments extends CallArguments<Input, P>,
>(
  options: SubgraphOptions<Input, Output, P> &
    (Record<never, never> extends Input
      ? { readonly input?: Arguments & NoFurtherArguments<Arguments, Input> }
      : { readonly input: Arguments & NoFurtherArguments<Arguments, Input> }) &
    Declared<SubgraphComplaints<NoInfer<Input>, NoInfer<Output>, NoInfer<P>>>,
): CallResult<Arguments, ResultOf<Output, P>, P> {
  const sink = enter("runSubgraph", runSubgraph as (...args: never[]) => unknown);
  return sink.callSubgraph(read(options)) as never;
}

const OPTIONS = ["workflow", "id", "input", "concurrency"];

function read(options: unknown): Parameters<ReturnType<typeof enter>["callSubgraph"]>[0] {
  if (!isRecord(options)) misused(`was given ${shown(options)}`, EXAMPLE);
  for (const name of Object.keys(options)) {
    if (OPTIONS.includes(name)) continue;
    const near = nearestName(name, OPTIONS);
    misused(
      `has no option "${name}"`,
      near === undefined ? `options: ${OPTIONS.join(", ")}` : `did you mean "${near}"?`,
    );
  }
  const { workflow, id, input = {}, concurrency } = options;
  if (!isWorkflow(workflow)) misused(`was given ${shown(workflow)} as its workflow`, EXAMPLE);
  const { definition } = workflow;
  if (id !== undefined && (typeof id !== "string" || !NAME_PATTERN.test(id)))
    misused(`has the id ${shown(id)}`, 'write 1 to 64 lower-case letters, digits, "_" and "-", starting with a letter');
  if (handleTarget(input) !== undefined || !isRecord(input))
    misused(
      `was given ${handleTarget(input) === undefined ? shown(input) : "a handle"} as its input`,
      "give the input by parameter, as one object: input: { url: urls }",
    );
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && (concurrency as number) >= 1))
    misused(`has the concurrency ${shown(concurrency)}`, "write a whole number from 1");
  return {
    workflow: definition,
    id: id ?? definition.name,
    args: input,
    ...(concurrency === undefined ? {} : { concurrency: concurrency as number }),
  };
}

const EXAMPLE = "write runSubgraph({ workflow: dataset, input: { seedSet } })";

function misused(what: string, hint: string): never {
  const site = captureSite(runSubgraph as (...args: never[]) => unknown);
  throw new WorkgraphError("WG1042", `runSubgraph ${what}${at(site)}`, { hint, ...(site ? { site } : {}) });
}
