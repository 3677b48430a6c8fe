/**
 * One run, live: the view at some seq from the server, then every event folded in here.
 *
 * Owns: the connection of the one tab, and the view that all panes read. Leaves to model/fold.ts: what events mean.
 *
 * R1. The view comes folded from the server and the stream goes on after it: opening a run of a million events costs one answer.
 *     While the server folds a long log, its outline is shown.
 * R2. Events are folded once per frame, however many came: a burst never draws more often than the screen does.
 * R3. A lost connection is said, with its age; it goes on after the last seq, without a gap or an event twice.
 * R4. When the last event of a run that has ended is folded, the connection is closed: no timer runs for a finished run. That it has
 *     ended may be told before its last events come: what is told of its status ends nothing.
 */
import { foldAll } from "../../src/model/fold.ts";
import { isRunEnded } from "../../src/model/status.ts";
import type { RunStatus } from "../../src/model/status.ts";
import type { StoredEvent } from "../../src/model/events.ts";
import { unpackView } from "../../src/model/packed-view.ts";
import { EMPTY_VIEW, type RunView } from "../../src/model/view.ts";
import { address, get, isOffline } from "./client.ts";
import { firstView, type ViewAnswer } from "./first-view.ts";
import { shownView } from "./shown-view.ts";
import { LiveStream, type StreamMessage } from "./live-stream.ts";

export type Connection = "loading" | "live" | "lost" | "ended" | "failed";

export interface RunState {
  readonly view: RunView;
  readonly status: RunStatus;
  readonly connection: Connection;
  /** Epoch ms of the last sign of the server. */
  readonly heardAt: number;
  /** Events folded in the last second. */
  readonly eventsPerSecond: number;
  readonly error?: Error;
}

const NOTHING: RunState = {
  view: EMPTY_VIEW,
  status: "queued",
  connection: "loading",
  heardAt: 0,
  eventsPerSecond: 0,
};

export class RunStore {
  readonly runId: string;
  #state: RunState = NOTHING;
  /** As the events say; what is shown of it depends on whether somebody runs the run. */
  #folded: RunView = EMPTY_VIEW;
  readonly #listeners: Set<() => void> = new Set();
  #stream: LiveStream | undefined;
  #pending: StoredEvent[] = [];
  #frame = 0;
  #closed = false;
  #recent: { at: number; count: number }[] = [];

  constructor(runId: string) {
    this.runId = runId;
    void this.#open();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly state = (): RunState => this.#state;

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#stream?.close();
    cancelAnimationFrame(this.#frame);
  }

  #set(change: Partial<RunState>): void {
    if (change.view !== undefined) this.#folded = change.view;
    const next = { ...this.#state, ...change };
    const isOther = change.view !== undefined || next.status !== this.#state.status;
    this.#state = isOther ? { ...next, view: shownView(this.#folded, next.status) } : next;
    for (const listener of this.#listeners) listener();
  }

  /** R1. */
  async #open(): Promise<void> {
    try {
      const soon = await firstView(this.runId);
      if (this.#closed) return;
      if (soon.isOutline === true) this.#set({ view: unpackView(soon.view), status: soon.status, heardAt: Date.now() });
      const answer = soon.isOutline === true ? await get<ViewAnswer>(`/api/runs/${this.runId}/view`) : soon;
      if (this.#closed) return;
      this.#set({ view: unpackView(answer.view), status: answer.status, heardAt: Date.now(), connection: "live" });
      if (isRunEnded(answer.view.logged) || isOffline()) return this.#set({ connection: "ended" });
      this.#listen();
    } catch (error) {
      if (!this.#closed) this.#set({ connection: "failed", error: error as Error });
    }
  }

  #listen(): void {
    const after = this.#folded.seq;
    this.#stream = new LiveStream(address(`/api/runs/${this.runId}/stream`, { after }), {
      message: (message) => this.#hear(message),
      open: () => this.#set({ heardAt: Date.now(), connection: "live" }),
      lost: () => {
        if (!this.#closed && this.#state.connection !== "ended") this.#set({ connection: "lost" });
      },
    });
  }

  #hear({ event, data }: StreamMessage): void {
    if (event === "event") this.#take(JSON.parse(data) as StoredEvent);
    else if (event === "status") {
      const { status } = JSON.parse(data) as { readonly status: RunStatus };
      this.#set({ status, heardAt: Date.now(), connection: "live" });
    } else if (event === "end") this.#end();
  }

  /** R2. */
  #take(event: StoredEvent): void {
    this.#pending.push(event);
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#foldPending());
  }

  #foldPending(): void {
    this.#frame = 0;
    const { seq } = this.#folded;
    // R3: after a reconnect the server may begin with what is known.
    const events = this.#pending.filter((event) => event.seq > seq);
    this.#pending = [];
    if (events.length === 0) return;
    const now = Date.now();
    this.#recent = [...this.#recent.filter(({ at }) => now - at < 1_000), { at: now, count: events.length }];
    const view = foldAll(this.#folded, events);
    const logged = view.logged;
    this.#set({
      view,
      status: logged === "open" ? "running" : logged,
      heardAt: now,
      connection: "live",
      eventsPerSecond: this.#recent.reduce((sum, { count }) => sum + count, 0),
    });
    if (isRunEnded(logged)) this.#end();
  }

  /** R4. */
  #end(): void {
    if (this.#pending.length > 0) this.#foldPending();
    this.#stream?.close();
    this.#stream = undefined;
    this.#set({ connection: "ended", eventsPerSecond: 0 });
  }
}
