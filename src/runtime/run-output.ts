/**
 * The output of a run: a value, a handle, or a flat object or tuple of these.
 *
 * R1. A returned handle is not a graph break: its values are joined as recorded text.
 * R2. A returned handle that holds failures fails the run; those failures are what a resume reopens.
 */
import { jsonText, promiseAll } from "../base/primordials.ts";
import { encode } from "../model/codec.ts";
import { handleTarget, type HandleTarget } from "../trace/handle.ts";
import type { Awaiter } from "./await.ts";
import type { CallMaker } from "./call-maker.ts";
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
      return { thrown };
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
