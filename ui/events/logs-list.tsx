/** What nodes logged, reported and streamed, as it comes: the end is followed until somebody scrolls up. */
import type { ReactElement } from "react";
import { useLogTail } from "../api/log-tail.ts";
import type { LogEntry } from "../api/answers.ts";
import { count, timeOfDay } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { VirtualRows, type Column } from "../items/virtual-rows.tsx";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";

const COLUMNS: readonly Column<LogEntry>[] = [
  { name: "time", width: "92px", cell: (line) => <code className="faint">{timeOfDay(Date.parse(line.time))}</code> },
  { name: "level", width: "44px", cell: (line) => <span className={`level-${line.level}`}>{line.level}</span> },
  { name: "node", width: "minmax(54px, 120px)", cell: (line) => <code>{line.node}</code> },
  {
    name: "text",
    width: "minmax(70px, 1fr)",
    cell: (line) => (
      <code className="soft">
        {line.text}
        {line.fields === undefined ? "" : ` ${JSON.stringify(line.fields)}`}
      </code>
    ),
  },
];

export function LogsList({ runId, live, revision }: PaneProps): ReactElement {
  const { call, item, choose } = useSelection();
  const place = call === undefined ? runId : item === undefined ? `${runId}.${call}` : `${runId}.${call}.${item}`;
  const ended = live.connection === "ended";
  const { lines, dropped, isPending, error } = useLogTail(place, ended ? "end" : revision);
  if (error) return <Refusal error={error} />;
  return (
    <div className="list">
      {dropped > 0 && <p className="list-note">The newest {count(lines.length)} lines; earlier ones are left out.</p>}
      <VirtualRows
        label="Logs"
        rows={lines}
        columns={COLUMNS}
        keyOf={(line) => String(line.id)}
        chosen={-1}
        follow={!ended}
        onChoose={(line) => {
          const [, at, no] = line.address.split(".");
          choose({ call: Number(at), item: Number(no), tab: "logs" });
        }}
        empty={<Nothing>{isPending ? "Loading" : "Nothing was logged here."}</Nothing>}
      />
    </div>
  );
}
