/** `workgraph serve` and `workgraph dev`: the server, until it is told to stop. */
import { spawn } from "node:child_process";
import type { Command } from "commander";
import { formatDuration, parseDuration } from "../../base/duration.ts";
import type { Workspace } from "../../app/workspace.ts";
import type { RunnerLimits } from "../../app/process-launcher.ts";
import { nearestName } from "../../base/nearest-name.ts";
import { commandLine } from "../../model/command-line.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import type { RunningServer, ServeOptions } from "../../server/listen.ts";
import type { ServerLog } from "../../server/log.ts";
import type { Mount } from "../../server/routes.ts";
import { Interrupts } from "../interrupts.ts";
import { ensurePages, offlinePage } from "../ui-build.ts";
import {
  collect,
  commonOptions,
  examples,
  wholeNumber,
  type CommandModule,
  type CommonOptions,
  type Session,
} from "../session.ts";

interface ServeFlags extends CommonOptions {
  readonly port?: number;
  readonly address?: string;
  readonly allowRemote?: boolean;
  readonly hostName?: readonly string[];
  readonly watch?: boolean;
  readonly open?: boolean;
  readonly run?: string;
  readonly grace?: string;
  readonly runners?: number;
  readonly runnerMemory?: number;
  readonly endSilent?: string;
  readonly logFile?: string;
  readonly logLevel?: string;
}

export const serve: CommandModule = {
  define(command, session) {
    serverOptions(command)
      .option("--watch", "notice edits of workflow files at once")
      .option("--log-level <level>", "debug, info, warn, error or silent (default: info)")
      .addHelpText(
        "after",
        examples(
          "workgraph serve",
          "workgraph serve --port 0 --json",
          "workgraph serve --address 0.0.0.0 --allow-remote",
        ),
      )
      .action((flags: ServeFlags) => serveUntilStopped(session, { logLevel: "info", ...flags }));
  },
};

export const dev: CommandModule = {
  define(command, session) {
    serverOptions(command)
      .option("--open", "open the page in a browser")
      .option(
        "--run <run>",
        "the page that is printed, and opened, is that of this run: an id, its beginning, or latest",
      )
      .option("--log-level <level>", "debug, info, warn, error or silent (default: warn)")
      .addHelpText("after", examples("workgraph dev", "workgraph dev --open --port 4401", "workgraph dev --run latest"))
      .action((flags: ServeFlags) => serveUntilStopped(session, { logLevel: "warn", ...flags, watch: true }));
  },
};

function serverOptions(command: Command): Command {
  return commonOptions(command)
    .option("--port <n>", "port to listen on, 0 for any that is free (default: 4400)", wholeNumber)
    .option("--address <ip>", "address to listen on (default: 127.0.0.1)")
    .option("--allow-remote", "listen where others can reach it; everything then needs a token")
    .option(
      "--host-name <name>",
      "a name under which a proxy or network leads here; may be given several times",
      collect,
    )
    .option("--grace <duration>", "time that runs have to stop in when the server is stopped (default: 8s)")
    .option("--runners <n>", "runs executed at once; more wait in a queue (default: 6)", wholeNumber)
    .option("--runner-memory <mb>", "heap of one runner process; a run that needs more is interrupted", wholeNumber)
    .option("--end-silent <duration>", "end a runner process whose code keeps its thread for so long (default: never)")
    .option("--log-file <file>", "append the log to a file instead of stderr");
}

async function serveUntilStopped(session: Session, flags: ServeFlags): Promise<void> {
  const graceMs = flags.grace === undefined ? undefined : parseDuration(flags.grace);
  const options = optionsOf(flags);
  const { openWorkspace } = await import("../../app/workspace.ts");
  const { startServer } = await import("../../server/listen.ts");
  const { openLog } = await import("../../server/log.ts");
  const log = openLog({
    level: await levelOf(flags.logLevel ?? "info"),
    ...(flags.logFile === undefined ? {} : { file: flags.logFile }),
  });
  const project = await session.project(flags);
  await ensurePages(session.terminal.err);
  const workspace = await openWorkspace(project, "write");
  try {
    const path = await pagePath(workspace, flags.run);
    const interrupts = new Interrupts();
    const server = await startServer(workspace, {
      ...options,
      mounts: await mounts(),
      answers: { offlinePage: () => offlinePage(session.terminal.err) },
      log: (entry) => log.request(entry),
      tell: (text, facts) => log.warn(text, facts),
    });
    log.say("listening", { url: server.url, project: workspace.project.name });
    const pageUrl = server.pageUrl.replace(server.url, `${server.url.replace(/\/$/, "")}${path}`);
    announce(session, flags, { ...server, pageUrl });
    if (flags.open === true) openBrowser(pageUrl);
    await interrupts.first;
    await stop(session, { flags, server, log, ...(graceMs === undefined ? {} : { graceMs }) });
  } finally {
    log.flush();
    await workspace.close();
  }
}

/** Before the server listens: a run that is not there starts none. */
async function pagePath(workspace: Workspace, run: string | undefined): Promise<string> {
  if (run === undefined) return "/";
  const { findRun } = await import("../../app/find-run.ts");
  return `/runs/${(await findRun(workspace.store, run)).run.runId}`;
}

/** MCP stands on app/ as the server does; here the two meet. */
async function mounts(): Promise<readonly Mount[]> {
  const { mcpMount } = await import("../../mcp/mount.ts");
  const { readJsonBody } = await import("../../server/body.ts");
  return [mcpMount(readJsonBody)];
}

function optionsOf(flags: ServeFlags): ServeOptions {
  const { port, address, hostName } = flags;
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    throw new WorkgraphError("WG5050", "the port is not a whole number from 0 to 65535");
  }
  return {
    ...(port === undefined ? {} : { port }),
    ...(address === undefined ? {} : { address }),
    ...(hostName === undefined ? {} : { hostNames: hostName }),
    ...(flags.allowRemote === true ? { remote: "allowed" } : {}),
    ...(flags.watch === true ? { registration: "watch" } : {}),
    runners: runnersOf(flags),
  };
}

function runnersOf({ runners, runnerMemory, endSilent }: ServeFlags): RunnerLimits {
  const bad = (what: string): WorkgraphError => new WorkgraphError("WG5050", what);
  if (runners !== undefined && !(Number.isInteger(runners) && runners >= 1 && runners <= 256))
    throw bad("--runners is not a whole number from 1 to 256");
  if (runnerMemory !== undefined && !(Number.isInteger(runnerMemory) && runnerMemory >= 64))
    throw bad("--runner-memory is not a whole number of megabytes, at least 64");
  const silentMs = endSilent === undefined ? undefined : parseDuration(endSilent);
  if (silentMs !== undefined && silentMs < 5_000)
    throw bad("--end-silent is shorter than 5s: a busy machine makes any process silent for so long");
  return {
    ...(runners === undefined ? {} : { runners }),
    ...(runnerMemory === undefined ? {} : { memoryMb: runnerMemory }),
    ...(silentMs === undefined ? {} : { silentMs }),
  };
}

async function levelOf(text: string): Promise<string> {
  const { LOG_LEVELS } = await import("../../server/log.ts");
  if (LOG_LEVELS.includes(text)) return text;
  const near = nearestName(text, LOG_LEVELS);
  throw new WorkgraphError("WG5050", `"${text}" is no level of the log`, {
    hint: near === undefined ? `Levels: ${LOG_LEVELS.join(", ")}.` : `Did you mean "${near}"?`,
  });
}

/** The address with its token goes to stdout, where whoever started the server reads it; the log never has it. */
function announce(session: Session, flags: ServeFlags, server: RunningServer): void {
  const { url, pageUrl, port, address, token } = server;
  session.answer(flags, { url, pageUrl, address, port, pid: process.pid, token }, () => `${pageUrl}\n`);
  if (flags.json === true) return;
  const { registration } = server.handler;
  const told = (): void => {
    const { workflows, problems } = registration.registered();
    const names = workflows.map(({ name }) => name).join(", ");
    session.terminal.err.line(
      `${workflows.length} workflow${workflows.length === 1 ? "" : "s"}${names === "" ? "" : `: ${names}`}`,
    );
    for (const { file, line, code, message } of problems) {
      session.terminal.err.line(`${file}${line === undefined ? "" : `:${line}`}: ${code}: ${message.split("\n")[0]}`);
    }
  };
  session.terminal.err.line("The server runs until Ctrl-C. The address above lets its page start and stop runs.");
  if (flags.watch === true) told();
  registration.onChange(told);
}

interface Stopping {
  readonly flags: ServeFlags;
  readonly server: RunningServer;
  readonly log: ServerLog;
  readonly graceMs?: number;
}

async function stop(session: Session, { flags, server, log, graceMs }: Stopping): Promise<void> {
  const active = server.handler.launcher.active();
  if (flags.json !== true && active.length > 0) {
    const within = graceMs === undefined ? "" : ` within ${formatDuration(graceMs)}`;
    session.terminal.err.line(
      `Stopping ${active.length} run${active.length === 1 ? "" : "s"}${within}; Ctrl-C again ends at once.`,
    );
  }
  const interrupted = await server.close(graceMs);
  log.say("stopped", { interrupted });
  if (flags.json === true) return;
  for (const runId of interrupted)
    session.terminal.err.line(`Interrupted; go on with: ${commandLine(`resume ${runId}`)}`);
}

function openBrowser(url: string): void {
  const [program, ...words] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", url]
        : ["xdg-open", url];
  const browser = spawn(program!, words, { detached: true, stdio: "ignore" });
  // A machine without a browser: the address is printed.
  browser.on("error", () => undefined);
  browser.unref();
}
