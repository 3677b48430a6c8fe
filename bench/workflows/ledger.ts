/**
 * A fan-out whose items leave a mark outside: one line in a file per execution.
 *
 * The process kills itself at the item that KILL_AT names: nothing gets to run after that, as after `kill -9`.
 */
import { openSync, writeSync } from "node:fs";
import { node, workflow } from "agentic-workgraph";

let file: number | undefined;
const killAt = Number(process.env["KILL_AT"] ?? -1);

const list = node({ id: "list", out: "many" }, async ({ n }: { n: number }) => Array.from({ length: n }, (_, i) => i));

const mark = node({ id: "mark", concurrency: 64 }, async ({ i }: { i: number }) => {
  file ??= openSync(process.env["LEDGER"] ?? "ledger", "a");
  writeSync(file, `${i}\n`);
  if (i === killAt) process.kill(process.pid, "SIGKILL");
  return i;
});

const count = node({ id: "count", gather: ["values"] }, async ({ values }: { values: number[] }) => values.length);

export const ledger = workflow({ name: "ledger" }, ({ n }: { n: number }) =>
  count({ values: mark({ i: list({ n }) }) }),
);
