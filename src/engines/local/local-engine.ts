/**
 * Runs attempts in this process.
 *
 * Owns: calling the author's function: inputs decoded afresh, schemas, ctx, what it returned or threw.
 * Leaves to runtime/: retries, timeouts, recording.
 *
 * R1. Every attempt gets its own decode of its inputs: nothing it does to them is seen by another.
 * R2. What it returns is encoded at once, before anything else runs: later changes to it change nothing.
 * R3. Long results are encoded in pieces, so that the event loop stays responsive.
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Clock } from "../../base/clock.ts";
import { Redactor } from "../../base/redactor.ts";
import { isFatal } from "../../define/fatal-error.ts";
import { isStandardSchema, validate } from "../../define/schema.ts";
import { CodecError, decode, encode } from "../../model/codec.ts";
import type { NodeDefinition } from "../../model/definition.ts";
import type { ErrorKind, ErrorRecord, ValidationIssue } from "../../model/error-record.ts";
import { formatAddress } from "../../model/ids.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { errorRecord } from "../../runtime/thrown.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest, Engine } from "../../runtime/engine.ts";
import { withFrame, type NodeFrame } from "../../trace/current.ts";
import { handleTarget } from "../../trace/handle.ts";
import { streamElements } from "./generator.ts";
import { NodeContext, refuseSecrets } from "./node-context.ts";

/** Elements of an array result encoded before other work gets a turn. */
const ENCODE_PIECE = 1000;

export interface LocalEngineOptions {
  readonly clock: Clock;
  readonly mapStack?: (stack: string) => string;
  readonly redactor?: Redactor;
}

class AttemptFrame implements NodeFrame {
  readonly kind = "node";
  readonly nodeId: string;
  readonly #request: AttemptRequest;
  readonly channel: AttemptChannel;

  constructor(request: AttemptRequest, channel: AttemptChannel) {
    this.nodeId = request.nodeId;
    this.#request = request;
    this.channel = channel;
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
    const shown = issues.slice(0, 3).map((issue) => `${issue.path.length ? `${issue.path.join(".")}: ` : ""}${issue.message}`);
    super(`the ${side} of "${node}" is not what its schema says: ${shown.join("; ")}${issues.length > 3 ? `; and ${issues.length - 3} more` : ""}`);
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

  constructor(options: LocalEngineOptions) {
    this.#options = options;
    this.redactor = options.redactor ?? new Redactor();
    this.#now = () => options.clock.perf();
  }

  define(runId: string, definitions: ReadonlyMap<string, NodeDefinition>): void {
    this.#definitions.set(runId, definitions);
  }

  forget(runId: string): void {
    this.#definitions.delete(runId);
  }

  async attempt(request: AttemptRequest, channel: AttemptChannel): Promise<AttemptOutcome> {
    const definition = this.#definitions.get(request.runId)?.get(request.nodeId);
    try {
      if (!definition) throw new WorkgraphError("WG3004", `node "${request.nodeId}" is not part of the loaded code`);
      const input: Record<string, unknown> = {};
      for (const param in request.inputs) input[param] = decode(request.inputs[param]!);
      const checked = definition.input ? await this.#checkInput(definition, input) : input;
      const ctx = new NodeContext(request, channel, { redactor: this.redactor, now: this.#now });
      const frame = new AttemptFrame(request, channel);
      const returned = withFrame(frame, definition.fn as (input: unknown, ctx: NodeContext) => unknown, checked, ctx);
      if (definition.out === "stream") return await streamElements({ definition, request, channel, ctx, redactor: this.redactor, generator: returned, frame, check: (value, where) => this.#checkOutput(definition, value, where) });
      const value = isThenable(returned) ? await returned : returned;
      return await this.#result(definition, value);
    } catch (thrown) {
      return this.#failure(definition, request, thrown);
    }
  }

  async #checkInput(definition: NodeDefinition, input: Record<string, unknown>): Promise<unknown> {
    const schemas = definition.input!;
    if (isStandardSchema(schemas)) {
      const result = await validate(schemas, input);
      if (!result.ok) throw new Invalid("input", definition.id, result.issues);
      return result.value;
    }
    const checked: Record<string, unknown> = { ...input };
    for (const [param, schema] of Object.entries(schemas as Readonly<Record<string, StandardSchemaV1>>)) {
      const result = await validate(schema, input[param]);
      if (!result.ok) throw new Invalid("input", definition.id, result.issues.map((issue) => ({ ...issue, path: [param, ...issue.path] })));
      checked[param] = result.value;
    }
    return checked;
  }

  async #checkOutput(definition: NodeDefinition, value: unknown, where: readonly number[] = []): Promise<unknown> {
    if (!definition.output) return value;
    const result = await validate(definition.output, value);
    if (!result.ok) throw new Invalid("output", definition.id, result.issues.map((issue) => ({ ...issue, path: [...where, ...issue.path] })));
    return result.value;
  }

  async #result(definition: NodeDefinition, returned: unknown): Promise<AttemptOutcome> {
    if (definition.out !== "many") {
      const value = definition.output ? await this.#checkOutput(definition, returned) : returned;
      if (definition.out === "undeclared" && Array.isArray(value)) {
        throw new WorkgraphError("WG1009", `node "${definition.id}" returned an array and does not say what it is`, {
          hint: 'declare out: "many" (each element becomes an item) or out: "one" (the array is one value)',
        });
      }
      const text = encodeResult(value, definition.id);
      refuseSecrets(this.redactor, text, `the result of "${definition.id}"`);
      return { ok: true, value: text };
    }
    if (!Array.isArray(returned)) {
      throw new WorkgraphError("WG1008", `node "${definition.id}" declares out: "many" but returned ${describe(returned)}`, { hint: 'return an array, or drop out: "many"' });
    }
    const list: string[] = [];
    const keys: string[] | undefined = definition.key ? [] : undefined;
    for (const [i, element] of returned.entries()) {
      if (i > 0 && i % ENCODE_PIECE === 0) await new Promise((resolve) => setImmediate(resolve));
      const value = definition.output ? await this.#checkOutput(definition, element, [i]) : element;
      const text = encodeResult(value, definition.id, i);
      refuseSecrets(this.redactor, text, `element ${i} of the result of "${definition.id}"`);
      list.push(text);
      if (keys) keys.push(keyOf(definition, value, i));
    }
    if (keys) refuseTwins(definition.id, keys);
    return { ok: true, list, ...(keys ? { keys } : {}) };
  }

  #failure(definition: NodeDefinition | undefined, request: AttemptRequest, thrown: unknown): AttemptOutcome {
    const invalid = thrown instanceof Invalid ? thrown : undefined;
    if (invalid?.side === "output" && definition) {
      const { onInvalid } = definition;
      if (typeof onInvalid === "object") return this.#fallback(definition, onInvalid.fallback);
    }
    const kind: ErrorKind = invalid ? "validation" : "thrown";
    const record = errorRecord(thrown, {
      kind,
      node: request.nodeId,
      ...(invalid ? { code: invalid.side === "input" ? "WG1011" : "WG2008", issues: invalid.issues } : {}),
      ...(thrown instanceof CodecError ? { code: "WG1007" } : {}),
      ...(this.#options.mapStack ? { mapStack: this.#options.mapStack } : {}),
    });
    const clean = this.redactor.isEmpty ? record : (JSON.parse(this.redactor.redact(JSON.stringify(record))) as ErrorRecord);
    const lasting = isFatal(thrown) || thrown instanceof WorkgraphError || thrown instanceof CodecError;
    const retryable = invalid ? invalid.side === "output" && definition?.onInvalid === "retry" : !lasting;
    return { ok: false, error: clean, retryable };
  }

  #fallback(definition: NodeDefinition, fallback: unknown): AttemptOutcome {
    if (definition.out === "many") {
      const list = (Array.isArray(fallback) ? fallback : [fallback]).map((element: unknown) => encode(element));
      return { ok: true, list, fallback: true };
    }
    return { ok: true, value: encode(fallback), fallback: true };
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && !handleTarget(value) && typeof (value as { then?: unknown }).then === "function";
}

function encodeResult(value: unknown, node: string, index?: number): string {
  try {
    return encode(value);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new WorkgraphError("WG1007", `the result of "${node}"${index === undefined ? "" : ` (element ${index})`} cannot be recorded: ${error.message}`, { cause: error });
  }
}

export function keyOf(definition: NodeDefinition, value: unknown, index: number): string {
  const key: unknown = definition.key!(value);
  if (typeof key === "string" || (typeof key === "number" && Number.isFinite(key))) return String(key);
  throw new WorkgraphError("WG1012", `the key function of "${definition.id}" gave ${describe(key)} for element ${index}`, { hint: "give a string or a number" });
}

function refuseTwins(node: string, keys: readonly string[]): void {
  const seen = new Map<string, number>();
  for (const [i, key] of keys.entries()) {
    const before = seen.get(key);
    if (before !== undefined) throw new WorkgraphError("WG1013", `node "${node}" gave the key "${key}" to element ${before} and to element ${i}`, { hint: "make keys unique within one result" });
    seen.set(key, i);
  }
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `${typeof value === "undefined" ? "undefined" : `a ${typeof value}`}`;
}
