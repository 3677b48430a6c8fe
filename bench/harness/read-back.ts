/** What another process finds recorded, through the command line. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/workgraph.js", import.meta.url));

export interface Recorded {
  readonly status: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly output: unknown;
}

function answer(args: readonly string[], data: string): unknown {
  const text = execFileSync(process.execPath, [BIN, ...args, "--json", "--data", data], {
    encoding: "utf8",
    maxBuffer: 1024 ** 3,
  });
  return JSON.parse(text) as unknown;
}

export function readRun(runId: string, data: string): Recorded {
  const { status, counts } = answer(["show", runId], data) as Recorded;
  const { output } = status.startsWith("completed") ? (answer(["output", runId], data) as Recorded) : {};
  return { status, counts, output };
}

/** Numbers of the items of one node that are recorded as completed. */
export function readItems(runId: string, of: { readonly node: string; readonly data: string }): number[] {
  const items: number[] = [];
  let cursor: string | undefined;
  do {
    const page = answer(
      [
        "items",
        runId,
        "--node",
        of.node,
        "--status",
        "completed",
        "--limit",
        "10000",
        ...(cursor ? ["--cursor", cursor] : []),
      ],
      of.data,
    ) as { readonly items: readonly { readonly address: string }[]; readonly cursor?: string };
    for (const { address } of page.items) items.push(Number(address.slice(address.lastIndexOf(".") + 1)));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}
