/**
 * Arbitraries of fast-check: workflows, and failures in them.
 *
 * R1. fast-check is an optional peer, and loaded when arbitraries are asked for.
 * R2. What they draw shrinks: to fewer statements, earlier sources, fewer failures at earlier items.
 */
import type * as FastCheck from "fast-check";
// oxlint-disable-next-line typescript/ban-ts-comment -- it stays in the declarations, where there may be an error; here there is none
/** @ts-ignore: an optional peer; in a project without it the types of arbitraries are any */
import type { Arbitrary } from "fast-check";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { programItems, statementNode, type Program, type ProgramStatement } from "./program.ts";
import type { PlacedFailure } from "./scripted-engine.ts";

export interface Arbitraries {
  /** Programs of 1 to `maxStatements` statements; default 6. */
  programs(options?: { readonly maxStatements?: number }): Arbitrary<Program>;
  /** A program, with failures at some of its items. */
  failingPrograms(options?: {
    readonly maxStatements?: number;
    /** Default 3. */
    readonly maxFailures?: number;
  }): Arbitrary<{ readonly program: Program; readonly failures: readonly PlacedFailure[] }>;
  /** Failures for a workflow of one's own: at nodes of these ids, at items from 0 to `items - 1`, for all attempts or the first few. */
  failures(options: {
    readonly nodes: readonly string[];
    /** Default 5. */
    readonly items?: number;
    /** Default 3. */
    readonly maxFailures?: number;
  }): Arbitrary<readonly PlacedFailure[]>;
}

const DOES: readonly ProgramStatement["does"][] = ["mark", "list", "join", "await"];

/**
 * Arbitraries for property tests, on the fast-check of the project.
 *
 * @throws WorkgraphError WG1160 when fast-check is not installed.
 * @example
 * const { failures } = await arbitraries();
 * await fc.assert(fc.asyncProperty(failures({ nodes: ["scrape_page"], items: 3 }), async (failures) => {
 *   const run = await testWorkflow(researchPipeline, { input: { query: "x" }, nodes, failures });
 *   expect(run.status).not.toBe("failed");
 * }));
 */
export async function arbitraries(): Promise<Arbitraries> {
  const fc = await load();
  const programs: Arbitraries["programs"] = ({ maxStatements = 6 } = {}) =>
    fc
      .array(fc.record({ does: fc.constantFrom(...DOES), of: fc.nat({ max: maxStatements }) }), {
        minLength: 1,
        maxLength: maxStatements,
      })
      .map((statements) => ({ statements }));
  const failures: Arbitraries["failures"] = ({ nodes, items = 5, maxFailures = 3 }) =>
    fc.uniqueArray(
      fc.record(
        {
          node: fc.constantFrom(...nodes),
          item: fc.nat({ max: items - 1 }),
          attempts: fc.integer({ min: 1, max: 3 }),
        },
        { requiredKeys: ["node", "item"] },
      ),
      { maxLength: maxFailures, selector: ({ node, item }) => `${node}.${item}` },
    );
  const failingPrograms: Arbitraries["failingPrograms"] = ({ maxStatements = 6, maxFailures = 3 } = {}) =>
    fc
      .record({
        program: programs({ maxStatements }),
        at: fc.array(fc.record({ statement: fc.nat(), item: fc.nat() }), { maxLength: maxFailures }),
      })
      .map(({ program, at }) => ({ program, failures: placed(program, at) }));
  return { programs, failures, failingPrograms };
}

/** At items that are there: numbers are taken modulo what the program has, so that they mean something while it shrinks. */
function placed(
  program: Program,
  at: readonly { readonly statement: number; readonly item: number }[],
): readonly PlacedFailure[] {
  const items = programItems(program);
  const found = new Map<string, PlacedFailure>();
  for (const { statement, item } of at) {
    const index = statement % items.length;
    const failure = { node: statementNode(index), item: item % items[index]! };
    found.set(`${failure.node}.${failure.item}`, failure);
  }
  return [...found.values()];
}

/** R1. */
async function load(): Promise<typeof FastCheck> {
  try {
    return await import("fast-check");
  } catch (cause) {
    throw new WorkgraphError("WG1160", 'arbitraries need the package "fast-check", which is not installed', {
      hint: "npm install --save-dev fast-check",
      cause,
    });
  }
}
