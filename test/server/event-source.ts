/** A client of server-sent events that reads as slowly as it is told to. */
export interface Message {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

export class EventSourceClient {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #abort: AbortController;
  readonly #decoder = new TextDecoder();
  readonly #ready: Message[] = [];
  #text = "";
  /** Last id seen, as a browser keeps it. */
  lastId = "";
  /** Comments seen: signs of life. */
  comments = 0;

  private constructor(reader: ReadableStreamDefaultReader<Uint8Array>, abort: AbortController) {
    this.#reader = reader;
    this.#abort = abort;
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<EventSourceClient> {
    const abort = new AbortController();
    const response = await fetch(url, { headers, signal: abort.signal });
    if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
    return new EventSourceClient(response.body!.getReader(), abort);
  }

  /** The next message; undefined at the end of the stream. */
  async next(): Promise<Message | undefined> {
    for (;;) {
      const message = this.#ready.shift();
      if (message !== undefined) return message;
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#take(value);
    }
  }

  /** Messages up to the first that matches, or the end. */
  async until(matches: (message: Message) => boolean): Promise<Message[]> {
    const messages: Message[] = [];
    for (let message = await this.next(); message !== undefined; message = await this.next()) {
      messages.push(message);
      if (matches(message)) break;
    }
    return messages;
  }

  close(): void {
    this.#abort.abort();
    this.#reader.cancel().catch(() => undefined);
  }

  #take(bytes: Uint8Array): void {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    const blocks = this.#text.split("\n\n");
    this.#text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map<string, string>();
      for (const line of block.split("\n")) {
        const [, name = "", value = ""] = /^([a-z]*): ?(.*)$/s.exec(line) ?? [];
        if (name === "") this.comments += 1;
        fields.set(name, value);
      }
      this.lastId = fields.get("id") ?? this.lastId;
      const data = fields.get("data");
      if (data !== undefined) this.#ready.push({ id: this.lastId, event: fields.get("event") ?? "message", data });
    }
  }
}

export const isEvent = ({ event }: Message): boolean => event === "event";
export const seqOf = ({ data }: Message): number => (JSON.parse(data) as { seq: number }).seq;
