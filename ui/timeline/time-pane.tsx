/** Where the time went: the timeline, or the profile in its place. */
import { lazy, Suspense, type ReactElement } from "react";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { Nothing } from "../shell/pane.tsx";
import { TimelinePane } from "./timeline-pane.tsx";

const ProfilePane = lazy(async () => ({ default: (await import("../profile/profile-pane.tsx")).ProfilePane }));

export function TimePane(props: PaneProps): ReactElement {
  const { profile, choose } = useSelection();
  const tabs = (
    <span className="head-tabs" role="tablist" aria-label="Time">
      <button role="tab" aria-selected={profile === undefined} onClick={() => choose({ profile: undefined }, "move")}>
        Timeline
      </button>
      <button
        role="tab"
        aria-selected={profile !== undefined}
        onClick={() => choose({ profile: profile ?? "nodes" }, "move")}
      >
        Profile
      </button>
    </span>
  );
  if (profile === undefined) return <TimelinePane {...props} tabs={tabs} />;
  return (
    <Suspense fallback={<Nothing>Loading</Nothing>}>
      <ProfilePane {...props} tabs={tabs} />
    </Suspense>
  );
}
