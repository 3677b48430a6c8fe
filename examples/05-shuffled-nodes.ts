/**
 * What you see here: the weird case. Node functions stand in a list, the list is shuffled, and they are called in the
 * order that came out. Nothing was declared; the order that was met is what the graph shows. `Math.random` inside a
 * workflow function is seeded and recorded, so a resume after a crash keeps the order, and the next run has another.
 *
 *   workgraph run examples/05-shuffled-nodes.ts --text "Simplicity is prerequisite for reliability"
 */
import { node, workflow } from "agentic-workgraph";

type Text = { text: string };

const reverseWords = node({ id: "reverse_words" }, async ({ text }: Text) => text.split(" ").toReversed().join(" "));
const dropVowels = node({ id: "drop_vowels" }, async ({ text }: Text) => text.replace(/[aeiou]/gi, ""));
const titleCase = node({ id: "title_case" }, async ({ text }: Text) =>
  text.toLowerCase().replace(/\b\p{L}/gu, (letter) => letter.toUpperCase()),
);
const sortWords = node({ id: "sort_words" }, async ({ text }: Text) => text.split(" ").toSorted().join(" "));

export const shuffledNodes = workflow(
  { name: "shuffled-nodes" },
  ({ text = "Simplicity is prerequisite for reliability" }: { text?: string }) => {
    const order = [reverseWords, dropVowels, titleCase, sortWords];
    for (let last = order.length - 1; last > 0; last -= 1) {
      const other = Math.floor(Math.random() * (last + 1));
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    const [first, ...others] = order;
    let result = first!({ text });
    for (const transform of others) result = transform({ text: result });
    return result;
  },
);
