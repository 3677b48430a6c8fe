/** `workgraph triggers` and `workgraph webhook`: what starts runs by itself. */
import type { TriggerEntry } from "../../app/operations/list-triggers.ts";
import type { RegistrationProblem } from "../../app/registration-reading.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { commonOptions, examples, wholeNumber, type CommandModule, type CommonOptions } from "../session.ts";
import { table } from "../table.ts";

interface TriggersOptions extends CommonOptions {
  readonly next?: number;
}

export const triggers: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("[workflow]", "only those of this workflow")
      .option("--next <n>", "moments shown of each schedule (default: 3)", wholeNumber)
      .addHelpText("after", examples("workgraph triggers", "workgraph triggers nightly --next 10 --json"))
      .action(async (workflow: string | undefined, options: TriggersOptions) => {
        const { listTriggers } = await import("../../app/operations/list-triggers.ts");
        const { Registration } = await import("../../app/registration.ts");
        const { next } = options;
        if (next !== undefined && !(Number.isInteger(next) && next >= 1 && next <= 100)) {
          throw new WorkgraphError("WG5050", "--next is not a whole number from 1 to 100");
        }
        await session.reading(options, async (workspace) => {
          const registration = new Registration(workspace.project);
          try {
            const asked = { ...(workflow === undefined ? {} : { workflow }), ...(next === undefined ? {} : { next }) };
            const answer = await listTriggers({ workspace, registration }, asked);
            session.answer(options, answer, () => triggersText(answer.triggers));
            if (options.json === true) return;
            for (const problem of registration.registered().problems) session.terminal.err.line(problemText(problem));
            if (answer.triggers.length === 0) session.terminal.err.line("Nothing starts runs by itself.");
            else session.terminal.err.line("Schedules fire and webhooks are answered while a server runs.");
          } finally {
            registration.close();
          }
        });
      });
  },
};

function triggersText(entries: readonly TriggerEntry[]): string {
  const rows = entries.flatMap((entry) => rowsOf(entry).map((row) => [entry.workflow, ...row]));
  if (rows.length === 0) return "";
  return table(
    [{ title: "WORKFLOW", maxWidth: 40 }, { title: "BY" }, { title: "WHEN" }, { title: "NEXT, OR WHERE" }],
    rows,
  );
}

function rowsOf({ schedule, webhook, onRunFailed }: TriggerEntry): readonly (readonly string[])[] {
  const zone = schedule?.timeZone === undefined ? "" : ` ${schedule.timeZone}`;
  const secret =
    webhook?.secret === "none" ? `, no secret${webhook.secretEnv === undefined ? "" : ` in ${webhook.secretEnv}`}` : "";
  return [
    ...(schedule === undefined
      ? []
      : [["schedule", `${schedule.cron}${zone}`, schedule.next.map((at) => at.replace(".000Z", "Z")).join(" ")]]),
    ...(webhook === undefined ? [] : [["webhook", `a signed request${secret}`, `POST ${webhook.path}`]]),
    ...(onRunFailed === undefined ? [] : [["failure", "a run has failed", `starts ${onRunFailed}`]]),
  ];
}

function problemText({ file, line, code, message }: RegistrationProblem): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${code}: ${message.split("\n")[0]}`;
}

interface WebhookOptions extends CommonOptions {
  readonly replace?: boolean;
}

export const webhook: CommandModule = {
  define(command, session) {
    commonOptions(command)
      .argument("<what>", "secret")
      .argument("<workflow>", "name of a workflow with a webhook")
      .option("--replace", "another secret in place of the one that there is")
      .addHelpText(
        "after",
        examples("workgraph webhook secret on-order", "workgraph webhook secret on-order --replace"),
      )
      .action(async (what: string, workflow: string, options: WebhookOptions) => {
        if (what !== "secret") {
          throw new WorkgraphError("WG5050", `"${what}" is nothing that is made of a webhook`, {
            hint: `Write: webhook secret ${workflow}`,
          });
        }
        const { createWebhookSecret } = await import("../../app/webhook-secrets.ts");
        const { Registration } = await import("../../app/registration.ts");
        const project = await session.project(options);
        const registration = new Registration(project);
        try {
          const { triggers: found } = await registration.find(workflow);
          refuseOthers(workflow, found?.webhook);
        } finally {
          registration.close();
        }
        const secret = await createWebhookSecret(project, {
          workflow,
          ...(options.replace === true ? { existing: "replace" } : {}),
        });
        const path = `/api/webhooks/${workflow}`;
        session.answer(options, { workflow, path, secret }, () => `${secret}\n`);
        if (options.json === true) return;
        session.terminal.err.line(`Whoever signs requests to ${path} with it starts runs. It is shown this once.`);
      });
  },
};

function refuseOthers(workflow: string, found: { readonly secretEnv?: string } | undefined): void {
  if (found === undefined) {
    throw new WorkgraphError("WG6083", `"${workflow}" has no webhook`, {
      hint: `Write webhook: true into the options of "${workflow}".`,
    });
  }
  if (found.secretEnv === undefined) return;
  throw new WorkgraphError(
    "WG6083",
    `"${workflow}" takes its secret from the environment variable "${found.secretEnv}"`,
    {
      hint: "Set it where the server is started, to at least 16 characters.",
    },
  );
}
