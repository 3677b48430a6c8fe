/**
 * The workflow that is started when a run has failed: by the process that ended the run, in that process, after its last event.
 *
 * Owns: its code, its input and its start. Leaves to store/failed-run.ts: what it is told, and that it is started once; to
 * app/trigger-service.ts: runs whose process did not live to start it.
 *
 * R1. What goes wrong here is said, and changes nothing about the run that failed.
 * R2. Its code is what the failed run's code names, at the same version: a part of it, as that of a child run.
 */
import { encodeInput } from "../define/workflow-input.ts";
import type { Run } from "../runtime/run.ts";
import { startRun } from "../runtime/start.ts";
import { declaredOf, failedRunKey, failedRunOf, FAILED_RUN_CALLER, isTold } from "../store/failed-run.ts";
import type { Store } from "../store/store.ts";
import type { WorkflowDefinition } from "../model/definition.ts";
import { isWorkgraphError } from "../model/workgraph-error.ts";
import type { ChildHost } from "./children.ts";
import type { LoadedCode } from "./code.ts";
import { parameterNames, readInput } from "./input.ts";

export interface FailureHost extends Pick<ChildHost, "project" | "childCode" | "environment" | "own"> {
  readonly store: Store;
}

/** The end of a run, given when what was started because of it has ended, too. */
export function untilTold(
  ended: Run["ended"],
  of: { readonly host: FailureHost; readonly runId: string; readonly code: LoadedCode },
): Run["ended"] {
  const told = ended.then(async (end) => {
    if (end.status === "failed") await tellRunFailed(of.host, of.runId, of.code);
    return end;
  });
  // Whoever asks for the end is told; nobody may ask.
  told.catch(() => undefined);
  return told;
}

async function tellRunFailed(host: FailureHost, runId: string, code: LoadedCode): Promise<void> {
  const { onRunFailed } = code.definition;
  if (onRunFailed === undefined) return;
  try {
    const started = await start(host, { runId, code, onRunFailed });
    if (started !== undefined) await host.own(started);
  } catch (error) {
    // Somebody else was faster, or this run has failed before with other errors: it is told.
    if (isWorkgraphError(error) && error.code === "WG5008") return;
    const { message } = error as Error;
    process.stderr.write(`run ${runId} has failed, and "${onRunFailed.name}" was not started for it: ${message}\n`);
  }
}

async function start(
  host: FailureHost,
  of: { readonly runId: string; readonly code: LoadedCode; readonly onRunFailed: WorkflowDefinition },
): Promise<Run | undefined> {
  const { store, project } = host;
  const row = await store.run(of.runId);
  if (row === undefined || !isTold(row)) return undefined;
  if ((await store.lastFire(failedRunKey(of.runId))) !== undefined) return undefined;
  const code = await host.childCode(of.code, of.onRunFailed);
  const { definition } = code;
  const signature = code.facts?.signature;
  const declared = parameterNames(definition, signature);
  const input = await readInput(definition, signature, {
    input: declaredOf(await failedRunOf(store, row), declared),
  });
  const started = await startRun(
    definition,
    {
      version: code.version,
      input: encodeInput(input, definition.name),
      project,
      ...(code.manifest === undefined ? {} : { manifest: code.manifest }),
      ...(code.origin ? { code: code.origin } : {}),
      tags: Object.fromEntries(definition.tags.map((tag) => [tag, ""])),
      caller: { kind: FAILED_RUN_CALLER, id: of.runId },
      idempotencyKey: failedRunKey(of.runId),
    },
    host.environment(code),
  );
  const { runId } = started.created ? started.run : started;
  await store.claimFire({ trigger: failedRunKey(of.runId), fireAt: row.endedAt ?? row.createdAt, runId });
  return started.created ? started.run : undefined;
}
