/** The state of the connection, in one line: never a picture that is old without saying so. */
import type { ReactElement } from "react";
import { ago, count } from "../shell/format.ts";
import { useNow } from "../shell/now.ts";
import type { PaneProps } from "./run-page.tsx";

export function RunFoot({ live, view }: PaneProps): ReactElement {
  const open = live.connection === "live" || live.connection === "lost";
  const now = useNow(open, 1_000);
  const said = {
    loading: "loading",
    live: "live",
    lost: "connection lost, trying again",
    ended: "ended",
    failed: "failed",
  }[live.connection];
  return (
    <footer className="run-foot" role="status">
      <span className={`lamp ${live.connection}`} aria-hidden />
      <span>{said}</span>
      <span className="faint">event {count(live.view.seq)}</span>
      {open && <span className="faint">heard {ago(live.heardAt, now)}</span>}
      {live.eventsPerSecond > 0 && <span className="faint">{count(live.eventsPerSecond)} events/s</span>}
      <span className="grow" />
      {view.resumes > 0 && <span className="faint">resumed {view.resumes}×</span>}
      <span className="faint">
        <kbd>?</kbd> keys
      </span>
    </footer>
  );
}
