/**
 * The debugger: one run, several synchronized views of one truth.
 *
 * Owns: which panes there are, their sizes, and the keys that move between them. Leaves to the panes: what they show.
 */
import { useParams } from "@tanstack/react-router";
import { useEffect, useMemo, type ReactElement } from "react";
import { Group, Panel, Separator, useDefaultLayout } from "react-resizable-panels";
import type { RunView } from "../../src/model/view.ts";
import { useViewAt } from "../api/queries.ts";
import type { RunState } from "../api/run-store.ts";
import { BandStrip } from "../band/band-strip.tsx";
import { GraphPane } from "../graph/graph-pane.tsx";
import { layoutWorker } from "../graph/layout.ts";
import { InspectorPane } from "../inspector/inspector-pane.tsx";
import { ListPane } from "../items/list-pane.tsx";
import { setFavicon } from "../shell/favicon.ts";
import { Refusal } from "../shell/pane.tsx";
import { SourcePane } from "../source/source-pane.tsx";
import { TimePane } from "../timeline/time-pane.tsx";
import { RunFoot } from "./run-foot.tsx";
import { RunHead } from "./run-head.tsx";
import { useRunKeys } from "./run-keys.ts";
import { useSelection } from "./selection.ts";
import { useRunState } from "./use-run-store.ts";
import "./run.css";

/** What every pane is given. */
export interface PaneProps {
  readonly runId: string;
  /** The run as it is looked at: now, or as it stood at the chosen event. */
  readonly view: RunView;
  readonly live: RunState;
  /** Changes when what is shown of the run may have changed; a quarter of a second apart at most. */
  readonly revision: string;
}

export function RunPage(): ReactElement {
  const { runId } = useParams({ from: "/runs/$runId" });
  const live = useRunState(runId);
  const selection = useSelection();
  const past = useViewAt(runId, selection.at);
  const view = selection.at === undefined ? live.view : (past.data ?? live.view);
  const revision = useRevision(live, selection.at);
  useEffect(() => void layoutWorker(), []);
  useTitle(live);
  useRunKeys(runId, view, revision);

  if (live.connection === "failed" && live.error) {
    return (
      <>
        <header className="page-head">
          <h1>Run {runId}</h1>
        </header>
        <Refusal error={live.error} />
      </>
    );
  }
  const props: PaneProps = { runId, view, live, revision };
  return (
    <>
      <RunHead {...props} />
      <BandStrip {...props} />
      <Panes {...props} />
      <RunFoot {...props} />
    </>
  );
}

function Panes(props: PaneProps): ReactElement {
  const columns = useDefaultLayout({ id: "workgraph.run.columns", storage: localStorage });
  const right = useDefaultLayout({ id: "workgraph.run.right", storage: localStorage });
  const detail = useDefaultLayout({ id: "workgraph.run.detail", storage: localStorage });
  return (
    <main className="panes">
      <Group orientation="horizontal" {...columns}>
        <Panel id="left" defaultSize="44%" minSize="20%">
          <Left {...props} />
        </Panel>
        <Separator className="splitter across" />
        <Panel id="right" defaultSize="56%" minSize="20%">
          <Group orientation="vertical" {...right}>
            <Panel id="timeline" defaultSize="38%" minSize="8%">
              <TimePane {...props} />
            </Panel>
            <Separator className="splitter down" />
            <Panel id="detail" defaultSize="62%" minSize="12%">
              <Group orientation="horizontal" {...detail}>
                <Panel id="list" defaultSize="55%" minSize="20%">
                  <ListPane {...props} />
                </Panel>
                <Separator className="splitter across" />
                <Panel id="inspector" defaultSize="45%" minSize="20%">
                  <InspectorPane {...props} />
                </Panel>
              </Group>
            </Panel>
          </Group>
        </Panel>
      </Group>
    </main>
  );
}

/** Graph above source, or one of them alone (Space). */
function Left(props: PaneProps): ReactElement {
  const layout = useDefaultLayout({ id: "workgraph.run.left", storage: localStorage });
  const { left } = useSelection();
  if (left === "graph") return <GraphPane {...props} />;
  if (left === "source") return <SourcePane {...props} />;
  return (
    <Group orientation="vertical" {...layout}>
      <Panel id="graph" defaultSize="56%" minSize="10%">
        <GraphPane {...props} />
      </Panel>
      <Separator className="splitter down" />
      <Panel id="source" defaultSize="44%" minSize="8%">
        <SourcePane {...props} />
      </Panel>
    </Group>
  );
}

/** Lists are asked again at most four times a second, and not at all for a run that stands still. */
function useRevision(live: RunState, at: number | undefined): string {
  const ended = live.connection === "ended";
  const slice = Math.floor(live.heardAt / 250);
  return useMemo(
    () => (at !== undefined ? `at ${at}` : ended ? `end ${live.view.seq}` : `live ${slice}`),
    [at, ended, live.view.seq, slice],
  );
}

/** Tab and icon tell the status where the page is not seen. */
function useTitle({ status, view }: RunState): void {
  useEffect(() => {
    document.title =
      view.workflow === "" ? "workgraph" : `${mark(status)} ${view.workflow} · ${status.replace("_", " ")}`;
    setFavicon(view.workflow === "" ? undefined : status);
    return () => {
      document.title = "workgraph";
      setFavicon();
    };
  }, [status, view.workflow]);
}

function mark(status: string): string {
  switch (status) {
    case "completed":
      return "✓";
    case "completed_partial":
      return "◐";
    case "failed":
    case "diverged":
      return "✗";
    case "running":
      return "▶";
    default:
      return "·";
  }
}
