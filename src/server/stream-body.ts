/**
 * What is written as it is asked for, as the body of an answer: text, or bytes that others read too.
 *
 * R1. The next piece is made when the last one was taken: a slow reader holds one piece and stops nobody else.
 * R2. A reader that takes nothing for a while although there is something is gone, or as good as gone: its body fails, which
 *     ends the connection. (A socket of ours that stands still is ended before that, by listen.ts.)
 */
import { systemClock, type TimerHandle } from "../base/clock.ts";

const STALLED_MS = 120_000;

export interface StreamBodyOptions {
  readonly closed: () => void;
  readonly stalledMs?: number;
}

export function streamBody(
  text: AsyncGenerator<string | Uint8Array, void>,
  options: StreamBodyOptions,
): ReadableStream<Uint8Array> {
  const { stalledMs = STALLED_MS } = options;
  const encoder = new TextEncoder();
  let stalled: TimerHandle | undefined;
  let isClosed = false;
  const close = (): void => {
    if (stalled !== undefined) systemClock.clearTimer(stalled);
    if (isClosed) return;
    isClosed = true;
    options.closed();
    void text.return();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (stalled !== undefined) systemClock.clearTimer(stalled);
        try {
          const { done, value } = await text.next();
          if (isClosed) return;
          if (done === true) {
            close();
            controller.close();
            return;
          }
          controller.enqueue(typeof value === "string" ? encoder.encode(value) : value);
          stalled = systemClock.setTimer(() => {
            close();
            controller.error(new Error("nobody reads this stream"));
          }, stalledMs);
          stalled.unref();
        } catch (error) {
          close();
          controller.error(error);
        }
      },
      cancel: close,
    },
    { highWaterMark: 0 },
  );
}

export const STREAM_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store, no-transform",
  "x-accel-buffering": "no",
};
