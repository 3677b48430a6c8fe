/** Bytes to a port and what comes back, without an HTTP client that would refuse to send them. */
import { connect } from "node:net";

export interface RawAnswer {
  /** Everything received. */
  readonly text: string;
  /** Of each response in it. */
  readonly statuses: readonly number[];
  /** The other side ended the connection in time. */
  readonly closed: boolean;
  readonly ms: number;
}

export interface RawOptions {
  readonly port: number;
  /** Ends when this holds of what was received; default: the other side closed. */
  readonly until?: (text: string) => boolean;
  readonly withinMs?: number;
}

export function exchange(bytes: readonly (string | Buffer)[], options: RawOptions): Promise<RawAnswer> {
  const { port, until, withinMs = 3_000 } = options;
  return new Promise((resolve) => {
    const since = performance.now();
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    const chunks: Buffer[] = [];
    const finish = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString("latin1");
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
      resolve({ text, statuses, closed, ms: performance.now() - since });
    };
    const timer = setTimeout(() => finish(false), withinMs);
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      if (until?.(Buffer.concat(chunks).toString("latin1")) === true) finish(false);
    });
    socket.on("error", () => finish(true));
    socket.on("close", () => finish(true));
    for (const part of bytes) socket.write(part);
  });
}
