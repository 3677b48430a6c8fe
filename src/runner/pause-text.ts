/** Why a run rests, as it is said to whoever started it. */
import { assertNever } from "../base/assert.ts";
import { commandLine } from "../model/command-line.ts";
import type { PauseNews } from "../runtime/run-options.ts";

export type { PauseNews };

export function pauseText(news: PauseNews): string {
  const { runId } = news;
  switch (news.reason) {
    case "sleep": {
      const until = new Date(news.until).toISOString();
      return `paused: nothing is left of run ${runId} but a sleep until ${until}; it may be stopped, "${commandLine(`resume ${runId}`)}" goes on\n`;
    }
    case "store-full":
      return `paused: run ${runId} waits for room, and goes on when there is some; nothing is lost: ${news.error.message}\n`;
    case "room":
      return `there is room again: run ${runId} goes on\n`;
    default:
      return assertNever(news);
  }
}

export function sayPaused(news: PauseNews): void {
  process.stderr.write(pauseText(news));
}
