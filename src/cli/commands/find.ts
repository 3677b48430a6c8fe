/** `workgraph find`: items for which an expression is true. */
import {
  commonOptions,
  examples,
  pageOf,
  pageOptions,
  type CommandModule,
  type CommonOptions,
  type PageOptions,
} from "../session.ts";
import { table } from "../table.ts";

interface FindOptions extends CommonOptions, PageOptions {
  readonly node?: string;
}

export const find: CommandModule = {
  define(command, session) {
    pageOptions(commonOptions(command), 50)
      .argument("<run>", 'run id, the beginning of one, "latest", or RUN.CALL')
      .argument("<expression>", "see docs/cli.md, Looking for items")
      .option("--node <id>", "items of this node")
      .addHelpText(
        "after",
        examples(
          "workgraph find latest 'value.score < 0.5'",
          `workgraph find latest --node scrape_page 'input.url contains "draft" and not value.title == missing'`,
          `workgraph find latest 'error.message matches "^HTTP 5[0-9]{2}"' --json`,
        ),
      )
      .action(async (run: string, where: string, options: FindOptions) => {
        const { findItems } = await import("../../app/operations/find-items.ts");
        await session.reading(options, async (workspace) => {
          const { node } = options;
          const page = await findItems(workspace, {
            run,
            where,
            ...pageOf(options),
            ...(node === undefined ? {} : { node }),
          });
          session.answer(options, page, () =>
            table(
              [
                { title: "ADDRESS" },
                { title: "PATH", maxWidth: 50 },
                { title: "NODE", maxWidth: 40 },
                { title: "STATUS" },
                { title: "VALUE OR ERROR", maxWidth: 100 },
              ],
              page.items.map((item) => [
                item.address,
                item.path,
                item.node,
                item.status,
                item.error === undefined ? (item.value ?? "") : item.error.message,
              ]),
            ),
          );
          session.more(options, page);
          if (page.items.length === 0 && options.json !== true)
            session.terminal.err.line(`None of the ${page.scanned} items that were looked at.`);
        });
      });
  },
};
