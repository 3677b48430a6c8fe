/** `workgraph artifact`, `workgraph artifacts` and `workgraph whence`: published folders. */
import { relative, resolve } from "node:path";
import type { Command } from "commander";
import type { ArtifactEntry } from "../../app/operations/list-artifacts.ts";
import type { RunArtifactOutput, ShowArtifactOutput } from "../../app/operations/show-artifact.ts";
import type { VerifyArtifactsOutput } from "../../app/operations/verify-artifacts.ts";
import type { WhenceOutput } from "../../app/operations/whence.ts";
import { nearestName } from "../../base/nearest-name.ts";
import { commandLine } from "../../model/command-line.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { EXIT } from "../exit-code.ts";
import { counted, shortVersion } from "../run-text.ts";
import {
  commonOptions,
  examples,
  pageOf,
  pageOptions,
  type CommandModule,
  type CommonOptions,
  type PageOptions,
  type Session,
} from "../session.ts";
import { sizeText } from "../size-text.ts";
import { table } from "../table.ts";
import { printable, shownFile } from "../text-width.ts";

const SELECTOR =
  "a selector: workflow/name@latest, workflow/name@RUN, @LABEL, a sha256 prefix, or the path of a folder";

export const artifact: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'run id, the beginning of one, or "latest"')
      .argument("[name]", "one of several; default: what the run returned, otherwise what it published last")
      .addHelpText("after", examples("workgraph artifact latest", "workgraph artifact 01JD7 dataset --json"))
      .action(async (run: string, name: string | undefined, options: CommonOptions) => {
        const { runArtifact } = await import("../../app/operations/show-artifact.ts");
        await session.reading(options, async (workspace) => {
          const document = await runArtifact(workspace, { run, ...(name === undefined ? {} : { name }) });
          session.answer(options, document, () => artifactText(document, place(session, workspace.project.root)));
        });
      });
  },
};

interface ListOptions extends CommonOptions, PageOptions {
  readonly run?: string;
  readonly workflow?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly label?: string;
}

export const artifacts: CommandModule = {
  define(command, session) {
    command
      .usage("ls|show|verify|cp [options]")
      .addHelpText(
        "after",
        examples(
          "workgraph artifacts ls --workflow bookmaking --json",
          "workgraph artifacts show bookmaking/book@latest",
          "workgraph artifacts verify",
          "workgraph artifacts cp @nightly ./here",
        ),
      );
    command.argument("[command]").action((word: string | undefined) => {
      const near = word === undefined ? undefined : nearestName(word, ["ls", "show", "verify", "cp"]);
      throw new WorkgraphError(
        "WG5050",
        word === undefined ? "artifacts needs a command" : `artifacts has no command "${word}"`,
        {
          hint: near
            ? `Did you mean "${near}"?`
            : 'Write "ls", "show SELECTOR", "verify [SELECTOR]" or "cp SELECTOR FOLDER".',
        },
      );
    });
    defineList(command.command("ls").description("List published folders, newest first."), session);
    defineShow(command.command("show").description("Show one: manifest, files, who made it and who read it."), session);
    defineVerify(command.command("verify").description("Hash every file again; all artifacts, or one."), session);
    defineCopy(command.command("cp").description("Copy one, verified, to a folder that does not exist yet."), session);
    for (const one of command.commands) one.helpOption("-h, --help", "print this help");
  },
};

function defineList(command: Command, session: Session): void {
  pageOptions(commonOptions(command), 50)
    .option("--run <run>", "of this run")
    .option("--workflow <name>", "of runs of this workflow")
    .option("--name <name>", "with this name")
    .option("--kind <kind>", "of this kind")
    .option("--label <label>", "with this label")
    .action(async (options: ListOptions) => {
      const { listArtifacts } = await import("../../app/operations/list-artifacts.ts");
      const { run, workflow, name, kind, label } = options;
      await session.reading(options, async (workspace) => {
        const page = await listArtifacts(workspace, {
          ...pageOf(options),
          ...(run === undefined ? {} : { run }),
          ...(workflow === undefined ? {} : { workflow }),
          ...(name === undefined ? {} : { name }),
          ...(kind === undefined ? {} : { kind }),
          ...(label === undefined ? {} : { label }),
        });
        session.answer(options, page, () => listText(page.artifacts));
        session.more(options, page);
        if (page.artifacts.length === 0 && options.json !== true)
          session.terminal.err.line(`No artifacts in ${workspace.project.artifactsDir}.`);
      });
    });
}

function defineShow(command: Command, session: Session): void {
  commonOptions(command)
    .argument("<selector>", SELECTOR)
    .action(async (selector: string, options: CommonOptions) => {
      const { showArtifact } = await import("../../app/operations/show-artifact.ts");
      await session.reading(options, async (workspace) => {
        const document = await showArtifact(workspace, { selector, from: session.cwd });
        session.answer(options, document, () => artifactText(document, place(session, workspace.project.root)));
      });
    });
}

function defineVerify(command: Command, session: Session): void {
  commonOptions(command)
    .argument("[selector]", `${SELECTOR}; none: all`)
    .action(async (selector: string | undefined, options: CommonOptions) => {
      const { verifyArtifacts } = await import("../../app/operations/verify-artifacts.ts");
      const project = await session.project(options);
      const document = await verifyArtifacts(project, {
        from: session.cwd,
        ...(selector === undefined ? {} : { selector }),
      });
      session.answer(options, document, () => verifiedText(document));
      if (!document.ok) session.exitCode = EXIT.failed;
    });
}

function defineCopy(command: Command, session: Session): void {
  commonOptions(command)
    .argument("<selector>", SELECTOR)
    .argument("<folder>", "where to; inside it, when it exists")
    .action(async (selector: string, folder: string, options: CommonOptions) => {
      const { copyArtifact } = await import("../../app/operations/copy-artifact.ts");
      const to = resolve(session.cwd, folder);
      const document = await copyArtifact(await session.project(options), { selector, to, from: session.cwd });
      session.answer(options, document, () => `${printable(relative(session.cwd, document.folder) || ".")}\n`);
    });
}

export const whence: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<file>", "any file, wherever it lies and whatever it is called now")
      .addHelpText(
        "after",
        `\nExit code 3: it was not produced here.\n${examples("workgraph whence ./cathedral-1.png", "workgraph whence ~/Downloads/report.md --json")}`,
      )
      .action(async (file: string, options: CommonOptions) => {
        const operation = await import("../../app/operations/whence.ts");
        await session.reading(options, async (workspace) => {
          const document = await operation.whence(workspace, { file: resolve(session.cwd, file) });
          session.answer(options, document, () => whenceText(document));
        });
      });
  },
};

function place(session: Session, root: string): (path: string) => string {
  return (path) => printable(relative(session.cwd, resolve(root, path)) || ".");
}

function listText(entries: readonly ArtifactEntry[]): string {
  if (entries.length === 0) return "";
  return table(
    [
      { title: "ARTIFACT" },
      { title: "KIND", maxWidth: 20 },
      { title: "LABELS", maxWidth: 30 },
      { title: "CREATED" },
      { title: "FILES", align: "right" },
      { title: "SIZE", align: "right" },
      { title: "SHA256" },
      { title: "" },
    ],
    entries.map((entry) => [
      entry.selector,
      entry.kind ?? "",
      entry.labels.join(", "),
      entry.createdAt.slice(0, 19).replace("T", " "),
      String(entry.files),
      sizeText(entry.sizeBytes),
      entry.sha256.slice(0, 12),
      entry.present ? "" : "not there any more",
    ]),
  );
}

const SHOWN_FILES = 20;

function artifactText(of: ShowArtifactOutput | RunArtifactOutput, at: (path: string) => string): string {
  const { manifest, readBy } = of;
  const { producer, inputs, files } = manifest;
  const lines: (readonly [string, string])[] = [
    ["artifact", of.selector],
    ["folder", at(of.path)],
    ["kind", of.kind ?? ""],
    ["labels", of.labels.join(", ")],
    ["sha256", of.sha256],
    ["holds", `${counted(of.files, "file")}, ${sizeText(of.sizeBytes)}${manifest.partial ? "; partial" : ""}`],
    [
      "made by",
      `${of.address} ${producer.node}, attempt ${producer.attempt}, version ${shortVersion(producer.version)}`,
    ],
    ["written at", producer.source ? `${producer.source.file}:${producer.source.line}` : ""],
    ["created", of.createdAt],
    ["read", inputs.map((input) => input.selector).join(", ")],
    ["read by", readBy.map((reader) => reader.address).join(", ")],
    ["next", Object.keys(manifest.nextInputs).join(", ")],
    ["beside it", "names" in of && of.names.length > 1 ? of.names.filter((name) => name !== of.name).join(", ") : ""],
  ];
  const head = lines
    .filter(([, text]) => text !== "")
    .map(([title, text]) => `${title.padEnd(11)}${printable(text)}\n`);
  const shown = files
    .slice(0, SHOWN_FILES)
    .map(({ path, sizeBytes, mediaType }) => [path, sizeText(sizeBytes), mediaType]);
  const more = of.files - shown.length;
  const list = table([{ title: "FILE" }, { title: "SIZE", align: "right" }, { title: "TYPE" }], shown);
  const next = Object.keys(manifest.nextInputs)[0];
  return [
    ...head,
    ...(shown.length > 0 ? ["\n", list] : []),
    ...(more > 0 ? [`... and ${more} more: ${at(`${of.path}/manifest.json`)}\n`] : []),
    ...(next === undefined ? [] : [`\n${commandLine(`run ${next} --from-artifact ${of.selector}`)}\n`]),
  ].join("");
}

function verifiedText({ artifacts: entries }: VerifyArtifactsOutput): string {
  return entries
    .map(({ selector, ok, files, sizeBytes, problems }) => {
      const told = problems.map(({ path, what }) => `  ${printable(path)}: ${what}\n`).join("");
      return `${ok ? "ok      " : "changed "} ${selector}  ${counted(files, "file")}, ${sizeText(sizeBytes)}\n${told}`;
    })
    .join("");
}

function whenceText({ origins }: WhenceOutput): string {
  return origins
    .map((origin) => {
      const { source, calledAt } = origin;
      const lines: (readonly [string, string])[] = [
        ["artifact", origin.selector],
        ["file", origin.path],
        ["made by", `${origin.address} ${origin.node}, attempt ${origin.attempt}`],
        ["written at", source ? `${source.file}:${source.line}` : ""],
        ["called at", calledAt ? `${shownFile(calledAt.file)}:${calledAt.line}` : ""],
        ["version", shortVersion(origin.version)],
        ["created", origin.createdAt],
        ["source", origin.known === "history" ? commandLine(`source ${origin.address.replace(/\.\d+$/, "")}`) : ""],
      ];
      return lines
        .filter(([, text]) => text !== "")
        .map(([title, text]) => `${title.padEnd(11)}${printable(text)}\n`)
        .join("");
    })
    .join("\n");
}
