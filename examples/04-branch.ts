/**
 * What you see here: an ordinary `if` on an awaited value. Only the calls of the branch that was taken are in the
 * graph; a resume takes the same branch, because the value it was decided on is recorded.
 *
 *   workgraph run examples/04-branch.ts --text "name,score\nAda,3\nGrace,4"
 *   workgraph run examples/04-branch.ts --text '{ "score": [3, 4] }'
 */
import { node, workflow } from "agentic-workgraph";

const detectFormat = node({ id: "detect_format" }, async ({ text }: { text: string }) => {
  if (/^\s*[[{]/.test(text)) return "json" as const;
  const [first = "", second = ""] = text.split("\n");
  const columns = first.split(",").length;
  return columns > 1 && second.split(",").length === columns ? ("csv" as const) : ("prose" as const);
});

const collectNumbers = node({ id: "collect_numbers", out: "one" }, async ({ json }: { json: string }) => {
  const found: number[] = [];
  JSON.parse(json, (_key, value: unknown) => (typeof value === "number" && found.push(value), value));
  return found;
});

const readRows = node({ id: "read_rows", out: "many" }, async ({ csv }: { csv: string }) =>
  csv
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => ({ cells: line.split(",").map((cell) => cell.trim()) })),
);

const numbersOfRow = node({ id: "numbers_of_row", out: "one" }, async ({ row }: { row: { cells: string[] } }) =>
  row.cells.map(Number).filter((number) => Number.isFinite(number)),
);

const countWords = node({ id: "count_words" }, async ({ prose }: { prose: string }) => prose.split(/\s+/).length);

export const describeText = workflow(
  { name: "describe-text" },
  async ({ text = "name,score\nAda,3\nGrace,4" }: { text?: string }) => {
    const unescaped = text.replaceAll("\\n", "\n");
    const format = await detectFormat({ text: unescaped });
    if (format === "json") return { format, numbers: await collectNumbers({ json: unescaped }) };
    if (format === "csv") {
      const rows = await numbersOfRow({ row: readRows({ csv: unescaped }) });
      return { format, numbers: rows.flat() };
    }
    return { format, words: await countWords({ prose: unescaped }) };
  },
);
