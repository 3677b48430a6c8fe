/** Published folders and who opened them, in memory. Rows outlive the log of their run, as in a database. */
import type { RunId } from "../../model/ids.ts";
import type { ArtifactFact } from "../artifact-facts.ts";
import type { ArtifactFilter, ArtifactReadRow, ArtifactRow } from "../store.ts";

interface Published {
  readonly row: ArtifactRow;
  readonly files: ReadonlySet<string>;
}

export class MemoryArtifacts {
  readonly #published: Published[] = [];
  readonly #reads: ArtifactReadRow[] = [];

  add(
    run: { readonly runId: RunId; readonly workflow: string; readonly version: string },
    fact: ArtifactFact & { readonly files: readonly string[] },
  ): void {
    const { seq, event } = fact;
    const { runId, workflow, version } = run;
    if (event.type === "artifact.read") {
      const { call, item, asked, selector, sha256 } = event;
      this.#reads.push({ runId, call, item, seq, asked, selector, sha256 });
      return;
    }
    const { type: _, labels, ...row } = event;
    this.#published.push({
      row: { runId, workflow, version, seq, ...row, labels: [...labels] },
      files: new Set(fact.files),
    });
  }

  list(filter: ArtifactFilter): { readonly artifacts: readonly ArtifactRow[]; readonly total: number } {
    const { before, limit = 50 } = filter;
    // Stable: those of one millisecond stay in the order they were published in.
    const rows = this.#published
      .filter((one) => matches(one, filter))
      .map(({ row }) => row)
      .sort((a, b) => a.at - b.at)
      .reverse();
    const from = before ? rows.findIndex((row) => row.runId === before.runId && row.seq === before.seq) + 1 : 0;
    return { artifacts: rows.slice(from, from + Math.min(Math.max(limit, 1), 1000)), total: rows.length };
  }

  reads(of: { readonly runId: RunId } | { readonly sha256: string }, limit: number): readonly ArtifactReadRow[] {
    return this.#reads
      .filter((read) => ("runId" in of ? read.runId === of.runId : read.sha256 === of.sha256))
      .slice(0, limit);
  }
}

function matches({ row, files }: Published, filter: ArtifactFilter): boolean {
  return (
    (filter.runId === undefined || row.runId === filter.runId) &&
    (filter.workflow === undefined || row.workflow === filter.workflow) &&
    (filter.name === undefined || row.name === filter.name) &&
    (filter.kind === undefined || row.kind === filter.kind) &&
    (filter.label === undefined || row.labels.includes(filter.label)) &&
    (filter.sha256 === undefined || row.sha256.startsWith(filter.sha256)) &&
    (filter.file === undefined || files.has(filter.file))
  );
}
