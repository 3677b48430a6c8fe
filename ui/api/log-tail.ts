/**
 * What was logged at a place, from the first line on, going on while the run does.
 *
 * R1. A line is asked for once: each answer goes on behind the last line that is here.
 * R2. While the run goes on, lines come as they are written: tokens of a model are no events, and nothing else tells of them.
 * R3. At most MAX_LINES are kept, the newest; that the earlier ones are not here is said.
 */
import { useEffect, useState } from "react";
import { get, isOffline } from "./client.ts";
import { LiveStream } from "./live-stream.ts";
import type { LogEntry, Page } from "./answers.ts";

const MAX_LINES = 20_000;
const PAGE = 1_000;

export interface LogTail {
  readonly lines: readonly LogEntry[];
  /** Lines that were here and are not any more. */
  readonly dropped: number;
  readonly isPending: boolean;
  readonly error?: Error;
}

const NOTHING: LogTail = { lines: [], dropped: 0, isPending: true };

/** @param revision changes when there may be more */
export function useLogTail(place: string, revision: string): LogTail {
  const [known, setKnown] = useState<{ readonly place: string; readonly tail: LogTail }>({ place, tail: NOTHING });
  const tail = known.place === place ? known.tail : NOTHING;
  const last = tail.lines.at(-1)?.id;
  useEffect(() => {
    const stopped = new AbortController();
    let live: LiveStream | undefined;
    const read = async (): Promise<void> => {
      let { lines, dropped } = tail;
      let cursor = last === undefined ? undefined : String(last);
      for (;;) {
        const page: Page & { readonly lines: readonly LogEntry[] } = await get(
          `/api/runs/${place}/logs`,
          { limit: PAGE, cursor },
          stopped.signal,
        );
        const all = [...lines, ...page.lines];
        dropped += Math.max(0, all.length - MAX_LINES);
        lines = all.slice(-MAX_LINES);
        cursor = page.cursor;
        if (page.lines.length > 0 || tail.isPending) setKnown({ place, tail: { lines, dropped, isPending: false } });
        if (cursor === undefined) break;
      }
      if (!goesOn(revision)) return;
      live = follow(place, lines.at(-1)?.id ?? 0, (line) => {
        const all = [...lines, line];
        dropped += Math.max(0, all.length - MAX_LINES);
        lines = all.slice(-MAX_LINES);
        setKnown({ place, tail: { lines, dropped, isPending: false } });
      });
      if (stopped.signal.aborted) live.close();
    };
    read().catch((error: unknown) => {
      if (!stopped.signal.aborted) setKnown({ place, tail: { ...tail, isPending: false, error: error as Error } });
    });
    return () => {
      stopped.abort();
      live?.close();
    };
    // What is here already is read when the effect begins; it asks again when there may be more.
  }, [place, revision]);
  return tail;
}

/** Of a run that has ended, or is looked at as it stood, nothing comes any more; a page without a server has nobody to ask. */
function goesOn(revision: string): boolean {
  return !isOffline() && !/^(?:end|at)\b/.test(revision);
}

/** R2. Ends with the run. */
function follow(place: string, after: number, take: (line: LogEntry) => void): LiveStream {
  const stream = new LiveStream(`/api/runs/${place}/logs/stream?after=${after}`, {
    message: ({ event, data }) => {
      if (event === "line") take(JSON.parse(data) as LogEntry);
      if (event === "end") stream.close();
    },
  });
  return stream;
}
