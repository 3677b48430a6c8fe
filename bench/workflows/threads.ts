import { node, workflow } from "agentic-workgraph";

const numbers = node({ id: "numbers", out: "many" }, ({ items }: { items: number }) =>
  Array.from({ length: items }, (_, n) => n),
);

function burn({ n, rounds }: { n: number; rounds: number }): number {
  let sum = n;
  for (let round = 0; round < rounds; round++) sum = Math.sqrt(sum * round + 1);
  return sum;
}

const inPlace = node({ id: "in_place" }, burn);
const inThreads = node({ id: "in_threads", thread: true }, burn);

export const placed = workflow({ name: "placed" }, ({ items, rounds }: { items: number; rounds: number }) =>
  inPlace({ n: numbers({ items }), rounds }),
);
export const threaded = workflow({ name: "threaded" }, ({ items, rounds }: { items: number; rounds: number }) =>
  inThreads({ n: numbers({ items }), rounds }),
);
