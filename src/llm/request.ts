/**
 * Whether a request of `ctx.llm` is one.
 *
 * R1. What it cannot be is refused before anything is sent: no key is ignored, no number out of its range is taken.
 */
import { nearestName } from "../base/nearest-name.ts";
import { MODEL_SETTINGS, type LlmRequest } from "../model/llm.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

const KEYS: readonly (keyof LlmRequest)[] = [
  "prompt",
  "messages",
  "system",
  "model",
  "schema",
  "corrections",
  "tools",
  "rounds",
  "stream",
  "settings",
];

/** @throws WorkgraphError WG1142 */
export function checkRequest(request: unknown, nodeId: string): LlmRequest {
  const refuse = (what: string, hint: string): never => {
    throw new WorkgraphError("WG1142", `node "${nodeId}" asks ctx.llm for what it cannot be asked: ${what}`, { hint });
  };
  if (!isRecord(request)) return refuse("the request is no object", 'write ctx.llm({ prompt: "..." })');
  unknownKey(request, KEYS, (key, near) =>
    refuse(`it has the unknown key "${key}"`, near ? `did you mean "${near}"?` : `known keys: ${KEYS.join(", ")}`),
  );
  const { prompt, messages, system, model, schema, corrections, tools, rounds, stream, settings } = request;
  if ((prompt === undefined) === (messages === undefined)) {
    const what =
      prompt === undefined ? 'it has neither "prompt" nor "messages"' : 'it has both "prompt" and "messages"';
    return refuse(what, "give one of the two");
  }
  if (prompt !== undefined && typeof prompt !== "string") return refuse('"prompt" is no text', 'write prompt: "..."');
  if (messages !== undefined && !isMessages(messages))
    return refuse('"messages" is no list of messages', 'write messages: [{ role: "user", content: "..." }]');
  if (system !== undefined && typeof system !== "string") return refuse('"system" is no text', 'write system: "..."');
  if (model !== undefined && typeof model !== "string")
    return refuse(
      '"model" is no name',
      'name an entry of "models" in workgraph.config.ts; models are configured there only',
    );
  if (schema !== undefined && !isSchema(schema))
    return refuse('"schema" is no schema', "give a schema of a library that speaks Standard Schema, such as zod");
  if (!isCount(corrections, 0)) return refuse('"corrections" is no whole number from 0 to 100', "write corrections: 2");
  if (!isCount(rounds, 1)) return refuse('"rounds" is no whole number from 1 to 100', "write rounds: 10");
  if (tools !== undefined && !isRecord(tools))
    return refuse('"tools" is no object', 'write tools: { search: tool({ ... }) }, with tool() of the package "ai"');
  if (stream !== undefined && typeof stream !== "boolean")
    return refuse('"stream" is neither true nor false', "write stream: false");
  if (settings !== undefined && !isRecord(settings))
    return refuse('"settings" is no object', "write settings: { temperature: 0 }");
  unknownKey(settings ?? {}, MODEL_SETTINGS, (key, near) =>
    refuse(
      `"settings" has the unknown key "${key}"`,
      near ? `did you mean "${near}"?` : `known keys: ${MODEL_SETTINGS.join(", ")}`,
    ),
  );
  return request as LlmRequest;
}

function unknownKey(
  given: Readonly<Record<string, unknown>>,
  known: readonly string[],
  refuse: (key: string, near: string | undefined) => never,
): void {
  for (const key of Object.keys(given)) if (!known.includes(key)) refuse(key, nearestName(key, known));
}

const ROLES: readonly unknown[] = ["system", "user", "assistant", "tool"];

function isMessages(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (one: unknown) =>
        isRecord(one) &&
        ROLES.includes(one["role"]) &&
        (typeof one["content"] === "string" || Array.isArray(one["content"])),
    )
  );
}

function isSchema(value: unknown): boolean {
  const props = (value as { readonly "~standard"?: unknown } | null)?.["~standard"];
  return typeof (props as { readonly validate?: unknown } | undefined)?.validate === "function";
}

function isCount(value: unknown, least: number): boolean {
  return value === undefined || (Number.isInteger(value) && (value as number) >= least && (value as number) <= 100);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
