import { useMemo, type ReactElement } from "react";
import { useLogs } from "../api/queries.ts";
import type { LogEntry } from "../api/types.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { VirtualRows, type Column } from "../items/virtual-rows.tsx";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";

const COLUMNS: readonly Column<LogEntry>[] = [
  { name: "time", width: "84px", cell: (line) => line.time.slice(11, 23) },
  { name: "level", width: "64px", cell: (line) => <span className={`level-${line.level}`}>{line.level}</span> },
  { name: "node", width: "minmax(70px, 130px)", cell: (line) => <code>{line.node}</code> },
  { name: "text", width: "minmax(120px, 1fr)", cell: (line) => <code className="soft">{line.text}</code> },
];

export function LogsList({ runId, revision }: PaneProps): ReactElement {
  const { call, item, choose } = useSelection();
  const place = call === undefined ? runId : item === undefined ? `${runId}.${call}` : `${runId}.${call}.${item}`;
  const logs = useLogs(place, revision);
  const rows = useMemo(() => logs.data?.lines ?? [], [logs.data]);
  if (logs.error) return <Refusal error={logs.error} />;
  return (
    <div className="list">
      <VirtualRows
        label="Logs"
        rows={rows}
        columns={COLUMNS}
        keyOf={(line) => String(line.id)}
        chosen={-1}
        onChoose={(line) => {
          const [, at, no] = line.address.split(".");
          choose({ call: Number(at), item: Number(no), tab: "logs" });
        }}
        empty={<Nothing>{logs.isPending ? "Loading" : "Nothing was logged here."}</Nothing>}
      />
    </div>
  );
}
