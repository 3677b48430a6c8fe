/**
 * Server-sent events, read with a token where the server wants one; EventSource cannot send any.
 *
 * Owns: one stream, and coming back to it. Leaves to client.ts: the token; to whoever opens it: what messages mean.
 *
 * R1. It comes back by itself until it is closed, after the time that the server named, with the last id: the server goes on behind it.
 * R2. A server that says nothing for SILENT_MS, signs of life included, is taken for gone: its connection is given up.
 */
import { ask } from "./client.ts";

export interface StreamMessage {
  readonly event: string;
  readonly data: string;
}

export interface StreamEvents {
  message(message: StreamMessage): void;
  /** Connected: the first time, or again. */
  open?(): void;
  /** The connection was lost, or there was none. It is tried again. */
  lost?(): void;
}

/** Until the server names another time. */
const RETRY_MS = 1_000;
/** Three signs of life of the server. */
const SILENT_MS = 45_000;

export class LiveStream {
  readonly #url: string;
  readonly #events: StreamEvents;
  readonly #closing: AbortController = new AbortController();
  #lastId = "";
  #retryMs = RETRY_MS;

  constructor(url: string, events: StreamEvents) {
    this.#url = url;
    this.#events = events;
    void this.#follow();
  }

  close(): void {
    this.#closing.abort();
  }

  async #follow(): Promise<void> {
    const closing = this.#closing.signal;
    while (!closing.aborted) {
      // Whatever went wrong, the way on is the same.
      await this.#read().catch(() => undefined);
      if (closing.aborted) return;
      this.#events.lost?.();
      await passed(this.#retryMs, closing);
    }
  }

  async #read(): Promise<void> {
    const silence = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, silence.signal]);
    const headers = { accept: "text/event-stream", ...(this.#lastId === "" ? {} : { "last-event-id": this.#lastId }) };
    let timer = setTimeout(() => silence.abort(), SILENT_MS);
    try {
      const response = await ask(this.#url, { headers, signal });
      if (!response.ok || response.body === null) return;
      this.#events.open?.();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const messages = new MessageReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => silence.abort(), SILENT_MS);
        for (const { id, retryMs, ...message } of messages.take(value)) {
          this.#lastId = id ?? this.#lastId;
          this.#retryMs = retryMs ?? this.#retryMs;
          if (message.data !== "" && !this.#closing.signal.aborted) this.#events.message(message);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

interface ReadMessage extends StreamMessage {
  readonly id?: string;
  readonly retryMs?: number;
}

/** Text in pieces, as they come, to whole messages. A message that a lost connection cut is none: its id was not taken either. */
class MessageReader {
  #text = "";

  take(piece: string): readonly ReadMessage[] {
    this.#text += piece;
    const blocks = this.#text.split("\n\n");
    this.#text = blocks.pop() ?? "";
    return blocks.map((block) => messageOf(block.split("\n")));
  }
}

function messageOf(lines: readonly string[]): ReadMessage {
  let event = "message";
  let id: string | undefined;
  let retryMs: number | undefined;
  const data: string[] = [];
  for (const line of lines) {
    const [, name = "", value = ""] = /^(\w*): ?(.*)$/s.exec(line) ?? [];
    if (name === "event") event = value;
    else if (name === "id") id = value;
    else if (name === "data") data.push(value);
    else if (name === "retry" && /^\d{1,6}$/.test(value)) retryMs = Number(value);
  }
  return {
    event,
    data: data.join("\n"),
    ...(id === undefined ? {} : { id }),
    ...(retryMs === undefined ? {} : { retryMs }),
  };
}
