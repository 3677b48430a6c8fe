/** A project with workflows, a server with the pages, and the command line beside it: the two must say the same. */
import { workgraphJson } from "../../src/cli/fixtures/workgraph-process.ts";
import type { Workspace } from "../../src/app/workspace.ts";
import type { RunningServer } from "../../src/server/listen.ts";
import { ask, Place } from "../server/place.ts";
import { builtPages } from "./built-pages.ts";
import { PATIENCE_MS } from "./chromium.ts";

export class Site {
  readonly place: Place = new Place();
  #server: RunningServer | undefined;
  #workspace: Workspace | undefined;

  async open(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) this.place.write(name, text);
    this.#workspace = await this.place.workspace();
    this.#server = await this.place.serve(this.#workspace, { uiFolder: await builtPages() });
  }

  /** A new server where the one before was. */
  async restart(port: number): Promise<void> {
    this.#server = await this.place.serve(this.#workspace!, { uiFolder: await builtPages(), port });
  }

  get server(): RunningServer {
    return this.#server!;
  }

  /** Address of a page of the server. */
  url(path: string): string {
    return new URL(path, this.server.url).href;
  }

  async launch(name: string, input: object = {}): Promise<string> {
    const { status, body } = await ask(this.server, `/api/workflows/${name}/runs`, { body: { input } });
    if (status !== 201) throw new Error(`"${name}" was not launched: ${JSON.stringify(body)}`);
    return String(body["runId"]);
  }

  /** Launches, and waits until the run has ended. */
  async ran(name: string, input: object = {}): Promise<string> {
    return this.ended(await this.launch(name, input));
  }

  async ended(runId: string): Promise<string> {
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until;) {
      if ((await ask(this.server, `/api/runs/${runId}/wait`)).status === 200) return runId;
    }
    throw new Error(`run ${runId} has not ended`);
  }

  /** A run that takes over what still holds of `runId`, ended. */
  async forked(runId: string): Promise<string> {
    const { status, body } = await ask(this.server, `/api/runs/${runId}/fork`, { body: {} });
    if (status !== 201) throw new Error(`run ${runId} was not forked: ${JSON.stringify(body)}`);
    return this.ended(String(body["runId"]));
  }

  async get(path: string): Promise<Record<string, unknown>> {
    return (await ask(this.server, path)).body;
  }

  /** What the command line says, as its one JSON document. */
  async cli(...words: readonly string[]): Promise<Record<string, unknown>> {
    return (await workgraphJson(words, { cwd: this.place.dir })).document;
  }

  async close(): Promise<void> {
    await this.place.remove();
  }
}
