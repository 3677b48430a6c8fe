/** The commands there are. Owns: names, one-line summaries, and where each is loaded from when it is called. */
import type { CommandModule } from "./session.ts";

export interface CommandEntry {
  readonly name: string;
  readonly alias?: string;
  readonly summary: string;
  readonly group: string;
  load(): Promise<CommandModule>;
}

const START = "Write and run";
const READ = "Read a run";
const CONTROL = "Control";
const CODE = "Code";
const SERVE = "Serve";
const UPKEEP = "Keep";

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "init",
    summary: "make a folder with a project to begin with, and run its workflows once",
    group: START,
    load: async () => (await import("./commands/init.ts")).init,
  },
  {
    name: "run",
    summary: "run a workflow of a file, or a registered one by name",
    group: START,
    load: async () => (await import("./commands/run.ts")).run,
  },
  {
    name: "run-node",
    summary: "run one node of a workflow on an input, as a run of its own",
    group: START,
    load: async () => (await import("./commands/run-node.ts")).runNode,
  },
  {
    name: "check",
    summary: "say what is not allowed in workflow files, without running them",
    group: START,
    load: async () => (await import("./commands/workflows.ts")).check,
  },
  {
    name: "list",
    summary: "list the workflows of the project",
    group: START,
    load: async () => (await import("./commands/workflows.ts")).list,
  },
  {
    name: "describe",
    alias: "launch-spec",
    summary: "say what a workflow takes, with a command line to paste; also launch-spec",
    group: START,
    load: async () => (await import("./commands/workflows.ts")).describe,
  },
  {
    name: "runs",
    summary: "list past and present runs, newest first",
    group: READ,
    load: async () => (await import("./commands/runs.ts")).runs,
  },
  {
    name: "show",
    summary: "show a run, a call or an item",
    group: READ,
    load: async () => (await import("./commands/show.ts")).show,
  },
  {
    name: "output",
    summary: "print what a run returned",
    group: READ,
    load: async () => (await import("./commands/runs.ts")).output,
  },
  {
    name: "artifact",
    summary: "show the final artifact of a run, and its manifest",
    group: READ,
    load: async () => (await import("./commands/artifacts.ts")).artifact,
  },
  {
    name: "artifacts",
    summary: "list, show, verify and copy published folders",
    group: READ,
    load: async () => (await import("./commands/artifacts.ts")).artifacts,
  },
  {
    name: "whence",
    summary: "say which run, item and line of source made a file",
    group: READ,
    load: async () => (await import("./commands/artifacts.ts")).whence,
  },
  {
    name: "items",
    summary: "list the items of a run or a call",
    group: READ,
    load: async () => (await import("./commands/records.ts")).items,
  },
  {
    name: "find",
    summary: "find items for which an expression over their values is true",
    group: READ,
    load: async () => (await import("./commands/find.ts")).find,
  },
  {
    name: "errors",
    summary: "list what went wrong",
    group: READ,
    load: async () => (await import("./commands/records.ts")).errors,
  },
  {
    name: "error-groups",
    summary: "list what goes wrong over all runs, errors with one reason together",
    group: READ,
    load: async () => (await import("./commands/search.ts")).errorGroups,
  },
  {
    name: "search",
    summary: "search the errors, log lines and values of all runs",
    group: READ,
    load: async () => (await import("./commands/search.ts")).search,
  },
  {
    name: "logs",
    summary: "print what nodes logged, reported and streamed",
    group: READ,
    load: async () => (await import("./commands/records.ts")).logs,
  },
  {
    name: "events",
    summary: "print the event log",
    group: READ,
    load: async () => (await import("./commands/records.ts")).events,
  },
  {
    name: "graph",
    summary: "print the graph of a run as text, JSON, mermaid or dot",
    group: READ,
    load: async () => (await import("./commands/code.ts")).graph,
  },
  {
    name: "profile",
    summary: "say where the time of a run went, and what it would be otherwise",
    group: READ,
    load: async () => (await import("./commands/profile.ts")).profile,
  },
  {
    name: "spans",
    summary: "print the span tree of a run",
    group: READ,
    load: async () => (await import("./commands/spans.ts")).spans,
  },
  {
    name: "lineage",
    summary: "say what an item came from, or what it influenced",
    group: READ,
    load: async () => (await import("./commands/lineage.ts")).lineage,
  },
  {
    name: "watch",
    summary: "follow a run until it ends",
    group: CONTROL,
    load: async () => (await import("./commands/watch.ts")).watch,
  },
  {
    name: "wait",
    summary: "wait until a run has ended; its status is the exit code",
    group: CONTROL,
    load: async () => (await import("./commands/watch.ts")).wait,
  },
  {
    name: "resume",
    summary: "go on with a failed, interrupted, cancelled or paused run",
    group: CONTROL,
    load: async () => (await import("./commands/run.ts")).resume,
  },
  {
    name: "why",
    summary: "say what made an item run, or where its result was taken from",
    group: READ,
    load: async () => (await import("./commands/why.ts")).why,
  },
  {
    name: "diff",
    summary: "say what differs between two runs or versions, and what made them part",
    group: READ,
    load: async () => (await import("./commands/diff.ts")).diff,
  },
  {
    name: "note",
    summary: "leave a note on a run, a call, an item or a node; it follows the code",
    group: READ,
    load: async () => (await import("./commands/note.ts")).note,
  },
  {
    name: "notes",
    summary: "list notes, and whether their code has changed since",
    group: READ,
    load: async () => (await import("./commands/note.ts")).notes,
  },
  {
    name: "checkout",
    summary: "make a folder that runs the version that a run had",
    group: CODE,
    load: async () => (await import("./commands/checkout.ts")).checkout,
  },
  {
    name: "fixture",
    summary: "write a run as a document that a test replays",
    group: READ,
    load: async () => (await import("./commands/fixture.ts")).fixture,
  },
  {
    name: "export",
    summary: "write a run with its child runs to one file",
    group: READ,
    load: async () => (await import("./commands/export.ts")).exportCommand,
  },
  {
    name: "import",
    summary: "take in runs that were exported elsewhere, without executing anything",
    group: READ,
    load: async () => (await import("./commands/import.ts")).importCommand,
  },
  {
    name: "fork",
    summary: "start a run that takes over what still holds of another one",
    group: CONTROL,
    load: async () => (await import("./commands/fork.ts")).fork,
  },
  {
    name: "rerun",
    summary: "start a run with the input of another one",
    group: CONTROL,
    load: async () => (await import("./commands/fork.ts")).rerun,
  },
  {
    name: "cancel",
    summary: "ask a run to stop",
    group: CONTROL,
    load: async () => (await import("./commands/cancel.ts")).cancel,
  },
  {
    name: "pin",
    summary: "keep a run from being forgotten",
    group: UPKEEP,
    load: async () => (await import("./commands/pin.ts")).pin,
  },
  {
    name: "unpin",
    summary: "let a pinned run be forgotten again",
    group: UPKEEP,
    load: async () => (await import("./commands/pin.ts")).unpin,
  },
  {
    name: "gc",
    summary: "forget old runs",
    group: UPKEEP,
    load: async () => (await import("./commands/gc.ts")).gc,
  },
  {
    name: "doctor",
    summary: "say whether everything that was recorded is still there, and repair what can be",
    group: UPKEEP,
    load: async () => (await import("./commands/doctor.ts")).doctor,
  },
  {
    name: "backup",
    summary: "copy the history to a file, while runs go on",
    group: UPKEEP,
    load: async () => (await import("./commands/backup.ts")).backup,
  },
  {
    name: "trace",
    summary: "say what a workflow may do, without executing a node",
    group: CODE,
    load: async () => (await import("./commands/trace.ts")).trace,
  },
  {
    name: "explain",
    summary: "list the graph breaks of a workflow and what they cost in a run",
    group: CODE,
    load: async () => (await import("./commands/trace.ts")).explain,
  },
  {
    name: "coverage",
    summary: "say which call sites the runs of a version reached",
    group: CODE,
    load: async () => (await import("./commands/coverage.ts")).coverage,
  },
  {
    name: "shapes",
    summary: "count the distinct shapes of the runs of a version",
    group: CODE,
    load: async () => (await import("./commands/coverage.ts")).shapes,
  },
  {
    name: "versions",
    summary: "list the code versions that runs of a workflow had",
    group: CODE,
    load: async () => (await import("./commands/code.ts")).versions,
  },
  {
    name: "source",
    summary: "print the source that a run ran with",
    group: CODE,
    load: async () => (await import("./commands/code.ts")).source,
  },
  {
    name: "dev",
    summary: "serve the project while you work on it: edits are noticed at once",
    group: SERVE,
    load: async () => (await import("./commands/serve.ts")).dev,
  },
  {
    name: "mcp",
    summary: "offer everything as tools to a coding agent, on stdin and stdout",
    group: CONTROL,
    load: async () => (await import("./commands/mcp.ts")).mcp,
  },
  {
    name: "serve",
    summary: "serve runs and workflows to browsers and programs",
    group: SERVE,
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  {
    name: "triggers",
    summary: "list what starts runs by itself: schedules, webhooks, who is told of failures",
    group: SERVE,
    load: async () => (await import("./commands/triggers.ts")).triggers,
  },
  {
    name: "webhook",
    summary: "make the secret that a webhook's sender signs with",
    group: SERVE,
    load: async () => (await import("./commands/triggers.ts")).webhook,
  },
  {
    name: "token",
    summary: "create, list or revoke tokens for programs that use the server",
    group: SERVE,
    load: async () => (await import("./commands/token.ts")).token,
  },
  {
    name: "docs",
    summary: "print these pages: an error code, a page or a heading",
    group: CODE,
    load: async () => (await import("./commands/docs.ts")).docs,
  },
];

export function findCommand(name: string): CommandEntry | undefined {
  return COMMANDS.find((entry) => entry.name === name || entry.alias === name);
}

export function commandNames(): readonly string[] {
  return COMMANDS.flatMap((entry) => (entry.alias === undefined ? [entry.name] : [entry.name, entry.alias]));
}
