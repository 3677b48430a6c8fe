/**
 * What one attempt writes beside the event log: log lines, progress, stream chunks.
 *
 * R1. Secrets are taken out here, before anything else sees a line. A stream is read as one text: its end is held back while it
 *     may be the beginning of a secret that the next chunk goes on with.
 * R2. Bounded per attempt, in lines and in characters; what is cut is said in a line of its own.
 * R3. Text chunks of one turn become one line; lines stay in the order they were written in.
 */
import type { Redactor } from "../../base/redactor.ts";
import { encode } from "../../model/codec.ts";
import type { AttemptChannel } from "../../runtime/engine.ts";

const MAX_LINES = 10_000;
const MAX_LINE_CHARACTERS = 64 * 1024;
const MAX_CHARACTERS = 4 * 1024 * 1024;
const MAX_STREAM_LINES = 10_000;
const MAX_STREAM_CHARACTERS = 1024 * 1024;
/** Progress is written at most this often. */
const PROGRESS_EVERY_MS = 100;

type Level = "debug" | "info" | "warn" | "error" | "progress";

export class AttemptLines {
  readonly #channel: AttemptChannel;
  readonly #redactor: Redactor;
  readonly #now: () => number;
  #lines = 0;
  #characters = 0;
  #cut = false;
  #streamLines = 0;
  #streamCharacters = 0;
  #streamCut = false;
  /** Text of the stream that is not written yet. */
  #held = "";
  #flushAsked = false;
  #progressAt = -Infinity;
  #progressDone = false;

  constructor(channel: AttemptChannel, redactor: Redactor, now: () => number) {
    this.#channel = channel;
    this.#redactor = redactor;
    this.#now = now;
  }

  log(level: Level, text: string, fields?: unknown): void {
    if (this.#cut) return;
    this.#flush();
    const line = this.#clean(textOf(text));
    const encoded = fields === undefined ? undefined : this.#fields(fields);
    this.#lines++;
    this.#characters += line.length + (encoded?.length ?? 0);
    if (this.#lines > MAX_LINES || this.#characters > MAX_CHARACTERS) {
      this.#cut = true;
      const bound = this.#lines > MAX_LINES ? `${MAX_LINES} log lines` : `${MAX_CHARACTERS} characters of log lines`;
      return this.#channel.log({
        level: "warn",
        text: `[cut: more than ${bound} in one attempt; later ones are not kept]`,
      });
    }
    this.#channel.log({ level, text: line, ...(encoded === undefined ? {} : { fields: encoded }) });
  }

  progress(done: number | { readonly done: number; readonly total: number }, text = ""): void {
    const share = typeof done === "number" ? done : done.total > 0 ? done.done / done.total : 0;
    const now = this.#now();
    const finished = share >= 1 && !this.#progressDone;
    if (!finished && now - this.#progressAt < PROGRESS_EVERY_MS) return;
    this.#progressAt = now;
    this.#progressDone = share >= 1;
    this.log("progress", text, typeof done === "number" ? { share } : { share, done: done.done, total: done.total });
  }

  stream(chunk: unknown): void {
    if (this.#streamCut) return;
    if (typeof chunk !== "string") {
      const text = encode(chunk);
      this.#flush("all");
      return this.#writeStream(this.#redactor.redact(text));
    }
    this.#held += chunk.length > MAX_STREAM_CHARACTERS ? chunk.slice(0, MAX_STREAM_CHARACTERS + 1) : chunk;
    if (this.#held.length > MAX_STREAM_CHARACTERS) return this.#flush();
    if (this.#flushAsked) return;
    this.#flushAsked = true;
    setImmediate(() => {
      this.#flushAsked = false;
      this.#flush();
    });
  }

  end(): void {
    this.#flush("all");
  }

  /** R1. */
  #flush(how: "closed" | "all" = "closed"): void {
    if (this.#held === "") return;
    const open = how === "all" ? 0 : this.#redactor.openEnd(this.#held);
    const text = this.#held.slice(0, this.#held.length - open);
    this.#held = this.#held.slice(this.#held.length - open);
    if (text !== "") this.#writeStream(this.#redactor.redact(text));
  }

  #writeStream(text: string): void {
    if (this.#streamCut) return;
    const kept = text.slice(0, MAX_STREAM_CHARACTERS - this.#streamCharacters);
    this.#streamLines++;
    this.#streamCharacters += kept.length;
    if (this.#streamLines <= MAX_STREAM_LINES) {
      if (kept !== "") this.#channel.log({ level: "stream", text: kept });
      if (kept.length === text.length) return;
    }
    this.#streamCut = true;
    this.#held = "";
    const bound =
      this.#streamLines > MAX_STREAM_LINES ? `${MAX_STREAM_LINES} chunks` : `${MAX_STREAM_CHARACTERS} characters`;
    this.#channel.log({
      level: "warn",
      text: `[cut: more than ${bound} streamed in one attempt; later ones are not kept]`,
    });
  }

  #clean(text: string): string {
    if (text.length <= MAX_LINE_CHARACTERS) return this.#redactor.redact(text);
    // Twice the bound: a secret across the cut is still seen whole.
    const clean = this.#redactor.redact(text.slice(0, 2 * MAX_LINE_CHARACTERS)).slice(0, MAX_LINE_CHARACTERS);
    return `${clean}... [cut: ${text.length - clean.length} more characters]`;
  }

  #fields(fields: unknown): string {
    try {
      const text = this.#redactor.redact(encode(fields));
      return text.length <= MAX_LINE_CHARACTERS
        ? text
        : encode({ cut: `fields of ${text.length} characters are not kept` });
    } catch (error) {
      return encode({ unrecordable: error instanceof Error ? error.message : "fields" });
    }
  }
}

/** A log line is no place to fail. */
function textOf(text: unknown): string {
  try {
    return String(text);
  } catch {
    return "[text that cannot be shown]";
  }
}
