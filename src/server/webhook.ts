/** `POST /api/webhooks/NAME`: admitted by its signature instead of a token. */
import { receiveWebhook } from "../app/operations/receive-webhook.ts";
import type { OperationContext } from "../app/registry.ts";
import { SIGNATURE_HEADER, TIMESTAMP_HEADER } from "../model/trigger.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { plainJsonOf, readText } from "./body.ts";
import { jsonAnswer } from "./response.ts";

export const WEBHOOK_ROUTE = "/api/webhooks/:workflow";
/** What any webhook takes at most; each has its own limit below it. */
const MAX_BODY_BYTES = 1024 * 1024;
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

export async function answerWebhook(request: Request, context: OperationContext, workflow: string): Promise<Response> {
  if (new URL(request.url).search !== "") {
    throw new WorkgraphError("WG6010", "a webhook has its input in the body, not in the query");
  }
  if (!NAME.test(workflow)) throw new WorkgraphError("WG6007", "this is no name of a workflow");
  const header = (name: string): string | undefined => request.headers.get(name) ?? undefined;
  const launched = await receiveWebhook(context, {
    workflow,
    body: await readText(request, MAX_BODY_BYTES),
    signature: header(SIGNATURE_HEADER),
    timestamp: header(TIMESTAMP_HEADER),
    idempotencyKey: header("idempotency-key"),
    parse: plainJsonOf,
  });
  const { runId, version, status, created } = launched;
  return jsonAnswer(JSON.stringify({ runId, workflow, version, status, created }), created ? 201 : 200);
}
