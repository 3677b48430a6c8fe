/** Strongly connected components of a directed graph: the sets of vertices that reach each other. */

/** Tarjan's algorithm with its own stack: a chain of 100,000 vertices must not overflow ours. */
export function componentsOf(next: ReadonlyMap<number, readonly number[]>): number[][] {
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const onStack = new Set<number>();
  const stack: number[] = [];
  const components: number[][] = [];
  const enter = (id: number): { id: number; edge: number } => {
    order.set(id, order.size);
    low.set(id, order.size - 1);
    stack.push(id);
    onStack.add(id);
    return { id, edge: 0 };
  };
  for (const root of next.keys()) {
    if (order.has(root)) continue;
    const work = [enter(root)];
    while (work.length > 0) {
      const frame = work.at(-1)!;
      const to = next.get(frame.id)?.[frame.edge++];
      if (to !== undefined) {
        if (!order.has(to)) work.push(enter(to));
        else if (onStack.has(to)) low.set(frame.id, Math.min(low.get(frame.id)!, order.get(to)!));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent) low.set(parent.id, Math.min(low.get(parent.id)!, low.get(frame.id)!));
      if (low.get(frame.id) === order.get(frame.id)) {
        const component = stack.splice(stack.lastIndexOf(frame.id));
        for (const id of component) onStack.delete(id);
        components.push(component);
      }
    }
  }
  return components;
}
