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
import { GraphPane } from "../graph/graph-pane.tsx";
import { InspectorPane } from "../inspector/inspector-pane.tsx";
import { ListPane } from "../items/list-pane.tsx";
import { useKeys } from "../shell/keys.ts";
import { Refusal } from "../shell/pane.tsx";
import { SourcePane } from "../source/source-pane.tsx";
import { TimelinePane } from "../timeline/timeline-pane.tsx";
import { RunHead } from "./run-head.tsx";
import { RunFoot } from "./run-foot.tsx";
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
  useTitle(live);
  useRunKeys(view);

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
      <Panes {...props} />
      <RunFoot {...props} />
    </>
  );
}

function Panes(props: PaneProps): ReactElement {
  const columns = useDefaultLayout({ id: "workgraph.run.columns", storage: localStorage });
  const left = useDefaultLayout({ id: "workgraph.run.left", storage: localStorage });
  const right = useDefaultLayout({ id: "workgraph.run.right", storage: localStorage });
  const detail = useDefaultLayout({ id: "workgraph.run.detail", storage: localStorage });
  return (
    <main className="panes">
      <Group orientation="horizontal" {...columns}>
        <Panel id="left" defaultSize="46%" minSize="20%">
          <Group orientation="vertical" {...left}>
            <Panel id="graph" defaultSize="56%" minSize="10%">
              <GraphPane {...props} />
            </Panel>
            <Separator className="splitter down" />
            <Panel id="source" defaultSize="44%" minSize="8%">
              <SourcePane {...props} />
            </Panel>
          </Group>
        </Panel>
        <Separator className="splitter across" />
        <Panel id="right" defaultSize="54%" minSize="20%">
          <Group orientation="vertical" {...right}>
            <Panel id="timeline" defaultSize="38%" minSize="8%">
              <TimelinePane {...props} />
            </Panel>
            <Separator className="splitter down" />
            <Panel id="detail" defaultSize="62%" minSize="12%">
              <Group orientation="horizontal" {...detail}>
                <Panel id="list" defaultSize="54%" minSize="20%">
                  <ListPane {...props} />
                </Panel>
                <Separator className="splitter across" />
                <Panel id="inspector" defaultSize="46%" minSize="20%">
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

/** Lists are asked again at most four times a second, and not at all for a run that stands still. */
function useRevision(live: RunState, at: number | undefined): string {
  const ended = live.connection === "ended";
  const slice = Math.floor(live.heardAt / 250);
  return useMemo(
    () => (at !== undefined ? `at ${at}` : ended ? `end ${live.view.seq}` : `live ${slice}`),
    [at, ended, live.view.seq, slice],
  );
}

function useTitle({ status, view }: RunState): void {
  useEffect(() => {
    document.title =
      view.workflow === "" ? "workgraph" : `${mark(status)} ${view.workflow} · ${status.replace("_", " ")}`;
    return () => void (document.title = "workgraph");
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

function useRunKeys(view: RunView): void {
  const selection = useSelection();
  const { call } = selection;
  const chosen = call === undefined ? undefined : view.calls[call - 1];
  const go = (to: number | undefined): void => {
    if (to !== undefined) selection.choose({ call: to, item: undefined });
  };
  const step = (by: 1 | -1): void => {
    const real = view.calls.filter((one) => one.status !== "superseded").map((one) => one.call);
    const at = call === undefined ? -1 : real.indexOf(call);
    go(real[Math.max(0, Math.min(real.length - 1, at + by))]);
  };
  const failing = (by: 1 | -1): void => {
    const broken = view.errors.filter(({ call: at, final }) => at !== undefined && final);
    if (broken.length === 0) return;
    const at = broken.findIndex((one) => one.call === call && one.item === selection.item);
    const next = broken[(at + by + broken.length) % broken.length]!;
    selection.choose({
      ...(next.call === undefined ? {} : { call: next.call }),
      ...(next.item === undefined ? {} : { item: next.item }),
      tab: "error",
      list: "items",
    });
  };
  useKeys([
    {
      keys: "]",
      says: "downstream",
      group: "Graph",
      run: () => go(view.calls.find((one) => one.edges.some((edge) => edge.from === call))?.call),
    },
    { keys: "[", says: "upstream", group: "Graph", run: () => go(chosen?.edges[0]?.from) },
    { keys: "}", says: "next call", group: "Graph", run: () => step(1) },
    { keys: "{", says: "call before", group: "Graph", run: () => step(-1) },
    {
      keys: "u",
      says: "folded or unrolled",
      group: "Graph",
      run: () => selection.choose({ shape: selection.shape === "unrolled" ? undefined : "unrolled" }),
    },
    { keys: "n", says: "next error", group: "Errors", run: () => failing(1) },
    { keys: "N", says: "error before", group: "Errors", run: () => failing(-1) },
    { keys: "g i", says: "items", group: "Lists", run: () => selection.choose({ list: undefined }) },
    { keys: "g e", says: "events", group: "Lists", run: () => selection.choose({ list: "events" }) },
    { keys: "g x", says: "errors", group: "Lists", run: () => selection.choose({ list: "errors" }) },
    { keys: "g l", says: "logs", group: "Lists", run: () => selection.choose({ list: "logs" }) },
    { keys: "l", says: "follow live", group: "Time", run: () => selection.choose({ at: undefined }) },
    {
      keys: "Escape",
      says: "leave what is chosen",
      group: "Everywhere",
      run: () =>
        selection.choose(selection.item !== undefined ? { item: undefined } : { call: undefined, status: undefined }),
    },
  ]);
}
