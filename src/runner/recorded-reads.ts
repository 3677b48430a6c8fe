/**
 * Folders that recorded items opened, and whether their selectors still name the same.
 *
 * R1. A selector is resolved once for all items of a run.
 * R2. One that names nothing now does not hold.
 */
import type { ArtifactStore } from "../artifacts/artifact-store.ts";
import type { RunId } from "../model/ids.ts";
import type { RecordedReads } from "../runtime/run-reuse.ts";
import type { ReuseSource } from "../runtime/reuse.ts";
import type { ArtifactReadRow, EventStore } from "../store/store.ts";

const MAX_READS = 1_000_000;

export class StoredReads implements RecordedReads {
  readonly #store: EventStore;
  readonly #artifacts: Pick<ArtifactStore, "resolve">;
  readonly #byRun: Map<RunId, Promise<ReadonlyMap<string, readonly ArtifactReadRow[]>>> = new Map();
  /** Content hash by selector. */
  readonly #now: Map<string, Promise<string | undefined>> = new Map();

  constructor(store: EventStore, artifacts: Pick<ArtifactStore, "resolve">) {
    this.#store = store;
    this.#artifacts = artifacts;
  }

  async of(runId: RunId): Promise<ReadonlySet<string> | undefined> {
    const rows = await this.#rows(runId);
    return rows.size === 0 ? undefined : new Set(rows.keys());
  }

  async hold([runId, call, item]: ReuseSource): Promise<boolean> {
    for (const { asked, sha256 } of (await this.#rows(runId)).get(`${call}.${item}`) ?? [])
      if ((await this.#resolved(asked)) !== sha256) return false;
    return true;
  }

  #rows(runId: RunId): Promise<ReadonlyMap<string, readonly ArtifactReadRow[]>> {
    let rows = this.#byRun.get(runId);
    if (!rows) this.#byRun.set(runId, (rows = this.#read(runId)));
    return rows;
  }

  async #read(runId: RunId): Promise<ReadonlyMap<string, readonly ArtifactReadRow[]>> {
    const rows = new Map<string, ArtifactReadRow[]>();
    for (const row of await this.#store.artifactReads({ runId }, MAX_READS)) {
      const key = `${row.call}.${row.item}`;
      const of = rows.get(key);
      if (of) of.push(row);
      else rows.set(key, [row]);
    }
    return rows;
  }

  /** R1, R2. */
  #resolved(asked: string): Promise<string | undefined> {
    let found = this.#now.get(asked);
    if (!found) {
      found = this.#artifacts.resolve(asked).then(
        ({ manifest }) => manifest.sha256,
        () => undefined,
      );
      this.#now.set(asked, found);
    }
    return found;
  }
}
