/** What is drawn beside the calls: the box of a loop, and a call site that this run did not reach. */
import type { Node, NodeProps } from "@xyflow/react";
import { Ghost as GhostIcon, Repeat } from "lucide-react";
import { memo, type ReactElement } from "react";
import type { GraphLoop } from "../../src/model/graph.ts";
import type { Ghost } from "../api/run-parts.ts";
import { counted, duration } from "../shell/format.ts";

export type RegionNode = Node<{ readonly loop: GraphLoop }, "region">;
export type GhostNode = Node<{ readonly ghost: Ghost }, "ghost">;

function RegionShape({ data }: NodeProps<RegionNode>): ReactElement {
  const { kind, iterations, depth, rounds } = data.loop;
  const ended = rounds.flatMap(({ ms }) => (ms === undefined ? [] : [ms]));
  const slowest = ended.length > 1 ? `, slowest ${duration(Math.max(...ended))}` : "";
  return (
    <div className="region">
      <span className="region-name cut">
        <Repeat size={12} aria-hidden style={{ flex: "none" }} /> {kind}: {counted(iterations, "iteration")}
        {depth === undefined ? "" : `, depth ${depth}`}
        {slowest}
      </span>
    </div>
  );
}

function GhostShape({ data }: NodeProps<GhostNode>): ReactElement {
  const { ghost } = data;
  const branch = ghost.branches.at(-1);
  const where = `${ghost.path.slice(ghost.path.lastIndexOf("/") + 1)}:${ghost.line}`;
  return (
    <div className="vertex ghost" title={`possible, not observed: ${where}`}>
      <div className="vertex-row">
        <GhostIcon size={13} aria-hidden />
        <span className="vertex-name cut">{ghost.node ?? ghost.kind}</span>
        <span className="vertex-count">{where}</span>
      </div>
      <div className="vertex-row small">
        <span className="cut">
          not reached{branch ? `: ${branch.kind} ${branch.condition}`.trimEnd() : " in this run"}
        </span>
      </div>
    </div>
  );
}

export const Region = memo(RegionShape);
export const GhostVertex = memo(GhostShape);
