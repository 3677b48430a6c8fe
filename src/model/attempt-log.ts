/**
 * The attempts of a run, read out of its log.
 *
 * Owns: when each attempt ran and what became of it. Leaves to analysis/: what that adds up to; to telemetry/: spans.
 *
 * R1. An attempt lasts from its start to its outcome, as the log has it; nothing is interpolated.
 * R2. Starts of a turn share one event, so the start is told by the outcome: its time, less how long the attempt took.
 * R3. What was in flight when an owner died ended with the last event before, as far as anybody knows.
 * R4. Times are ms after the run's first event.
 */
import type { RunEvent } from "./events.ts";
import type { CallNo, ItemNo } from "./ids.ts";
import type { SpanOutcome } from "./timeline.ts";

export interface Attempt {
  readonly call: CallNo;
  readonly item: ItemNo;
  readonly attempt: number;
  startMs: number;
  endMs: number;
  outcome: SpanOutcome;
  /** Of one that is tried again: how long that was to wait. */
  delayMs?: number;
}

export class AttemptLog {
  /** In the order in which they were started. */
  readonly attempts: Attempt[] = [];
  /** Times at which nobody ran the run. */
  readonly breaks: (readonly [fromMs: number, toMs: number])[] = [];
  /** Epoch ms of the first event. */
  startedAt: number | undefined;
  /** Time of the last event. */
  endMs: number = 0;
  readonly #open: Map<string, Attempt> = new Map();

  /** Takes the next event; gives the attempts that it ended. */
  take(event: RunEvent): readonly Attempt[] {
    this.startedAt ??= event.at;
    const at = event.at - this.startedAt;
    const ended = this.#apply(event, at);
    this.endMs = Math.max(this.endMs, at);
    return ended;
  }

  #apply(event: RunEvent, at: number): readonly Attempt[] {
    switch (event.type) {
      case "run.resumed":
        this.breaks.push([this.endMs, at]);
        return this.#cutOff();
      case "items.started":
        for (const [i, item] of event.items.entries())
          this.#start(event.call, item, { at, attempt: event.attempts?.[i] ?? 1 });
        return NONE;
      case "item.completed":
        return event.to === "completed" ? this.#end(event, { at, outcome: "completed" }) : NONE;
      case "item.retrying":
        return this.#end(event, { at, outcome: "retrying" });
      case "item.failed":
        return this.#end(event, { at, outcome: event.to === "cancelled" ? "cancelled" : "failed" });
      default:
        return NONE;
    }
  }

  /** Attempts without an outcome, as they stand at the last event. */
  open(): readonly Attempt[] {
    const open = [...this.#open.values()];
    for (const attempt of open) attempt.endMs = this.endMs;
    return open;
  }

  /** R3. */
  #cutOff(): readonly Attempt[] {
    const open = this.open();
    this.#open.clear();
    return open;
  }

  #start(call: CallNo, item: ItemNo, of: { readonly at: number; readonly attempt: number }): void {
    const made: Attempt = { call, item, attempt: of.attempt, startMs: of.at, endMs: of.at, outcome: "open" };
    this.attempts.push(made);
    this.#open.set(`${call}.${item}`, made);
  }

  #end(
    of: { readonly call: CallNo; readonly item: ItemNo; readonly ms: number; readonly delayMs?: number },
    told: { readonly at: number; readonly outcome: SpanOutcome },
  ): readonly Attempt[] {
    const key = `${of.call}.${of.item}`;
    const attempt = this.#open.get(key);
    if (!attempt) return NONE;
    this.#open.delete(key);
    attempt.endMs = told.at;
    attempt.startMs = Math.max(0, told.at - of.ms);
    attempt.outcome = told.outcome;
    if (of.delayMs !== undefined) attempt.delayMs = of.delayMs;
    return [attempt];
  }
}

const NONE: readonly Attempt[] = [];
