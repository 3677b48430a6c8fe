/**
 * Whether the author's code has asked for the tracing API, so that it is loaded for nobody else.
 *
 * It is 53 modules: 40 ms of processor time in each `workgraph run`, of 330 (2026-11-23, 2 cores, Node 24), mostly for code that opens
 * no spans.
 *
 * R1. The hooks that look at imports are set before anything of the author's is loaded: the configuration, and then bundles.
 * R2. Where other code may have been loaded before (a program of somebody else's, a module preloaded into the process) it may have been
 *     asked for unseen, and counts as asked for.
 */
import { registerHooks } from "node:module";

/** Also as a copy inside another package. */
const TRACING_API = /(^|\/)@opentelemetry\/api(\/|$)/;
const PRELOADS = /(^|\s)(--import|--require|-r|--loader|--experimental-loader)([\s=]|$)/;

let isAsked = false;
let late: (() => void) | undefined;

/** Called by the hooks for every import and `require`. */
export function noteAsked(specifier: string): void {
  if (isAsked || !TRACING_API.test(specifier)) return;
  isAsked = true;
  late?.();
  late = undefined;
}

/** While `load` goes on. R1. */
export async function notingAsked<T>(load: () => Promise<T>): Promise<T> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => {
      noteAsked(specifier);
      return next(specifier, context);
    },
  });
  try {
    return await load();
  } finally {
    hooks.deregister();
  }
}

/** @param then called when it is asked for later, before it is loaded; not after true was given */
export function tracingApiAsked(then: () => void): boolean {
  if (isAsked || PRELOADS.test([...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" "))) return true;
  late = then;
  return false;
}
