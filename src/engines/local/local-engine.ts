/**
 * Runs attempts in this process.
 *
 * Owns: calling the author's function: inputs decoded afresh, schemas, ctx, what it returned or threw.
 * Leaves to runtime/: retries, timeouts, recording.
 *
 * R1. Every attempt gets its own decode of its inputs: nothing it does to them is seen by another.
 * R2. What it returns is encoded at once, before any timer or I/O of the author's can run: later changes to it change nothing.
 *     Only a long list of texts and numbers, which nothing can change, is encoded in pieces over several turns.
 * R3. A secret's value is refused in inputs, results and keys (WG2012).
 * R4. Nothing here depends on a global that a node may have replaced for the whole process.
 */
import type { Clock } from "../../base/clock.ts";
import { promiseAllSettled } from "../../base/primordials.ts";
import { Redactor } from "../../base/redactor.ts";
import type { ArtifactStore } from "../../artifacts/artifact-store.ts";
import { isFatal } from "../../define/fatal-error.ts";
import { countsArrayAsMany } from "../../define/undeclared.ts";
import { isStandardSchema, validate } from "../../define/schema.ts";
import { isModelError } from "../../llm/model-error.ts";
import { CodecError, decode } from "../../model/codec.ts";
import type { NodeDefinition } from "../../model/definition.ts";
import type { ErrorKind, ValidationIssue } from "../../model/error-record.ts";
import { formatAddress } from "../../model/ids.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { errorRecord } from "../../runtime/thrown.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest, Engine } from "../../runtime/engine.ts";
import { withFrame, type NodeFrame } from "../../trace/current.ts";
import { handleTarget } from "../../trace/handle.ts";
import { AttemptSpans, spansRecorded, type LoadedBy, type SpanFrame } from "./attempt-spans.ts";
import { streamElements } from "./generator.ts";
import { NodeContext, type ArtifactParts, type ContextParts } from "./node-context.ts";
import { keyOf, refuseTwins } from "./keys.ts";
import type { ModelParts } from "./model-calls.ts";
import { kindOf, resultText } from "./result-text.ts";
import { refuseSecrets } from "./secrets.ts";

// R4.
const objectKeys = Object.keys;
const nextTurn = setImmediate;

/** Elements encoded in one turn, where that is free to choose (R2): 2 ms. */
const LIST_PIECE = 8192;

export interface LocalEngineOptions {
  readonly clock: Clock;
  readonly mapStack?: (stack: string) => string;
  readonly redactor?: Redactor;
  /** Where folders are published; without it nodes have no artifacts. */
  readonly artifacts?: ArtifactStore;
  /** What `ctx.llm` asks; without it asking says how to configure a model. */
  readonly models?: ModelParts["models"];
  /** Who loads code in this process; default "anybody". */
  readonly loadedBy?: LoadedBy;
}

/** What a schema made of a result, or the declared fallback in its place. */
export interface CheckedOutput {
  readonly value: unknown;
  readonly fallback: boolean;
}

type Schema = NonNullable<NodeDefinition["output"]>;

class AttemptFrame implements NodeFrame, SpanFrame {
  readonly kind = "node";
  readonly nodeId: string;
  readonly #request: AttemptRequest;
  readonly channel: AttemptChannel;
  readonly #with: { readonly redactor: Redactor; readonly clock: Clock };
  #spans: AttemptSpans | undefined;

  constructor(
    request: AttemptRequest,
    channel: AttemptChannel,
    with_: { readonly redactor: Redactor; readonly clock: Clock },
  ) {
    this.nodeId = request.nodeId;
    this.#request = request;
    this.channel = channel;
    this.#with = with_;
  }

  /** Made when a span is opened: most attempts open none. */
  get spans(): AttemptSpans {
    return (this.#spans ??= new AttemptSpans({ request: this.#request, channel: this.channel, ...this.#with }));
  }

  get address(): string {
    return formatAddress(this.#request.runId, this.#request.call, this.#request.item);
  }
}

/** What a schema refused, on its way to the error record. */
class Invalid extends Error {
  readonly issues: readonly ValidationIssue[];
  readonly side: "input" | "output";

  constructor(side: "input" | "output", node: string, issues: readonly ValidationIssue[]) {
    const shown = issues
      .slice(0, 3)
      .map((issue) => `${issue.path.length ? `${issue.path.join(".")}: ` : ""}${issue.message}`);
    super(
      `the ${side} of "${node}" is not what its schema says: ${shown.join("; ")}${issues.length > 3 ? `; and ${issues.length - 3} more` : ""}`,
    );
    this.name = "ValidationError";
    this.side = side;
    this.issues = issues;
  }
}

export class LocalEngine implements Engine {
  readonly #definitions: Map<string, ReadonlyMap<string, NodeDefinition>> = new Map();
  readonly #options: LocalEngineOptions;
  readonly redactor: Redactor;
  readonly #now: () => number;
  readonly #spanParts: { readonly redactor: Redactor; readonly clock: Clock };
  readonly #contextParts: WeakMap<NodeDefinition, ContextParts> = new WeakMap();

  constructor(options: LocalEngineOptions) {
    this.#options = options;
    this.redactor = options.redactor ?? new Redactor();
    this.#now = () => options.clock.perf();
    this.#spanParts = { redactor: this.redactor, clock: options.clock };
  }

  define(runId: string, definitions: ReadonlyMap<string, NodeDefinition>): void {
    this.#definitions.set(runId, definitions);
  }

  forget(runId: string): void {
    this.#definitions.delete(runId);
  }

  async attempt(request: AttemptRequest, channel: AttemptChannel): Promise<AttemptOutcome> {
    const definition = this.#definitions.get(request.runId)?.get(request.nodeId);
    let ctx: NodeContext | undefined;
    const recording = spansRecorded(this.#options.loadedBy ?? "anybody");
    if (recording) await recording;
    try {
      if (!definition) throw new WorkgraphError("WG3004", `node "${request.nodeId}" is not part of the loaded code`);
      const input: Record<string, unknown> = {};
      const { inputs } = request;
      for (const param of objectKeys(inputs)) {
        const text = inputs[param]!;
        if (!this.redactor.isEmpty) refuseSecrets(this.redactor, text, `the input "${param}" of "${definition.id}"`);
        input[param] = decode(text);
      }
      const checked = definition.input ? await this.#checkInput(definition, input) : input;
      ctx = new NodeContext(request, channel, this.#partsOf(definition));
      const frame = new AttemptFrame(request, channel, this.#spanParts);
      const returned = withFrame(frame, definition.fn as (input: unknown, ctx: NodeContext) => unknown, checked, ctx);
      if (definition.out === "stream") {
        const check = (value: unknown, index: number): Promise<CheckedOutput> =>
          this.#checkOutput(definition, value, index);
        const streamed = await streamElements({
          definition,
          request,
          channel,
          ctx,
          redactor: this.redactor,
          generator: returned,
          frame,
          check,
        });
        if (!ctx.folders) return ctx.told(streamed);
        await ctx.folders.seal(undefined);
        return ctx.told(await ctx.folders.publish(streamed));
      }
      const value = isThenable(returned) ? await returned : returned;
      if (ctx.folders) {
        const outcome = await this.#outcome(definition, await ctx.folders.seal(value));
        return ctx.told(await ctx.folders.publish(outcome));
      }
      const outcome = this.#outcome(definition, value);
      return ctx.told(isPromise(outcome) ? await outcome : outcome);
    } catch (thrown) {
      const outcome = this.#failure(definition, request, thrown);
      return ctx?.folders ? await ctx.folders.failed(outcome) : outcome;
    } finally {
      ctx?.end();
    }
  }

  #outcome(definition: NodeDefinition, value: unknown): AttemptOutcome | Promise<AttemptOutcome> {
    if (definition.out === "many") return this.#list(definition, value);
    if (countsArrayAsMany(definition)) return this.#undeclared(definition, value);
    return definition.output ? this.#checkedValue(definition, value) : this.#value(definition, value);
  }

  /** What an attempt is given besides its request is made once per node: an object of each kind per attempt was 0.2 KB of its 9. */
  #partsOf(definition: NodeDefinition): ContextParts {
    let parts = this.#contextParts.get(definition);
    if (!parts) {
      const { clock, models } = this.#options;
      const artifacts = this.#artifactsOf(definition);
      parts = { redactor: this.redactor, now: this.#now, artifacts, models: { models, clock } };
      this.#contextParts.set(definition, parts);
    }
    return parts;
  }

  #artifactsOf({ site }: NodeDefinition): ArtifactParts | undefined {
    const { artifacts: store, clock } = this.#options;
    return store && { store, clock, ...(site ? { site } : {}) };
  }

  async #checkInput(definition: NodeDefinition, input: Record<string, unknown>): Promise<unknown> {
    const schemas = definition.input!;
    if (isStandardSchema(schemas)) {
      const result = await validate(schemas, input);
      if (!result.ok) throw new Invalid("input", definition.id, result.issues);
      return result.value;
    }
    const checked: Record<string, unknown> = { ...input };
    for (const [param, schema] of Object.entries(schemas as Readonly<Record<string, Schema>>)) {
      const result = await validate(schema, input[param]);
      if (!result.ok)
        throw new Invalid(
          "input",
          definition.id,
          result.issues.map((issue) => ({ ...issue, path: [param, ...issue.path] })),
        );
      if (result.value !== undefined || param in input) checked[param] = result.value;
    }
    return checked;
  }

  /** @param index of an element of many; undefined: the result is one value. */
  async #checkOutput(definition: NodeDefinition, value: unknown, index?: number): Promise<CheckedOutput> {
    if (!definition.output) return { value, fallback: false };
    const result = await validate(definition.output, value);
    if (result.ok) return { value: result.value, fallback: false };
    if (typeof definition.onInvalid === "object") return { value: definition.onInvalid.fallback, fallback: true };
    throw new Invalid(
      "output",
      definition.id,
      index === undefined ? result.issues : result.issues.map((issue) => ({ ...issue, path: [index, ...issue.path] })),
    );
  }

  async #checkedValue(definition: NodeDefinition, returned: unknown): Promise<AttemptOutcome> {
    const { value, fallback } = await this.#checkOutput(definition, returned);
    const outcome = this.#value(definition, value);
    return fallback ? { ...outcome, fallback } : outcome;
  }

  #value(definition: NodeDefinition, value: unknown): { readonly ok: true; readonly value: string } {
    if (definition.out === "undeclared" && Array.isArray(value)) {
      throw new WorkgraphError("WG1009", `node "${definition.id}" returned an array and does not say what it is`, {
        hint: 'declare out: "many" (each element becomes an item) or out: "one" (the array is one value)',
      });
    }
    return { ok: true, value: resultText(value, this.redactor, () => `the result of "${definition.id}"`) };
  }

  /** Plain JavaScript that declares nothing: an array is many items, anything else a list of one. */
  async #undeclared(definition: NodeDefinition, returned: unknown): Promise<AttemptOutcome> {
    if (Array.isArray(returned)) return this.#list(definition, returned);
    const { value, fallback } = await this.#checkOutput(definition, returned);
    const text = resultText(value, this.redactor, () => `the result of "${definition.id}"`);
    return { ok: true, list: [text], scalar: true, ...(fallback ? { fallback } : {}) };
  }

  async #list(definition: NodeDefinition, returned: unknown): Promise<AttemptOutcome> {
    if (!Array.isArray(returned)) {
      throw new WorkgraphError(
        "WG1008",
        `node "${definition.id}" declares out: "many" but returned ${kindOf(returned)}`,
        { hint: 'return an array, or drop out: "many"' },
      );
    }
    // All elements are given to the schema in this turn (R2).
    const elements: unknown[] = Array.from(returned);
    const checks = definition.output
      ? elements.map((element, i) => this.#checkOutput(definition, element, i))
      : undefined;
    if (checks) void promiseAllSettled(checks);
    const list: string[] = [];
    const keys: string[] | undefined = definition.key ? [] : undefined;
    let anyFallback = false;
    const inPieces = !checks && elements.length > LIST_PIECE && elements.every(isPrimitive);
    for (const [i, element] of elements.entries()) {
      if (inPieces && i % LIST_PIECE === LIST_PIECE - 1) await new Promise<void>((resolve) => nextTurn(resolve));
      const { value, fallback } = checks ? await checks[i]! : { value: element, fallback: false };
      anyFallback ||= fallback;
      list.push(resultText(value, this.redactor, () => `the result of "${definition.id}" (element ${i})`));
      keys?.push(keyOf(definition, value, { index: i, redactor: this.redactor }));
    }
    if (keys) refuseTwins(definition.id, keys);
    return { ok: true, list, ...(keys ? { keys } : {}), ...(anyFallback ? { fallback: true } : {}) };
  }

  #failure(definition: NodeDefinition | undefined, request: AttemptRequest, thrown: unknown): AttemptOutcome {
    const invalid = isA(thrown, Invalid) ? thrown : undefined;
    const model = isModelError(thrown) ? thrown.facts : undefined;
    const kind: ErrorKind = invalid ? "validation" : (model?.kind ?? "thrown");
    const unrecordable = isA(thrown, CodecError);
    const error = errorRecord(thrown, {
      kind,
      node: request.nodeId,
      ...(invalid ? { code: invalid.side === "input" ? "WG1011" : "WG2008", issues: invalid.issues } : {}),
      ...(model ? { code: model.code, ...(model.issues ? { issues: model.issues } : {}) } : {}),
      ...(unrecordable ? { code: "WG1007" } : {}),
      ...(this.#options.mapStack ? { mapStack: this.#options.mapStack } : {}),
      ...(this.redactor.isEmpty ? {} : { redact: (text: string) => this.redactor.redact(text) }),
    });
    const lasting = isFatal(thrown) || isA(thrown, WorkgraphError) || unrecordable || model?.retryable === false;
    const retryable = invalid ? invalid.side === "output" && definition?.onInvalid === "retry" : !lasting;
    return { ok: false, error, retryable };
  }
}

/** Anything may have been thrown, a proxy too. */
function isA<T>(value: unknown, type: abstract new (...args: never[]) => T): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

function isPromise(outcome: AttemptOutcome | Promise<AttemptOutcome>): outcome is Promise<AttemptOutcome> {
  return "then" in outcome;
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== "object" || value === null) && typeof value !== "function";
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !handleTarget(value) &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
