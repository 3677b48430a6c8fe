/**
 * The artifacts of one attempt: folders it writes, folders it opened.
 *
 * Owns: the order of things. Leaves to artifacts/: folders, hashes, selectors; to runtime/: which names are taken, what is recorded.
 *
 * R1. Seal, then encode, then publish: a result may hold the hash of a folder, and a result that cannot be recorded publishes nothing.
 * R2. Publishing is the last thing that happens before the outcome. When the attempt timed out or was given up meanwhile, what it
 *     published is taken back in the same turn in which that is found.
 * R3. Whatever ends otherwise removes the folders it wrote to and lets their names go.
 * R4. After the function has returned, its folders refuse to be written to (WG5108).
 */
import { encode } from "../../model/codec.ts";
import type { ArtifactOptions, ArtifactRef, Ctx, OpenedArtifact } from "../../model/ctx.ts";
import { badArtifactName, badLabel } from "../../model/artifact-name.ts";
import { selectorOf, type ArtifactManifest, type NextInputs } from "../../model/manifest.ts";
import { WorkgraphError, type SourceSite } from "../../model/workgraph-error.ts";
import type { Clock } from "../../base/clock.ts";
import type { Redactor } from "../../base/redactor.ts";
import type { ArtifactFacts, ArtifactStore, FoundArtifact } from "../../artifacts/artifact-store.ts";
import { requireVerified } from "../../artifacts/verify.ts";
import type {
  AttemptChannel,
  AttemptFacts,
  AttemptOutcome,
  AttemptRequest,
  PublishedArtifact,
  ReadArtifact,
} from "../../runtime/engine.ts";
import { originalSite } from "../../trace/site.ts";
import { FolderDraft, withRefs } from "./folder-draft.ts";
import { refuseSecrets } from "./secrets.ts";

export interface ArtifactFolderParts {
  readonly request: AttemptRequest;
  readonly channel: AttemptChannel;
  readonly store: ArtifactStore;
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** Where the node is written, in loaded code. */
  readonly site?: SourceSite;
}

export class ArtifactFolders {
  readonly #parts: ArtifactFolderParts;
  readonly #drafts: Map<string, FolderDraft> = new Map();
  readonly #read: Map<string, ReadArtifact> = new Map();
  #sealed: readonly ArtifactManifest[] = [];

  constructor(parts: ArtifactFolderParts) {
    this.#parts = parts;
  }

  readonly artifact: Ctx["artifact"] = async (name, options = {}) => {
    const { request, channel, store } = this.#parts;
    const reason = typeof name === "string" ? badArtifactName(name) : "it is no text";
    if (reason !== undefined) {
      throw new WorkgraphError("WG5100", `${JSON.stringify(name)} is no name of an artifact: ${reason}`, {
        hint: 'Write for example "dataset", or `page-${id}`; of a key that has other characters, take a hash or a number.',
      });
    }
    if (this.#drafts.has(name.toLowerCase())) {
      throw new WorkgraphError("WG5101", `artifact "${name}" is open already in this item`, {
        hint: "Keep the folder that ctx.artifact gave the first time.",
      });
    }
    const { workflow, runId: run } = request;
    const at = {
      selector: selectorOf({ name, producer: { workflow, run } as never }),
      path: store.pathOf({ workflow, run, name }),
    };
    const checked = checkedOptions(name, options, at);
    await channel.artifacts.claim(name);
    const draft = new FolderDraft({ name, folder: await store.draft(this.#place, name), at, ...checked });
    this.#drafts.set(name.toLowerCase(), draft);
    return draft.folder;
  };

  readonly openArtifact: Ctx["openArtifact"] = async (selector) => {
    const { channel, store } = this.#parts;
    const found = typeof selector === "string" ? await this.#bySelector(selector.trim()) : await this.#byRef(selector);
    const { manifest, folder } = found;
    const named = selectorOf(manifest);
    requireVerified(await store.verify(found, channel.signal), named);
    const asked = typeof selector === "string" ? selector.trim() : selector.selector;
    this.#read.set(asked, { asked, selector: named, sha256: manifest.sha256 });
    return { path: folder, ref: this.#refOf(manifest), manifest } satisfies OpenedArtifact;
  };

  /** What this run found before under that selector; otherwise what it names now. */
  async #bySelector(asked: string): Promise<FoundArtifact> {
    const { artifacts } = this.#parts.channel;
    const known = await artifacts.pinned(asked);
    if (known) return this.#again(known);
    const found = await this.#parts.store.resolve(asked);
    const { manifest } = found;
    const first = await artifacts.pin({ asked, selector: selectorOf(manifest), sha256: manifest.sha256 });
    return first.sha256 === manifest.sha256 ? found : this.#again(first);
  }

  async #again({ asked, selector, sha256 }: ReadArtifact): Promise<FoundArtifact> {
    for (const one of [selector, asked]) {
      const found = await this.#found(one);
      if (found?.manifest.sha256 === sha256) return found;
    }
    throw new WorkgraphError(
      "WG5114",
      `this run opened ${selector} (sha256 ${sha256.slice(0, 12)}) as "${asked}" before, and that is not there any more`,
      { hint: "Bring the folder back and resume, or start a new run, which opens what the selector names now." },
    );
  }

  async #byRef(ref: ArtifactRef): Promise<FoundArtifact> {
    const { selector, path, sha256 } = ref;
    if (typeof selector !== "string" || typeof path !== "string" || typeof sha256 !== "string") {
      throw new WorkgraphError(
        "WG5115",
        "ctx.openArtifact was given a value that is neither a selector nor a reference",
        {
          hint: "Give it the text of a selector, or what a node got by returning a folder: { selector, path, sha256 }.",
        },
      );
    }
    const byName = await this.#found(selector);
    const found = byName?.manifest.sha256 === sha256 ? byName : ((await this.#found(path)) ?? byName);
    if (found?.manifest.sha256 === sha256) return found;
    if (!found) return this.#parts.store.resolve(selector);
    throw new WorkgraphError("WG5112", `artifact ${selector} is not what was published: another one is in its place`, {
      hint: "Publish it again with a new run, or bring the folder back.",
      details: { expected: sha256, found: found.manifest.sha256 },
    });
  }

  async #found(selector: string): Promise<FoundArtifact | undefined> {
    try {
      return await this.#parts.store.resolve(selector);
    } catch (error) {
      if (error instanceof WorkgraphError && error.code === "WG5110") return undefined;
      throw error;
    }
  }

  #refOf(manifest: ArtifactManifest): ArtifactRef {
    const { workflow, run } = manifest.producer;
    return {
      selector: selectorOf(manifest),
      path: this.#parts.store.pathOf({ workflow, run, name: manifest.name }),
      ...(manifest.kind === undefined ? {} : { kind: manifest.kind }),
      sha256: manifest.sha256,
    };
  }

  get #place(): { readonly run: string; readonly call: number; readonly item: number; readonly attempt: number } {
    const { runId, call, item, attempt } = this.#parts.request;
    return { run: runId, call, item, attempt };
  }

  /** R1, R4. The result with references in place of folders. */
  async seal(returned: unknown): Promise<unknown> {
    const { store, channel } = this.#parts;
    const drafts = [...this.#drafts.values()];
    for (const draft of drafts) draft.close();
    const manifests: ArtifactManifest[] = [];
    for (const draft of drafts) {
      const manifest = await store.seal(draft.folder.path, await this.#facts(draft), channel.signal);
      refuseSecrets(this.#parts.redactor, encode(manifest), `the manifest of artifact "${draft.name}"`);
      draft.settle(manifest.sha256);
      manifests.push(manifest);
    }
    this.#sealed = manifests;
    return withRefs(returned, drafts);
  }

  async #facts({ name, kind, labels, next }: FolderDraft): Promise<ArtifactFacts> {
    const { request, channel, clock, site } = this.#parts;
    const source = site && originalSite(site);
    const { version, durability } = await channel.artifacts.run();
    return {
      name,
      ...(kind === undefined ? {} : { kind }),
      labels,
      createdAt: clock.now(),
      partial: request.missing > 0,
      producer: {
        ...this.#place,
        workflow: request.workflow,
        version,
        node: request.nodeId,
      },
      ...(source ? { source: { file: source.file, line: source.line } } : {}),
      inputs: [...this.#read.values()],
      nextInputs: next,
      durability,
    };
  }

  /** R2. */
  async publish(outcome: AttemptOutcome): Promise<AttemptOutcome> {
    const { store, channel } = this.#parts;
    if (!outcome.ok) return this.failed(outcome);
    const published: PublishedArtifact[] = [];
    for (const manifest of this.#sealed) {
      if (!(await channel.artifacts.counts())) break;
      await store.publish(this.#drafts.get(manifest.name.toLowerCase())!.folder.path, manifest);
      published.push(publishedFacts(manifest));
    }
    if (!(await channel.artifacts.counts())) {
      for (const manifest of this.#sealed) await store.withdraw(manifest);
      return this.failed(outcome);
    }
    return {
      ...outcome,
      facts: { ...outcome.facts, ...this.#reads(), ...(published.length > 0 ? { published } : {}) },
    };
  }

  /** R3. What it read is recorded all the same: a later attempt opens the same. */
  async failed(outcome: AttemptOutcome): Promise<AttemptOutcome> {
    const { store, channel } = this.#parts;
    for (const draft of this.#drafts.values()) {
      draft.close();
      await channel.artifacts.release(draft.name);
    }
    for (const manifest of this.#sealed) await store.withdraw(manifest);
    // A folder that cannot be removed now is found later (artifacts/orphans.ts); the attempt has failed for its own reason.
    if (this.#drafts.size > 0) await store.discard(this.#place).catch(() => undefined);
    return { ...outcome, facts: { ...outcome.facts, ...this.#reads() } };
  }

  #reads(): Pick<AttemptFacts, "read"> {
    return this.#read.size === 0 ? {} : { read: [...this.#read.values()] };
  }
}

function publishedFacts(manifest: ArtifactManifest): PublishedArtifact {
  const { name, kind, labels, sha256, sizeBytes, files } = manifest;
  return {
    name,
    ...(kind === undefined ? {} : { kind }),
    labels,
    sha256,
    files: files.length,
    sizeBytes,
    manifest: encode(manifest),
  };
}

function checkedOptions(
  name: string,
  { kind, labels = [], next = {} }: ArtifactOptions,
  at: Pick<ArtifactRef, "selector" | "path">,
): { readonly kind?: string; readonly labels: readonly string[]; readonly next: NextInputs } {
  const wrong = (what: string, hint: string): WorkgraphError =>
    new WorkgraphError("WG5107", `artifact "${name}" has ${what}`, { hint });
  if (kind !== undefined && (typeof kind !== "string" || kind === "" || kind.length > 128))
    throw wrong('a "kind" that is no short text', 'Write for example kind: "dataset".');
  for (const label of labels) {
    const reason = typeof label === "string" ? badLabel(label) : "it is no text";
    if (reason !== undefined)
      throw wrong(`the label ${JSON.stringify(label)}: ${reason}`, 'Write for example labels: ["nightly"].');
  }
  const given: unknown = typeof next === "function" ? next(at) : next;
  const isByName = typeof given === "object" && given !== null && !Array.isArray(given);
  const inputs = isByName ? Object.values(given) : [undefined];
  if (!inputs.every((input) => typeof input === "object" && input !== null && !Array.isArray(input)) || !isJson(given))
    throw wrong('a "next" that is not JSON by name of the workflow', 'Write next: { "eval-run": { dataset: "x" } }.');
  return { ...(kind === undefined ? {} : { kind }), labels: [...new Set(labels)], next: given as NextInputs };
}

/** Every program that reads the manifest gets what the author wrote. */
function isJson(value: unknown): boolean {
  try {
    const text = JSON.stringify(value);
    return encode(JSON.parse(text)) === encode(value);
  } catch {
    return false;
  }
}
