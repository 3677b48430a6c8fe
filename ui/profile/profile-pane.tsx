/**
 * Where the time of the run went: by node, by the tree of calls, on the critical path, over time, and what it would be otherwise.
 *
 * R1. All figures are the server's: this pane orders and draws them.
 */
import type { ReactElement, ReactNode } from "react";
import { isOffline } from "../api/client.ts";
import type { Profile } from "../../src/model/profile.ts";
import { useProfile } from "../api/profile.ts";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import { counted, duration } from "../shell/format.ts";
import { AwaitedAnswer } from "../shell/awaited.tsx";
import { Nothing, Pane } from "../shell/pane.tsx";
import { PROFILE_VIEWS, type ProfileView } from "../shell/search.ts";
import { ConcurrencyView } from "./concurrency.tsx";
import { CriticalPathView } from "./critical-path.tsx";
import { FlameView } from "./flame.tsx";
import { NodesTable } from "./nodes-table.tsx";
import { WhatIfView } from "./what-if.tsx";
import "./profile.css";

const NAMES: Readonly<Record<ProfileView, string>> = {
  nodes: "nodes",
  flame: "flame",
  path: "critical path",
  concurrency: "concurrency",
  "what-if": "what if",
};

export function ProfilePane(props: PaneProps & { readonly tabs: ReactNode }): ReactElement {
  const { profile: view = "nodes", choose } = useSelection();
  const profile = useProfile(props.runId, props.live, true);
  return (
    <Pane
      label="Profile"
      title={props.tabs}
      said={profile.query.data && saidOf(profile.query.data)}
      tools={
        <span className="segmented" role="group" aria-label="View of the profile">
          {PROFILE_VIEWS.filter((name) => name !== "what-if" || !isOffline()).map((name) => (
            <button key={name} aria-pressed={view === name} onClick={() => choose({ profile: name }, "move")}>
              {NAMES[name]}
            </button>
          ))}
        </span>
      }
    >
      <AwaitedAnswer of={profile} doing="Profiling">
        {(data) =>
          data.nodes.length === 0 ? (
            <Nothing>Nothing has been attempted so far.</Nothing>
          ) : (
            <View view={view} data={data} pane={props} />
          )
        }
      </AwaitedAnswer>
    </Pane>
  );
}

function saidOf({ durationMs, runs, runsLeftOut }: Profile): string {
  const children = runs > 1 ? ` · with ${counted(runs - 1, "child run")}` : "";
  return `${duration(durationMs)}${children}${runsLeftOut > 0 ? `, ${counted(runsLeftOut, "more")} left out` : ""}`;
}

function View(props: { readonly view: ProfileView; readonly data: Profile; readonly pane: PaneProps }): ReactElement {
  const { view, data, pane } = props;
  switch (view) {
    case "nodes":
      return <NodesTable data={data} run={pane.view} />;
    case "flame":
      return <FlameView root={data.flame} run={pane.view} />;
    case "path":
      return <CriticalPathView data={data} runId={pane.runId} />;
    case "concurrency":
      return <ConcurrencyView data={data} />;
    case "what-if":
      return <WhatIfView runId={pane.runId} run={pane.view} data={data} seq={pane.live.view.seq} />;
  }
}
