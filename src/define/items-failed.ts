import type { SettledFailed } from "../model/handle.ts";
import { WorkgraphError, type SourceSite } from "../model/workgraph-error.ts";

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
   * @param of the call whose handle was awaited: its node, and where it was made.
   * @param total items of the handle, failed or not.
   */
  constructor(
    of: { readonly node: string; readonly site?: SourceSite },
    failures: readonly SettledFailed[],
    total: number,
  ) {
    const more = failures.length > SHOWN ? `; and ${failures.length - SHOWN} more` : "";
    super(
      "WG2001",
      `${failures.length} of ${total} items of "${of.node}" failed: ${failures.slice(0, SHOWN).map(line).join("; ")}${more}`,
      {
        hint: waysOn(
          'catch it, use handle.settled(), or gather with onFailed: "drop", "settled" or { tolerate }',
          failures[0]?.error,
        ),
        ...(of.site === undefined ? {} : { site: of.site }),
      },
    );
    this.name = "ItemsFailed";
    this.failures = failures;
  }
}

function line({ path, error }: SettledFailed): string {
  return path === "." ? error.message : `${path}: ${error.message}`;
}

/** What the first failure wants comes first: an item that failed by a mistake of the code is not to be caught. */
export function waysOn(handling: string, first: { readonly hint?: string } | undefined): string {
  if (first?.hint === undefined) return handling;
  return /[.?!]$/.test(first.hint)
    ? `${first.hint} Where failures are expected: ${handling}`
    : `${first.hint}; where failures are expected: ${handling}`;
}
