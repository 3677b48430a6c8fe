/**
 * The `ctx` of `.run`: one execution of a node's function without a run around it, for tests.
 *
 * R1. Members keep their promises as far as memory reaches: `scratchpad` and `once` live as long as this ctx.
 * R2. Values pass the codec as they do in a run, so a test meets what cannot be recorded.
 * R3. Nothing is printed: a test that wants to see logs or progress gives its own member.
 */
import { decode, encode } from "../model/codec.ts";
import type { Ctx } from "../model/ctx.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { standaloneArtifacts } from "./standalone-artifacts.ts";
import { standaloneLlm, type GivenCtx } from "./standalone-llm.ts";

const silent = (): void => {};

export function standaloneCtx(nodeId: string, { llm, ...given }: GivenCtx = {}): Ctx {
  const scratchpad = new Map<string, string>();
  const once = new Map<string, Promise<string>>();
  const own: Ctx = {
    runId: "standalone",
    workflow: "standalone",
    nodeId,
    callId: 1,
    item: 0,
    attempt: 1,
    signal: new AbortController().signal,
    idempotencyKey: "standalone.1.0",
    feedback: undefined,
    missing: 0,
    yielded: 0,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    progress: silent,
    stream: silent,
    emit: silent,
    scratchpad: {
      get: async <T>(key: string) => decoded(scratchpad.get(key)) as T | undefined,
      set: async (key, value) => void scratchpad.set(key, encode(value)),
      cas: async (key, expected, next) => {
        const present = scratchpad.get(key);
        if (present !== (expected === undefined ? undefined : encode(expected))) return false;
        scratchpad.set(key, encode(next));
        return true;
      },
    },
    errors: async () => [],
    once: async <T>(key: string, fn: () => T | Promise<T>) => {
      const recorded = once.get(key) ?? Promise.resolve(fn()).then((value) => encode(value));
      once.set(key, recorded);
      // A sub-step that failed is recorded nowhere.
      recorded.catch(() => once.delete(key));
      return decode(await recorded) as T;
    },
    secret: secretOf,
    llm: standaloneLlm(nodeId, llm),
    ...standaloneArtifacts(nodeId),
  };
  return { ...own, ...given };
}

function decoded(text: string | undefined): unknown {
  return text === undefined ? undefined : decode(text);
}

function secretOf(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== "") return value;
  throw new WorkgraphError("WG1131", `secret "${name}" is not set in the environment`, {
    hint: `set the environment variable ${name}, or in a test give { secret: () => "..." } to .run`,
  });
}
