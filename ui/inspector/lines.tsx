import type { ReactElement } from "react";
import { useLogTail } from "../api/log-tail.ts";
import { timeOfDay } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";

/** The list of logs has all of them. */
const SHOWN_LINES = 500;

/** What was logged there, as it comes. */
export function Lines(props: { readonly place: string; readonly revision: string }): ReactElement {
  const { lines, isPending, error } = useLogTail(props.place, props.revision);
  if (error) return <Refusal error={error} />;
  if (lines.length === 0) return <Nothing>{isPending ? "Loading" : "Nothing was logged here."}</Nothing>;
  return (
    <ol className="lines">
      {lines.slice(-SHOWN_LINES).map((line) => (
        <li key={line.id}>
          <time className="faint" dateTime={line.time}>
            {timeOfDay(Date.parse(line.time))}
          </time>
          <span className={`level-${line.level}`}>{line.level}</span>
          <code>
            {line.text}
            {line.fields === undefined ? "" : ` ${JSON.stringify(line.fields)}`}
          </code>
        </li>
      ))}
    </ol>
  );
}
