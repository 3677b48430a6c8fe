/** A project of its own with a real server on a real port: what every test of the server stands on. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findProject } from "../../src/app/project.ts";
import { openWorkspace, type Workspace } from "../../src/app/workspace.ts";
import type { Caller, ForkOrder, Launched, Launcher, LaunchOrder } from "../../src/app/launcher.ts";
import type { Defences } from "../../src/server/defences.ts";
import { startServer, type RunningServer, type ServeOptions, type SocketLimits } from "../../src/server/listen.ts";
import { recordDemo } from "../../src/app/fixtures/recorded-run.ts";

export const DEMO = "01JD7AAAAAAAAAAAAAAAAAAAAA";

export const WORDS = `
import { node, workflow } from "agentic-workgraph";
const split = node({ id: "split", out: "many" }, async ({ text }: { text: string }) => text.split(" "));
const shout = node({ id: "shout" }, async ({ word }: { word: string }): Promise<string> => {
  if (word === "bad") throw new TypeError("no such word");
  return word.toUpperCase();
});
export const loud = workflow({ name: "loud", title: "Loud words" }, ({ text }: { text: string }) =>
  shout({ word: split({ text }) }),
);
`;

export class Place {
  readonly dir: string = realpathSync(mkdtempSync(join(tmpdir(), "workgraph-server-")));
  readonly #closing: (() => Promise<unknown>)[] = [];

  constructor() {
    this.write("package.json", '{"name": "place", "type": "module"}');
  }

  write(name: string, text: string): string {
    const path = join(this.dir, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  link(name: string, target: string): void {
    symlinkSync(target, join(this.dir, name));
  }

  async workspace(): Promise<Workspace> {
    const workspace = await openWorkspace(await findProject({ from: this.dir }), "write");
    this.#closing.push(() => workspace.close());
    return workspace;
  }

  /** With the recorded run DEMO. */
  async workspaceWithDemo(): Promise<Workspace> {
    const workspace = await this.workspace();
    await recordDemo(workspace.store, DEMO);
    return workspace;
  }

  async serve(
    workspace: Workspace,
    options: ServeOptions = {},
    parts?: { readonly defences: Defences; readonly socket: SocketLimits },
  ): Promise<RunningServer> {
    const server = await startServer(workspace, { port: 0, uiFolder: join(this.dir, "no-ui"), ...options }, parts);
    this.#closing.unshift(() => server.close(2_000));
    return server;
  }

  async remove(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Remembers what it was asked for, and answers with a run that is recorded: for tests of what stands before it. */
export class RememberingLauncher implements Launcher {
  readonly launched: LaunchOrder[] = [];
  readonly resumed: string[] = [];
  readonly forked: string[] = [];

  async launch(order: LaunchOrder): Promise<Launched> {
    this.launched.push(order);
    return { runId: DEMO, workflow: "loud", version: "unversioned", created: true };
  }

  async fork({ run }: ForkOrder): Promise<Launched> {
    this.forked.push(run);
    return { runId: DEMO, workflow: "loud", version: "unversioned", created: true };
  }

  async planFork(): Promise<unknown> {
    return {};
  }

  async resume(runId: string, _caller: Caller): Promise<void> {
    this.resumed.push(runId);
  }

  async cancelOrphan(): Promise<void> {
    // Nothing that it launched runs.
  }

  active(): readonly string[] {
    return [];
  }

  async close(): Promise<readonly string[]> {
    return [];
  }
}

/** JSON over fetch, as a program asks. */
export async function ask(
  server: RunningServer,
  path: string,
  init: { readonly method?: string; readonly body?: unknown; readonly headers?: Record<string, string> } = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers }> {
  const { method = init.body === undefined ? "GET" : "POST", body } = init;
  const response = await fetch(new URL(path, server.url), {
    method,
    headers: {
      ...(method === "GET" ? {} : { "content-type": "application/json", authorization: `Bearer ${server.token}` }),
      ...init.headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  };
}
