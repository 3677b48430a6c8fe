/**
 * A project of its own, asked over MCP as agents ask: by the official client over standard input and output, over HTTP, or in memory.
 *
 * R1. Everything that a test opens is closed by `remove`, in an afterAll.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { packageVersion } from "../../src/app/package-version.ts";
import { ProcessLauncher } from "../../src/app/process-launcher.ts";
import { findProject } from "../../src/app/project.ts";
import { Registration } from "../../src/app/registration.ts";
import type { OperationContext } from "../../src/app/registry.ts";
import { openWorkspace, type Workspace } from "../../src/app/workspace.ts";
import { BIN } from "../../src/cli/fixtures/workgraph-process.ts";
import { mcpMount } from "../../src/mcp/mount.ts";
import { createMcpServer } from "../../src/mcp/server.ts";
import { readJsonBody } from "../../src/server/body.ts";
import { startServer, type RunningServer } from "../../src/server/listen.ts";

export type Json = Record<string, unknown>;

export interface Answer {
  readonly text: string;
  readonly isError: boolean;
  readonly body: Json;
}

/** A client that has listed the tools, so that the SDK holds every answer against the schema of its tool. */
export class Agent {
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  static async over(transport: Transport): Promise<Agent> {
    const client = new Client({ name: "test", version: "1.0.0" });
    await client.connect(transport);
    await client.listTools();
    return new Agent(client);
  }

  async call(name: string, args: Json = {}): Promise<Answer> {
    const answer = await this.client.callTool({ name, arguments: args });
    const [content] = answer.content as { readonly type: string; readonly text: string }[];
    return {
      text: content?.text ?? "",
      isError: answer.isError === true,
      body: (answer.structuredContent ?? {}) as Json,
    };
  }

  /** Of a call that must go well. */
  async ask(name: string, args: Json = {}): Promise<Json> {
    const { isError, text, body } = await this.call(name, args);
    if (isError) throw new Error(`${name} ${JSON.stringify(args)}: ${text}`);
    return body;
  }
}

export class AgentPlace {
  readonly dir: string = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-agents-")));
  readonly #closing: (() => Promise<unknown>)[] = [];
  #workspace: Promise<Workspace> | undefined;

  constructor() {
    this.write("package.json", '{"name": "place", "type": "module"}');
  }

  write(name: string, text: string): string {
    const path = join(this.dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  workspace(): Promise<Workspace> {
    this.#workspace ??= this.#openWorkspace();
    return this.#workspace;
  }

  async #openWorkspace(): Promise<Workspace> {
    const workspace = await openWorkspace(await findProject({ from: this.dir }), "write");
    this.#closing.push(() => workspace.close());
    return workspace;
  }

  /** `workgraph mcp` as a process. */
  async overStdio(words: readonly string[] = []): Promise<Agent> {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [BIN, "mcp", ...words],
      cwd: this.dir,
      env: { PATH: process.env["PATH"] ?? "", HOME: this.dir },
      stderr: "ignore",
    });
    return this.#opened(await Agent.over(transport));
  }

  async server(): Promise<RunningServer> {
    const workspace = await this.workspace();
    const server = await startServer(workspace, {
      port: 0,
      uiFolder: join(this.dir, "no-ui"),
      mounts: [mcpMount(readJsonBody)],
    });
    this.#closing.unshift(() => server.close(2_000));
    return server;
  }

  async overHttp(server: RunningServer, token: string = server.token): Promise<Agent> {
    const headers = { authorization: `Bearer ${token}` };
    const transport = new StreamableHTTPClientTransport(new URL("/mcp", server.url), { requestInit: { headers } });
    return this.#opened(await Agent.over(transport as Transport));
  }

  /** In this process: the protocol without a pipe between. */
  async inMemory(access: OperationContext["access"] = "launch"): Promise<Agent> {
    const workspace = await this.workspace();
    const registration = new Registration(workspace.project);
    const launcher = new ProcessLauncher(workspace);
    const server = createMcpServer({
      access,
      packageVersion: await packageVersion(),
      context: (signal) => ({ workspace, registration, launcher, caller: { kind: "mcp", id: "test" }, access, signal }),
    });
    const [ours, theirs] = InMemoryTransport.createLinkedPair();
    await server.connect(ours);
    this.#closing.unshift(async () => {
      await server.close();
      registration.close();
      await launcher.close(2_000);
    });
    return this.#opened(await Agent.over(theirs));
  }

  #opened(agent: Agent): Agent {
    this.#closing.unshift(() => agent.client.close());
    return agent;
  }

  async remove(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
