import { Handle, Position, type NodeProps, type Node } from "@xyflow/react";
import { Repeat, Workflow } from "lucide-react";
import { memo, type ReactElement } from "react";
import type { GraphCall } from "../../src/model/graph.ts";
import { count } from "../shell/format.ts";
import { StatusIcon, statusColor } from "../shell/status.tsx";
import type { Direction } from "./layout.ts";

export interface VertexData extends Record<string, unknown> {
  readonly call: GraphCall;
  readonly expected: number;
  readonly open: boolean;
  readonly retries: number;
  readonly iterations: number | undefined;
  readonly chosen: boolean;
  readonly direction: Direction;
}

export type VertexNode = Node<VertexData, "vertex">;

/** A call, or all calls of one place in the source. */
function VertexShape({ data }: NodeProps<VertexNode>): ReactElement {
  const { call, expected, open, chosen, direction, iterations, retries } = data;
  const { items } = call;
  const failed = (items.failed ?? 0) + (items.abandoned ?? 0);
  const reused = items.reused ?? 0;
  const done = (items.completed ?? 0) + reused + failed + (items.skipped ?? 0) + (items.cancelled ?? 0);
  const all = Math.max(expected, items.total, 1);
  const share = (part: number): string => `${(100 * part) / all}%`;
  const isChild = call.kind === "subgraph";
  return (
    <div
      className={`vertex ${call.kind === "node" || isChild ? "" : "combinator"}`}
      data-chosen={chosen}
      data-status={call.status}
      style={{ borderLeftColor: statusColor(call.status) }}
      title={`${call.node}: ${call.status}`}
    >
      <Handle type="target" position={direction === "RIGHT" ? Position.Left : Position.Top} isConnectable={false} />
      <div className="vertex-row">
        <StatusIcon status={call.status} />
        {isChild && <Workflow size={12} aria-label="child runs" />}
        <span className="vertex-name cut">{call.title ?? call.node}</span>
      </div>
      <div className="vertex-row small">
        <div className="vertex-bar" aria-hidden>
          <span style={{ width: share(items.completed ?? 0), background: "var(--s-completed)" }} />
          <span style={{ width: share(reused), background: "var(--s-reused)" }} />
          <span style={{ width: share(items.skipped ?? 0), background: "var(--s-skipped)" }} />
          <span style={{ width: share(failed), background: "var(--s-failed)" }} />
          <span className="moving" style={{ width: share(items.running ?? 0), background: "var(--s-running)" }} />
          <span style={{ width: share(items.retrying ?? 0), background: "var(--s-retrying)" }} />
        </div>
        <span className="vertex-count">
          {count(done)}
          {all > 1 || open ? `/${count(all)}${open ? "+" : ""}` : ""}
        </span>
        {failed > 0 && <span style={{ color: "var(--s-failed)" }}>{count(failed)} failed</span>}
        {retries > 0 && failed === 0 && <span style={{ color: "var(--s-retrying)" }}>{count(retries)} retries</span>}
        {iterations !== undefined ? (
          <span className="vertex-badge" title={`loop region: ${iterations} iterations`}>
            <Repeat size={10} aria-hidden /> {count(iterations)}
          </span>
        ) : (
          (call.calls?.length ?? 1) > 1 && <span className="vertex-badge">{count(call.calls!.length)} calls</span>
        )}
      </div>
      <Handle type="source" position={direction === "RIGHT" ? Position.Right : Position.Bottom} isConnectable={false} />
    </div>
  );
}

export const Vertex = memo(VertexShape);
