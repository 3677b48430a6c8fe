/**
 * `node()`: a function written for one item becomes something a workflow can call.
 *
 * Owns: the types of a node and its callable. Leaves to options.ts: reading options; to ports.ts and declarations.ts: the
 * rules of the types; to call.ts: what a call does.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Ctx } from "../model/ctx.ts";
import type { NodeDefinition, OnFailed } from "../model/definition.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { currentFrame } from "../trace/current.ts";
import { captureSite } from "../trace/site.ts";
import { markNode } from "./brand.ts";
import { callNode, refuseInsideRun } from "./call.ts";
import type { Complaints, Declared, NotSeenYet } from "./declarations.ts";
import { noteNode } from "./made-nodes.ts";
import type { InputSchemas, KeyFunction, NodeOptions, NoKey } from "./node-options.ts";
import { readNode } from "./options.ts";
import { at } from "./place.ts";
import type { CallArguments, CallResult, ElementOf, IsAny, NoFurtherArguments, Ports } from "./ports.ts";
import { issuesText, validate } from "./schema.ts";
import { standaloneCtx } from "./standalone-ctx.ts";
import type { GivenCtx } from "./standalone-llm.ts";

/** The input of a function that names no parameters. If the compiler misses one here: annotate it, `({ url }: { url: string })`. */
export type NoParametersDeclared = Record<never, never>;

/** The parameters, as the schemas in `input` give them; for a function whose parameter is not annotated. */
export type InputOf<S> = S extends StandardSchemaV1
  ? Extract<StandardSchemaV1.InferOutput<S>, object>
  : S extends object
    ? { [K in keyof S]: S[K] extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<S[K]> : never }
    : NoParametersDeclared;

/** `any` and `never` are assignable to a generator, and are none. */
type IsGenerator<Returned> =
  IsAny<Returned> extends true
    ? false
    : [Returned] extends [never]
      ? false
      : [Returned] extends [AsyncGenerator<unknown, unknown, unknown>]
        ? true
        : false;

/** What the function gives: awaited; of a generator an array, which is what its items are. */
type ReturnOf<Returned> =
  IsGenerator<Returned> extends true
    ? Returned extends AsyncGenerator<infer Yielded, unknown, unknown>
      ? Yielded[]
      : never
    : Awaited<Returned>;

type IsMany<Returned, Out> = IsGenerator<Returned> extends true ? true : Out extends "many" ? true : false;

/** One item of the handle that a call returns: by the schema in `output`, or as the function gives it. */
type OutputOf<Returned, Out, Output> = Output extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Output>
  : IsMany<Returned, Out> extends true
    ? ElementOf<ReturnOf<Returned>>
    : ReturnOf<Returned>;

/** A node: called inside a workflow function it returns a handle at once. */
export interface NodeFunction<Input extends object, Output, P extends Ports> {
  /**
   * Adds a call to the graph. Nothing starts inside the call expression.
   *
   * @param args by parameter: a value, a handle, or an array (of values or handles), as the port takes it.
   * @returns `Items` if the node yields many or an argument maps, otherwise `Item`.
   * @throws WorkgraphError WG1001 unrelated lists; WG3001 outside a workflow function; WG3002 a handle deep inside an
   *   argument; WG3003 a promise as an argument.
   */
  <Arguments extends CallArguments<Input, P>>(
    ...args: Record<never, never> extends Input
      ? [args?: Arguments & NoFurtherArguments<Arguments, Input>]
      : [args: Arguments & NoFurtherArguments<Arguments, Input>]
  ): CallResult<Arguments, Output, P>;
  readonly id: string;
  readonly definition: NodeDefinition;
  /**
   * Executes the function once without a run, for tests: input and result are validated; nothing is retried or recorded.
   *
   * @param input what the function receives for one item.
   * @param ctx members to use in place of the built-in ones.
   * @returns the result; of a generator the array of what it yields.
   * @throws what the function throws; WorkgraphError WG1128 when input or result do not pass their schema.
   * @example
   * expect(await scrapePage.run({ url: "https://example.org" }, { attempt: 2 })).toEqual({ ... });
   */
  run(input: Input, ctx?: GivenCtx): Promise<P["many"] extends true ? Output[] : Output>;
}

/**
 * Makes a node of a function that is written for one item.
 *
 * The function receives its parameters as one object, and `ctx`. Whether arrays are sets, many items or one value is
 * declared in the options; the compiler says where that is missing, and what to write.
 *
 * @param options `id` and what else differs from its default; see {@link NodeOptions}.
 * @param fn `(input, ctx) => result`, async or not, or `async function*` (each yield is an item).
 * @throws WorkgraphError WG1110 to WG1123, naming the option and the place; WG3004 while a run is running.
 * @example
 * const fetchUrls = node({ id: "fetch_urls", out: "many" }, async ({ query }: { query: string }) => searchIndex(query));
 * const scrapePage = node({ id: "scrape_page", concurrency: 8, retries: 2, timeout: "20s" },
 *   async ({ url }: { url: string }, ctx): Promise<Page> => fetchPage(url, ctx.signal));
 * const report = node({ id: "report", gather: ["pages"] }, async ({ pages }: { pages: Page[] }) => render(pages));
 */
export function node<
  Returned = NotSeenYet,
  const Gather extends string = never,
  const Whole extends string = never,
  const Out extends "many" | "one" | "undeclared" = "undeclared",
  const Failed extends OnFailed | undefined = undefined,
  Key extends KeyFunction = NoKey,
  const Schemas extends InputSchemas | undefined = undefined,
  Output extends StandardSchemaV1 | undefined = undefined,
  Input extends object = InputOf<Schemas>,
>(
  options: NodeOptions<Gather, Whole, Out, Failed, Key, Schemas, Output> &
    Declared<
      Complaints<
        NoInfer<Returned>,
        {
          input: NoInfer<Input>;
          result: ReturnOf<NoInfer<Returned>>;
          item: OutputOf<NoInfer<Returned>, NoInfer<Out>, NoInfer<Output>>;
          generator: IsGenerator<NoInfer<Returned>>;
          gather: NoInfer<Gather>;
          whole: NoInfer<Whole>;
          inputNames: NoInfer<Schemas> extends StandardSchemaV1 | undefined ? never : keyof NoInfer<Schemas> & string;
          out: NoInfer<Out>;
          onFailed: NoInfer<Failed>;
          key: NoInfer<Key>;
        }
      >
    >,
  fn: (input: Input, ctx: Ctx) => Returned,
): NodeFunction<
  Input,
  OutputOf<Returned, Out, Output>,
  {
    gather: Gather;
    whole: Whole;
    many: IsMany<Returned, Out>;
    settled: Failed extends "settled" ? true : false;
  }
> {
  const definition = readNode(options, fn, captureSite(node));
  refuseInsideRun(`node "${definition.id}"`, node);
  const callable = callNode.bind(undefined, definition);
  Object.defineProperty(callable, "name", { value: definition.id });
  markNode(callable);
  noteNode(definition);
  return Object.assign(callable, {
    id: definition.id,
    definition,
    run: runOnce.bind(undefined, definition),
  }) as never;
}

/** What `.run` is bound to, so that the author's frame is the next one. */
async function runOnce(definition: NodeDefinition, input: unknown, given?: GivenCtx): Promise<unknown> {
  const frame = currentFrame();
  if (frame?.kind === "workflow") {
    throw new WorkgraphError(
      "WG3111",
      `"${definition.id}".run was called inside workflow "${frame.workflow}"${at(captureSite(runOnce))}`,
      { hint: "call the node itself: .run executes its function outside the graph, unrecorded, and is for tests" },
    );
  }
  const ctx = standaloneCtx(definition.id, given);
  const fn = definition.fn as (input: unknown, ctx: Ctx) => unknown;
  const returned = fn(await validInput(definition, input), ctx);
  const { output: schema } = definition;
  if (definition.out !== "stream") {
    const result = await returned;
    if (definition.out !== "many" || !Array.isArray(result))
      return valid(definition, { schema, value: result, what: "result" });
    return Promise.all(
      result.map((value: unknown, index) => valid(definition, { schema, value, what: `item ${index}` })),
    );
  }
  const items: unknown[] = [];
  for await (const value of returned as AsyncIterable<unknown>) {
    items.push(await valid(definition, { schema, value, what: `item ${items.length}` }));
  }
  return items;
}

async function validInput(definition: NodeDefinition, input: unknown): Promise<unknown> {
  const { input: schemas } = definition;
  if (schemas === undefined) return input;
  if ("~standard" in schemas) {
    return valid(definition, { schema: schemas as StandardSchemaV1, value: input, what: "input" });
  }
  const checked: Record<string, unknown> = { ...(input as object) };
  for (const [param, schema] of Object.entries(schemas)) {
    const value = await valid(definition, { schema, value: checked[param], what: `"${param}"` });
    if (value !== undefined || param in checked) checked[param] = value;
  }
  return checked;
}

interface Validation {
  readonly schema: StandardSchemaV1 | undefined;
  readonly value: unknown;
  readonly what: string;
}

async function valid(definition: NodeDefinition, { schema, value, what }: Validation): Promise<unknown> {
  if (schema === undefined) return value;
  const outcome = await validate(schema, value);
  if (outcome.ok) return outcome.value;
  throw new WorkgraphError(
    "WG1128",
    `node "${definition.id}": ${what} does not pass its schema: ${issuesText(outcome.issues)}`,
    {
      hint: "pass a value that fits, or change the schema in the node's options",
      details: { issues: outcome.issues },
    },
  );
}
