/** Every try at an item: when, how long, what became of it, and how long it waited for the next one; and its events one by one. */
import type { ReactElement } from "react";
import { useItemEvents } from "../api/run-parts.ts";
import type { EventEntry } from "../api/answers.ts";
import { eventClass, eventText } from "../events/event-text.ts";
import { useSelection } from "../run/selection.ts";
import { count, counted, duration } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { Status } from "../shell/status.tsx";
import { Part } from "./part.tsx";

interface Attempt {
  readonly attempt: number;
  readonly startedAt: number;
  readonly seq: number;
  /** Ms between the outcome before and this start. */
  readonly waitedMs?: number;
  readonly ms?: number;
  readonly outcome?: "completed" | "reused" | "retrying" | "failed" | "abandoned" | "cancelled";
  readonly said?: string;
}

export function AttemptsPart(props: {
  readonly address: string;
  readonly startedAt: number;
  readonly revision: string;
}): ReactElement {
  const { choose } = useSelection();
  const events = useItemEvents(props.address, props.revision);
  if (events.error) return <Refusal error={events.error} />;
  if (!events.data) return <Nothing>Loading</Nothing>;
  const attempts = attemptsOf(events.data.events, Number(props.address.slice(props.address.lastIndexOf(".") + 1)));
  if (events.data.events.length === 0) return <Nothing>Nothing has been tried so far.</Nothing>;
  return (
    <>
      <table className="table">
        <thead>
          <tr>
            <th className="number">try</th>
            <th>outcome</th>
            <th className="number">after</th>
            <th className="number">waited</th>
            <th className="number">ran</th>
            <th className="number">event</th>
          </tr>
        </thead>
        <tbody>
          {attempts.map((one) => (
            <tr key={one.seq}>
              <td className="number">{one.attempt === 0 ? "–" : one.attempt}</td>
              <td>
                <Status status={one.outcome ?? "running"} />
              </td>
              <td className="number">{duration(one.startedAt - props.startedAt)}</td>
              <td className="number">{duration(one.waitedMs)}</td>
              <td className="number">{duration(one.ms)}</td>
              <td className="number">
                <button className="link" title="The run as it stood then" onClick={() => choose({ at: one.seq })}>
                  {count(one.seq)}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {attempts.map(
        (one) =>
          one.said !== undefined && (
            <p key={one.seq} className="said">
              <span className="faint">try {one.attempt}: </span>
              {one.said}
            </p>
          ),
      )}
      <Part title={counted(events.data.events.length, "event")}>
        <ol className="item-events" aria-label="Events of the item">
          {events.data.events.map((entry) => (
            <li key={entry.seq}>
              <button className="link" title="The run as it stood then" onClick={() => choose({ at: entry.seq })}>
                {count(entry.seq)}
              </button>
              <code className={eventClass(entry.type)}>{entry.type}</code>
              <code className="soft">{eventText(entry)}</code>
            </li>
          ))}
        </ol>
      </Part>
    </>
  );
}

function attemptsOf(events: readonly EventEntry[], item: number): readonly Attempt[] {
  const found: Attempt[] = [];
  let endedAt: number | undefined;
  for (const { seq, event } of events) {
    if (event.type === "items.started") {
      const place = event.items.indexOf(item);
      if (place < 0) continue;
      found.push({
        attempt: event.attempts?.[place] ?? 1,
        startedAt: event.at,
        seq,
        ...(endedAt === undefined ? {} : { waitedMs: event.at - endedAt }),
      });
      continue;
    }
    if (event.type !== "item.completed" && event.type !== "item.retrying" && event.type !== "item.failed") continue;
    const open = found.at(-1);
    const ended = {
      seq,
      ms: event.ms,
      outcome: event.to,
      ...("error" in event ? { said: `${event.error.code} ${event.error.message}` } : {}),
    };
    if (open && open.outcome === undefined) found[found.length - 1] = { ...open, ...ended };
    else found.push({ attempt: event.attempt, startedAt: event.at, ...ended });
    endedAt = event.at;
  }
  return found;
}
