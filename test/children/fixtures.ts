/** A project of three levels for tests that start processes: `top` over `middle`s over `low`s, each item with a line in a ledger. */
export const THREE_LEVELS = `
import { appendFileSync } from "node:fs";
import { node, runSubgraph, workflow, type Ctx } from "agentic-workgraph";

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
const note = (ctx: Ctx): void => appendFileSync(process.env.LEDGER!, ctx.idempotencyKey + "\\n");

const numbers = node({ id: "numbers", out: "many" }, async ({ n }: { n: number }, ctx) => {
  note(ctx);
  return Array.from({ length: n }, (_, i) => i);
});
const work = node({ id: "work" }, async ({ x }: { x: number }, ctx) => {
  note(ctx);
  await wait(process.env.SLOW ? 60_000 : 5 + ((x * 7) % 20), ctx.signal);
  if (process.env.DEADLY === String(x)) process.kill(process.pid, "SIGKILL");
  if (process.env.FAILS === String(x)) throw new RangeError("item " + x + " fails");
  return x;
});
const sum = node({ id: "sum", gather: ["xs"] }, async ({ xs }: { xs: number[] }, ctx) => {
  note(ctx);
  return xs.reduce((total, x) => total + x, 0);
});

export const low = workflow({ name: "low" }, ({ x }: { x: number }) => work({ x }));
export const middle = workflow({ name: "middle" }, ({ x, width = 2 }: { x: number; width?: number }) => {
  const xs = numbers({ n: width });
  return sum({ xs: [runSubgraph({ workflow: low, input: { x: xs } }), runSubgraph({ workflow: low, id: "own", input: { x } })] });
});
export const top = workflow({ name: "top" }, ({ children }: { children: number }) =>
  sum({ xs: runSubgraph({ workflow: middle, input: { x: numbers({ n: children }) }, concurrency: 50 }) }));
`;
