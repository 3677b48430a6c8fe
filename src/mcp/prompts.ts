/** Prompts: ways of working with runs, written out for a model. */
import { WorkgraphError } from "../model/workgraph-error.ts";

export interface Prompt {
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly { readonly name: string; readonly description: string; readonly required: boolean }[];
  readonly text: (given: Readonly<Record<string, string>>) => string;
}

export const PROMPTS: readonly Prompt[] = [
  {
    name: "debug_run",
    description: "Find out why a run failed, and correct it",
    parameters: [{ name: "run", description: 'run id, or "latest"', required: false }],
    text: ({ run = "latest" }) =>
      [
        `Find out why the run ${run} did not complete, and correct it.`,
        "",
        `1. runs_first_divergence with b "${run}": compared with an earlier run that went well, which item, what cause, which line.`,
        `2. Where there is none, or that does not explain it: errors_list with run "${run}": which node, which item, which line.`,
        "3. items_show with the address of the first error: what the item was given, and its logs.",
        "4. items_lineage with that address, direction from: where a wrong input came from. The fault may lie in an earlier node.",
        "5. source_read: the code as it ran; it names the file on disk, and whether that has changed since. Correct the file, then workflows_check.",
        `6. runs_fork with run "${run}" as a dry run: what will execute and what is reused. Then for real, and runs_wait.`,
        "",
        "Say which node, item and line was at fault, and why.",
      ].join("\n"),
  },
  {
    name: "write_workflow",
    description: "Write a new workflow, check it, and run it",
    parameters: [{ name: "purpose", description: "what it is to do", required: true }],
    text: ({ purpose = "" }) =>
      [
        `Write a workflow with agentic-workgraph that does this: ${purpose}`,
        "",
        '- A node is written for one item: node({ id: "scrape_page" }, async ({ url }: { url: string }, ctx) => ...).',
        "- Calling a node in a workflow function returns a handle at once; passing a list runs the node for each item.",
        '- gather: ["parameter"] receives a whole set; out: "many" makes each element of a result an item.',
        "- Ordinary if, for and try work on awaited values; network, files and time belong into nodes.",
        "- docs_read with a code says what a message means; workflows_check and workflows_trace tell before anything runs.",
        "",
        "Put it under workflows/, check it, run it on a small input with runs_launch and runs_wait, and show its graph with graph_read.",
      ].join("\n"),
  },
  {
    name: "compare_runs",
    description: "Say what differs between two runs, and why",
    parameters: [
      { name: "a", description: "run id of the earlier one", required: true },
      { name: "b", description: "run id of the later one", required: true },
    ],
    text: ({ a = "", b = "" }) =>
      [
        `Compare the runs ${a} and ${b}: what differs, where it begins, and why.`,
        "",
        `1. runs_first_divergence with a "${a}" and b "${b}": the item, the cause, the line. What follows from it is left out.`,
        "2. If that node differs every time (it gives a time or an id), ask again with its name in except.",
        "3. items_show of both addresses: what each was given and gave. items_find with an expression over values: whom else it concerns.",
        "4. runs_diff for all of it: code, input, shape, items.",
        "",
        "Name the first item that differs and its cause: code, input, an answer from outside, clock or chance.",
      ].join("\n"),
  },
];

export function promptNamed(name: string): Prompt {
  const prompt = PROMPTS.find((one) => one.name === name);
  if (prompt) return prompt;
  throw new WorkgraphError("WG6131", `there is no prompt "${name}"`, {
    hint: `Prompts: ${PROMPTS.map((one) => one.name).join(", ")}.`,
  });
}
