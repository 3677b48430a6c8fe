/**
 * What is shown where an answer may take its time: how far it is, a way to end it, and the answer.
 *
 * R1. One that was cancelled says so, and can be asked for again.
 * R2. What is there is not taken away while it is worked out anew, unless it would be taken for the answer to another question.
 */
import type { ReactElement, ReactNode } from "react";
import { isCancelled, type Awaited, type OperationState } from "../api/operation.ts";
import { bytes, count, counted, duration } from "./format.ts";
import { Nothing, Refusal } from "./pane.tsx";
import "./awaited.css";

export function AwaitedAnswer<T>(props: {
  readonly of: Awaited<T>;
  /** As a sentence begins: "Comparing". */
  readonly doing: string;
  /** Of an answer to another question: default "kept". */
  readonly before?: "kept" | "hidden";
  readonly children: (answer: T) => ReactNode;
}): ReactElement {
  const { of, doing, before = "kept", children } = props;
  const { query, going } = of;
  if (isCancelled(query.error)) {
    return (
      <Nothing>
        <span>{doing} was cancelled.</span>
        <button type="button" className="button" onClick={() => void query.refetch()}>
          ask again
        </button>
      </Nothing>
    );
  }
  if (query.error) return <Refusal error={query.error} />;
  const isShown = query.data !== undefined && !(query.isPlaceholderData && going && before === "hidden");
  if (isShown) return <>{children(query.data as T)}</>;
  if (going === undefined) return <Nothing>{doing}</Nothing>;
  return (
    <Nothing>
      <Work doing={doing} state={going.state} onCancel={going.cancel} />
    </Nothing>
  );
}

/** One line: what is done, how far it is, for how long already, and the way to end it. */
export function Work(props: {
  readonly doing: string;
  readonly state: OperationState;
  readonly onCancel: () => void;
}): ReactElement {
  const { doing, state, onCancel } = props;
  const { progress } = state;
  return (
    <div className="work">
      <span role="status">{doing}</span>
      <progress
        aria-label={doing}
        max={progress?.total ?? 1}
        {...(progress === undefined ? {} : { value: progress.done })}
      />
      <span className="soft">{farText(state)}</span>
      <button type="button" className="button" onClick={onCancel}>
        Cancel
      </button>
    </div>
  );
}

function farText({ status, progress, elapsedMs }: OperationState): string {
  const since = duration(elapsedMs);
  if (status === "waiting") return `waits for others, ${since}`;
  if (progress === undefined) return since;
  const { done, total, unit } = progress;
  const percent = `${Math.floor((100 * done) / total)} %`;
  if (unit === "bytes") return `${percent}: ${bytes(done)} of ${bytes(total)}, ${since}`;
  return `${percent}: ${count(done)} of ${counted(total, unit === "events" ? "event" : "part")}, ${since}`;
}
