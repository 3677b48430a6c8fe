import { createHook } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll } from "vitest";

/**
 * Loaded before every test file. Fails the file when, after its last test, something that this repository's code opened still
 * holds the process: a timer, a worker, a child process, a socket, a watcher.
 *
 * Vitest's `detectAsyncLeaks` is not used: it takes a stack trace per promise, and calls a promise that never settles a leak,
 * which nodes in our tests return on purpose. `process.getActiveResourcesInfo` names no origin and counts Vitest's own timers.
 */
const GRACE_MS = 1_000;
const WATCHED = new Set([
  "Timeout",
  "WORKER",
  "PROCESSWRAP",
  "TCPSERVERWRAP",
  "TCPWRAP",
  "PIPESERVERWRAP",
  "TLSWRAP",
  "FSEVENTWRAP",
  "STATWATCHER",
]);
const ROOT = new URL("..", import.meta.url);

interface Opened {
  readonly kind: string;
  readonly by: string;
  readonly resource: WeakRef<object>;
}

const open = new Map<number, Opened>();

createHook({
  trackPromises: false,
  init(id, kind, _trigger, resource) {
    if (!WATCHED.has(kind)) return;
    const by = ourFrame();
    if (by !== undefined) open.set(id, { kind, by, resource: new WeakRef(resource) });
  },
  destroy(id) {
    open.delete(id);
  },
}).enable();

afterAll(async () => {
  const until = performance.now() + GRACE_MS;
  let left = leaked();
  // Closing is asynchronous in Node: what was closed in the last test may need some turns to be gone.
  while (left.length > 0 && performance.now() < until) {
    await sleep(10, undefined, { ref: false });
    left = leaked();
  }
  if (left.length > 0) throw new Error(`left open after the last test of this file:\n  ${left.join("\n  ")}`);
});

function leaked(): string[] {
  const left: string[] = [];
  for (const { kind, by, resource } of open.values()) {
    const held: { hasRef?: () => boolean } | undefined = resource.deref();
    if (held && (held.hasRef?.() ?? true)) left.push(`${kind} ${by}`);
  }
  return left;
}

/** The innermost frame in a file of the repository that is not a dependency; `undefined` for what a dependency opened for itself. */
function ourFrame(): string | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const lines = (new Error().stack ?? "").split("\n");
  Error.stackTraceLimit = limit;
  return lines
    .find((line) => line.includes(ROOT.href) && !line.includes("/node_modules/") && !line.includes(import.meta.url))
    ?.trim()
    .replace(ROOT.href, "");
}
