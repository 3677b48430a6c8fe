/**
 * What a thread does: it loads the code of a run by its hash, finds the node by its id, and performs one attempt at a time.
 *
 * Owns: the code that this thread has loaded. Leaves to local-engine.ts: performing; to port-channel.ts: talking to the run.
 *
 * R1. An attempt here is performed by the same engine as one in the process that owns the run; what differs is the channel.
 * R2. Code is loaded from what the owner sent, never from a file: it is what the run is recorded with.
 * R3. Only the models of the project are read from its configuration, when the first of them is asked: they cannot be sent.
 */
import { FolderArtifacts } from "../../artifacts/folder-artifacts.ts";
import { systemClock } from "../../base/clock.ts";
import { Redactor } from "../../base/redactor.ts";
import { ModelCatalog } from "../../llm/catalog.ts";
import type { ProjectConfig } from "../../model/config.ts";
import { nodesMadeBy } from "../../define/made-nodes.ts";
import type { NodeDefinition } from "../../model/definition.ts";
import { addSiteMapper } from "../../trace/site.ts";
import { importConfig } from "../../version/config-file.ts";
import { loadBundle } from "../../version/loader.ts";
import { mapStack, originalLoadedSite } from "../../version/origin.ts";
import { LocalEngine } from "../local/local-engine.ts";
import type { ThreadCall, ThreadWork } from "./messages.ts";
import { PortChannel } from "./port-channel.ts";

/** Secrets of this thread; the owner hears of each that is read. */
class ThreadRedactor extends Redactor {
  channel: PortChannel | undefined;

  override add(name: string, value: string): void {
    super.add(name, value);
    this.channel?.secret(name, value);
  }
}

const redactor = new ThreadRedactor();
const nodes: Map<string, Promise<readonly NodeDefinition[]>> = new Map();
let artifacts: FolderArtifacts | undefined;
const catalogs: Map<string, Promise<ModelCatalog>> = new Map();

addSiteMapper(originalLoadedSite);

/** Called by the pool, with one attempt at a time. */
export async function perform({ work, port }: ThreadCall): Promise<void> {
  const { request } = work;
  const channel = new PortChannel(port, request);
  for (const [name, value] of work.secrets) redactor.add(name, value);
  redactor.channel = channel;
  if (work.artifacts) artifacts ??= new FolderArtifacts(work.artifacts);
  const models = modelsOf(work.configFile);
  const engine = new LocalEngine({
    clock: systemClock,
    mapStack,
    redactor,
    models,
    loadedBy: "us",
    ...(artifacts ? { artifacts } : {}),
  });
  const definition = await nodeOf(work, channel);
  engine.define(request.runId, new Map(definition ? [[request.nodeId, definition]] : []));
  const outcome = await engine.attempt(request, channel);
  redactor.channel = undefined;
  channel.end(outcome);
}

/** R3. */
function modelsOf(configFile: string | undefined): Pick<ModelCatalog, "find"> {
  const load = (): Promise<ModelCatalog> => {
    if (configFile === undefined) return Promise.resolve(new ModelCatalog());
    let catalog = catalogs.get(configFile);
    if (!catalog) {
      catalog = importConfig(configFile).then(
        ({ default: config }) => new ModelCatalog((config as ProjectConfig).models),
      );
      catalogs.set(configFile, catalog);
    }
    return catalog;
  };
  return { find: async (asked, preset) => (await load()).find(asked, preset) };
}

/** R2. */
async function nodeOf(work: ThreadWork, channel: PortChannel): Promise<NodeDefinition | undefined> {
  let loading = nodes.get(work.code);
  if (!loading) {
    const bundle = await channel.code();
    loading = nodesMadeBy(() => loadBundle(bundle));
    nodes.set(work.code, loading);
    loading.catch(() => nodes.delete(work.code));
  }
  const called = (await loading).filter(({ id }) => id === work.request.nodeId);
  const { line, column } = work.node;
  return called.find(({ site }) => site?.line === line && site.column === column) ?? called[0];
}
