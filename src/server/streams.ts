/**
 * Answers that go on: a run's events, and the newest runs.
 *
 * R1. So many at once and no more: each holds a connection.
 * R2. They end with the server, and say so.
 */
import { findRun } from "../app/find-run.ts";
import type { Workspace } from "../app/workspace.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { EventPages } from "./event-pages.ts";
import { followRun } from "./event-stream.ts";
import { followLines } from "./line-stream.ts";
import { headersOf } from "./response.ts";
import { RunChanges } from "./run-changes.ts";
import { RunTails } from "./run-tail.ts";
import { STREAM_HEADERS, streamBody } from "./stream-body.ts";

export interface StreamLimits {
  readonly maxStreams?: number;
  readonly heartbeatMs?: number;
  readonly slowMs?: number;
  readonly stalledMs?: number;
  /** Bytes of latest events that are kept for each run that is followed. */
  readonly tailBytes?: number;
}

const MAX_STREAMS = 256;

interface RunStreamInput {
  readonly run: string;
  readonly after?: number;
  readonly types?: readonly string[];
  readonly call?: number;
}

interface LineStreamInput {
  /** A run, a call or an item. */
  readonly run: string;
  readonly after?: number;
  readonly levels?: readonly string[];
}

export class Streams {
  readonly changes: RunChanges;
  readonly #workspace: Workspace;
  readonly #limits: StreamLimits;
  readonly #tails: RunTails;
  readonly #pages: EventPages;
  readonly #ending: AbortController = new AbortController();
  #open = 0;

  constructor(workspace: Workspace, limits: StreamLimits = {}) {
    this.#workspace = workspace;
    this.#limits = limits;
    this.#tails = new RunTails(workspace.store, limits.tailBytes === undefined ? {} : { maxBytes: limits.tailBytes });
    this.#pages = new EventPages(workspace.store);
    this.changes = new RunChanges(workspace);
  }

  get open(): number {
    return this.#open;
  }

  async run(request: Request, input: RunStreamInput): Promise<Response> {
    const { run } = await findRun(this.#workspace.store, input.run);
    if (request.method === "HEAD") return this.#answer(null);
    this.#requirePlace();
    const { tail, release } = await this.#tails.follow(run.runId);
    const { types, call } = input;
    const { slowMs } = this.#limits;
    return this.#stream(release, (signal) =>
      followRun(tail, this.#pages, {
        after: lastEventId(request) ?? input.after ?? 0,
        signal,
        ...(types === undefined ? {} : { types }),
        ...(call === undefined ? {} : { call }),
        ...this.#heartbeat(),
        ...(slowMs === undefined ? {} : { slowMs }),
      }),
    );
  }

  /** @throws before the stream begins, where there is no such place */
  async lines(request: Request, input: LineStreamInput): Promise<Response> {
    await findRun(this.#workspace.store, input.run);
    if (request.method === "HEAD") return this.#answer(null);
    this.#requirePlace();
    const after = lastEventId(request) ?? input.after ?? 0;
    return this.#stream(
      () => undefined,
      (signal) => followLines(this.#workspace, { ...input, after, signal, ...this.#heartbeat() }),
    );
  }

  runs(request: Request, { workflow }: { readonly workflow?: string }): Response {
    if (request.method === "HEAD") return this.#answer(null);
    this.#requirePlace();
    return this.#stream(
      () => undefined,
      (signal) =>
        this.changes.follow({ signal, ...(workflow === undefined ? {} : { workflow }), ...this.#heartbeat() }),
    );
  }

  /** R2. */
  close(): void {
    this.#ending.abort();
    this.#tails.close();
    this.changes.close();
  }

  #stream(release: () => void, follow: (signal: AbortSignal) => AsyncGenerator<string | Uint8Array, void>): Response {
    const client = new AbortController();
    this.#open += 1;
    const closed = (): void => {
      this.#open -= 1;
      client.abort();
      release();
    };
    const { stalledMs } = this.#limits;
    const text = follow(AbortSignal.any([this.#ending.signal, client.signal]));
    return this.#answer(streamBody(text, { closed, ...(stalledMs === undefined ? {} : { stalledMs }) }));
  }

  #answer(body: ReadableStream<Uint8Array> | null): Response {
    return new Response(body, { headers: { ...headersOf("api"), ...STREAM_HEADERS } });
  }

  #heartbeat(): { readonly heartbeatMs?: number } {
    const { heartbeatMs } = this.#limits;
    return heartbeatMs === undefined ? {} : { heartbeatMs };
  }

  #requirePlace(): void {
    const { maxStreams = MAX_STREAMS } = this.#limits;
    if (this.#open < maxStreams) return;
    throw new WorkgraphError("WG6014", `${this.#open} streams are open, and no more are served`, {
      hint: "Close some; a browser tab needs one.",
    });
  }
}

function lastEventId(request: Request): number | undefined {
  const said = request.headers.get("last-event-id");
  return said !== null && /^\d{1,15}$/.test(said) ? Number(said) : undefined;
}
