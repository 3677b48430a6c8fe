/** `workgraph spans`: the span tree of a run, out of its log. */
import { spansText } from "../profile-text.ts";
import {
  commonOptions,
  examples,
  pageOf,
  pageOptions,
  type CommandModule,
  type CommonOptions,
  type PageOptions,
} from "../session.ts";

export const spans: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 200)
      .argument("<run>", 'a run id, the beginning of one, or "latest"')
      .addHelpText("after", examples("workgraph spans latest", "workgraph spans latest --json --limit 1000"))
      .action(async (run: string, options: CommonOptions & PageOptions) => {
        const { listSpans } = await import("../../app/operations/spans.ts");
        await session.reading(options, async (workspace) => {
          const page = await listSpans(workspace, { run, ...pageOf(options) });
          session.answer(options, page, () => spansText(page));
          session.more(options, page);
        });
      });
  },
};
