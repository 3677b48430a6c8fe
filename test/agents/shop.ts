/** The workflow of the scripted conversation, well and with a fault: three prices are read, one of them with a comma. */
export function shop(body: string): string {
  return `import { node, workflow } from "agentic-workgraph";

const listPrices = node({ id: "list_prices", whole: ["prices"], out: "many" }, async ({ prices }: { prices: string[] }) => prices);

function cents(price: string): number {
  ${body}
}

const readPrice = node({ id: "read_price" }, async ({ price }: { price: string }, ctx) => {
  const value = cents(price);
  ctx.log.info("read", { price, value });
  if (Number.isNaN(value)) throw new RangeError(\`"\${price}" is no price\`);
  return { price, cents: value };
});

const total = node({ id: "total", gather: ["read"] }, async ({ read }: { read: { cents: number }[] }, ctx) => {
  const dir = await ctx.artifact("receipt");
  await dir.write("receipt.txt", \`total \${read.reduce((sum, { cents }) => sum + cents, 0)}\\n\`);
  return { sum: read.reduce((sum, { cents }) => sum + cents, 0), receipt: dir };
});

export const shop = workflow({ name: "shop" }, ({ prices }: { prices: string[] }) => {
  const read = readPrice({ price: listPrices({ prices }) });
  return total({ read });
});
`;
}

export const WELL = 'return Math.round(Number(price.replace(",", ".")) * 100);';
export const FAULTY = "return Math.round(Number(price) * 100);";
export const PRICES: readonly string[] = ["1.50", "2,25", "3.00"];
