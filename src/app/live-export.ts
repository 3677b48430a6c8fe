/**
 * Spans of runs that this process executes, sent to an OpenTelemetry collector while they go on.
 *
 * Owns: which spans are sent, and when. Leaves to telemetry/: what they are, and sending.
 *
 * R1. Only when the environment names an endpoint (telemetry/otlp-exporter.ts, R1). Who executes a run exports it: nobody else does.
 * R2. A span is sent once it has ended, by what the log says: never before it is recorded. A resume sends what it adds.
 * R3. A child run is sent when it has ended.
 * R4. Values are sent only with WORKGRAPH_OTEL_VALUES=1, cut, and only those that stand in the log itself.
 */
import { systemClock } from "../base/clock.ts";
import type { RunId } from "../model/ids.ts";
import type { StoredEvent } from "../model/events.ts";
import type { EventStore } from "../store/store.ts";
import { OtlpExporter, otlpTarget } from "../telemetry/otlp-exporter.ts";
import { SpanLog } from "../telemetry/span-log.ts";
import type { Span } from "../telemetry/span.ts";
import { userSpan } from "../telemetry/user-spans.ts";

export interface LiveExport {
  /** @param after events up to this seq were sent by whoever executed the run before */
  follow(runId: RunId, after?: number): void;
  /** Waits, not for long, until what followed runs have recorded is sent. */
  close(): Promise<void>;
}

interface ExportParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told once when spans cannot be sent. */
  readonly say: (text: string) => void;
}

const PAGE = 1_000;
const LINES_EVERY_MS = 500;
const VALUE_CHARACTERS = 4_096;
/** How long the first event of a resume may take, and how often it is looked for. */
const BEGIN_MS = 10_000;
const AGAIN_MS = 25;
/** How long an ended run's last events may take to arrive. */
const GRACE_MS = 2_000;
/** How long the last batches may take. */
const CLOSE_MS = 5_000;

/** R1. */
export function openLiveExport(store: EventStore, parts: ExportParts): LiveExport | undefined {
  const target = otlpTarget(parts.env);
  if (!target) return undefined;
  const exporter = new OtlpExporter(target, { clock: systemClock, say: parts.say });
  const values = parts.env["WORKGRAPH_OTEL_VALUES"] === "1" ? "sent" : "kept";
  return new Following(store, exporter, values);
}

class Following implements LiveExport {
  readonly #store: EventStore;
  readonly #exporter: OtlpExporter;
  readonly #values: "sent" | "kept";
  readonly #stop: AbortController = new AbortController();
  readonly #followed: Set<Promise<void>> = new Set();
  /** Of child runs: up to which seq they were sent. */
  readonly #sent: Map<RunId, number> = new Map();

  constructor(store: EventStore, exporter: OtlpExporter, values: "sent" | "kept") {
    this.#store = store;
    this.#exporter = exporter;
    this.#values = values;
  }

  follow(runId: RunId, after = 0): void {
    // Whoever cannot be followed runs on all the same.
    const followed: Promise<void> = this.#follow(runId, after)
      .catch(() => undefined)
      .finally(() => this.#followed.delete(followed));
    this.#followed.add(followed);
  }

  async close(): Promise<void> {
    const late = systemClock.setTimer(() => this.#stop.abort(), GRACE_MS);
    await Promise.all(this.#followed);
    systemClock.clearTimer(late);
    const waited = new Promise<void>((resolve) => systemClock.setTimer(resolve, CLOSE_MS).unref());
    await Promise.race([this.#exporter.close(), waited]);
  }

  async #follow(runId: RunId, after: number): Promise<void> {
    const sender = await this.#sender(runId, after);
    if (!sender) return;
    const { signal } = this.#stop;
    let linesAt = systemClock.perf();
    const since = linesAt;
    do {
      for await (const stored of this.#store.tail(runId, { after: sender.seq, signal, values: "inline" })) {
        await this.#take(sender, stored);
        if (systemClock.perf() - linesAt < LINES_EVERY_MS) continue;
        await sender.lines();
        linesAt = systemClock.perf();
      }
      // A run that is resumed reads as ended until the first event of the resume is committed.
    } while (sender.seq <= after && systemClock.perf() - since < BEGIN_MS && (await this.#waited()));
    await sender.lines();
  }

  /** A moment; false when there is no more time. */
  async #waited(): Promise<boolean> {
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, AGAIN_MS).unref());
    return !this.#stop.signal.aborted;
  }

  async #take(sender: Sender, stored: StoredEvent): Promise<void> {
    sender.take(stored);
    if (stored.event.type === "child.ended") await this.#child(stored.event.child);
  }

  /** R3. */
  async #child(runId: RunId): Promise<void> {
    const before = this.#sent.get(runId) ?? 0;
    const sender = await this.#sender(runId, before);
    if (!sender) return;
    for (let after = 0; ;) {
      const page = await this.#store.events(runId, { after, limit: PAGE, values: "inline" });
      for (const stored of page) await this.#take(sender, stored);
      if (page.length < PAGE) break;
      after = page.at(-1)!.seq;
    }
    await sender.lines();
    this.#sent.set(runId, sender.seq);
  }

  async #sender(runId: RunId, after: number): Promise<Sender | undefined> {
    const row = await this.#store.run(runId);
    if (!row) return undefined;
    const { workflow, version, root, parent } = row;
    const log = new SpanLog({ runId, workflow, version, root, ...(parent === undefined ? {} : { parent }) });
    return new Sender({ store: this.#store, exporter: this.#exporter, values: this.#values, log, runId, root, after });
  }
}

interface SenderParts {
  readonly store: EventStore;
  readonly exporter: OtlpExporter;
  readonly values: "sent" | "kept";
  readonly log: SpanLog;
  readonly runId: RunId;
  readonly root: RunId;
  readonly after: number;
}

/** One log on its way out. */
class Sender {
  readonly #parts: SenderParts;
  seq = 0;
  #line = 0;
  /** When the log is first beyond what was sent before: lines from then on are new. */
  #since: number | undefined;
  #input: string | undefined;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  /** R2. */
  take({ seq, event, value }: StoredEvent): void {
    const { log, exporter, after } = this.#parts;
    this.seq = seq;
    if (event.type === "run.created") this.#input = value;
    const spans = log.take(event);
    if (seq <= after) return;
    this.#since ??= after === 0 ? 0 : event.at;
    exporter.add(spans.map((span) => this.#with(span, value)));
  }

  async lines(): Promise<void> {
    const { store, exporter, runId, root } = this.#parts;
    for (;;) {
      const page = await store.logs(runId, { after: this.#line, limit: PAGE });
      const fresh = page.filter(({ at }) => at >= (this.#since ?? Infinity));
      exporter.add(fresh.flatMap((line) => userSpan(line, { runId, root }) ?? []));
      this.#line = page.at(-1)?.id ?? this.#line;
      if (page.length < PAGE) return;
    }
  }

  /** R4. */
  #with(span: Span, value: string | undefined): Span {
    if (this.#parts.values === "kept" || (span.kind !== "run" && span.kind !== "item")) return span;
    const input = span.kind === "run" ? this.#input : undefined;
    const attributes = {
      ...span.attributes,
      ...(input === undefined ? {} : { "workgraph.input": input.slice(0, VALUE_CHARACTERS) }),
      ...(value === undefined ? {} : { "workgraph.output": value.slice(0, VALUE_CHARACTERS) }),
    };
    return { ...span, attributes };
  }
}
