/**
 * What you see here: five items, one of which cannot succeed, and what each consumer makes of it. A failed item keeps
 * its place; only what needs it is skipped. The late price fails once and succeeds on its second attempt.
 *
 *   workgraph run examples/06-failures.ts
 *
 * The run ends `completed_partial` (exit code 8): something was left out, knowingly. Without the "n/a" it is `completed`:
 *
 *   workgraph run examples/06-failures.ts --prices "12.50, 8, 7"
 */
import { FatalError, ItemsFailed, node, workflow } from "agentic-workgraph";
import type { Settled } from "agentic-workgraph";

const splitPrices = node({ id: "split_prices", out: "many" }, async ({ prices }: { prices: string }) =>
  prices.split(",").map((price) => price.trim()),
);

const parsePrice = node(
  { id: "parse_price", retries: { max: 2, delay: "20ms" } },
  async ({ text }: { text: string }, ctx): Promise<number> => {
    if (text.startsWith("late ") && ctx.attempt === 1) throw new Error(`the price in "${text}" is not there yet`);
    const price = Number(text.replace("late ", ""));
    if (!Number.isFinite(price)) throw new FatalError(`"${text}" is not a price`); // no attempt can change that
    return price;
  },
);

const round = (amount: number): number => Math.round(100 * amount) / 100;
const sum = (prices: number[]): number => round(prices.reduce((total, price) => total + price, 0));

/** Needs all of them. */
const total = node({ id: "total", gather: ["prices"] }, async ({ prices }: { prices: number[] }) => sum(prices));

/** Makes do with what is there. */
const totalOfKnown = node(
  { id: "total_of_known", gather: ["prices"], onFailed: "drop" },
  async ({ prices }: { prices: number[] }) => sum(prices),
);

/** Makes do with what is there, unless more than one is missing. */
const mean = node(
  { id: "mean", gather: ["prices"], onFailed: { tolerate: 1 } },
  async ({ prices }: { prices: number[] }) => round(sum(prices) / prices.length),
);

/** Looks at the failures themselves. */
const repair = node(
  { id: "repair", gather: ["prices"], onFailed: "settled" },
  async ({ prices, fallback }: { prices: Settled<number>[]; fallback: number }) =>
    sum(prices.map((price) => (price.status === "ok" ? price.value : fallback))),
);

export const failures = workflow(
  { name: "failures" },
  async ({ prices = "12.50, 8, n/a, late 19.99, 7" }: { prices?: string }) => {
    const parsed = parsePrice({ text: splitPrices({ prices }) });
    const known = totalOfKnown({ prices: parsed });
    const average = await mean({ prices: parsed });
    const repaired = repair({ prices: parsed, fallback: average });
    try {
      return { total: await total({ prices: parsed }), known: await known, average, repaired: await repaired };
    } catch (error) {
      if (!(error instanceof ItemsFailed)) throw error; // a caught failure is a handled one
      return { total: "unknown", known: await known, average, repaired: await repaired };
    }
  },
);
