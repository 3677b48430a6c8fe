/** The page that `workgraph` and `workgraph --help` print. */
import { COMMANDS } from "./registry.ts";

export function helpText(): string {
  const width = Math.max(...COMMANDS.map((entry) => entry.name.length));
  const groups = Map.groupBy(COMMANDS, (entry) => entry.group);
  const sections = [...groups].map(
    ([group, entries]) =>
      `${group}:\n${entries.map((entry) => `  ${entry.name.padEnd(width)}  ${entry.summary}`).join("\n")}\n`,
  );
  return `Usage: workgraph <command> [arguments]

Runs workflows written as TypeScript functions, records everything they do, and reads it back.

${sections.join("\n")}
RUN is a run id, the beginning of one, or "latest". RUN.CALL.ITEM is the address of an item.
Every command takes --json and --data DIR; "workgraph <command> --help" says the rest.

Examples:
  $ workgraph run hello.ts --name Ada
  $ workgraph show latest
  $ workgraph items latest --status failed

Exit codes: 0 completed, 1 failed, 2 usage, 3 not found, 4 invalid input or code, 5 cancelled, 6 timeout,
            7 store, 8 completed partially, 9 diverged, 130 interrupted
`;
}
