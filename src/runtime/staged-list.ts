/** A list that is too long for one commit: written ahead, in pieces over several turns, of the event that names it. */
import type { RunCore } from "./run-core.ts";

/** Elements written with the event itself. */
export const LIST_CHUNK = 256;
const PIECE = LIST_CHUNK * 4;

/** False when the store refused: the run stops. */
export async function stageList(
  run: RunCore,
  list: {
    readonly call: number;
    readonly item: number;
    readonly values: readonly string[];
    readonly keys: readonly string[] | undefined;
  },
): Promise<boolean> {
  const { call, item, values, keys } = list;
  try {
    for (let first = 0; first < values.length; first += PIECE) {
      const chunk = {
        call,
        item,
        first,
        values: values.slice(first, first + PIECE),
        ...(keys ? { keys: keys.slice(first, first + PIECE) } : {}),
      };
      await run.stored(() => run.store.stage(run.runId, run.epoch, chunk));
    }
    return true;
  } catch (error) {
    run.storeFailed(error);
    return false;
  }
}
