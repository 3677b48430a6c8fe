/** What the end of the run waited for, from its beginning on, without a gap. */
import { Link } from "@tanstack/react-router";
import type { ReactElement } from "react";
import type { PathKind, Profile } from "../../src/model/profile.ts";
import { useSelection } from "../run/selection.ts";
import { count, duration, shortRun } from "../shell/format.ts";

export const KINDS: readonly { readonly kind: PathKind; readonly color: string; readonly says: string }[] = [
  { kind: "run", color: "--s-completed", says: "attempts" },
  { kind: "queue", color: "--s-retrying", says: "ready, and not started" },
  { kind: "retry", color: "--s-failed", says: "the wait before another attempt" },
  { kind: "function", color: "--accent", says: "the workflow function between a delivery and a call" },
  { kind: "sleep", color: "--s-reused", says: "sleep()" },
  { kind: "runtime", color: "--s-waiting", says: "recording, delivering, starting child runs" },
  { kind: "down", color: "--s-cancelled", says: "nobody ran the run" },
];

export function CriticalPathView({ data, runId }: { readonly data: Profile; readonly runId: string }): ReactElement {
  const { byKind, parts, truncated } = data.criticalPath;
  const { choose, call, item } = useSelection();
  const whole = Math.max(1, data.durationMs);
  return (
    <div className="path">
      <div className="path-bar" role="img" aria-label="The critical path by kind">
        {KINDS.map(({ kind, color }) => (
          <span key={kind} style={{ width: `${(100 * byKind[kind]) / whole}%`, background: `var(${color})` }} />
        ))}
      </div>
      <ul className="path-legend">
        {KINDS.filter(({ kind }) => byKind[kind] > 0).map(({ kind, color, says }) => (
          <li key={kind} title={says}>
            <i style={{ background: `var(${color})` }} aria-hidden /> {kind} {duration(byKind[kind])}
            <span className="faint"> {((100 * byKind[kind]) / whole).toFixed(0)} %</span>
          </li>
        ))}
      </ul>
      <table className="table">
        <thead>
          <tr>
            <th className="number">from</th>
            <th className="number">took</th>
            <th>kind</th>
            <th>node</th>
            <th>item</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => {
            const [, ofCall, ofItem] = part.address?.split(".") ?? [];
            const isChosen = part.runId === runId && Number(ofCall) === call && Number(ofItem) === item;
            return (
              <tr key={`${part.fromMs} ${part.kind}`} aria-selected={isChosen}>
                <td className="number">{duration(part.fromMs) || "0"}</td>
                <td className="number">{duration(part.toMs - part.fromMs)}</td>
                <td>{part.kind}</td>
                <td>{part.node !== undefined && <code>{part.node}</code>}</td>
                <td>
                  {part.address === undefined ? (
                    ""
                  ) : part.runId === runId ? (
                    <button
                      className="link"
                      onClick={() =>
                        choose({ call: Number(ofCall), item: ofItem === undefined ? undefined : Number(ofItem) })
                      }
                    >
                      <code>{part.address.slice(part.address.indexOf(".") + 1)}</code>
                    </button>
                  ) : (
                    <Link
                      to="/runs/$runId"
                      params={{ runId: part.runId }}
                      search={{ call: Number(ofCall), ...(ofItem === undefined ? {} : { item: Number(ofItem) }) }}
                    >
                      <code>{`${shortRun(part.runId)}.${ofCall}${ofItem === undefined ? "" : `.${ofItem}`}`}</code>
                    </Link>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {truncated && <p className="faint">The longest {count(parts.length)} parts; the bar is of all.</p>}
    </div>
  );
}
