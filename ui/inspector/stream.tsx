/**
 * What an item gave out while it ran: how far it says it is, and its stream, token by token.
 *
 * R1. A model writes long between two events: while the item runs its lines are followed on their own, as they are written.
 * R2. Attempts are apart; only the last one's stream is open.
 */
import { useEffect, useRef, type ReactElement } from "react";
import type { ItemStatus } from "../../src/model/status.ts";
import { useLogTail } from "../api/log-tail.ts";
import type { LogEntry } from "../api/answers.ts";

const SHOWN_CHARACTERS = 200_000;

export function StreamPart(props: {
  readonly address: string;
  readonly status: ItemStatus;
  readonly revision: string;
}): ReactElement | null {
  const { address, status, revision } = props;
  const isOpen = status === "running";
  const { lines } = useLogTail(address, isOpen ? "live" : revision);
  const last = lines.at(-1)?.attempt;
  const progress = lines.findLast(({ level, attempt }) => level === "progress" && attempt === last);
  const chunks = lines.filter(({ level }) => level === "stream");
  if (!progress && chunks.length === 0) return null;
  const attempts = [...Map.groupBy(chunks, ({ attempt }) => attempt)];
  return (
    <>
      {progress && isOpen && <Progress line={progress} />}
      {attempts.map(([attempt, of]) => (
        <section className="part" key={attempt} aria-label={`Stream of attempt ${attempt}`}>
          <h3>
            stream{attempts.length > 1 || attempt > 1 ? ` of attempt ${attempt}` : ""}
            {isOpen && attempt === last && <span className="faint"> · live</span>}
          </h3>
          <Text text={of.map(({ text }) => text).join("")} follow={isOpen && attempt === last ? "end" : "nothing"} />
          {lines
            .filter((line) => line.level === "warn" && line.attempt === attempt && line.text.startsWith("[cut:"))
            .map((line) => (
              <p key={line.id} className="faint">
                {line.text}
              </p>
            ))}
        </section>
      ))}
    </>
  );
}

function Progress({ line }: { readonly line: LogEntry }): ReactElement {
  const share = Number((line.fields as { readonly share?: unknown } | undefined)?.share);
  return (
    <p className="item-progress">
      {Number.isFinite(share) && (
        <progress max={1} value={Math.max(0, Math.min(1, share))} aria-label="Progress of the item" />
      )}
      <span className="soft">
        {line.text !== "" ? line.text : Number.isFinite(share) ? `${Math.round(100 * share)} %` : ""}
      </span>
    </p>
  );
}

/** The end is in sight while it grows, until one scrolls away from it. */
function Text({ text, follow }: { readonly text: string; readonly follow: "end" | "nothing" }): ReactElement {
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  useEffect(() => {
    if (follow !== "end" || !atEnd.current || !box.current) return;
    box.current.scrollTop = box.current.scrollHeight;
    lastTop.current = box.current.scrollTop;
  }, [text, follow]);
  return (
    <pre
      className="stream-text"
      ref={box}
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        // More may have come since the end was scrolled to: only going back leaves it.
        atEnd.current = scrollTop >= lastTop.current - 4 || scrollTop + clientHeight > scrollHeight - 24;
      }}
    >
      {text.length > SHOWN_CHARACTERS ? `… ${text.slice(-SHOWN_CHARACTERS)}` : text}
    </pre>
  );
}
