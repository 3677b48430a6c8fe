/**
 * The first answer about a run, asked for while the page that shows it is still being loaded.
 *
 * R1. It is taken once: a page that comes later asks anew.
 */
import type { RunStatus } from "../../src/model/status.ts";
import type { PackedView } from "../../src/model/packed-view.ts";
import { get, isOffline } from "./client.ts";

export interface ViewAnswer {
  readonly runId: string;
  readonly status: RunStatus;
  readonly view: PackedView;
  /** Of a long log: no times, retries and errors, and nothing to go on from. */
  readonly isOutline?: true;
}

let begun: { readonly runId: string; readonly answer: Promise<ViewAnswer> } | undefined;

/** Asks, when the address is that of a run. */
export function beginFirstView(pathname: string): "asked" | "not a run" {
  const [, runId] = /^\/runs\/([\w.-]+)$/.exec(pathname) ?? [];
  if (runId === undefined) return "not a run";
  const answer = ask(runId);
  // Whoever takes it is told of the error; nobody may come.
  answer.catch(() => undefined);
  begun = { runId, answer };
  return "asked";
}

/** While the server folds a long log, its outline. */
export function firstView(runId: string): Promise<ViewAnswer> {
  const known = begun;
  begun = undefined;
  return known?.runId === runId ? known.answer : ask(runId);
}

function ask(runId: string): Promise<ViewAnswer> {
  return get<ViewAnswer>(`/api/runs/${runId}/view`, isOffline() ? {} : { when: "soon" });
}
