/**
 * What a project says about its language models, before any is asked.
 *
 * R1. Only the shape is looked at: no model object is made, and no function that gives one is called.
 */
import { parseDuration } from "../base/duration.ts";
import { nearestName } from "../base/nearest-name.ts";
import type { ProjectConfig } from "../model/config.ts";
import { MODEL_SETTINGS, type ModelConfig } from "../model/llm.ts";

export interface WrongModel {
  readonly what: string;
  readonly hint: string;
}

const KEYS: readonly (keyof ModelConfig)[] = ["model", "settings", "pool", "rateLimit", "retries", "secrets"];

/** What is wrong with the first entry that is; undefined: nothing. */
export function wrongModel({ models = {}, pools = {} }: ProjectConfig): WrongModel | undefined {
  for (const [name, entry] of Object.entries(models) as [string, unknown][]) {
    const wrong = wrongEntry(entry, { names: Object.keys(models), pools: Object.keys(pools) });
    if (wrong) return { what: `has the model "${name}" ${wrong.what}`, hint: wrong.hint };
  }
  return undefined;
}

interface Known {
  readonly names: readonly string[];
  readonly pools: readonly string[];
}

function wrongEntry(entry: unknown, known: Known): WrongModel | undefined {
  if (typeof entry === "function") return undefined;
  if (typeof entry === "string")
    return known.names.includes(entry) ? undefined : unknownName("the entry", entry, known.names);
  if (!isRecord(entry)) return { what: "that is no model", hint: EXAMPLE };
  if (isModel(entry)) return undefined;
  if (!("model" in entry)) return { what: 'that is neither a model nor has a "model"', hint: EXAMPLE };
  return wrongConfig(entry, known);
}

const EXAMPLE =
  'Write what a provider package gives, a function that returns it, or { model: ..., settings: { temperature: 0 } }; "workgraph docs models" shows all.';

function wrongConfig(entry: Readonly<Record<string, unknown>>, { pools }: Known): WrongModel | undefined {
  const { model, settings = {}, pool, rateLimit, retries, secrets } = entry;
  const strange = unknownKey(entry, KEYS) ?? (isRecord(settings) ? unknownKey(settings, MODEL_SETTINGS) : undefined);
  if (strange) return strange;
  if (typeof model !== "function" && !isModel(model)) return { what: 'whose "model" is no model', hint: EXAMPLE };
  if (!isRecord(settings))
    return { what: 'whose "settings" are no object', hint: "Write settings: { temperature: 0 }." };
  if (pool !== undefined && typeof pool !== "string")
    return { what: 'whose "pool" is no name', hint: 'Write pool: "gpu".' };
  if (pool !== undefined && !pools.includes(pool)) return unknownName("the pool", pool, pools);
  if (rateLimit !== undefined && !isRate(rateLimit))
    return { what: 'whose "rateLimit" is none', hint: 'Write rateLimit: { limit: 60, per: "1m" }.' };
  if (retries !== undefined && !(Number.isInteger(retries) && (retries as number) >= 0 && (retries as number) <= 100))
    return { what: 'whose "retries" are no whole number from 0 to 100', hint: "Write retries: 2." };
  if (secrets !== undefined && !(Array.isArray(secrets) && secrets.every((one) => typeof one === "string")))
    return { what: 'whose "secrets" are no list of environment variables', hint: 'Write secrets: ["MY_API_KEY"].' };
  return undefined;
}

function unknownKey(given: Readonly<Record<string, unknown>>, known: readonly string[]): WrongModel | undefined {
  const key = Object.keys(given).find((one) => !known.includes(one));
  if (key === undefined) return undefined;
  const near = nearestName(key, known);
  return {
    what: `with the unknown key "${key}"`,
    hint: near ? `Did you mean "${near}"?` : `Known keys: ${known.join(", ")}.`,
  };
}

function unknownName(what: string, name: string, known: readonly string[]): WrongModel {
  const near = nearestName(name, known);
  const hint = near
    ? `Did you mean "${near}"?`
    : known.length === 0
      ? "There are none."
      : `There are: ${known.join(", ")}.`;
  return { what: `that names ${what} "${name}", which is not there`, hint };
}

function isModel(value: unknown): boolean {
  return isRecord(value) && typeof value["modelId"] === "string" && typeof value["doGenerate"] === "function";
}

function isRate(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { limit, per } = value;
  try {
    return Number.isInteger(limit) && (limit as number) >= 1 && parseDuration(per as string) > 0;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
