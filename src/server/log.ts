/**
 * What the server says about itself while it runs: one JSON object a line.
 *
 * R1. Nothing secret is in it: no headers, queries or bodies are logged, and what looks like a token is taken out of any text.
 * R2. What changed something, and what failed, is "info" and above; reads are "debug".
 */
import { pino, type Logger } from "pino";
import { systemClock } from "../base/clock.ts";
import { isoTime } from "../app/run-summary.ts";
import type { RequestEntry } from "./handler.ts";

export const LOG_LEVELS: readonly string[] = ["debug", "info", "warn", "error", "silent"];

export interface ServerLog {
  request(entry: RequestEntry): void;
  say(text: string, facts?: Readonly<Record<string, unknown>>): void;
  warn(text: string, facts?: Readonly<Record<string, unknown>>): void;
  flush(): void;
}

export interface LogOptions {
  readonly level: string;
  /** Appended to; default stderr. */
  readonly file?: string;
}

const TOKEN = /wgt_[0-9A-Za-z_-]+/g;

export function openLog({ level, file }: LogOptions): ServerLog {
  // Written at once: a server that is killed has said everything.
  const destination = pino.destination({ dest: file ?? 2, sync: true, mkdir: true });
  // A reader of stderr that is gone (`| head`) stops no server.
  destination.on("error", () => undefined);
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${isoTime(systemClock.now())}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ["token", "*.token", "authorization", "*.authorization"], censor: "[redacted]" },
    },
    destination,
  );
  return {
    request: (entry) => logRequest(logger, entry),
    say: (text, facts = {}) => logger.info(facts, text.replaceAll(TOKEN, "[token]")),
    warn: (text, facts = {}) => logger.warn(facts, text.replaceAll(TOKEN, "[token]")),
    flush: () => destination.flushSync(),
  };
}

/** R2. */
function logRequest(logger: Logger, entry: RequestEntry): void {
  const clean = { ...entry, path: entry.path.replaceAll(TOKEN, "[token]") };
  if (entry.stack !== undefined)
    logger.error({ ...clean, stack: entry.stack.replaceAll(TOKEN, "[token]") }, "unforeseen");
  else if (entry.status >= 500) logger.error(clean, "failed");
  else if (entry.status >= 400) logger.warn(clean, "refused");
  else if (entry.method === "GET" || entry.method === "HEAD") logger.debug(clean, "read");
  else logger.info(clean, "changed");
}
