/**
 * Which call site of the source an observed call was made at.
 *
 * Owns: the rule by which the two are matched. Leaves to version/: sites of the source; to the log: calls.
 *
 * R1. File and line have to agree, and what the call is. Of several such sites on one line the column decides, else the nearest.
 * R2. What matches no site is said to be unplaced, never counted for another: nodes that travel through arrays and parameters have
 *     calls that no name shows.
 */
import type { CallKind } from "../model/events.ts";
import type { SourceSite } from "../model/workgraph-error.ts";

/** A call site as the source shows it. */
export interface KnownSite {
  /** Stored path of the file. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly kind: CallKind;
  /** Id of the node; the kind for a combinator; undefined when the source does not say it. */
  readonly node: string | undefined;
}

/** A call as the log of a run tells. */
export interface ObservedCall {
  readonly kind: CallKind;
  readonly node: string;
  readonly site?: SourceSite;
}

export class SiteTable<Site extends KnownSite> {
  readonly sites: readonly Site[];
  readonly #byLine: Map<string, number[]> = new Map();
  /** Answers by file, place and node: a loop asks the same again and again. */
  readonly #known: Map<string, number> = new Map();

  constructor(sites: readonly Site[]) {
    this.sites = sites;
    for (const [index, site] of sites.entries()) {
      const key = `${site.path.split("/").at(-1) ?? ""}:${site.line}`;
      this.#byLine.set(key, [...(this.#byLine.get(key) ?? []), index]);
    }
  }

  /** Index of the site; -1 when none fits. */
  find({ kind, node, site }: ObservedCall): number {
    if (site === undefined) return -1;
    const key = `${kind} ${node} ${site.file}:${site.line}:${site.column}`;
    let found = this.#known.get(key);
    if (found === undefined) {
      found = this.#look({ kind, node, site });
      this.#known.set(key, found);
    }
    return found;
  }

  #look({ kind, node, site }: ObservedCall & { readonly site: SourceSite }): number {
    const file = site.file.replaceAll("\\", "/");
    const name = file.split("/").at(-1) ?? "";
    const fitting = (this.#byLine.get(`${name}:${site.line}`) ?? []).filter((index) => {
      const known = this.sites[index]!;
      if (known.kind !== kind || !isSameFile(known.path, file)) return false;
      return kind !== "node" || known.node === undefined || known.node === node;
    });
    let nearest = -1;
    for (const index of fitting) {
      const distance = Math.abs(this.sites[index]!.column - site.column);
      if (nearest === -1 || distance < Math.abs(this.sites[nearest]!.column - site.column)) nearest = index;
    }
    return nearest;
  }
}

/** A stored path and the absolute one that it had where the run ran. `../` of a package beside the project is left out. */
function isSameFile(path: string, file: string): boolean {
  const inner = path.replace(/^(\.\.\/)+/, "");
  return file === path || file === inner || file.endsWith(`/${inner}`);
}
