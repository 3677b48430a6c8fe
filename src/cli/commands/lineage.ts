/** `workgraph lineage`: what an item came from, or what it influenced. */
import type { LineageEntry, LineageLink, LineageOutput } from "../../app/operations/lineage.ts";
import {
  commonOptions,
  examples,
  pageOf,
  pageOptions,
  wholeNumber,
  type CommandModule,
  type CommonOptions,
  type PageOptions,
} from "../session.ts";
import { oneLine } from "../text-width.ts";

interface LineageOptions extends CommonOptions, PageOptions {
  readonly into?: boolean;
  readonly depth?: number;
}

export const lineage: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 100)
      .argument("<item>", 'RUN.CALL.ITEM; RUN is a run id, the beginning of one, or "latest"')
      .option("--into", "what it influenced, not what it came from")
      .option("--depth <n>", "follow so many steps", wholeNumber)
      .addHelpText(
        "after",
        examples(
          "workgraph lineage latest.4.17",
          "workgraph lineage 01JD7.4.17 --into",
          "workgraph lineage latest.4.17 --depth 1 --json",
        ),
      )
      .action(async (address: string, options: LineageOptions) => {
        const operation = await import("../../app/operations/lineage.ts");
        await session.reading(options, async (workspace) => {
          const document = await operation.lineage(workspace, {
            address,
            ...pageOf(options),
            direction: options.into === true ? "into" : "from",
            ...(options.depth === undefined ? {} : { depth: options.depth }),
          });
          session.answer(options, document, () => lineageText(document));
          session.more(options, document);
        });
      });
  },
};

function lineageText(document: LineageOutput): string {
  const { runId, item, entries, direction, cut, hint } = document;
  const lines = [`run ${runId}`, titleOf(item, document), ...entries.map((entry) => entryText(entry, document))];
  if (entries.length === 0 && !cut)
    lines.push(direction === "from" ? "  came from nothing recorded" : "  influenced nothing");
  if (cut) lines.push("  ... and more behind it");
  if (hint !== undefined) lines.push(hint);
  return lines.map((line) => `${line}\n`).join("");
}

function entryText(entry: LineageEntry, document: LineageOutput): string {
  const links = entry.links.map((link) => linkText(link, document)).join("; ");
  return `${"  ".repeat(entry.depth)}${titleOf(entry, document)}  ${links}`.trimEnd();
}

function titleOf(entry: LineageEntry, document: LineageOutput): string {
  const because =
    entry.skippedBecause === undefined
      ? []
      : [`because of ${entry.skippedBecause.map((id) => shortId(id, document)).join(", ")}`];
  switch (entry.kind) {
    case "item":
    case "child":
      return [
        shortId(entry.id, document),
        entry.node,
        entry.path,
        entry.status,
        ...because,
        ...(entry.run === undefined ? [] : [`run ${entry.run}`]),
      ]
        .map((part) => oneLine(part ?? ""))
        .join("  ");
    case "value":
    case "list":
      return [oneLine(shortId(entry.id, document)), endsText(entry, document)].join("  ").trimEnd();
    case "artifact":
      return oneLine(`artifact ${entry.selector ?? ""}`);
    case "input":
      return `input of ${document.runId}`;
  }
}

/** The first line names the run; addresses go without it. */
function shortId(id: string, { runId }: LineageOutput): string {
  return id.startsWith(`${runId}.`) ? id.slice(runId.length + 1) : id;
}

function endsText({ kind, ends, after }: LineageEntry, document: LineageOutput): string {
  const what = kind === "value" ? "a plain value" : "an element of a plain array";
  if (ends === undefined) return what;
  if (ends === "code") return `${what}, from the run's input or the code`;
  const came =
    after === undefined || after.length === 0
      ? ""
      : `, passed after ${after.map((id) => shortId(id, document)).join(", ")}`;
  return `${what}: lineage ends here${came}`;
}

function linkText({ id, how, param, index, modified, through }: LineageLink, document: LineageOutput): string {
  const element = index === undefined ? "" : `[${index}] `;
  const place = param === undefined ? how : `${how} "${oneLine(param)}"`;
  const way = through === undefined ? "" : ` through ${through.map((call) => shortId(call, document)).join(", ")}`;
  return `${element}${document.direction === "from" ? "as" : "was"} ${place} of ${oneLine(shortId(id, document))}${way}${modified ? ", modified" : ""}`;
}
