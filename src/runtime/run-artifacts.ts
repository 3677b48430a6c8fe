/**
 * What a run knows about published folders while it goes on: which names are taken, which folder a selector means.
 *
 * Owns: both, for all attempts of one run. Leaves to engines/: files; to attempt-facts.ts: what is recorded.
 *
 * R1. A name is one item's in a run, whatever its case. Taken is what the log says was published by a call that still counts, and
 *     what an attempt of this process has claimed and not let go.
 * R2. A selector is resolved once in a run: what the first attempt found is what all later ones get, also after a resume.
 * R3. A run that uses no artifacts pays nothing for this: it is made at the first question.
 */
import { commandLine } from "../model/command-line.ts";
import { formatAddress } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import type { ArtifactRow } from "../store/store.ts";
import type { ArtifactChannel, AttemptRequest, ReadArtifact } from "./engine.ts";
import type { RunCore } from "./run-core.ts";

const PAGE = 1000;
const MAX_READS = 1_000_000;

interface Claim {
  readonly call: number;
  readonly item: number;
  /** The last that claimed it: an earlier one that was abandoned and ends late lets nothing go. */
  readonly attempt: number;
  readonly name: string;
  /** The log says so: no failure of an attempt takes it back. */
  readonly isRecorded: boolean;
}

class RunArtifacts {
  readonly #run: RunCore;
  /** By name in lower case. R1. */
  readonly #claims: Map<string, Claim> = new Map();
  /** By selector as it was asked. R2. */
  readonly #reads: Map<string, ReadArtifact> = new Map();
  #adopted: Promise<void> | undefined;
  #facts: ReturnType<ArtifactChannel["run"]> | undefined;

  constructor(run: RunCore) {
    this.#run = run;
  }

  facts(): ReturnType<ArtifactChannel["run"]> {
    return (this.#facts ??= this.#run.store.run(this.#run.runId).then((row) => ({
      version: row?.version ?? "unversioned",
      durability: row?.durability ?? "process",
    })));
  }

  async claim({ call, item, attempt }: AttemptRequest, name: string): Promise<void> {
    await this.#adopt();
    const key = name.toLowerCase();
    const taken = this.#claims.get(key);
    if (taken && (taken.call !== call || taken.item !== item)) throw nameTaken(this.#run.runId, taken, name);
    this.#claims.set(key, { call, item, attempt, name, isRecorded: taken?.isRecorded ?? false });
  }

  release({ call, item, attempt }: AttemptRequest, name: string): void {
    const key = name.toLowerCase();
    const taken = this.#claims.get(key);
    const isOwn = taken?.call === call && taken.item === item && taken.attempt === attempt;
    if (isOwn && !taken.isRecorded) this.#claims.delete(key);
  }

  async pinned(asked: string): Promise<ReadArtifact | undefined> {
    await this.#adopt();
    return this.#reads.get(asked);
  }

  async pin(read: ReadArtifact): Promise<ReadArtifact> {
    await this.#adopt();
    const first = this.#reads.get(read.asked);
    if (!first) this.#reads.set(read.asked, read);
    return first ?? read;
  }

  /** What the log says already; nothing, when this process began the run. */
  #adopt(): Promise<void> {
    return (this.#adopted ??= this.#run.isResumed ? this.#readLog() : Promise.resolve());
  }

  async #readLog(): Promise<void> {
    const { store, runId } = this.#run;
    const rows: ArtifactRow[] = [];
    for (let before: { readonly runId: string; readonly seq: number } | undefined; ;) {
      const page = await store.artifacts({ runId, limit: PAGE, ...(before ? { before } : {}) });
      rows.push(...page.artifacts);
      if (page.artifacts.length < PAGE) break;
      before = { runId, seq: page.artifacts.at(-1)!.seq };
    }
    const superseded = new Set<number>();
    if (rows.length > 0) for (const row of await store.calls(runId)) if (row.superseded) superseded.add(row.call);
    for (const { call, item, attempt, name } of rows)
      if (!superseded.has(call)) this.#claims.set(name.toLowerCase(), { call, item, attempt, name, isRecorded: true });
    for (const { asked, selector, sha256 } of await store.artifactReads({ runId }, MAX_READS))
      if (!this.#reads.has(asked)) this.#reads.set(asked, { asked, selector, sha256 });
  }
}

function nameTaken(runId: string, { call, item, name }: Claim, asked: string): WorkgraphError {
  const address = formatAddress(runId, call, item);
  const same =
    name === asked ? `"${asked}"` : `"${asked}" (as "${name}", which some machines hold to be the same name)`;
  return new WorkgraphError("WG5101", `artifact ${same} is published by item ${address}; a run has one of each name`, {
    hint: `Put the item's key into the name, as in \`${asked}-\${id}\`. "${commandLine(`show ${address}`)}" shows the other.`,
    details: { address, name },
  });
}

/** R3. */
const known: WeakMap<RunCore, RunArtifacts> = new WeakMap();

function artifactsOf(run: RunCore): RunArtifacts {
  let artifacts = known.get(run);
  if (!artifacts) known.set(run, (artifacts = new RunArtifacts(run)));
  return artifacts;
}

/** @param counts whether what the attempt does still counts. */
export function artifactChannel(run: RunCore, request: AttemptRequest, counts: () => boolean): ArtifactChannel {
  const artifacts = artifactsOf(run);
  return {
    run: () => artifacts.facts(),
    claim: (name) => artifacts.claim(request, name),
    release: async (name) => artifacts.release(request, name),
    pinned: (asked) => artifacts.pinned(asked),
    pin: (read) => artifacts.pin(read),
    counts: async () => counts(),
  };
}
