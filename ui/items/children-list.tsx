/** Runs that stand for items of this one: Enter goes down into one, `p` comes back up. */
import { useNavigate } from "@tanstack/react-router";
import { useMemo, type ReactElement } from "react";
import { useChildRuns } from "../api/run-parts.ts";
import type { RunSummary } from "../api/answers.ts";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { count, duration, shortRun, total } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { Status } from "../shell/status.tsx";
import { VirtualRows, type Column } from "./virtual-rows.tsx";

const COLUMNS: readonly Column<RunSummary>[] = [
  { name: "status", width: "82px", cell: (run) => <Status status={run.status} /> },
  { name: "run", width: "84px", cell: (run) => <code>{shortRun(run.runId)}</code> },
  { name: "workflow", width: "minmax(54px, 1fr)", cell: (run) => run.workflow },
  { name: "item", width: "34px", cell: (run) => <code>{`${run.parent?.call}.${run.parent?.item}`}</code> },
  { name: "items", width: "40px", atLeast: 440, isNumber: true, cell: (run) => count(total(run.counts)) },
  { name: "took", width: "46px", isNumber: true, cell: (run) => duration(run.durationMs) },
];

export function ChildrenList({ runId, revision }: PaneProps): ReactElement {
  const { call, item, choose } = useSelection();
  const navigate = useNavigate();
  const runs = useChildRuns(runId, revision.startsWith("live") ? revision : "end");
  const rows = useMemo(
    () =>
      (runs.data?.pages.flatMap((page) => page.runs) ?? []).filter(
        ({ parent }) => call === undefined || parent?.call === call,
      ),
    [runs.data, call],
  );
  const open = (run: RunSummary): void =>
    void navigate({ to: "/runs/$runId", params: { runId: run.runId }, search: {} });
  if (runs.error) return <Refusal error={runs.error} />;
  return (
    <div className="list">
      <VirtualRows
        label="Child runs"
        rows={rows}
        columns={COLUMNS}
        keyOf={(run) => run.runId}
        chosen={
          item === undefined ? -1 : rows.findIndex(({ parent }) => parent?.call === call && parent?.item === item)
        }
        onChoose={({ parent }) => parent && choose({ call: parent.call, item: parent.item }, "move")}
        onOpen={open}
        {...(runs.hasNextPage && !runs.isFetchingNextPage ? { more: () => void runs.fetchNextPage() } : {})}
        empty={<Nothing>{runs.isPending ? "Loading" : "No other run stands for an item here."}</Nothing>}
      />
    </div>
  );
}
