/**
 * The models of a project: from a name to a model object and what its calls share.
 *
 * Owns: which entry a name means, loading it once, and the identity that results depend on. Leaves to ask.ts: asking.
 *
 * R1. A name is the request's, else the workflow's, else "default", else the only entry there is.
 * R2. A model object is made when it is asked for first, and once: whoever configures it by a function loads its package no sooner.
 * R3. The identity is of provider, model id and configured settings. Where a model is reached and what limits it are not part of it.
 */
import { parseDuration } from "../base/duration.ts";
import { sha256Hex } from "../base/hash.ts";
import { nearestName } from "../base/nearest-name.ts";
import { stableStringify } from "../base/stable-json.ts";
import type { RateLimit } from "../model/definition.ts";
import type { LanguageModelObject, ModelConfig, ModelEntry, ModelIdentities, ModelSettings } from "../model/llm.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

const DEFAULT_RETRIES = 2;
/** A key that a local server takes is often a word, such as "ollama": it would eat ordinary text. */
const MIN_KEY_LENGTH = 16;
const MAX_HOPS = 10;

export interface FoundModel {
  /** Of the entry in the configuration. */
  readonly name: string;
  readonly object: LanguageModelObject;
  readonly settings: ModelSettings;
  readonly pool?: string;
  readonly rateLimit?: RateLimit;
  readonly retries: number;
  readonly identity: string;
  /** To be taken out of all that is recorded. */
  readonly secrets: readonly (readonly [name: string, value: string])[];
}

export class ModelCatalog implements ModelIdentities {
  readonly #entries: Readonly<Record<string, ModelEntry>>;
  readonly #found: Map<string, Promise<FoundModel>> = new Map();

  constructor(entries: Readonly<Record<string, ModelEntry>> = {}) {
    this.#entries = entries;
  }

  /**
   * R1.
   * @param preset the default of the workflow
   * @throws WorkgraphError WG1140 no model to ask, WG1141 no such model, WG1143 the entry gives no model
   */
  async find(asked: string | undefined, preset?: string): Promise<FoundModel> {
    const name = this.#followed(this.#nameOf(asked, preset));
    let found = this.#found.get(name);
    if (!found) {
      this.#found.set(name, (found = this.#load(name)));
      found.catch(() => this.#found.delete(name));
    }
    return found;
  }

  async identity(asked: string | undefined, preset: string | undefined): Promise<string | undefined> {
    return this.find(asked, preset).then(
      ({ identity }) => identity,
      () => undefined,
    );
  }

  #nameOf(asked: string | undefined, preset: string | undefined): string {
    const name = asked ?? preset;
    if (name !== undefined) return name;
    const names = Object.keys(this.#entries);
    if (names.includes("default")) return "default";
    if (names.length === 1) return names[0]!;
    // The message alone is what a run shows while it goes: it says what to do, too.
    if (names.length === 0) {
      throw new WorkgraphError(
        "WG1140",
        "ctx.llm has no model to ask: write models: { default: ... } into workgraph.config.ts",
        { hint: '"workgraph docs models" shows it for Ollama, vLLM and hosted providers' },
      );
    }
    const configured = names.map((one) => `"${one}"`).join(", ");
    throw new WorkgraphError(
      "WG1140",
      `ctx.llm does not know which model to ask: ${configured} are configured, none as "default"`,
      {
        hint: `write models: { default: "${names[0]}", ... } into workgraph.config.ts, or say model: "${names[0]}" in the request or in the options of the workflow`,
      },
    );
  }

  /** An entry that names another one stands for it. */
  #followed(name: string): string {
    let at = name;
    for (let hop = 0; hop < MAX_HOPS; hop++) {
      if (!Object.hasOwn(this.#entries, at)) throw this.#unknown(at);
      const entry = this.#entries[at];
      if (typeof entry !== "string") return at;
      at = entry;
    }
    throw new WorkgraphError(
      "WG1143",
      `the model "${name}" stands for another entry of "models", and that for another, in a circle`,
      {
        hint: "let one of them be a model in workgraph.config.ts",
      },
    );
  }

  #unknown(name: string): WorkgraphError {
    const names = Object.keys(this.#entries);
    const near = nearestName(name, names);
    return new WorkgraphError("WG1141", `there is no model "${name}" in the configuration of the project`, {
      hint:
        near !== undefined
          ? `did you mean "${near}"?`
          : names.length === 0
            ? `write models: { ${JSON.stringify(name)}: ... } into workgraph.config.ts; "workgraph docs models" shows how`
            : `configured are ${names.map((one) => `"${one}"`).join(", ")}`,
    });
  }

  /** R2. */
  async #load(name: string): Promise<FoundModel> {
    const config = configOf(this.#entries[name]);
    const source = config.model;
    const object: unknown = typeof source === "function" ? await source() : source;
    if (!isModelObject(object)) {
      throw new WorkgraphError(
        "WG1143",
        `the entry "${name}" of "models" gives ${kindOf(object)}, and no language model`,
        {
          hint: 'give what a provider package for "ai" makes, such as createOpenAICompatible({ ... })("qwen3"), or a function that returns it',
        },
      );
    }
    const { settings = {}, pool, rateLimit, retries = DEFAULT_RETRIES } = config;
    return {
      name,
      object,
      settings,
      retries,
      ...(pool === undefined ? {} : { pool }),
      ...(rateLimit === undefined
        ? {}
        : { rateLimit: { limit: rateLimit.limit, perMs: parseDuration(rateLimit.per) } }),
      identity: identityOf(object, settings),
      secrets: [...(await keysOf(object, name)), ...namedSecrets(config)],
    };
  }
}

/** R3. */
function identityOf({ provider, modelId }: LanguageModelObject, settings: ModelSettings): string {
  return sha256Hex(stableStringify({ provider, modelId, settings })).slice(0, 32);
}

function configOf(entry: Exclude<ModelEntry, string> | string | undefined): ModelConfig {
  if (typeof entry === "object" && "model" in entry) return entry;
  return { model: entry as ModelConfig["model"] };
}

function isModelObject(value: unknown): value is LanguageModelObject {
  if (typeof value !== "object" || value === null) return false;
  const { modelId, provider, doGenerate } = value as { modelId?: unknown; provider?: unknown; doGenerate?: unknown };
  return typeof modelId === "string" && typeof provider === "string" && typeof doGenerate === "function";
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

function namedSecrets({ secrets = [] }: ModelConfig): readonly (readonly [string, string])[] {
  return secrets.flatMap((name) => {
    const value = process.env[name];
    return value === undefined || value === "" ? [] : [[name, value] as const];
  });
}

const KEY_HEADER = /authorization|key|token|secret/i;

/** What the model object sends as a key. Provider packages keep their headers here; one that does not is asked by `secrets`. */
async function keysOf(object: LanguageModelObject, name: string): Promise<readonly (readonly [string, string])[]> {
  try {
    const { config } = object as { readonly config?: { readonly headers?: unknown } };
    const headers: unknown =
      typeof config?.headers === "function" ? await (config.headers as () => unknown)() : config?.headers;
    if (typeof headers !== "object" || headers === null) return [];
    return Object.entries(headers).flatMap(([header, value]) => {
      const key = typeof value === "string" ? value.replace(/^(?:bearer|basic)\s+/i, "") : "";
      return KEY_HEADER.test(header) && key.length >= MIN_KEY_LENGTH ? [[`key of model ${name}`, key] as const] : [];
    });
  } catch {
    return [];
  }
}
