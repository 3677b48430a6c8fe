import { expect, test } from "vitest";
import type { StoredEvent } from "../model/events.ts";
import { EventBatch, messageOf, PIECE_BYTES, pieces, type Wanted } from "./event-batch.ts";

/** Events whose length in characters is not that in bytes. */
function batch(first: number, count: number, by = "ä€😀"): EventBatch {
  const events = Array.from({ length: count }, (_, n): StoredEvent => ({
    runId: "r",
    seq: first + n,
    event: { type: "run.cancelling", at: 1, by },
  }));
  return new EventBatch(events.map(messageOf));
}

function seqs(batches: readonly EventBatch[], after: number, wanted?: Wanted): readonly (readonly number[])[] {
  return [...pieces(batches, { after, wanted })].map((piece) =>
    [
      ...Buffer.from(piece)
        .toString("utf8")
        .matchAll(/^id: (\d+)\nevent: event\ndata: (.*)\n\n/gm),
    ].map(([, seq, data]) => {
      expect(JSON.parse(data!)).toMatchObject({ runId: "r", seq: Number(seq), event: { type: "run.cancelling" } });
      return Number(seq);
    }),
  );
}

test("what is behind a seq is sent whole, in pieces that end with an event", () => {
  const batches = [batch(1, 3), batch(4, 2)];
  expect(seqs(batches, 0)).toEqual([[1, 2, 3, 4, 5]]);
  expect(seqs(batches, 2)).toEqual([[3, 4, 5]]);
  expect(seqs(batches, 5)).toEqual([]);
  const large = batch(1, 1_500);
  const cut = seqs([large, batch(1_501, 2)], 0);
  expect(cut.flat()).toEqual(Array.from({ length: 1_502 }, (_, n) => n + 1));
  expect(cut.length).toBeGreaterThan(1);
  for (const piece of pieces([large], { after: 0, wanted: undefined }))
    expect(piece.length).toBeLessThanOrEqual(PIECE_BYTES);
});

test("one event that is larger than a piece is one", () => {
  const large = "x".repeat(PIECE_BYTES);
  expect(seqs([batch(1, 1), batch(2, 2, large), batch(4, 1)], 0)).toEqual([[1], [2], [3], [4]]);
});

test("what is not wanted is left out", () => {
  let count = 0;
  expect(seqs([batch(1, 4), batch(5, 3)], 0, () => count++ % 3 !== 1)).toEqual([[1, 3, 4, 6, 7]]);
});

test("what stands alone is sent as it is kept, without a copy", () => {
  const kept = batch(1, 5);
  const [piece] = pieces([kept], { after: 0, wanted: undefined });
  expect([piece?.buffer, piece?.byteOffset]).toEqual([kept.bytes.buffer, kept.bytes.byteOffset]);
});
