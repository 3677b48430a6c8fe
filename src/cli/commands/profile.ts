/** `workgraph profile`: where the time of a run went, and what it would have been otherwise; as a file for profilers. */
import type { ProfileInput } from "../../app/operations/profile.ts";
import { profileText } from "../profile-text.ts";
import { counted } from "../run-text.ts";
import { collect, commonOptions, examples, wholeNumber, type CommandModule, type CommonOptions } from "../session.ts";

interface ProfileOptions extends CommonOptions {
  readonly node?: string;
  readonly by?: NonNullable<ProfileInput["by"]>;
  readonly limit?: number;
  readonly whatIf?: readonly string[];
  readonly withoutBreak?: readonly string[];
  readonly withoutGather?: readonly string[];
  readonly format?: string;
  readonly output?: string;
}

export const profile: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<run>", 'a run id, the beginning of one, or "latest"')
      .option("--what-if <node=n>", "how long with N items of a node in flight; may be given several times", collect)
      .option("--without-break <node>", "how long if awaiting the results of a node held nothing back", collect)
      .option("--without-gather <node>", "how long if a node that gathers did not wait for its whole set", collect)
      .option("--node <id>", "with --json: items of this node only")
      .option("--by <time>", "with --json: items with the longest run (default), queue, retry or blocked first")
      .option("--limit <n>", "with --json: items told (default: 20)", wholeNumber)
      .option("--format <format>", "chrome (opens in Perfetto), speedscope, otlp or ndjson, instead of the tables")
      .option("-o, --output <file>", "where to write that; default stdout")
      .addHelpText(
        "after",
        examples(
          "workgraph profile latest",
          "workgraph profile latest --what-if scrape_page=16",
          "workgraph profile latest --format chrome -o trace.json",
        ),
      )
      .action(async (run: string, options: ProfileOptions) => {
        if (options.format !== undefined || options.output !== undefined) return exported(run, options);
        const operation = await import("../../app/operations/profile.ts");
        await session.reading(options, async (workspace) => {
          const document = await operation.profile(workspace, { run, ...inputOf(options) });
          session.answer(options, document, () => profileText(document));
        });
      });

    async function exported(run: string, options: ProfileOptions): Promise<void> {
      const { exportProfile } = await import("../../app/operations/export-profile.ts");
      await session.reading(options, async (workspace) => {
        const { text, ...written } = await exportProfile(workspace, {
          run,
          format: options.format ?? "chrome",
          from: session.cwd,
          ...(options.output === undefined ? {} : { file: options.output }),
        });
        const { file } = written;
        if (file === undefined) session.terminal.out.write(text);
        else session.answer(options, written, () => `${counted(written.spans, "span")} written to ${file}\n`);
      });
    }
  },
};

function inputOf(options: ProfileOptions): Omit<ProfileInput, "run"> {
  const { node, by, limit, whatIf, withoutBreak, withoutGather } = options;
  return {
    ...(node === undefined ? {} : { node }),
    ...(by === undefined ? {} : { by }),
    ...(limit === undefined ? {} : { limit }),
    ...(whatIf === undefined ? {} : { limits: whatIf }),
    ...(withoutBreak === undefined ? {} : { withoutBreaks: withoutBreak }),
    ...(withoutGather === undefined ? {} : { withoutGathers: withoutGather }),
  };
}
