const FATAL: unique symbol = Symbol.for("agentic-workgraph.fatal");

/**
 * An error that no further attempt can change: the item fails at once, whatever `retries` says.
 *
 * @example
 * const parsePrice = node({ id: "parse_price", retries: 3 }, async ({ text }: { text: string }) => {
 *   const price = Number(text);
 *   if (Number.isNaN(price)) throw new FatalError(`"${text}" is not a price`);
 *   return price;
 * });
 */
export class FatalError extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "FatalError";
    Object.defineProperty(this, FATAL, { value: true });
  }
}

/** Also true for a `FatalError` of another copy of the package, and for subclasses. Never throws. */
export function isFatal(error: unknown): boolean {
  try {
    return typeof error === "object" && error !== null && (error as { [FATAL]?: unknown })[FATAL] === true;
  } catch {
    return false;
  }
}
