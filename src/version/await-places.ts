/**
 * Which `await` of the author's a position in loaded code belongs to.
 *
 * Owns: joining what the loaded code shows at a position with the awaits of the sources. Leaves to `static-breaks.ts`: those; to
 * `origin.ts`: the source map.
 *
 * R1. What waits is read from the loaded code itself: the bundler moves expressions (a variable used once is replaced by its value), so
 *     a position mapped to the source may stand in another statement.
 * R2. The place in the source is the one whose first character maps exactly; else the innermost one of the same kind around the mapped
 *     position; else the one whose handle was made there. None is better than a wrong one.
 * R3. The engine has no position of its own for an awaited variable: it names the expression before, or the start of the statement.
 */
import type { SourceSite } from "../model/workgraph-error.ts";
import { originalPosition } from "./origin.ts";
import { storedPath } from "./project.ts";
import { breakAt, waitOf, type StaticBreak } from "./static-breaks.ts";
import { parseSource, walk, type SyntaxNode } from "./syntax.ts";

interface LoadedWait {
  readonly kind: "await" | "for await" | "async return";
  readonly start: number;
  readonly end: number;
  /** Where what it waits for begins. */
  readonly awaited: number;
  /** Where its statement begins, when a variable is awaited (R3). */
  readonly statement?: number;
}

export class AwaitPlaces {
  readonly #waits: readonly LoadedWait[];
  readonly #lineStarts: readonly number[];
  readonly #breaks: readonly StaticBreak[];
  readonly #root: string;

  private constructor(code: string, waits: readonly LoadedWait[], of: AwaitPlacesRequest) {
    this.#waits = waits;
    this.#breaks = of.breaks;
    this.#root = of.root;
    const starts = [0];
    for (let at = code.indexOf("\n"); at !== -1; at = code.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#lineStarts = starts;
  }

  static async of(request: AwaitPlacesRequest): Promise<AwaitPlaces> {
    const waits: LoadedWait[] = [];
    walk(await parseSource(request.code, "loaded.mjs"), (node, ancestors) => {
      const wait = waitOf(node, ancestors);
      if (wait === undefined) return;
      const statement =
        wait.kind === "await" && wait.awaited.type === "Identifier" ? statementOf(ancestors) : undefined;
      const { start, end } = wait.at;
      waits.push({
        kind: wait.kind,
        start,
        end,
        awaited: wait.awaited.start,
        ...(statement === undefined ? {} : { statement: statement.start }),
      });
    });
    return new AwaitPlaces(request.code, waits, request);
  }

  /** @param site in loaded code, where a handle was asked for its values */
  find(site: SourceSite): StaticBreak | undefined {
    const offset = (this.#lineStarts[site.line - 1] ?? 0) + site.column - 1;
    const wait = this.#waits.find(({ statement }) => statement === offset) ?? this.#around(offset);
    if (wait === undefined) return undefined;
    const isSame = (one: StaticBreak): boolean =>
      (one.kind === "async return") === (wait.kind === "async return") &&
      (one.kind === "for await") === (wait.kind === "for await");
    const breaks = this.#breaks.filter(isSame);
    const start = this.#sourceOf(site.file, wait.start);
    const exact = breaks.find(
      (one) => one.path === start?.path && one.line === start.line && one.column === start.column,
    );
    return (
      exact ??
      this.#near(breaks, this.#sourceOf(site.file, wait.awaited)) ??
      this.#near(breaks, this.#sourceOf(site.file, offset))
    );
  }

  #near(breaks: readonly StaticBreak[], at: SourcePlace | undefined): StaticBreak | undefined {
    return (
      at &&
      breakAt(
        breaks.filter((one) => one.path === at.path),
        at,
      )
    );
  }

  #around(offset: number): LoadedWait | undefined {
    let inner: LoadedWait | undefined;
    for (const wait of this.#waits) {
      if (wait.start > offset || offset > wait.end) continue;
      if (inner === undefined || wait.start >= inner.start) inner = wait;
    }
    return inner;
  }

  #lineOf(offset: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  #sourceOf(url: string, offset: number): SourcePlace | undefined {
    const line = this.#lineOf(offset);
    const at = originalPosition(url, line, offset - this.#lineStarts[line - 1]! + 1);
    return at && { path: storedPath(at.file, this.#root), line: at.line, column: at.column };
  }
}

interface SourcePlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

function statementOf(ancestors: readonly SyntaxNode[]): SyntaxNode | undefined {
  return ancestors.findLast(({ type }) => type.endsWith("Statement") || type === "VariableDeclaration");
}

export interface AwaitPlacesRequest {
  /** Text of the loaded code. */
  readonly code: string;
  /** Awaits of the sources. */
  readonly breaks: readonly StaticBreak[];
  /** Absolute folder that stored paths are relative to. */
  readonly root: string;
}
