import type { SettledFailed } from "../model/handle.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

/** Failures told one by one in the message; `failures` has them all. */
const SHOWN = 3;

/**
 * Awaiting a handle that holds failed or skipped items rejects with this (WG2001). Caught in the workflow function, the
 * failures count as handled; not caught, the run fails.
 *
 * @example
 * try {
 *   return await total({ prices });
 * } catch (error) {
 *   if (!(error instanceof ItemsFailed)) throw error;
 *   return `${error.failures.length} prices are missing`;
 * }
 */
export class ItemsFailed extends WorkgraphError {
  /** In path order: what failed, and what was skipped because of it. */
  readonly failures: readonly SettledFailed[];

  /**
   * @param node whose handle was awaited.
   * @param total items of the handle, failed or not.
   */
  constructor(node: string, failures: readonly SettledFailed[], total: number) {
    const more = failures.length > SHOWN ? `; and ${failures.length - SHOWN} more` : "";
    super(
      "WG2001",
      `${failures.length} of ${total} items of "${node}" failed: ${failures.slice(0, SHOWN).map(line).join("; ")}${more}`,
      { hint: 'catch it, use handle.settled(), or gather with onFailed: "drop", "settled" or { tolerate }' },
    );
    this.name = "ItemsFailed";
    this.failures = failures;
  }
}

function line({ path, error }: SettledFailed): string {
  return path === "." ? error.message : `${path}: ${error.message}`;
}
