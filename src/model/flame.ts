/**
 * Work by the tree of calls, as it is told to whoever draws it.
 *
 * Owns: the shape. Leaves to analysis/flame.ts: the sums.
 */

/** Nodes of a run at its workflow, child runs at the node that started them; what has the same path is one frame. */
export interface FlameFrame {
  readonly kind: "run" | "node";
  /** Name of a workflow or id of a node. */
  readonly name: string;
  /** Runs of that path; items of a node. */
  readonly count: number;
  /** Own work and that of everything below. Ms; what ran at the same time counts each. */
  readonly totalMs: number;
  /** Ms in attempts, without what child runs did inside them. */
  readonly selfMs: number;
  /** Most work first. */
  readonly children: readonly FlameFrame[];
}
