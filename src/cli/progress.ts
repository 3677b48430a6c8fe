/**
 * Narration of a run: what is said on stderr while it goes.
 *
 * Owns: when something is said. Leaves to live-lines.ts: what one frame on a terminal looks like; to app: the views.
 *
 * R1. On a terminal: a block that is drawn again in place, errors above it. Elsewhere: plain lines, no cursor codes.
 * R2. Errors are said as they happen, each once; more of them than a frame holds are counted.
 */
import { systemClock } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import type { RunFrame } from "../app/operations/watch-run.ts";
import { nodesOf, type ErrorView, type NodeView, type RunView } from "../model/view.ts";
import { liveLines, Rates } from "./live-lines.ts";
import { countsText } from "./run-text.ts";
import type { Terminal } from "./terminal.ts";
import { cut, oneLine, printable, shownFile } from "./text-width.ts";

export interface Progress {
  frame(frame: RunFrame): void;
  /** Text that the code of the run wrote. */
  above(text: string): void;
  /** Leaves the last frame standing. */
  end(): void;
}

export function openProgress(terminal: Terminal): Progress {
  return terminal.err.isTerminal ? new LiveProgress(terminal) : new PlainProgress(terminal);
}

/** The errors of a view that were not said yet. */
class ErrorFeed {
  #saidSeq = 0;
  #saidTotal = 0;

  next(view: RunView): { readonly errors: readonly ErrorView[]; readonly missed: number } {
    const errors = view.errors.filter((error) => error.seq > this.#saidSeq);
    const missed = view.errorTotal - this.#saidTotal - errors.length;
    this.#saidSeq = view.errors.at(-1)?.seq ?? this.#saidSeq;
    this.#saidTotal = view.errorTotal;
    // The error that ended the run is part of its end.
    return { errors: errors.filter((error) => error.call !== undefined), missed: Math.max(0, missed) };
  }
}

function errorLine(runId: string, view: RunView, { call, item, attempt, error, final }: ErrorView): string {
  const node = error.node ?? (call === undefined ? "run" : view.calls[call - 1]?.node);
  const at = error.site === undefined ? "" : ` (${shownFile(error.site.file)}:${error.site.line})`;
  const again = final ? "" : ", tried again";
  return oneLine(
    `${node} ${runId}.${call}.${item} attempt ${attempt ?? 1}${again}: ${error.name}: ${error.message.slice(0, 500)}${at}`,
  );
}

class PlainProgress implements Progress {
  readonly #terminal: Terminal;
  readonly #errors = new ErrorFeed();
  /** Calls a node had when its line was printed. */
  readonly #printed = new Map<string, number>();
  #started = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  frame({ runId, view, final }: RunFrame): void {
    const { err } = this.#terminal;
    if (!this.#started && view.seq > 0) {
      this.#started = true;
      err.line(`run ${runId} ${view.workflow}`);
    }
    const { errors, missed } = this.#errors.next(view);
    if (missed > 0) err.line(`error: ${missed} more`);
    for (const error of errors) err.line(`${error.final ? "error" : "retry"}: ${errorLine(runId, view, error)}`);
    for (const node of nodesOf(view)) {
      const printed = this.#printed.get(node.node);
      // A node that is called again and again has a line when it first rests and one at the end.
      const due = node.endedAt !== undefined && (printed === undefined || (final && printed !== node.calls));
      if (!due) continue;
      this.#printed.set(node.node, node.calls);
      err.line(nodeLine(node));
    }
  }

  above(text: string): void {
    this.#terminal.err.write(text);
  }

  end(): void {}
}

function nodeLine(node: NodeView): string {
  const took =
    node.startedAt === undefined || node.endedAt === undefined
      ? ""
      : ` in ${formatDuration(node.endedAt - node.startedAt)}`;
  const calls = node.calls === 1 ? "" : ` (${node.calls} calls)`;
  const retries = node.retries === 0 ? "" : `, ${node.retries} ${node.retries === 1 ? "retry" : "retries"}`;
  return `${oneLine(node.node)}${calls}: ${countsText(node.counts) || "no items"}${retries}${took}`;
}

class LiveProgress implements Progress {
  readonly #terminal: Terminal;
  readonly #errors = new ErrorFeed();
  readonly #rates = new Rates();
  #lines: readonly string[] = [];
  #drawn = 0;
  #partLine = "";
  #ended = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  frame(frame: RunFrame): void {
    const { err } = this.#terminal;
    const { errors, missed } = this.#errors.next(frame.view);
    const said = errors.map((error) => {
      const line = cut(errorLine(frame.runId, frame.view, error), err.columns - 3);
      return error.final ? err.colors.red(`x ${line}`) : err.colors.yellow(`~ ${line}`);
    });
    if (missed > 0) said.unshift(err.colors.red(`x ${missed} more errors`));
    this.#rates.add(frame.view, systemClock.perf());
    this.#lines = liveLines(frame, {
      columns: err.columns,
      rows: err.rows,
      colors: err.colors,
      rates: this.#rates,
      nowMs: systemClock.now(),
    });
    this.#draw(said);
  }

  above(text: string): void {
    if (this.#ended) {
      this.#terminal.err.write(text);
      return;
    }
    // A line is shown when it is whole: half a line would be drawn over.
    const lines = (this.#partLine + text).split("\n");
    this.#partLine = lines.pop() ?? "";
    if (lines.length > 0) this.#draw(lines.map((line) => printable(line)));
  }

  end(): void {
    if (this.#partLine !== "") this.#draw([printable(this.#partLine)]);
    this.#partLine = "";
    this.#ended = true;
  }

  /** One write per frame: what is drawn in parts flickers. */
  #draw(above: readonly string[]): void {
    const up = this.#drawn > 0 ? `\u001b[${this.#drawn}A\r` : "";
    const text = [...above, ...this.#lines].map((line) => `${line}\u001b[K\n`).join("");
    this.#terminal.err.write(`${up}${text}\u001b[J`);
    this.#drawn = this.#lines.length;
  }
}
