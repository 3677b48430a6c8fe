/** What an item asked of language models: each call with its model, tokens, cost and time, those of failed attempts included. */
import type { ReactElement } from "react";
import { costText, NO_MODEL_CALLS, tokensText, withModelCall } from "../../src/model/llm.ts";
import type { ItemDetail } from "../api/answers.ts";
import { counted, duration } from "../shell/format.ts";
import { Status } from "../shell/status.tsx";
import { Part } from "./part.tsx";

type ModelCalls = NonNullable<ItemDetail["modelCalls"]>;

export function ModelCallsPart({ calls = [] }: { readonly calls: ModelCalls | undefined }): ReactElement | null {
  if (calls.length === 0) return null;
  const totals = calls.reduce(withModelCall, NO_MODEL_CALLS);
  return (
    <Part title={counted(calls.length, "model call")}>
      <p className="faint model-totals">
        tokens {tokensText(totals)} · cost {costText(totals)}
      </p>
      <ol className="model-calls" aria-label="Model calls">
        {calls.map((call) => (
          <li key={`${call.attempt} ${call.number}`}>
            <Status status={STATUSES[call.outcome]} />
            <code title={`${call.provider}, asked for as ${call.asked ?? "the default"}`}>{nameOf(call)}</code>
            <span className="number">{duration(call.ms)}</span>
            <span className="faint">{factsOf(call)}</span>
            {call.error !== undefined && <span className="event-failed">{call.error}</span>}
          </li>
        ))}
      </ol>
    </Part>
  );
}

const STATUSES = { answered: "completed", failed: "failed", cancelled: "cancelled" } as const;

function nameOf({ model, modelId }: ModelCalls[number]): string {
  return model === modelId ? model : `${model} (${modelId})`;
}

function factsOf(call: ModelCalls[number]): string {
  const own = withModelCall(NO_MODEL_CALLS, call);
  return [
    call.attempt > 1 ? `attempt ${call.attempt}` : "",
    `tokens ${tokensText(own)}`,
    `cost ${costText(own)}`,
    call.firstTokenMs === undefined ? "" : `first token after ${duration(call.firstTokenMs)}`,
    call.requests === 1 ? "" : counted(call.requests, "request"),
    call.finish === undefined || call.finish === "stop" ? "" : `finished by ${call.finish}`,
  ]
    .filter((text) => text !== "")
    .join(" · ");
}
