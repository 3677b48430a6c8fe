/** `workgraph gc`: forgets old runs. */
import type { GcOutput } from "../../app/operations/gc.ts";
import { counted } from "../run-text.ts";
import { commonOptions, examples, wholeNumber, type CommandModule, type CommonOptions } from "../session.ts";
import { sizeText } from "../size-text.ts";
import { table } from "../table.ts";

interface GcOptions extends CommonOptions {
  readonly olderThan?: string;
  readonly keep?: number;
  readonly keepFailed?: boolean;
  readonly dryRun?: boolean;
  readonly artifacts?: boolean;
}

export const gc: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .option("--older-than <age>", 'runs that ended this long ago, as "30d" (default: the retention of each workflow)')
      .option("--keep <n>", "the newest runs of each workflow stay, whatever their age", wholeNumber)
      .option("--keep-failed", "failed and diverged runs stay")
      .option("--artifacts", "their published folders go too, but those that a remaining run opened")
      .option("--dry-run", "say what would go, and change nothing")
      .addHelpText(
        "after",
        examples(
          "workgraph gc --older-than 30d --keep-failed --dry-run",
          "workgraph gc --older-than 30d --keep 100",
          "workgraph gc",
        ),
      )
      .action(async (options: GcOptions) => {
        const { gc: collect } = await import("../../app/operations/gc.ts");
        const { retentionsOf } = await import("../../app/retentions.ts");
        const { olderThan, keep, keepFailed, dryRun, artifacts } = options;
        const input = {
          ...(olderThan === undefined ? {} : { olderThan }),
          ...(keep === undefined ? {} : { keep }),
          ...(keepFailed === undefined ? {} : { keepFailed }),
          ...(dryRun === undefined ? {} : { dryRun }),
          ...(artifacts === undefined ? {} : { artifacts }),
        };
        await session[dryRun === true ? "reading" : "writing"](options, async (workspace) => {
          const document = await collect(workspace, input, () => retentionsOf(workspace.project));
          session.answer(options, document, () => gcText(document));
        });
      });
  },
};

function gcText({ dryRun, forgotten, kept, artifacts, blobs }: GcOutput): string {
  const rows = forgotten.map(({ runId, workflow, status, createdAt, below, why }) => [
    runId,
    workflow,
    status,
    createdAt.slice(0, 16).replace("T", " "),
    below === 0 ? "" : `+${below}`,
    why,
  ]);
  const titles = ["RUN", "WORKFLOW", "STATUS", "CREATED (UTC)", "BELOW", "WHY"].map((title) => ({ title }));
  const stay = Object.entries(kept).map(([why, count]) => `${count} ${why}`);
  const verb = dryRun ? "would be" : forgotten.length === 1 ? "was" : "were";
  return [
    ...(rows.length === 0 ? [] : [table(titles, rows)]),
    `${counted(forgotten.length, "run")} ${verb} forgotten${stay.length === 0 ? "" : `; stay: ${stay.join(", ")}`}\n`,
    `${counted(blobs.count, "blob")} (${sizeText(blobs.bytes)}) ${dryRun ? "are" : "were"} named by nothing${dryRun ? "" : " and removed"}\n`,
    ...(artifacts.removed + artifacts.keptBecauseOpened === 0
      ? []
      : [
          `${counted(artifacts.removed, "folder")} removed, ${artifacts.keptBecauseOpened} kept because a remaining run opened them\n`,
        ]),
  ].join("");
}
