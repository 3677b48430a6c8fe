/**
 * The debugger: one run, several synchronized views of one truth.
 *
 * Owns: which panes there are, and the sizes of their places. Leaves to docks.ts: which pane stands where; to the panes: what they show.
 */
import { useParams } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, type ReactElement } from "react";
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
import { useKeys } from "../shell/keys.ts";
import { Refusal } from "../shell/pane.tsx";
import type { PaneName } from "../shell/search.ts";
import { SourcePane } from "../source/source-pane.tsx";
import { TimePane } from "../timeline/time-pane.tsx";
import { Dock } from "./dock.tsx";
import { useDocks } from "./docks.ts";
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

const CONTENT: Readonly<Record<PaneName, (props: PaneProps) => ReactElement>> = {
  graph: GraphPane,
  source: SourcePane,
  time: TimePane,
  list: ListPane,
  inspector: InspectorPane,
};

function Panes(props: PaneProps): ReactElement {
  const columns = useDefaultLayout({ id: "workgraph.run.columns", storage: localStorage });
  const [leftAbove, leftBelow, above, beside, last] = useDocks() as readonly [
    PaneName,
    PaneName,
    PaneName,
    PaneName,
    PaneName,
  ];
  const { left, only, choose } = useSelection();
  const touched = useRef<PaneName>("graph");
  useKeys([
    {
      keys: "z",
      says: "the pane that was touched last alone, or all of them",
      group: "Everywhere",
      run: () => choose({ only: only === undefined ? touched.current : undefined }),
    },
  ]);
  const hidden = left === "graph" ? "source" : left === "source" ? "graph" : undefined;
  const isShown = (name: PaneName): boolean => name !== hidden;
  const dock = (name: PaneName): ReactElement => {
    const Content = CONTENT[name];
    return (
      <Dock pane={name} onTouch={(pane) => (touched.current = pane)}>
        <Content {...props} />
      </Dock>
    );
  };
  if (only !== undefined) return <main className="panes">{dock(only)}</main>;
  const parts = { dock, isShown };
  return (
    <main className="panes">
      <Group orientation="horizontal" {...columns}>
        <Panel id="left" defaultSize="44%" minSize="20%">
          <Two {...parts} id="left" places={LEFT} panes={[leftAbove, leftBelow]} orientation="vertical" />
        </Panel>
        <Separator className="splitter across" />
        <Panel id="right" defaultSize="56%" minSize="20%">
          <Two {...parts} id="right" places={RIGHT} panes={[above, [beside, last]]} orientation="vertical" />
        </Panel>
      </Group>
    </main>
  );
}

interface Place {
  readonly id: string;
  readonly size: string;
  readonly least: string;
}

const LEFT: readonly [Place, Place] = [
  { id: "graph", size: "56%", least: "10%" },
  { id: "source", size: "44%", least: "8%" },
];
const RIGHT: readonly [Place, Place] = [
  { id: "timeline", size: "38%", least: "8%" },
  { id: "detail", size: "62%", least: "12%" },
];
const DETAIL: readonly [Place, Place] = [
  { id: "list", size: "55%", least: "20%" },
  { id: "inspector", size: "45%", least: "20%" },
];

/** Two places with a border that is moved; where one of them has nothing to show, the other one has all the room. */
function Two(props: {
  readonly id: string;
  readonly orientation: "vertical" | "horizontal";
  readonly places: readonly [Place, Place];
  readonly panes: readonly [PaneName, PaneName | readonly [PaneName, PaneName]];
  readonly dock: (name: PaneName) => ReactElement;
  readonly isShown: (name: PaneName) => boolean;
}): ReactElement {
  const { id, orientation, places, panes, dock, isShown } = props;
  const layout = useDefaultLayout({ id: `workgraph.run.${id}`, storage: localStorage });
  const [first, second] = panes;
  const isFirst = isShown(first);
  const isSecond = typeof second === "string" ? isShown(second) : second.some(isShown);
  const shownSecond =
    typeof second === "string" ? (
      dock(second)
    ) : (
      <Two {...props} id="detail" places={DETAIL} panes={second} orientation="horizontal" />
    );
  if (!isSecond) return dock(first);
  if (!isFirst) return shownSecond;
  return (
    <Group orientation={orientation} {...layout}>
      <Panel id={places[0].id} defaultSize={places[0].size} minSize={places[0].least}>
        {dock(first)}
      </Panel>
      <Separator className={`splitter ${orientation === "vertical" ? "down" : "across"}`} />
      <Panel id={places[1].id} defaultSize={places[1].size} minSize={places[1].least}>
        {shownSecond}
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
