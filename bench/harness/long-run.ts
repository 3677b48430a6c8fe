/** A run of very many items, written through the store as a runner writes it. */
import type { Workspace } from "../../src/app/workspace.ts";
import type { AppendedEvent } from "../../src/model/events.ts";
import type { LogLine } from "../../src/store/store.ts";

export function call(number: number, at: number): AppendedEvent {
  const identity = `i${number}`;
  const event = { type: "call.created", at, call: number, kind: "node", node: "fetch", identity, segment: 0 } as const;
  return { event: { ...event, inputs: {}, edges: [], space: [], many: true } };
}

export function completed(item: number, at: number): AppendedEvent {
  const event = { type: "item.completed", at, call: 1, item, attempt: 1, from: "running", to: "completed", ms: 4 };
  return { event: event as never, value: JSON.stringify({ title: `page ${item}`, words: "a few words of text" }) };
}

export async function writeLongRun(
  { store }: Workspace,
  { runId, items, at }: { readonly runId: string; readonly items: number; readonly at: number },
): Promise<void> {
  await store.createRun({
    runId,
    workflow: "research",
    version: "v9",
    project: "p",
    tags: {},
    createdAt: at,
    caller: { kind: "cli", id: "u" },
    input: "{}",
  });
  const { epoch, seq } = await store.acquire(runId);
  let expectedSeq = seq;
  const append = async (events: readonly AppendedEvent[], logs: readonly LogLine[] = []): Promise<void> => {
    await store.append({ runId, epoch, expectedSeq, events, logs });
    expectedSeq += events.length;
  };
  await append([{ event: { type: "run.started", at, epoch, owner: "o", seed: "s", clock: at } }, call(1, at)]);
  for (let item = 0; item < items; item += 500) {
    const events = Array.from({ length: Math.min(500, items - item) }, (_, n) => completed(item + n, at + item + n));
    await append(events, [{ call: 1, item, attempt: 1, at, level: "info", text: `at ${item}` }]);
  }
  await append([{ event: { type: "call.closed", at: at + items, call: 1, status: "completed" } }]);
  await append([{ event: { type: "run.completed", at: at + items, partial: false }, value: '"done"' }]);
  await store.release(runId, epoch);
}
