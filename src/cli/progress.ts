/**
 * Narration of a run: what is said on stderr while it goes.
 *
 * Owns: when something is said. Leaves to live-lines.ts: what one frame on a terminal looks like; to app: the views.
 *
 * R1. On a terminal: a block that is drawn again in place, errors above it. Elsewhere: plain lines, no cursor codes.
 * R2. Errors are said as they happen, each once; more of them than a frame holds are counted.
 * R3. Of a run that is gone on with, what was there before is one line; only what is new is told.
 */
import { systemClock } from "../base/clock.ts";
import { formatDuration } from "../base/duration.ts";
import type { RunFrame } from "../app/operations/watch-run.ts";
import { nodesOf, type ErrorView, type NodeView, type RunView } from "../model/view.ts";
import { goingOnText, repairedText } from "./going-on.ts";
import { liveLines, Rates } from "./live-lines.ts";
import { counted, countsText } from "./run-text.ts";
import type { Terminal } from "./terminal.ts";
import { cut, oneLine, ownMessage, printable, shownFile } from "./text-width.ts";

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

  /** R3. */
  skip(before: RunView): void {
    this.#saidSeq = before.seq;
    this.#saidTotal = before.errorTotal;
  }

  next(view: RunView): { readonly errors: readonly ErrorView[]; readonly missed: number } {
    const errors = view.errors.filter((error) => error.seq > this.#saidSeq);
    const missed = view.errorTotal - this.#saidTotal - errors.length;
    this.#saidSeq = view.errors.at(-1)?.seq ?? this.#saidSeq;
    this.#saidTotal = view.errorTotal;
    // The error that ended the run is part of its end, and who is cancelled has done nothing wrong.
    const told = errors.filter(({ call, error }) => call !== undefined && error.kind !== "cancelled");
    return { errors: told, missed: Math.max(0, missed) };
  }
}

function errorLine(runId: string, view: RunView, { call, item, attempt, error, final }: ErrorView): string {
  const node = error.node ?? (call === undefined ? "run" : view.calls[call - 1]?.node);
  const at = error.site === undefined ? "" : ` (${shownFile(error.site.file)}:${error.site.line})`;
  const again = final ? "" : ", tried again";
  // What the author's code threw has its name; an error of ours has a code to look up.
  const name = error.code === "WG2000" ? error.name : `${error.name} ${error.code}`;
  const said = ownMessage({ ...error, message: error.message.slice(0, 500) });
  return oneLine(`${node} ${runId}.${call}.${item} attempt ${attempt ?? 1}${again}: ${name}: ${said}${at}`);
}

class PlainProgress implements Progress {
  readonly #terminal: Terminal;
  readonly #errors = new ErrorFeed();
  /** Calls a node had when its line was printed. */
  readonly #printed = new Map<string, number>();
  /** R3: the lines that nodes would have had before. */
  #before: ReadonlyMap<string, string> = new Map();
  #started = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  frame({ runId, view, before, final }: RunFrame): void {
    const { err } = this.#terminal;
    if (!this.#started && view.seq > 0) {
      this.#started = true;
      err.line(`run ${runId} ${view.workflow}`);
      if (before) {
        this.#before = new Map(nodesOf(before).map((node) => [node.node, nodeLine(node)]));
        this.#errors.skip(before);
        err.line(goingOnText(before, view));
      }
    }
    const { errors, missed } = this.#errors.next(view);
    if (missed > 0) err.line(`error: ${counted(missed, "more error")}`);
    for (const error of errors) err.line(`${error.final ? "error" : "retry"}: ${errorLine(runId, view, error)}`);
    for (const node of nodesOf(view)) {
      const printed = this.#printed.get(node.node);
      if (node.endedAt === undefined) continue;
      const line = nodeLine(node);
      // A node that is called again and again has a line when it first rests and one at the end.
      const due = printed === undefined ? line !== this.#before.get(node.node) : final && printed !== node.calls;
      if (!due) continue;
      this.#printed.set(node.node, node.calls);
      err.line(line);
    }
    const repaired = final && before ? repairedText(before, view) : "";
    if (repaired !== "") err.line(repaired);
  }

  above(text: string): void {
    this.#terminal.err.write(text);
  }

  end(): void {}
}

function nodeLine(node: NodeView): string {
  const took = node.tookMs === undefined ? "" : ` in ${formatDuration(node.tookMs)}`;
  const calls = node.calls === 1 ? "" : ` (${node.calls} calls)`;
  const retries = node.retries === 0 ? "" : `, ${node.retries} ${node.retries === 1 ? "retry" : "retries"}`;
  return `${oneLine(node.node)}${calls}: ${countsText(node.counts) || "no items"}${retries}${took}`;
}

class LiveProgress implements Progress {
  readonly #terminal: Terminal;
  readonly #errors = new ErrorFeed();
  readonly #rates = new Rates();
  #lines: readonly string[] = [];
  #started = false;
  #drawn = 0;
  #partLine = "";
  #ended = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  frame(frame: RunFrame): void {
    const { err } = this.#terminal;
    const { before, view } = frame;
    const said: string[] = [];
    if (!this.#started && before) {
      this.#errors.skip(before);
      said.push(goingOnText(before, view));
    }
    this.#started = true;
    const { errors, missed } = this.#errors.next(view);
    if (missed > 0) said.push(err.colors.red(`x ${counted(missed, "more error")}`));
    for (const error of errors) {
      const line = cut(errorLine(frame.runId, view, error), err.columns - 3);
      said.push(error.final ? err.colors.red(`x ${line}`) : err.colors.yellow(`~ ${line}`));
    }
    const repaired = frame.final && before ? repairedText(before, view) : "";
    if (repaired !== "") said.push(repaired);
    this.#rates.add(view, systemClock.perf());
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
