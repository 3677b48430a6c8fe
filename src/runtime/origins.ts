/**
 * Where objects in the workflow function came from.
 *
 * Owns: remembering, by identity, which call's results were delivered as which objects; finding them again inside
 * arguments. Nothing is guessed: a primitive has no identity, its lineage ends where it was taken out.
 *
 * R1. The object itself, not an equal one, proves an edge.
 * R2. An awaited array passed on unmodified keeps its handle's space; "unmodified" is compared by what it encodes to.
 */
import { sha256Hex } from "../base/hash.ts";
import { handleTarget, type HandleTarget } from "../trace/handle.ts";
import type { Output } from "./output.ts";

export interface Origin {
  readonly target: HandleTarget;
  readonly output: Output;
  /** Undefined: the whole list. */
  readonly ordinal: number | undefined;
  /** Digest of what was delivered. */
  readonly digest: string | undefined;
}

/** Objects looked at inside one argument before the search for origins gives up (the values are recorded all the same). */
const MAX_LOOKED_AT = 20_000;

export function listDigest(texts: readonly string[]): string {
  return sha256Hex(texts.join("\n"));
}

export interface Found {
  readonly origins: readonly Origin[];
  /** Path of the first handle inside, e.g. `$.pages[2]`. */
  readonly handleAt: string | undefined;
  readonly promiseAt: string | undefined;
}

export class Origins {
  readonly #known: WeakMap<object, Origin> = new WeakMap();

  deliveredList(
    values: readonly unknown[],
    of: { readonly target: HandleTarget; readonly output: Output; readonly texts: readonly string[] },
  ): void {
    const { target, output } = of;
    this.#known.set(values, { target, output, ordinal: undefined, digest: listDigest(of.texts) });
    const members = of.output.members();
    for (const [i, value] of values.entries())
      this.deliveredItem(value, { target: of.target, output: of.output, ordinal: members[i]! });
  }

  deliveredItem(
    value: unknown,
    of: { readonly target: HandleTarget; readonly output: Output; readonly ordinal: number },
  ): void {
    if (typeof value === "object" && value !== null) this.#known.set(value, { ...of, digest: undefined });
  }

  of(value: unknown): Origin | undefined {
    return typeof value === "object" && value !== null ? this.#known.get(value) : undefined;
  }

  /** Handles, promises and delivered objects inside a plain argument. Runs no getters. */
  find(value: unknown): Found {
    const origins: Origin[] = [];
    let handleAt: string | undefined;
    let promiseAt: string | undefined;
    const seen = new Set<object>();
    const stack: { readonly value: unknown; readonly path: string }[] = [{ value, path: "$" }];
    while (stack.length > 0 && seen.size < MAX_LOOKED_AT) {
      const at = stack.pop()!;
      if (typeof at.value !== "object" || at.value === null || seen.has(at.value)) continue;
      if (handleTarget(at.value)) {
        handleAt ??= at.path;
        continue;
      }
      seen.add(at.value);
      if (at.value instanceof Promise) {
        promiseAt ??= at.path;
        continue;
      }
      const origin = this.#known.get(at.value);
      if (origin) origins.push(origin);
      if (ArrayBuffer.isView(at.value)) continue;
      if (Array.isArray(at.value)) {
        for (let i = at.value.length - 1; i >= 0; i--)
          stack.push({ value: at.value[i] as unknown, path: `${at.path}[${i}]` });
      } else if (at.value instanceof Map || at.value instanceof Set) {
        for (const inner of at.value.values()) stack.push({ value: inner, path: `${at.path}.values()` });
      } else {
        const plain = plainFields(at.value);
        for (const [key, inner] of plain) stack.push({ value: inner, path: `${at.path}.${key}` });
      }
    }
    return { origins, handleAt, promiseAt };
  }
}

/** Data properties only: a getter or a hostile proxy is left to the codec, which names it. */
function plainFields(value: object): [string, unknown][] {
  try {
    return Object.entries(Object.getOwnPropertyDescriptors(value)).flatMap(([key, of]) =>
      "value" in of ? [[key, of.value as unknown] as [string, unknown]] : [],
    );
  } catch {
    return [];
  }
}
