/**
 * The two streams of the process: data on stdout, narration on stderr.
 *
 * Owns: writing, colours, width, and what happens when a reader goes away. Leaves to commands: what is written.
 *
 * R1. `workgraph ... | head` is no error: when a reader has closed a stream, what goes there is dropped and the work goes on.
 * R2. Colours and cursor codes only on a terminal, never with NO_COLOR or TERM=dumb (cursor codes never with the latter).
 * R3. While a run is on, what its code writes to stdout goes to stderr: stdout holds one document and nothing else.
 */
import picocolors from "picocolors";

export type Colors = ReturnType<typeof picocolors.createColors>;

type Write = typeof process.stdout.write;

class Channel {
  readonly #stream: NodeJS.WriteStream;
  readonly #write: Write;
  readonly isTerminal: boolean;
  readonly colors: Colors;
  /** The reader is gone. */
  closed = false;

  constructor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
    this.#stream = stream;
    // Kept before anything else can replace it: see Terminal.divert.
    this.#write = stream.write.bind(stream) as Write;
    this.isTerminal = stream.isTTY === true && env.TERM !== "dumb";
    this.colors = picocolors.createColors(this.isTerminal && (env.NO_COLOR ?? "") === "");
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "ECONNRESET" && error.code !== "ERR_STREAM_DESTROYED") throw error;
      this.closed = true;
    });
  }

  /** A terminal that nobody gave a size says 0. */
  get columns(): number {
    return this.isTerminal ? Math.max(20, this.#stream.columns || 80) : 80;
  }

  get rows(): number {
    return this.isTerminal ? Math.max(5, this.#stream.rows || 24) : 24;
  }

  write(text: string): void {
    if (!this.closed && text !== "") this.#write(text);
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }

  /** Resolves when what was written has left the process, or its reader has. */
  flushed(): Promise<void> {
    if (this.closed || this.#stream.writableLength === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#write("", () => resolve());
      this.#stream.once("error", () => resolve());
    });
  }
}

export class Terminal {
  readonly out: Channel;
  readonly err: Channel;

  constructor(env: NodeJS.ProcessEnv) {
    this.out = new Channel(process.stdout, env);
    this.err = new Channel(process.stderr, env);
  }

  /**
   * Gives what the code of a run writes to `onText` (default: stderr) until the returned function is called.
   * What the command line itself writes is not diverted.
   */
  divert(onText: (text: string) => void = (text) => this.err.write(text)): () => void {
    const streams = [process.stdout, process.stderr] as const;
    const before = streams.map((stream) => stream.write);
    const write = ((chunk: unknown, encoding: unknown, callback: unknown): boolean => {
      onText(typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString());
      const done = typeof encoding === "function" ? encoding : callback;
      if (typeof done === "function") queueMicrotask(() => (done as () => void)());
      return true;
    }) as Write;
    for (const stream of streams) stream.write = write;
    return () => {
      streams.forEach((stream, index) => {
        if (stream.write === write) stream.write = before[index]!;
      });
    };
  }
}
