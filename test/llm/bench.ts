/** A project whose models are those of the provider in fixtures/, and runs in it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RunEvent } from "../../src/model/events.ts";
import type { ModelCall } from "../../src/model/llm.ts";
import { openRunner, type Runner, type RunResult } from "../../src/runner/runner.ts";
import { findProject } from "../../src/app/project.ts";
import { openWorkspace, type Workspace } from "../../src/app/workspace.ts";
import type { StoredLogLine } from "../../src/store/store.ts";
import type { Wish } from "./fixtures/provider.ts";

const PROVIDER = fileURLToPath(new URL("./fixtures/provider.ts", import.meta.url));
const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** A request that the provider got. */
export interface AskedOf {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly authorization?: string;
  readonly at: number;
  readonly closedAt: number;
  readonly [field: string]: unknown;
}

export class Provider {
  readonly #process: ChildProcess;
  readonly url: string;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param answers what it answers in turn to requests for JSON that wish for nothing */
  static async start(...answers: readonly string[]): Promise<Provider> {
    const child = spawn(process.execPath, [PROVIDER, ...answers], { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = (await once(createInterface(child.stdout), "line")) as [string];
    return new Provider(child, Number(line.split(" ")[1]));
  }

  async asked(key: string): Promise<readonly AskedOf[]> {
    const all = (await (await fetch(`${this.url}/asked`)).json()) as AskedOf[];
    return all.filter(({ messages }) => JSON.stringify(messages).includes(key));
  }

  async stop(): Promise<void> {
    const left = once(this.#process, "exit");
    this.#process.stdin?.end();
    await left;
  }
}

export interface Ran {
  readonly result: RunResult;
  readonly calls: readonly ModelCall[];
  readonly logs: readonly StoredLogLine[];
  readonly events: readonly RunEvent[];
  /** What was streamed. */
  readonly streamed: string;
}

/** Models of a project, as its workgraph.config.ts writes them. */
export const MODELS = (url: string): string => `
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
const make = (options = {}) => createOpenAICompatible({
  name: "loopback", baseURL: "${url}/v1", apiKey: "sk-loopback-0123456789abcdef", includeUsage: true, ...options,
});
export default {
  pools: { desk: { slots: 1 } },
  models: {
    default: "small",
    small: make()("small-1"),
    lazy: async () => make()("lazy-1"),
    strict: make({ supportsStructuredOutputs: true })("strict-1"),
    careful: { model: () => make()("small-1"), settings: { temperature: 0 } },
    patient: { model: make()("patient-1"), retries: 4 },
    once: { model: make()("once-1"), retries: 0 },
    pooled: { model: make()("pooled-1"), pool: "desk" },
    rated: { model: make()("rated-1"), rateLimit: { limit: 2, per: "800ms" } },
    gone: { model: createOpenAICompatible({ name: "gone", baseURL: "http://127.0.0.1:1/v1" })("gone-1"), retries: 0 },
    nonsense: () => 7,
  },
};
`;

export class Bench {
  readonly dir: string = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-llm-")));
  #workspace: Workspace | undefined;
  #runner: Runner | undefined;

  constructor(flow: string) {
    this.write("package.json", '{"name": "bench", "type": "module"}');
    this.write("flow.ts", flow);
    symlinkSync(MODULES, join(this.dir, "node_modules"));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.dir, name), text);
  }

  get store(): Workspace["store"] {
    return this.#workspace!.store;
  }

  get workspace(): Workspace {
    return this.#workspace!;
  }

  get runner(): Runner {
    return this.#runner!;
  }

  /** @param config file of the configuration; a module is loaded once, so another one has another name */
  async open(): Promise<this> {
    const project = await findProject({ from: this.dir, env: {} });
    this.#workspace = await openWorkspace(project, "write");
    this.#runner = await openRunner({ store: this.#workspace.store, project });
    return this;
  }

  async close(): Promise<void> {
    await this.#runner?.close();
    await this.#workspace?.close();
    this.#runner = undefined;
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async run(name: string, input: object): Promise<Ran> {
    const live = await this.runner.launch({ target: `flow.ts#${name}`, input, from: this.dir });
    return this.told(await live.result());
  }

  /** One call of a model as the prompt wishes. */
  ask(wish: Wish & { readonly model?: string; readonly [option: string]: unknown }): Promise<Ran> {
    const { model, options, ...rest } = wish as Wish & { readonly model?: string; readonly options?: object };
    return this.run("ask", {
      prompt: JSON.stringify(rest),
      options: { ...options, ...(model === undefined ? {} : { model }) },
    });
  }

  async told(result: RunResult): Promise<Ran> {
    const events = (await this.store.events(result.runId, { limit: 10_000 })).map(({ event }) => event);
    const logs = await this.store.logs(result.runId, { limit: 10_000 });
    return {
      result,
      events,
      logs,
      calls: events.flatMap((event) => (event.type === "model.called" ? [event.model] : [])),
      streamed: logs
        .filter(({ level }) => level === "stream")
        .map(({ text }) => text)
        .join(""),
    };
  }
}
