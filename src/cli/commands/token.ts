/** `workgraph token`: how programs prove who they are to a server of this project. */
import type { Access } from "../../model/operations/operation.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { commonOptions, examples, type CommandModule, type CommonOptions } from "../session.ts";
import { table } from "../table.ts";

interface TokenOptions extends CommonOptions {
  readonly read?: boolean;
  readonly launch?: boolean;
  readonly admin?: boolean;
}

export const token: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<what>", "create, list or revoke")
      .argument("[name]", "of the token; to create and to revoke")
      .option("--read", "it may read (needed only where others can reach the server)")
      .option("--launch", "it may read, start and stop runs")
      .option("--admin", "it may do everything")
      .addHelpText(
        "after",
        examples("workgraph token create ci --launch", "workgraph token list", "workgraph token revoke ci"),
      )
      .action(async (what: string, name: string | undefined, options: TokenOptions) => {
        const tokens = await import("../../app/tokens.ts");
        const project = await session.project(options);
        switch (what) {
          case "create": {
            const made = await tokens.createToken(project, { name: named(name, what), access: accessOf(options) });
            session.answer(options, made, () => `${made.token}\n`);
            if (options.json !== true) {
              session.terminal.err.line(
                `Token "${made.name}" (${made.access}). It is shown this once; send it as "Authorization: Bearer TOKEN".`,
              );
            }
            return;
          }
          case "list": {
            const entries = await tokens.listTokens(project);
            session.answer(options, { tokens: entries }, () =>
              entries.length === 0
                ? ""
                : table(
                    [{ title: "TOKEN" }, { title: "ACCESS" }, { title: "CREATED" }],
                    entries.map((entry) => [entry.name, entry.access, entry.createdAt]),
                  ),
            );
            return;
          }
          case "revoke": {
            const revoked = await tokens.revokeToken(project, named(name, what));
            session.answer(options, revoked, () => `Token "${revoked.name}" is revoked.\n`);
            return;
          }
          default:
            throw new WorkgraphError("WG5050", `"${what}" is nothing that is done with tokens`, {
              hint: "Write create, list or revoke.",
            });
        }
      });
  },
};

function named(name: string | undefined, what: string): string {
  if (name !== undefined) return name;
  throw new WorkgraphError("WG5050", `no name is given to ${what}`, { hint: `For example: token ${what} ci` });
}

function accessOf({ read, launch, admin }: TokenOptions): Access {
  const asked = [read && "read", launch && "launch", admin && "admin"].filter((one) => typeof one === "string");
  if (asked.length === 1) return asked[0] as Access;
  throw new WorkgraphError("WG5050", "it is not said what the token may do", {
    hint: "Give one of --read, --launch and --admin.",
  });
}
