/**
 * The engine of a process that owns runs: attempts of nodes with `thread: true` in worker threads, all others in place.
 *
 * R1. A node whose code was not bundled (a workflow made in memory, a node of an installed package) cannot be loaded by a thread. Its
 *     attempts are performed in place, and each says so in a log line: a workflow that works does not fail for where it is written.
 */
import type { FolderArtifacts, FolderArtifactsOptions } from "../../artifacts/folder-artifacts.ts";
import type { Clock } from "../../base/clock.ts";
import type { Redactor } from "../../base/redactor.ts";
import { ModelCatalog } from "../../llm/catalog.ts";
import type { Project } from "../../model/config.ts";
import type { NodeDefinition } from "../../model/definition.ts";
import type { AttemptChannel, AttemptOutcome, AttemptRequest, Engine } from "../../runtime/engine.ts";
import { loadedCode, mapStack } from "../../version/origin.ts";
import type { LoadedBy } from "../local/attempt-spans.ts";
import { LocalEngine } from "../local/local-engine.ts";
import { Threads } from "./threads.ts";

export interface ThreadEngineParts {
  readonly inPlace: LocalEngine;
  readonly threads: Threads;
  /** What `ctx.llm` asks. */
  readonly models: ModelCatalog;
}

export interface ThreadEngineOptions {
  readonly clock: Clock;
  /** Where folders are published. */
  readonly artifacts: FolderArtifacts;
  readonly project: FolderArtifactsOptions & Partial<Pick<Project, "config" | "configFile">>;
  readonly threads: number;
  /** Who loads code in this process; default "anybody". */
  readonly loadedBy?: LoadedBy;
}

/** The engine of this process. No thread is started before one is needed. */
export function openThreadEngine(options: ThreadEngineOptions): ThreadEngine {
  const { clock, artifacts, threads, loadedBy = "anybody" } = options;
  const { root, artifactsDir, dataDir, config, configFile } = options.project;
  const models = new ModelCatalog(config?.models);
  const inPlace = new LocalEngine({ clock, mapStack, artifacts, models, loadedBy });
  const published = { store: artifacts, place: { root, artifactsDir, dataDir } };
  const { redactor } = inPlace;
  // A project without models loads no configuration in its threads.
  const file = config?.models === undefined || configFile === undefined ? {} : { configFile };
  return new ThreadEngine({
    inPlace,
    models,
    threads: new Threads({ clock, redactor, mapStack, artifacts: published, threads, ...file }),
  });
}

export class ThreadEngine implements Engine {
  readonly #parts: ThreadEngineParts;
  readonly #definitions: Map<string, ReadonlyMap<string, NodeDefinition>> = new Map();

  constructor(parts: ThreadEngineParts) {
    this.#parts = parts;
  }

  get models(): ModelCatalog {
    return this.#parts.models;
  }

  get redactor(): Redactor {
    return this.#parts.inPlace.redactor;
  }

  define(runId: string, definitions: ReadonlyMap<string, NodeDefinition>): void {
    this.#definitions.set(runId, definitions);
    this.#parts.inPlace.define(runId, definitions);
  }

  forget(runId: string): void {
    this.#definitions.delete(runId);
    this.#parts.inPlace.forget(runId);
  }

  attempt(request: AttemptRequest, channel: AttemptChannel): Promise<AttemptOutcome> {
    const { inPlace, threads } = this.#parts;
    const definition = this.#definitions.get(request.runId)?.get(request.nodeId);
    if (definition?.thread !== true) return inPlace.attempt(request, channel);
    const code = definition.site && loadedCode(definition.site.file);
    if (code) return threads.attempt(request, channel, { definition, code });
    channel.log({
      level: "warn",
      text: `thread: true has no effect on "${request.nodeId}" here: its code is in no workflow file that was bundled, so a thread cannot load it`,
    });
    return inPlace.attempt(request, channel);
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.#parts.threads.close();
  }
}
