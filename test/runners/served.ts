/**
 * A project in a folder of its own, and servers for it that are processes: they are killed here, and so are their runners.
 *
 * R1. Everything that a test starts is gone when it is done: `remove` in an afterAll.
 * R2. The store is looked at from outside, through the reading that the product offers.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openSqliteStore } from "../../src/store/sqlite/sqlite-store.ts";
import type { RunRow, Store } from "../../src/store/store.ts";
import { BIN, run, runJson } from "../process/program.ts";

const FLOWS = fileURLToPath(new URL("./fixtures/flows.ts", import.meta.url));

type Json = Record<string, unknown>;

/** A server that runs. */
export class Served {
  readonly #child: ChildProcess;
  readonly left: Promise<unknown>;
  readonly url: string;
  readonly #token: string;
  /** Ms from its start to its first answer. */
  readonly startMs: number;
  stderr = "";

  private constructor(child: ChildProcess, said: { readonly url: string; readonly token: string; startMs: number }) {
    this.#child = child;
    this.left = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
    this.url = said.url;
    this.#token = said.token;
    this.startMs = said.startMs;
    child.stderr?.on("data", (text: string) => (this.stderr += text));
  }

  static async start(project: RunnerProject, words: readonly string[] = []): Promise<Served> {
    const begin = performance.now();
    const child = spawn(process.execPath, [BIN, "serve", "--port", "0", "--json", "--log-level", "error", ...words], {
      cwd: project.dir,
      env: { PATH: process.env["PATH"], HOME: project.dir, LEDGER: project.ledger },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    child.stderr.setEncoding("utf8");
    child.stdout.setEncoding("utf8");
    let text = "";
    for await (const part of child.stdout) {
      text += part as string;
      if (text.includes("\n")) break;
    }
    if (!text.includes("\n")) throw new Error(`the server did not start: ${child.stderr.read() as string}`);
    const said = JSON.parse(text) as { url: string; token: string; error?: unknown };
    if (said.error !== undefined) throw new Error(text);
    await fetch(new URL("/api/health", said.url));
    const served = new Served(child, { ...said, startMs: performance.now() - begin });
    project.servers.add(served);
    void served.left.then(() => project.servers.delete(served));
    return served;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async get(path: string): Promise<Json> {
    return (await (await fetch(new URL(path, this.url))).json()) as Json;
  }

  async post(path: string, body: object = {}): Promise<Json> {
    const headers = { "content-type": "application/json", authorization: `Bearer ${this.#token}` };
    const answer = await fetch(new URL(path, this.url), { method: "POST", headers, body: JSON.stringify(body) });
    return (await answer.json()) as Json;
  }

  async launch(name: string, input: object = {}, more: object = {}): Promise<string> {
    const answer = await this.post(`/api/workflows/${name}/runs`, { input, ...more });
    if (typeof answer["runId"] !== "string") throw new Error(JSON.stringify(answer));
    return answer["runId"];
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.left;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.left;
  }
}

export class RunnerProject {
  readonly dir: string = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-runners-")));
  readonly ledger: string = join(this.dir, "ledger");
  readonly data: string = join(this.dir, ".workgraph");
  readonly servers: Set<Served> = new Set();
  #reading: Store | undefined;

  constructor() {
    writeFileSync(join(this.dir, "package.json"), '{"name": "place", "type": "module"}');
    copyFileSync(FLOWS, join(this.dir, "flows.workflow.ts"));
    writeFileSync(this.ledger, "");
  }

  /** R2. */
  async store(): Promise<Store> {
    this.#reading ??= await openSqliteStore({ dir: this.data, readOnly: true });
    return this.#reading;
  }

  async row(runId: string): Promise<RunRow> {
    return (await (await this.store()).run(runId))!;
  }

  async rows(): Promise<readonly RunRow[]> {
    return (await (await this.store()).runs({ limit: 1000 })).runs;
  }

  lines(): readonly Json[] {
    const text = readFileSync(this.ledger, "utf8").split("\n");
    return text.filter((line) => line !== "").map((line) => JSON.parse(line) as Json);
  }

  command(words: readonly string[]): ReturnType<typeof run> {
    return run(words, { cwd: this.dir, env: { LEDGER: this.ledger } });
  }

  json(words: readonly string[]): ReturnType<typeof runJson> {
    return runJson(words, { cwd: this.dir, env: { LEDGER: this.ledger } });
  }

  /** R1. */
  async remove(): Promise<void> {
    await Promise.all([...this.servers].map((served) => served.kill()));
    if (this.#reading) {
      for (const { owner } of await this.rows()) if (owner?.alive === true) killGroup(owner.pid);
      await this.#reading.close();
    }
    for (let tries = 0; ; tries++) {
      try {
        rmSync(this.dir, { recursive: true, force: true });
        return;
      } catch (error) {
        // A runner that is ending still writes.
        if (tries === 20) throw error;
        await sleep(100);
      }
    }
  }
}

/** A runner, and what it started. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** What has ended and was not waited for by whoever inherited it does not live. */
export function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return process.platform !== "linux";
  }
}
