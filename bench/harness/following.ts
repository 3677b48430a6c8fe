/** Starts a process of clients that follow a run (stream-clients.ts). */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Report } from "./stream-clients.ts";

export interface Following {
  readonly pid: number;
  /** Resolves when each client has got its first bytes. */
  readonly connected: Promise<void>;
  /** What they have seen, when the run has ended and all have everything. */
  readonly report: Promise<Report>;
}

const PROGRAM = fileURLToPath(new URL("stream-clients.ts", import.meta.url));

export function follow(server: { readonly url: string }, runId: string, clients: number): Following {
  const url = new URL(`/api/runs/${runId}/stream`, server.url).href;
  const child = spawn(process.execPath, [PROGRAM, url, String(clients)], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error("the clients of a stream ended early");
    return value as string;
  };
  const connected = line().then(() => undefined);
  const report = connected.then(line).then((text) => JSON.parse(text) as Report);
  connected.catch(() => undefined);
  report.catch(() => undefined);
  return { pid: child.pid!, connected, report };
}
