/**
 * A signed request starts a run.
 *
 * Owns: who may, and from a body to an input. Leaves to triggers/signature.ts: signatures; to launch-run.ts: the start.
 *
 * R1. Who cannot sign learns nothing: no workflow of this name, none with a webhook, no secret here and a wrong signature are one and
 *     the same answer.
 * R2. Nothing is made of a body before its signature is found to be right.
 * R3. One idempotency key is one run, and the same key with another input is WG5008. Without a key the signature is one, so that the
 *     same request, sent again by whoever has seen it, starts nothing.
 */
import { systemClock } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";
import { SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../../model/trigger.ts";
import { WorkgraphError } from "../../model/workgraph-error.ts";
import { judge, keyOfSignature } from "../../triggers/signature.ts";
import type { OperationContext } from "../registry.ts";
import type { RegisteredWorkflow } from "../registration-reading.ts";
import { webhookSecret } from "../webhook-secrets.ts";
import { launchRun, type LaunchRunOutput } from "./launch-run.ts";

export interface WebhookRequest {
  readonly workflow: string;
  /** As it was sent. */
  readonly body: string;
  readonly signature: string | undefined;
  readonly timestamp: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** From text to plain JSON that is safe to keep; throws for what is not. */
  readonly parse: (text: string) => unknown;
}

type Context = Pick<OperationContext, "workspace" | "registration" | "launcher">;

/** For a comparison that takes its time where there is nothing to compare with. */
const NOBODYS = "nobody signs with this";

export async function receiveWebhook(context: Context, request: WebhookRequest): Promise<LaunchRunOutput> {
  const { workflow, body } = request;
  const found = await registeredWith(context, workflow);
  const webhook = found?.triggers?.webhook;
  const secret =
    webhook === undefined ? undefined : (await webhookSecret(context.workspace.project, { workflow, webhook })).secret;
  const windowMs = webhook?.windowMs ?? 0;
  const judgement = judge(request, { secret: secret ?? NOBODYS, nowMs: systemClock.now(), windowMs });
  if (webhook === undefined || secret === undefined || judgement === "wrong" || judgement === "unsigned") {
    throw notSigned(workflow);
  }
  if (judgement === "out of time") throw outOfTime(windowMs);
  const bytes = Buffer.byteLength(body);
  if (bytes > webhook.maxBytes) {
    throw new WorkgraphError(
      "WG6008",
      `the body is ${bytes} bytes; the webhook of "${workflow}" takes ${webhook.maxBytes}`,
    );
  }
  const key = request.idempotencyKey ?? keyOfSignature(request.signature!);
  return launchRun(
    { ...context, caller: { kind: "webhook", id: workflow } },
    { name: workflow, input: inputOf(request.parse(body), webhook.parameter), idempotencyKey: `webhook ${key}` },
  );
}

async function registeredWith({ registration }: Context, name: string): Promise<RegisteredWorkflow | undefined> {
  const { workflows } = await registration.current();
  const named = workflows.filter((workflow) => workflow.name === name);
  return named.length === 1 ? named[0] : undefined;
}

/** With a parameter the body may be a list, too; without one its fields are the parameters. */
function inputOf(body: unknown, parameter: string | undefined): Readonly<Record<string, unknown>> {
  if (typeof body === "object" && body !== null) {
    if (parameter !== undefined) return { [parameter]: body };
    if (!Array.isArray(body)) return body as Readonly<Record<string, unknown>>;
  }
  throw new WorkgraphError("WG6084", "the body of the webhook is not a JSON object", {
    hint: "Its fields are the parameters of the workflow. With webhook: { parameter } one parameter receives it, and lists are taken.",
  });
}

function notSigned(workflow: string): WorkgraphError {
  return new WorkgraphError("WG6081", `there is no webhook "${workflow}" for this signature`, {
    hint: `Send ${TIMESTAMP_HEADER} (seconds since 1970) and ${SIGNATURE_HEADER}: "v1=" and the HMAC-SHA256 of "TIME.BODY" in hex.`,
  });
}

function outOfTime(windowMs: number): WorkgraphError {
  return new WorkgraphError("WG6081", `the signature names a time more than ${formatDuration(windowMs)} from now`, {
    hint: "Sign each request when it is sent, and compare the clocks of both machines.",
  });
}
