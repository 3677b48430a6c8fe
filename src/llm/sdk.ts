/** The package `ai`, loaded when a model is asked for the first time. It is an optional peer: projects without models go without it. */
import type * as Ai from "ai";
import { WorkgraphError } from "../model/workgraph-error.ts";

export type Sdk = typeof Ai;

let loading: Promise<Sdk> | undefined;

/** @throws WorkgraphError WG1145 when it is not installed */
export function loadSdk(load: () => Promise<Sdk> = () => import("ai")): Promise<Sdk> {
  loading ??= load().catch((cause: unknown) => {
    loading = undefined;
    throw notInstalled(cause);
  });
  return loading;
}

function notInstalled(cause: unknown): WorkgraphError {
  const code: unknown = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  const what =
    code === "ERR_MODULE_NOT_FOUND"
      ? 'ctx.llm needs the package "ai", which is not installed'
      : `ctx.llm needs the package "ai", which cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new WorkgraphError("WG1145", what, {
    hint: "npm install ai, and the package of your provider, such as @ai-sdk/openai-compatible",
    cause,
  });
}
