/** What starts runs by itself: schedules with their next moments, webhooks, and who is told of failures. */
import { systemClock } from "../../base/clock.ts";
import type { MissedFires } from "../../model/trigger.ts";
import { nextFires } from "../../triggers/cron.ts";
import { triggerName } from "../../triggers/scheduler.ts";
import type { OperationContext } from "../registry.ts";
import type { RegisteredWorkflow } from "../registration-reading.ts";
import { isoTime } from "../run-summary.ts";
import { webhookSecret } from "../webhook-secrets.ts";
import type { Workspace } from "../workspace.ts";

export interface TriggerEntry {
  readonly workflow: string;
  readonly file: string;
  readonly line: number;
  readonly schedule?: {
    readonly cron: string;
    readonly timeZone?: string;
    readonly missed: MissedFires;
    readonly input?: Readonly<Record<string, unknown>>;
    /** The next moments, in order. */
    readonly next: readonly string[];
    /** The last moment that became a run. */
    readonly last?: { readonly at: string; readonly runId: string };
  };
  readonly webhook?: {
    readonly path: string;
    /** Where the secret is; "none": every request is refused. */
    readonly secret: "environment" | "file" | "none";
    readonly secretEnv?: string;
    readonly parameter?: string;
    readonly maxBytes: number;
    readonly windowMs: number;
  };
  /** Name of the workflow that is started when a run has failed. */
  readonly onRunFailed?: string;
}

export interface ListTriggersOutput {
  readonly triggers: readonly TriggerEntry[];
}

const NEXT = 3;

export async function listTriggers(
  { workspace, registration }: Pick<OperationContext, "workspace" | "registration">,
  input: { readonly workflow?: string; readonly next?: number } = {},
): Promise<ListTriggersOutput> {
  const workflows =
    input.workflow === undefined ? (await registration.current()).workflows : [await registration.find(input.workflow)];
  const triggers: TriggerEntry[] = [];
  for (const workflow of workflows) {
    if (workflow.triggers !== undefined) triggers.push(await entryOf(workspace, workflow, input.next ?? NEXT));
  }
  return { triggers };
}

async function entryOf(workspace: Workspace, of: RegisteredWorkflow, count: number): Promise<TriggerEntry> {
  const { name: workflow, file, line, triggers = {} } = of;
  const { schedule, webhook, onRunFailed } = triggers;
  return {
    workflow,
    file,
    line,
    ...(schedule === undefined ? {} : { schedule: await scheduleOf(workspace, { workflow, schedule }, count) }),
    ...(webhook === undefined ? {} : { webhook: await webhookOf(workspace, workflow, webhook) }),
    ...(onRunFailed === undefined ? {} : { onRunFailed }),
  };
}

async function scheduleOf(
  { store }: Workspace,
  of: Parameters<typeof triggerName>[0],
  count: number,
): Promise<NonNullable<TriggerEntry["schedule"]>> {
  const last = await store.lastFire(triggerName(of));
  return {
    ...of.schedule,
    next: nextFires(of.schedule, { after: systemClock.now(), count }).map(isoTime),
    ...(last === undefined ? {} : { last: { at: isoTime(last.fireAt), runId: last.runId } }),
  };
}

async function webhookOf(
  { project }: Workspace,
  workflow: string,
  webhook: NonNullable<NonNullable<RegisteredWorkflow["triggers"]>["webhook"]>,
): Promise<NonNullable<TriggerEntry["webhook"]>> {
  const { from } = await webhookSecret(project, { workflow, webhook });
  return { path: `/api/webhooks/${workflow}`, secret: from, ...webhook };
}
