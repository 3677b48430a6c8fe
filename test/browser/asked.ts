/**
 * What the pages may ask of the server besides reading, by operation: launches, and what is told before one.
 *
 * R1. A page that asks anything else fails every test that opens it (chromium.ts), whatever it was testing.
 */
import { OPERATIONS } from "../../src/model/operations/catalog.ts";
import { isReached } from "../../src/model/operations/operation.ts";

/**
 * "launches": a run starts or goes on. "tells": nothing starts and nothing is recorded; it is no GET because code of the project is
 * called for the answer, which nobody without the right to launch may have done. "makes a file": one that is taken away again;
 * "ends an answer": one that is being worked out. Neither touches what was recorded.
 */
export const ASKED: Readonly<
  Record<string, "launches" | "tells" | "launches, or tells when it says dryRun" | "makes a file" | "ends an answer">
> = {
  "runs.launch": "launches",
  "runs.rerun": "launches",
  "runs.resume": "launches",
  "runs.fork": "launches, or tells when it says dryRun",
  "workflows.trace": "tells",
  "workflows.explain": "tells",
  "exports.start": "makes a file",
  "operations.cancel": "ends an answer",
};

/** Every way of asking that is not a GET: operation, method and path, each part in braces standing for one of its own. */
export const CHANGING: readonly { readonly name: string; readonly method: string; readonly path: string }[] =
  OPERATIONS.flatMap(({ name, http }) => (isReached(http) && http.method !== "GET" ? [{ name, ...http }] : []));

/** The operation that a request is for; undefined: a GET, or nothing that the server has. */
export function changingOperation(method: string, pathname: string): string | undefined {
  return CHANGING.find(
    (one) => one.method === method && new RegExp(`^${one.path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname),
  )?.name;
}

/** Whether a page may make this request (R1). */
export function mayAsk(method: string, pathname: string): boolean {
  if (method === "GET") return true;
  const name = changingOperation(method, pathname);
  return name !== undefined && name in ASKED;
}
