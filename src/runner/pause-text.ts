/** Why a run rests, as it is said to whoever started it. */
import { commandLine } from "../model/command-line.ts";
import type { PauseNews } from "../runtime/run-options.ts";

export function pauseText(news: PauseNews): string {
  if (news.reason === "sleep") {
    const until = new Date(news.until).toISOString();
    return `paused: nothing is left of run ${news.runId} but a sleep until ${until}; it may be stopped, "${commandLine(`resume ${news.runId}`)}" goes on\n`;
  }
  return `paused: run ${news.runId} waits for room, and goes on when there is some; nothing is lost: ${news.error.message}\n`;
}

export function sayPaused(news: PauseNews): void {
  process.stderr.write(pauseText(news));
}
