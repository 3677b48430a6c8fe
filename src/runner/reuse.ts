/**
 * What a run may reuse, from its row and its code alone: whoever begins it or goes on with it comes to the same.
 *
 * R1. Every versioned run may ask the cache. Only a run made from another one asks that one.
 * R2. "fork" and "reuse" take what depends on its inputs alone; "continues" takes effects, too. "rerun" takes nothing.
 * R3. "fork" repeats the chance and the clock of its source; "continues" does, too, so that what it passes on stays equal.
 */
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import type { Clock } from "../base/clock.ts";
import type { RunOrigin } from "../model/events.ts";
import { parseAddress } from "../model/ids.ts";
import type { ModelIdentities } from "../model/llm.ts";
import { commandLine } from "../model/command-line.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { Memos } from "../runtime/memo.ts";
import type { Reuse } from "../runtime/reuse.ts";
import { RunReuse, type TakenOver } from "../runtime/run-reuse.ts";
import { SourceRun } from "../runtime/source-run.ts";
import type { EventStore, RunRow, Store } from "../store/store.ts";
import { loadVersion } from "../version/stored-version.ts";
import type { LoadedCode } from "./code.ts";
import { NodeVersions } from "./node-versions.ts";
import { AllReads, StoredModels } from "./recorded-models.ts";
import { StoredReads } from "./recorded-reads.ts";

export interface ReuseParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly artifacts: Pick<ArtifactStore, "resolve">;
  readonly models: ModelIdentities;
}

/** Undefined: there is nothing that it could reuse. */
export async function reuseOf(
  parts: ReuseParts,
  code: Pick<LoadedCode, "facts" | "definition">,
  origin: RunOrigin | undefined,
): Promise<RunReuse | undefined> {
  const { store, clock, artifacts, models } = parts;
  const versions = new NodeVersions(code.facts);
  if (!code.facts && (origin === undefined || origin.kind === "rerun")) return undefined;
  const memos = new Memos({ store, clock, hashOf: (nodeId) => versions.hashOf(nodeId) });
  const asked = new StoredModels(store, models, code.definition.model);
  const reads = new AllReads([new StoredReads(store, artifacts), asked]);
  if (origin === undefined || origin.kind === "rerun") return new RunReuse({ memos, reads });
  const row = await store.run(origin.run);
  if (!row || row.forgottenAt !== undefined) throw sourceGone(origin);
  const before = await versionsOf(store, row);
  const source = await SourceRun.read(store, origin.run, {
    holds: versions.sameAs(before),
    take: origin.kind === "continues" ? "all" : "pure",
  });
  return new RunReuse({
    memos,
    reads,
    source,
    kind: origin.kind,
    repeats: origin.kind === "reuse" ? "nothing" : "chance",
    from: (origin.from ?? []).map((name) => placeIn(origin, name)),
    set: origin.set ?? [],
  });
}

/** Of a launch that asks for reuse. "latest" without a run before it is a run like any other. */
export async function launchOrigin(
  store: Store,
  { definition }: Pick<LoadedCode, "definition">,
  asked: string | undefined,
): Promise<RunOrigin | undefined> {
  if (asked === undefined) return undefined;
  const { name } = definition;
  const row =
    asked === "latest"
      ? (await store.runs({ workflow: name, level: "root", limit: 20 })).runs.find(
          (one) => one.forgottenAt === undefined,
        )
      : await store.run(asked);
  if (!row) {
    if (asked === "latest") return undefined;
    throw new WorkgraphError("WG5001", `there is no run "${asked}"`, { hint: `"${commandLine("runs")}" lists them` });
  }
  if (row.workflow !== name) {
    throw new WorkgraphError("WG4044", `run ${row.runId} is one of "${row.workflow}", not of "${name}"`, {
      hint: `"${commandLine(`runs --workflow ${name}`)}" lists those of "${name}"; "latest" means the newest of them`,
    });
  }
  return row.manifest === undefined ? undefined : { kind: "reuse", run: row.runId };
}

export function nothingToReuse(workflow: string): WorkgraphError {
  return new WorkgraphError("WG4045", `there is no run of "${workflow}" whose results a new one could reuse`, {
    hint: "run it once; a run whose code was in no file does not count",
  });
}

/** What a run made from another one has taken over. */
export interface ReuseResult extends TakenOver {
  readonly kind: RunOrigin["kind"];
  readonly run: string;
  /** Places that were named and not met. */
  readonly unmet: readonly string[];
}

export async function reusedBy(from: Reuse | undefined, store: Store): Promise<{ readonly reuse?: ReuseResult }> {
  if (!(from instanceof RunReuse) || !from.source || from.kind === undefined) return {};
  const { source, kind, unmet } = from;
  const took = await from.took(store);
  return {
    reuse: { kind, run: source.runId, ...took, savedMs: Math.round(took.savedMs), unmet: [...unmet] },
  };
}

/** What a child run took over is told to the run above it, before that one goes on. */
export async function rollUp(child: Reuse | undefined, above: Reuse | undefined, store: EventStore): Promise<void> {
  if (child instanceof RunReuse && above instanceof RunReuse) above.tookBelow(await child.took(store));
}

export async function versionsOf(store: Store, row: Pick<RunRow, "manifest">): Promise<NodeVersions> {
  return new NodeVersions(row.manifest === undefined ? undefined : await loadVersion(store, row.manifest));
}

/** A node as it is; an address of the source run without the run. */
function placeIn(origin: RunOrigin, name: string): string {
  const address = parseAddress(name);
  if (address?.call === undefined || address.run !== origin.run) return name;
  return address.item === undefined ? String(address.call) : `${address.call}.${address.item}`;
}

function sourceGone(origin: RunOrigin): WorkgraphError {
  return new WorkgraphError("WG4040", `run ${origin.run}, which this run takes its results from, is gone`, {
    hint: `start a run of its own: "${commandLine("rerun")}" with a run that is left, or "${commandLine("run")}"`,
  });
}
