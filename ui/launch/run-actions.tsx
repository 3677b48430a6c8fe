/** What can be begun from a run: a run made from it, going on with it, comparing it, a file of it. The dialog is loaded when it is opened. */
import { useNavigate, useSearch } from "@tanstack/react-router";
import { GitCompareArrows, Play } from "lucide-react";
import { lazy, Suspense, type ReactElement } from "react";
import type { RunStatus } from "../../src/model/status.ts";
import type { RunView } from "../../src/model/view.ts";
import { useCompareMark } from "../compare/use-compare-mark.ts";
import { ExportMenu } from "../export/export-menu.tsx";
import { useKeys } from "../shell/keys.ts";
import type { RunSearch } from "../shell/search.ts";
import type { AgainKind } from "./command.ts";

const AgainDialog = lazy(async () => ({ default: (await import("./again-dialog.tsx")).AgainDialog }));

export function RunActions(props: {
  readonly runId: string;
  readonly status: RunStatus;
  readonly view: RunView;
}): ReactElement {
  const { runId, status } = props;
  const { again } = useSearch({ from: "/runs/$runId" });
  const navigate = useNavigate({ from: "/runs/$runId" });
  const { marked, mark } = useCompareMark();
  const open = (kind: AgainKind | undefined): void =>
    void navigate({
      search: ({ again: _before, ...rest }: RunSearch) => (kind === undefined ? rest : { ...rest, again: kind }),
      replace: again !== undefined,
    });
  const usual: AgainKind = status === "interrupted" || status === "paused" ? "resume" : "fork";
  useKeys([
    { keys: "R", says: "run again: fork, rerun or resume", group: "Everywhere", run: () => open(usual) },
    { keys: "m", says: "mark for compare", group: "Everywhere", run: () => mark(runId) },
  ]);
  return (
    <>
      <button type="button" className="button quiet" title="Fork, rerun or resume  (R)" onClick={() => open(usual)}>
        <Play size={14} aria-hidden /> Run again
      </button>
      <button
        type="button"
        className="button quiet"
        aria-pressed={marked === runId}
        title={marked === undefined || marked === runId ? "Mark for compare  (m)" : "Compare with the marked run  (m)"}
        onClick={() => mark(runId)}
      >
        <GitCompareArrows size={14} aria-hidden />{" "}
        {marked === undefined ? "Compare" : marked === runId ? "marked" : "Compare with marked"}
      </button>
      <ExportMenu runId={runId} />
      {again !== undefined && (
        <Suspense fallback={null}>
          <AgainDialog {...props} kind={again} onKind={open} onClose={() => open(undefined)} />
        </Suspense>
      )}
    </>
  );
}
