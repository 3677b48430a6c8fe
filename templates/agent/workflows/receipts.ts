/**
 * Adds up receipts. It fails on purpose: one of them writes its price with a comma, and `read_receipt` does not expect that.
 *
 * README.md goes through it: which item failed and why, the one line to change, and a fork that executes what the change reaches.
 */
import { node, workflow } from "agentic-workgraph";

export interface Receipt {
  readonly what: string;
  readonly price: number;
}

const listReceipts = node({ id: "list_receipts", out: "many" }, async () => [
  "coffee 3.20",
  "bread 4.10",
  "cheese 7,80",
  "salt 0.90",
]);

const readReceipt = node({ id: "read_receipt" }, async ({ line }: { line: string }): Promise<Receipt> => {
  const [what = "", written = ""] = line.split(" ");
  const price = Number(written); // the line to change: Number(written.replace(",", "."))
  if (Number.isNaN(price)) throw new Error(`"${written}" is no price`);
  return { what, price };
});

const addUp = node({ id: "add_up", gather: ["receipts"] }, async ({ receipts }: { receipts: Receipt[] }) =>
  receipts.reduce((sum, { price }) => sum + price, 0).toFixed(2),
);

export const receipts = workflow({ name: "receipts" }, () =>
  addUp({ receipts: readReceipt({ line: listReceipts() }) }),
);
