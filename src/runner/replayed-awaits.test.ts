/**
 * The awaits of recorded runs, found again by replaying their functions.
 *
 * Over generated programs, what the replay says must account for every segment of the log: WORKGRAPH_TRACE_PROGRAMS=300 vitest run
 * src/runner/replayed-awaits.test.ts (default 12).
 */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { seededRandom } from "../base/random.ts";
import type { PassedAwait } from "../model/trace-report.ts";
import type { CallRow } from "../store/store.ts";
import { tracedProject, type TracedProject } from "./fixtures/traced-project.ts";

/** Generated programs. */
const programs = Number(process.env["WORKGRAPH_TRACE_PROGRAMS"] ?? 12);

vi.setConfig({ testTimeout: 30_000 + programs * 1_000 });

const NODES = `import { node, workflow, runSubgraph } from "agentic-workgraph";
const load = node({ id: "load", out: "many" }, async ({ n }: { n: number }) => Array.from({ length: n }, (_, i) => i));
const work = node({ id: "work" }, async ({ x }: { x: number }) => { if (x === 13) throw new Error("unlucky"); return x + 1; });
async function lazy(x: number) { return work({ x }); }
`;

let project: TracedProject;
beforeAll(async () => {
  project = await tracedProject(NODES);
});
afterAll(() => project.close());

async function replayOf(body: string): Promise<{
  readonly awaits: readonly PassedAwait[];
  readonly rows: readonly CallRow[];
  readonly status: string | undefined;
}> {
  await project.rewrite(`${NODES}export const main = workflow({ name: "main" }, async ({ n }: { n: number }) => {
${body}
});
export const child = workflow({ name: "child" }, ({ x }: { x: number }) => work({ x }));
`);
  const run = await project.run("main", { n: 3 });
  const replayed = await project.awaits(run);
  expect(replayed?.diverged).toBeUndefined();
  return {
    awaits: replayed?.awaits ?? [],
    rows: await project.store.calls(run),
    status: (await project.store.run(run))?.status,
  };
}

test("failures that were caught and a run that failed are replayed as they were", async () => {
  const caught = await replayOf("  try { await work({ x: 13 }); } catch { await work({ x: n }); }\n  return 1;");
  expect(caught.status).toBe("completed");
  expect(caught.awaits.map(({ site, segments }) => [site?.line, segments])).toEqual([
    [6, [1]],
    [6, [2]],
  ]);
  const failed = await replayOf("  await work({ x: n });\n  await work({ x: 13 });\n  return 1;");
  expect(failed.status).toBe("failed");
  expect(failed.awaits.map(({ site }) => site?.line)).toEqual([6, 7]);
});

test("a for await opens a segment for each item and one for its end, child runs are awaited like nodes", async () => {
  const items = await replayOf("  for await (const x of load({ n })) work({ x });\n  return 1;");
  expect(items.awaits).toMatchObject([{ by: "for await", segments: [1, 2, 3, 4] }]);
  const child = await replayOf(
    "  const made = await runSubgraph({ workflow: child, input: { x: n } });\n  return work({ x: made });",
  );
  expect(child.status).toBe("completed");
  expect(child.awaits[0]).toMatchObject({ kind: "subgraph", segments: [1], site: { line: 6 } });
});

/** Statements that wait in every way there is, with the handles and values that come of them. */
function generatedBody(seed: number): string {
  const random = seededRandom(`awaits ${seed}`);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  let names = 0;
  const statements = (depth: number): string[] => {
    const lines: string[] = [];
    for (let no = 0; no < 2 + upTo(3); no++) {
      const name = `v${names++}`;
      const value = `${upTo(9)}`;
      switch (upTo(depth > 1 ? 6 : 9)) {
        case 0:
          lines.push(`work({ x: ${value} });`);
          break;
        case 1:
          lines.push(`const ${name} = await work({ x: ${value} }); work({ x: ${name} });`);
          break;
        case 2:
          lines.push(`const ${name} = load({ n: ${value} }); const s${name} = await ${name}; work({ x: s${name} });`);
          break;
        case 3:
          lines.push(
            `const [${name}] = await Promise.all([work({ x: ${value} }), work({ x: n })]); work({ x: ${name} });`,
          );
          break;
        case 4:
          lines.push(`await lazy(${value});`, `await load({ n: 2 }).settled();`);
          break;
        case 5:
          lines.push(
            `await Promise.all([1, 2].map(async (x) => { await work({ x }); await work({ x: x + ${value} }); }));`,
          );
          break;
        case 6:
          lines.push(`for await (const x of load({ n: ${upTo(4)} })) { work({ x });`, ...statements(depth + 1), "}");
          break;
        case 7:
          lines.push(`for (let i = 0; i < ${1 + upTo(3)}; i++) {`, ...statements(depth + 1), "}");
          break;
        default:
          lines.push(
            `if ((await work({ x: ${value} })) > 4) {`,
            ...statements(depth + 1),
            `} else { work({ x: 1 }); }`,
          );
      }
    }
    return lines;
  };
  return [...statements(0), "return 1;"].map((line) => `  ${line}`).join("\n");
}

/** What is wrong between the log and the awaits: each segment that calls were made in was opened by awaits of the calls it is owed to. */
function contradictions(awaits: readonly PassedAwait[], rows: readonly CallRow[]): readonly string[] {
  const opened = new Map<number, PassedAwait>();
  for (const one of awaits) for (const segment of one.segments) opened.set(segment, one);
  const said: string[] = [];
  for (const { call, event } of rows) {
    if (event.segment === 0) continue;
    const opener = opened.get(event.segment);
    const owed = event.edges.map((edge) => edge.from);
    if (opener === undefined) said.push(`call ${call}: nothing opened segment ${event.segment}`);
    else if (event.untracked !== true && !owed.includes(opener.call))
      said.push(`call ${call} is not owed to call ${opener.call}`);
  }
  for (const { site, place } of awaits)
    if (site === undefined || place === undefined) said.push(`an await has no place`);
  return said;
}

test("over generated programs, the awaits account for every segment of the log", async () => {
  let noticed = 0;
  for (let seed = 0; seed < programs; seed++) {
    const body = generatedBody(seed);
    const { awaits, rows, status } = await replayOf(body);
    expect(status, `seed ${seed}\n${body}`).toBe("completed");
    expect(contradictions(awaits, rows), `seed ${seed}\n${body}`).toEqual([]);
    // A delivery that is left out, and one that is counted twice, contradict the log.
    const shifted = awaits.map((one) => ({ ...one, segments: one.segments.map((segment) => segment + 1) }));
    if (contradictions(shifted, rows).length > 0 && contradictions(awaits.slice(1), rows).length > 0) noticed++;
  }
  expect(noticed).toBeGreaterThan(programs / 2);
});
