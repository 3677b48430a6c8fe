/** Calls of language models that an item made, in the order in which they ended, those of failed attempts included. */
import type { CallNo, ItemNo, RunId } from "../model/ids.ts";
import type { ModelCall } from "../model/llm.ts";
import type { EventStore } from "../store/store.ts";

export interface ModelCallEntry extends ModelCall {
  readonly attempt: number;
}

const PAGE = 5_000;

export async function modelCallsOf(
  store: EventStore,
  of: { readonly runId: RunId; readonly call: CallNo; readonly item: ItemNo },
): Promise<readonly ModelCallEntry[]> {
  const calls: ModelCallEntry[] = [];
  const run = await store.run(of.runId);
  if (run?.models === undefined || run.forgottenAt !== undefined) return calls;
  for (let after = 0; ;) {
    const page = await store.events(of.runId, { after, limit: PAGE, values: "none" });
    for (const { event } of page)
      if (event.type === "model.called" && event.call === of.call && event.item === of.item)
        calls.push({ attempt: event.attempt, ...event.model });
    const last = page.at(-1);
    if (!last || page.length < PAGE) return calls;
    after = last.seq;
  }
}
