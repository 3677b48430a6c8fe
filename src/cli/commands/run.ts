/** `workgraph run` and `workgraph resume`: a run in this process, told as it goes. */
import type { Runner, LiveRun, RunResult } from "../../runner/runner.ts";
import type { Workspace } from "../../app/workspace.ts";
import { systemClock } from "../../base/clock.ts";
import { commandLine } from "../../model/command-line.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { EXIT, exitCodeOfStatus } from "../exit-code.ts";
import { divergenceText, replayText } from "../divergence-text.ts";
import { failureJson, failureOf } from "../failure.ts";
import { EmptyInput, readInput } from "../input.ts";
import { Interrupts } from "../interrupts.ts";
import { findingText } from "../finding-text.ts";
import { readFlags, readPairs } from "../param-flags.ts";
import { openProgress, type Progress } from "../progress.ts";
import { planText, reusedText } from "../reuse-text.ts";
import { dataFlagOf, resumeLine, runEndText } from "../run-end.ts";
import {
  collect,
  commonOptions,
  examples,
  wholeNumber,
  type CommandModule,
  type CommonOptions,
  type Session,
} from "../session.ts";
import { cut, printable } from "../text-width.ts";
import { plainJson } from "../../app/plain-json.ts";
import { valueText } from "./runs.ts";

interface FollowOptions extends CommonOptions {
  readonly quiet?: boolean;
  readonly replayCheck?: boolean;
}

interface ResumeOptions extends FollowOptions {
  readonly withCurrentCode?: boolean;
  readonly dryRun?: boolean;
}

interface RunOptions extends FollowOptions {
  readonly reuse?: string;
  readonly dryRun?: boolean;
  readonly input?: readonly string[];
  readonly tag?: readonly string[];
  readonly idempotencyKey?: string;
  readonly fromArtifact?: string;
  readonly check?: boolean;
  readonly detach?: boolean;
  readonly priority?: number;
}

export const run: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<workflow>", "file.ts, file.ts#export, or a registered name")
      .argument("[input]", "JSON, @file with JSON, or - for JSON on stdin")
      .option("-i, --input <key=value>", "one parameter; may be given several times", collect)
      .option("--tag <key=value>", "recorded with the run; may be given several times", collect)
      .option("--from-artifact <selector>", "begin with the input that a published artifact holds for this workflow")
      .option("--idempotency-key <key>", "a second run with this key is the first one, not another")
      .option("--reuse <run>", 'take over what still holds of a run of this workflow, or of the newest one ("latest")')
      .option("--dry-run", "with --reuse: say what would be reused and what would execute; nothing executes")
      .option("--detach", "leave the run to the server of this project, and print its id")
      .option("--priority <n>", "with --detach: among runs that wait, higher goes first (default: 0)", wholeNumber)
      .option("--no-check", "run it even if the check of its source found errors")
      .option("--no-replay-check", "do not look for hidden non-determinism when the run is done")
      .option("--quiet", "say nothing on stderr but errors")
      .usage("<workflow> [input] [--parameter value]... [options]")
      .allowUnknownOption()
      .allowExcessArguments()
      .addHelpText(
        "after",
        `\nParameters of the workflow are flags too: --prompt-text "..." is promptText; "${commandLine("describe")}" lists them.\n` +
          examples(
            "workgraph run hello.ts --name Ada",
            `workgraph run flow.ts#main '{"query": "canals", "documents": 40}'`,
            "workgraph run research-pipeline -i query=canals --tag team=history --json",
            "workgraph run flow.ts @input.json > output.json",
            "workgraph run book-review --from-artifact bookmaking/book@latest",
            "workgraph run flow.ts --reuse latest --dry-run",
            "workgraph run flow.ts --detach --priority 5",
          ),
      )
      .action(async (_target: string, _input: string | undefined, options: RunOptions) => {
        const request = await readRequest(session, options, command.args);
        await session.writing(options, async (workspace) => {
          if (options.detach === true && options.dryRun !== true)
            return detach(session, { options, workspace, request });
          const following = new Following({ session, options, workspace });
          if (options.dryRun !== true) return following.follow((runner) => runner.launch(request));
          const plan = await following.look((runner) => runner.planLaunch(request));
          session.answer(options, plan, () => planText(plan, session.terminal.out.colors));
        });
      });
  },
};

/** Checked and recorded here, executed by the server that has this store. */
async function detach(
  session: Session,
  of: {
    readonly options: RunOptions;
    readonly workspace: Workspace;
    readonly request: Parameters<Runner["launch"]>[0];
  },
): Promise<void> {
  const { options, workspace, request } = of;
  const { requireServer } = await import("../../app/server-presence.ts");
  await requireServer(workspace.project);
  const following = new Following({ session, options, workspace });
  const waiting = await following.look((runner) => runner.enqueue(request));
  session.answer(options, { ...waiting, status: "queued" }, () => `${waiting.runId}\n`);
  if (options.json === true || options.quiet === true) return;
  session.terminal.err.line(`The server executes it; to follow it: ${commandLine(`watch ${waiting.runId}`)}`);
}

export const resume: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .option("--with-current-code", "start a new run that goes on with this one, with the code of its file now")
      .option("--dry-run", "with --with-current-code: only say what would be reused and what would execute")
      .option("--quiet", "say nothing on stderr but errors")
      .addHelpText(
        "after",
        examples(
          "workgraph resume latest",
          "workgraph resume 01JD7 --json",
          "workgraph resume 01JD7 --with-current-code --dry-run",
        ),
      )
      .action(async (reference: string, options: ResumeOptions) => {
        const { findWholeRun } = await import("../../app/find-run.ts");
        await session.writing(options, async (workspace) => {
          const row = await findWholeRun(workspace.store, reference);
          const caller = { kind: "cli", id: session.user };
          if (options.withCurrentCode === true) {
            const request = { run: row.runId, kind: "continues" as const, caller };
            const following = new Following({ session, options, workspace });
            const plan = await following.look((runner) => runner.planFork(request));
            const { err, out } = session.terminal;
            if (options.dryRun === true) return session.answer(options, plan, () => planText(plan, out.colors));
            if (options.quiet !== true) err.write(planText(plan, err.colors));
            return following.follow((runner) => runner.fork(request));
          }
          if (options.dryRun === true) throw dryRunOfWhat();
          const following = new Following({ session, options, workspace, after: row.seq });
          await following.follow((runner) => runner.resume(row.runId, { caller }));
        });
      });
  },
};

function dryRunOfWhat(): WorkgraphError {
  return new WorkgraphError("WG5050", "--dry-run needs something that can be told beforehand", {
    hint: "Write --with-current-code --dry-run; a resume with the run's own code takes over everything that is recorded.",
  });
}

/** @param words arguments, then what the command line did not understand: parameters as flags */
async function readRequest(
  session: Session,
  options: RunOptions,
  words: readonly string[],
): Promise<Parameters<Runner["launch"]>[0]> {
  const { args: flags, rest } = readFlags(words);
  const [target, input, ...excess] = rest;
  if (target === undefined) {
    throw new WorkgraphError("WG5050", "no workflow is named", {
      hint: `Write "${commandLine("run FILE")}" or "${commandLine("run NAME")}"; "${commandLine("list")}" lists workflows.`,
    });
  }
  if (excess.length > 0) {
    throw new WorkgraphError("WG5050", `too many arguments: ${excess.map((word) => `"${word}"`).join(", ")}`, {
      hint: 'The input is one JSON text: quote it for the shell. Parameters are written "--name value".',
    });
  }
  const args = { ...flags, ...readPairs(options.input ?? [], "-i") };
  const given = input === undefined ? undefined : await readInputFor(session, options, { target, input });
  return {
    target,
    from: session.cwd,
    input: await prefilled(session, options, { target, given }),
    ...(Object.keys(args).length === 0 ? {} : { args }),
    ...(options.tag === undefined ? {} : { tags: readPairs(options.tag, "--tag") }),
    ...(options.idempotencyKey === undefined ? {} : { idempotencyKey: options.idempotencyKey }),
    ...(options.reuse === undefined ? {} : { reuse: await reusedRun(session, options) }),
    ...(options.priority === undefined ? {} : { priority: priorityOf(options) }),
    caller: { kind: "cli", id: session.user },
    ...(options.check === false ? { check: "skip" as const } : {}),
    warned: (findings) => {
      const { err } = session.terminal;
      if (options.quiet !== true) err.write(findingText(findings, { from: session.cwd, colors: err.colors }));
    },
  };
}

function priorityOf({ detach, priority = 0 }: RunOptions): number {
  if (detach !== true) {
    throw new WorkgraphError("WG5050", "--priority is of runs that wait, and this one begins at once", {
      hint: "Write it with --detach.",
    });
  }
  if (Number.isInteger(priority) && priority >= -100 && priority <= 100) return priority;
  throw new WorkgraphError("WG5050", "--priority is not a whole number from -100 to 100");
}

async function reusedRun(session: Session, options: RunOptions): Promise<string> {
  const { reuse = "latest" } = options;
  if (reuse === "latest") return reuse;
  const { findRun } = await import("../../app/find-run.ts");
  return session.reading(options, async ({ store }) => (await findRun(store, reuse)).run.runId);
}

/** What an artifact holds ready, and over it what was written out. */
async function prefilled(
  session: Session,
  options: RunOptions,
  { target, given }: { readonly target: string; readonly given: unknown },
): Promise<unknown> {
  const { fromArtifact: selector } = options;
  const isObject = given === undefined || (typeof given === "object" && given !== null && !Array.isArray(given));
  // What is no object of parameters is refused with the words that are used without an artifact too.
  if (selector === undefined || !isObject) return given;
  const { nextInput } = await import("../../app/operations/next-input.ts");
  const held = await nextInput(await session.project(options), { selector, target, from: session.cwd });
  return { ...held, ...given };
}

async function readInputFor(
  session: Session,
  options: RunOptions,
  { target, input }: { readonly target: string; readonly input: string },
): Promise<unknown> {
  try {
    return await readInput(input);
  } catch (error) {
    if (!(error instanceof EmptyInput)) throw error;
    const { describeWorkflow } = await import("../../app/operations/describe-workflow.ts");
    const workflow = await describeWorkflow(await session.project(options), { target, from: session.cwd });
    const parameters = workflow.parameters.map(({ name, type, required }) => `${name}${required ? "" : "?"}: ${type}`);
    throw new WorkgraphError(error.code, error.message.replace(/^WG\d+: /, ""), {
      hint:
        parameters.length === 0
          ? `"${workflow.name}" takes no parameters: leave the input out.`
          : `"${workflow.name}" takes { ${parameters.join(", ")} }. For example: ${workflow.commandLine}`,
      details: { parameters: workflow.parameters },
    });
  }
}

/** Characters of an output that a terminal is shown; the rest is a command away. */
const PREVIEW_LENGTH = 2_000;
const PREVIEW_LINES = 20;

/**
 * A run from its start to its end in this process.
 *
 * R1. Without --json, stdout gets the output: all of it, or its beginning on a terminal. Everything else is stderr.
 * R2. What the code of the run prints goes to stderr.
 * R3. Losing a reader (`| head`) or the narration stops no run.
 */
export class Following {
  readonly #session: Session;
  readonly #options: FollowOptions;
  readonly #workspace: Workspace;
  /** Seq at which this process goes on. */
  readonly #after: number | undefined;
  #progress: Progress | undefined;

  constructor(from: {
    readonly session: Session;
    readonly options: FollowOptions;
    readonly workspace: Workspace;
    readonly after?: number;
  }) {
    this.#after = from.after;
    this.#session = from.session;
    this.#options = from.options;
    this.#workspace = from.workspace;
  }

  /** What a runner says without executing anything. */
  async look<T>(ask: (runner: Runner) => Promise<T>): Promise<T> {
    const { openRunner } = await import("../../runner/runner.ts");
    const { store, project } = this.#workspace;
    const runner = await openRunner({ store, project, process: "own" });
    const restore = this.#session.terminal.divert((text) => this.#say(text));
    try {
      return await ask(runner);
    } finally {
      await runner.close();
      restore();
    }
  }

  async follow(start: (runner: Runner) => Promise<LiveRun>): Promise<void> {
    const { terminal } = this.#session;
    const { openRunner } = await import("../../runner/runner.ts");
    const { holdYoungGeneration } = await import("../../runner/young-generation.ts");
    holdYoungGeneration();
    const interrupts = new Interrupts();
    const stop = new AbortController();
    const startedAt = systemClock.perf();
    const { store, project } = this.#workspace;
    const runner = await openRunner({
      store,
      project,
      process: "own",
      replayCheck: this.#options.replayCheck === false || project.config.replayCheck === false ? "off" : "on",
      exited: (failure, runIds) => this.#exited(failure, runIds),
    });
    const { openLiveExport } = await import("../../app/live-export.ts");
    const spans = openLiveExport(store, { env: this.#session.env, say: (text) => this.#say(`${text}\n`) });
    const restore = terminal.divert((text) => this.#say(text));
    let narration: Promise<void> = Promise.resolve();
    try {
      const live = await start(runner);
      spans?.follow(live.runId, this.#after);
      narration = this.#narrate(live, stop.signal);
      const interrupted = interrupts.first.then(() => undefined);
      const result = await Promise.race([live.result(), interrupted]);
      if (result === undefined) {
        this.#say("stopping; a second Ctrl-C ends at once\n");
        await runner.close();
      }
      // The narration sleeps without holding the process: it is woken for its last frame.
      stop.abort();
      await narration;
      this.#progress?.end();
      if (result === undefined) await this.#interrupted(live, systemClock.perf() - startedAt);
      else await this.#answer(result);
    } finally {
      stop.abort();
      await narration;
      await runner.close();
      await spans?.close();
      restore();
      interrupts.dispose();
    }
  }

  /** On stderr, above what is drawn there. */
  #say(text: string): void {
    if (this.#progress) this.#progress.above(text);
    else this.#session.terminal.err.write(text);
  }

  async #narrate(live: LiveRun, signal: AbortSignal): Promise<void> {
    if (this.#options.json === true || this.#options.quiet === true) return;
    const { watchRun } = await import("../../app/operations/watch-run.ts");
    this.#progress = openProgress(this.#session.terminal);
    try {
      const after = this.#after === undefined ? {} : { after: this.#after };
      const frames = watchRun(this.#workspace, { run: live.runId, signal, while: "idle", ...after });
      for await (const frame of frames) this.#progress.frame(frame);
    } catch (error) {
      this.#session.terminal.err.line(`The run goes on without narration: ${String(error)}`);
    }
  }

  /** Nothing new was started; what is recorded stays, and the run reads as interrupted. */
  async #interrupted(live: LiveRun, durationMs: number): Promise<void> {
    const { terminal } = this.#session;
    this.#session.exitCode = EXIT.interrupted;
    const next = resumeLine(live.runId, dataFlagOf(this.#options.data));
    if (this.#options.json === true) {
      const { summaryOfRun } = await import("../../app/operations/show-run.ts");
      const summary = await summaryOfRun(this.#workspace, { run: live.runId });
      terminal.out.line(JSON.stringify({ durationMs, ...summary, status: "interrupted", output: null, resume: next }));
    }
    terminal.err.line(`interrupted; what is recorded is kept. Go on with:\n${next}`);
  }

  /** The code of the run ended the process, or a second signal did: there is no time for anything but words. */
  #exited(error: WorkgraphError, runIds: readonly string[]): void {
    const { out, err } = this.#session.terminal;
    const failure = failureOf(error);
    if (this.#options.json === true) out.line(failureJson(failure));
    const lines = runIds.map((runId) => `${resumeLine(runId, dataFlagOf(this.#options.data))}\n`);
    err.write(`${failure.message}; what is recorded is kept. Go on with:\n${lines.join("")}`);
  }

  async #answer(result: RunResult): Promise<void> {
    const { terminal } = this.#session;
    const { out, err } = terminal;
    this.#session.exitCode = exitCodeOfStatus(result.status);
    const { modelsBelow } = await import("../../app/child-runs.ts");
    const spent = await modelsBelow(this.#workspace.store, result.runId);
    if (this.#options.json === true) {
      out.line(JSON.stringify({ ...result, ...spent, output: plainJson(result.output) }));
      return;
    }
    const hasOutput = result.status === "completed" || result.status === "completed_partial";
    const text = hasOutput && result.output !== undefined ? valueText(plainJson(result.output)) : "";
    const dataFlag = dataFlagOf(this.#options.data);
    if (out.isTerminal) {
      const shown = preview(text);
      out.write(shown);
      if (shown.length < text.length) err.line(`... all of it: ${commandLine(`output ${result.runId}${dataFlag}`)}`);
    } else out.write(text);
    const said = { colors: err.colors, dataFlag };
    if (result.diverged) err.write(divergenceText(result.diverged, said));
    if (result.replay) err.write(replayText(result.replay, said));
    if (this.#options.quiet === true && result.error === undefined) return;
    err.write(runEndText({ ...result, ...spent }, said));
    if (result.reuse) err.write(reusedText(result.reuse, err.colors));
  }
}

/** The beginning of a text, safe to print. */
function preview(text: string): string {
  const lines = printable(text.slice(0, PREVIEW_LENGTH)).split("\n").slice(0, PREVIEW_LINES);
  const shown = lines.map((line) => cut(line, 400)).join("\n");
  return shown === "" || shown.endsWith("\n") ? shown : `${shown}\n`;
}
