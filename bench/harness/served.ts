/** `workgraph serve` as a process of its own, and what a program asks of it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { Installed } from "./installed.ts";
import { require } from "./report.ts";

export interface Served {
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  /** Starts a run and gives its id. */
  launch(workflow: string, input: unknown): Promise<string>;
}

/** @param options.file of `bench/workflows/`: its workflows can be launched by their names */
export async function whileServed<T>(
  { dir, bin }: Installed,
  options: { readonly data: string; readonly file?: string; readonly env?: Readonly<Record<string, string>> },
  use: (server: Served) => Promise<T>,
): Promise<T> {
  const { data, file, env = {} } = options;
  if (file !== undefined) copyFileSync(join(dir, file), join(dir, file.replace(".ts", ".workflow.ts")));
  const program = spawn(process.execPath, [bin, "serve", "--port", "0", "--json", "--data", data], {
    cwd: dir,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "ignore"],
  });
  try {
    const { url, token } = await announced(program);
    await fetch(new URL("/api/workflows", url));
    return await use({
      url,
      token,
      pid: program.pid!,
      launch: async (workflow, input) => {
        const answer = await fetch(new URL(`/api/workflows/${workflow}/runs`, url), {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
          body: JSON.stringify({ input }),
        });
        require(answer.ok, `${workflow} was not launched: ${answer.status}`);
        return ((await answer.json()) as { runId: string }).runId;
      },
    });
  } finally {
    program.kill("SIGTERM");
    if (program.exitCode === null && program.signalCode === null) await once(program, "exit");
  }
}

/** What a server says when it listens. */
async function announced(server: ChildProcess): Promise<{ readonly url: string; readonly token: string }> {
  let text = "";
  for await (const part of server.stdout!) {
    text += String(part);
    if (text.includes("\n")) break;
  }
  return JSON.parse(text) as { url: string; token: string };
}
