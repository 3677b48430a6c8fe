/**
 * What a model call used, as far as the provider said.
 *
 * R1. Of requests that were answered, or broke off while they were, each has to say it: otherwise the whole is unknown.
 * R2. Cost is read where providers put it: in the usage they report (`cost`, `total_cost`), or in their metadata.
 */
import type { LlmUsage } from "../model/llm.ts";

/** Usage as `ai` gives it, as far as we read it. */
export interface ReportedUsage {
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  readonly inputTokenDetails?: { readonly cacheReadTokens?: number | undefined };
  readonly outputTokenDetails?: { readonly reasoningTokens?: number | undefined };
  readonly raw?: unknown;
}

const COST_FIELDS: readonly string[] = ["cost", "total_cost", "totalCost"];

export class Spent {
  #answers = 0;
  #withUsage = 0;
  #withCost = 0;
  #cost = 0;
  #usage: { inputTokens?: number; outputTokens?: number; cachedTokens?: number; reasoningTokens?: number } = {};

  /** One answer of the model; a call with tools has several. */
  answered(usage: ReportedUsage | undefined, metadata: unknown): void {
    this.#answers++;
    const { inputTokens, outputTokens } = usage ?? {};
    if (inputTokens !== undefined || outputTokens !== undefined) {
      this.#withUsage++;
      this.#add("inputTokens", inputTokens);
      this.#add("outputTokens", outputTokens);
      this.#add("cachedTokens", usage?.inputTokenDetails?.cacheReadTokens);
      this.#add("reasoningTokens", usage?.outputTokenDetails?.reasoningTokens);
    }
    const cost = costIn(usage?.raw) ?? costOf(metadata);
    if (cost === undefined) return;
    this.#withCost++;
    this.#cost += cost;
  }

  /** It broke off after its first token: nobody says what it used. */
  brokeOff(): void {
    this.#answers++;
  }

  /** R1. */
  get usage(): LlmUsage | undefined {
    return this.#answers > 0 && this.#withUsage === this.#answers ? this.#usage : undefined;
  }

  get cost(): number | undefined {
    return this.#answers > 0 && this.#withCost === this.#answers ? this.#cost : undefined;
  }

  #add(field: keyof LlmUsage, tokens: number | undefined): void {
    if (tokens !== undefined) this.#usage[field] = (this.#usage[field] ?? 0) + tokens;
  }
}

/** R2. */
function costOf(metadata: unknown): number | undefined {
  if (typeof metadata !== "object" || metadata === null) return undefined;
  for (const one of Object.values(metadata)) {
    const cost = costIn(one) ?? costIn((one as { readonly usage?: unknown } | null)?.usage);
    if (cost !== undefined) return cost;
  }
  return undefined;
}

function costIn(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  for (const field of COST_FIELDS) {
    const given = (value as Readonly<Record<string, unknown>>)[field];
    const cost = typeof given === "string" && given.trim() !== "" ? Number(given) : given;
    if (typeof cost === "number" && Number.isFinite(cost) && cost >= 0) return cost;
  }
  return undefined;
}
