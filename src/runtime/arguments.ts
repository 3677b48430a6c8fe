/**
 * What the arguments of a call are: handles, lists to map, sets to gather, plain values.
 *
 * Owns: telling them apart and refusing what cannot mean anything. Leaves to call-maker.ts: making the call.
 *
 * R1. A handle or a plain array on an item parameter maps; on a gather parameter it is the set; on a whole parameter a
 *     plain array is one value. Anything else broadcasts.
 * R2. An array that contains handles is their concatenation, in a space of its own. A handle anywhere else inside an
 *     argument is WG3002 with its path; a promise anywhere is WG3003.
 * R3. The same array object in two calls is one list; an awaited array passed on unmodified is the list it came from.
 */
import { sha256Hex } from "../base/hash.ts";
import { CodecError, encode } from "../model/codec.ts";
import type { NodeDefinition } from "../model/definition.ts";
import { WorkgraphError, type SourceSite } from "../model/workgraph-error.ts";
import { handleTarget, type HandleTarget } from "../trace/handle.ts";
import { Space } from "../trace/space.ts";
import { Domain } from "./domain.ts";
import { foreignIn, isObject } from "./objects-in.ts";
import { listDigest, NOTHING_FOUND, type Flow, type Origins } from "./origins.ts";
import { ArrayOutput } from "./output.ts";

/** A plain array whose elements are items. */
export interface PlainList {
  readonly kind: "list";
  readonly output: ArrayOutput;
  readonly digest: string;
  readonly values: readonly string[];
  /** What its elements came from. */
  readonly flows: readonly Flow[];
  readonly fromInput: boolean;
}

export type Argument =
  | { readonly kind: "handle"; readonly target: HandleTarget }
  | PlainList
  /** Elements: handles and, between them, lists of plain values. */
  | {
      readonly kind: "concat";
      readonly array: readonly unknown[];
      readonly parts: readonly ({ readonly kind: "handle"; readonly target: HandleTarget } | PlainList)[];
    }
  | {
      readonly kind: "plain";
      readonly text: string;
      readonly digest: string;
      readonly flows: readonly Flow[];
      readonly fromInput: boolean;
    };

export interface ArgumentSite {
  readonly node: string;
  readonly param: string;
  readonly site: SourceSite | undefined;
}

export class ArgumentReader {
  readonly #origins: Origins;
  readonly #root: { readonly space: Space; readonly domain: Domain };
  readonly #lists: WeakMap<object, PlainList> = new WeakMap();
  readonly #run: object;

  constructor(run: object, origins: Origins, root: { readonly space: Space; readonly domain: Domain }) {
    this.#run = run;
    this.#origins = origins;
    this.#root = root;
  }

  read(definition: Pick<NodeDefinition, "gather" | "whole">, value: unknown, at: ArgumentSite): Argument {
    const target = this.handle(value, at);
    if (target) return { kind: "handle", target };
    if (value instanceof Promise) this.#refusePromise(at, "$");
    if (Array.isArray(value) && !definition.whole.has(at.param)) {
      if (value.some((element) => handleTarget(element) !== undefined)) return this.#concat(value, at);
      const awaited = this.#origins.handleOf(value, (element, i) => this.#encode(element, at, `$[${i}]`));
      if (awaited) return { kind: "handle", target: awaited };
      if (!definition.gather.has(at.param)) return this.list(value, at);
    }
    this.#refuseForeign(value, at);
    const { flows, fromInput } = isObject(value) ? this.#origins.find(value) : NOTHING_FOUND;
    const text = this.#encode(value, at);
    return { kind: "plain", text, digest: sha256Hex(text).slice(0, 32), flows, fromInput };
  }

  handle(value: unknown, at: ArgumentSite): HandleTarget | undefined {
    const target = handleTarget(value);
    if (target && target.run !== this.#run) {
      throw new WorkgraphError("WG3002", `"${at.param}" of "${at.node}" is a handle of another run`, {
        hint: "await it there and pass the value",
        ...where(at),
      });
    }
    return target;
  }

  /** R3. */
  list(array: readonly unknown[], at: ArgumentSite): PlainList {
    this.#refuseForeign(array, at);
    const values = array.map((element, i) => this.#encode(element, at, `$[${i}]`));
    const { flows, fromInput } = this.#origins.find(array, values);
    const digest = listDigest(values);
    const known = this.#lists.get(array);
    if (known && known.digest === digest && known.values.length === values.length)
      return { ...known, flows, fromInput };
    const space = new Space(0, at.param, { parent: this.#root.space });
    const domain = new Domain(space, this.#root.domain);
    domain.grow(0, { firstIndex: 0, count: values.length });
    domain.expanded(0);
    domain.close();
    const list: PlainList = {
      kind: "list",
      output: new ArrayOutput(domain),
      digest,
      values,
      flows,
      fromInput,
    };
    this.#lists.set(array, list);
    return list;
  }

  #concat(array: readonly unknown[], at: ArgumentSite): Argument {
    const parts: ({ readonly kind: "handle"; readonly target: HandleTarget } | PlainList)[] = [];
    let plain: unknown[] = [];
    const closePlain = (): void => {
      if (plain.length > 0) parts.push(this.list(plain, at));
      plain = [];
    };
    for (const element of array) {
      const target = this.handle(element, at);
      if (!target) {
        plain.push(element);
        continue;
      }
      closePlain();
      parts.push({ kind: "handle", target });
    }
    closePlain();
    return { kind: "concat", array, parts };
  }

  /** Asked before anything is encoded: the codec knows no handles. */
  #refuseForeign(value: unknown, at: ArgumentSite): void {
    if (!isObject(value)) return;
    const { handleAt, promiseAt } = foreignIn(value);
    if (handleAt !== undefined) this.#refuseHandle(at, handleAt);
    if (promiseAt !== undefined) this.#refusePromise(at, promiseAt);
  }

  #encode(value: unknown, at: ArgumentSite, path = "$"): string {
    try {
      return encode(value);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      throw new WorkgraphError(
        "WG1007",
        `"${at.param}" of "${at.node}" cannot be recorded: ${path === "$" ? "" : `at ${path}: `}${error.message}`,
        { cause: error, ...where(at) },
      );
    }
  }

  #refuseHandle(at: ArgumentSite, path: string): never {
    throw new WorkgraphError(
      "WG3002",
      `"${at.param}" of "${at.node}" holds a handle at ${path}: only a parameter itself, or an array of handles, can be one`,
      {
        hint: "pass the handle as a parameter of its own, or await it first",
        ...where(at),
      },
    );
  }

  #refusePromise(at: ArgumentSite, path: string): never {
    throw new WorkgraphError("WG3003", `"${at.param}" of "${at.node}" holds a promise at ${path}`, {
      hint: "await it, or drop `async` from the helper that made it",
      ...where(at),
    });
  }
}

function where(at: ArgumentSite): { site?: SourceSite } {
  return at.site ? { site: at.site } : {};
}
