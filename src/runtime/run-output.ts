/**
 * The output of a run: a value, a handle, or a flat object or tuple of these.
 *
 * R1. A returned handle is not a graph break: its values are joined as recorded text.
 * R2. A returned handle that holds failures fails the run; those failures are what a resume reopens.
 * R3. What cannot be recorded is looked at only then: a handle or a promise further inside is told as such, with its path.
 */
import { jsonText, promiseAll } from "../base/primordials.ts";
import { CodecError, encode } from "../model/codec.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { handleTarget, type HandleTarget } from "../trace/handle.ts";
import type { Awaiter } from "./await.ts";
import type { CallMaker } from "./call-maker.ts";
import { foreignIn } from "./objects-in.ts";
import type { Output } from "./output.ts";
import type { RunCore } from "./run-core.ts";

export class RunOutput {
  readonly #run: RunCore;
  readonly #awaiter: Awaiter;
  readonly #maker: CallMaker;

  constructor(run: RunCore, awaiter: Awaiter, maker: CallMaker) {
    this.#run = run;
    this.#awaiter = awaiter;
    this.#maker = maker;
  }

  /** Only once all calls are closed. */
  async resolve(value: unknown): Promise<{ readonly text: string } | { readonly thrown: unknown }> {
    try {
      const target = handleTarget(value);
      if (target) return { text: await this.#text(target) };
      if (Array.isArray(value) && value.some((element) => handleTarget(element))) {
        const parts = await promiseAll(value.map((element: unknown) => this.#part(element)));
        return { text: `[${parts.join(",")}]` };
      }
      if (isFlatObject(value) && Object.values(value).some((element) => handleTarget(element))) {
        const parts: string[] = [];
        for (const [key, element] of Object.entries(value)) parts.push(`${jsonText(key)}:${await this.#part(element)}`);
        return { text: `{${parts.join(",")}}` };
      }
      return { text: encode(value) };
    } catch (thrown) {
      return { thrown: thrown instanceof CodecError ? refused(value, thrown) : thrown };
    }
  }

  #part(element: unknown): Promise<string> | string {
    const target = handleTarget(element);
    return target ? this.#text(target) : encode(element);
  }

  async #text(target: HandleTarget): Promise<string> {
    const call = this.#maker.calls.get(target.call)!;
    const output: Output = call.outputs[target.port]!;
    const failed = this.#awaiter.failuresOf(output);
    if (failed.length > 0) throw this.#awaiter.rejection({ output, call, target }, failed);
    const texts = await this.#run.values.load(output.members().map((ordinal) => output.valueKey(ordinal)));
    return target.many && target.isSingle?.() !== true ? `[${texts.join(",")}]` : texts[0]!;
  }
}

function isFlatObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** R3. */
function refused(value: unknown, error: CodecError): WorkgraphError {
  const { handleAt, promiseAt } = furtherIn(value);
  if (handleAt !== undefined) {
    return new WorkgraphError(
      "WG3002",
      `the workflow function returned a handle at ${handleAt}, inside another value`,
      {
        hint: "await it there; only a handle itself, or one in a flat object or tuple, is returned as it is",
      },
    );
  }
  if (promiseAt !== undefined) {
    return new WorkgraphError("WG3003", `the workflow function returned a promise at ${promiseAt}`, {
      hint: "await it before it is returned",
    });
  }
  return new WorkgraphError("WG1007", `what the workflow function returned cannot be recorded: ${error.message}`, {
    cause: error,
  });
}

/** A handle one level down is what may be returned. */
function furtherIn(value: unknown): ReturnType<typeof foreignIn> {
  const without = (element: unknown): unknown => (handleTarget(element) ? null : element);
  if (Array.isArray(value)) return foreignIn(value.map(without));
  if (!isFlatObject(value)) return foreignIn(value);
  return foreignIn(Object.fromEntries(Object.entries(value).map(([key, element]) => [key, without(element)])));
}
