/**
 * Everything about one item, one call, or the run.
 *
 * R1. Values and messages are hostile text: they are shown as text, never as markup.
 */
import { Suspense, type ReactElement } from "react";
import { useItem, useRun } from "../api/queries.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import type { InspectorTab } from "../shell/search.ts";
import { CallParts } from "./call-parts.tsx";
import { ItemParts } from "./item-parts.tsx";
import { RunParts } from "./run-parts.tsx";
import "./inspector.css";

const TABS: readonly (readonly [InspectorTab, string])[] = [
  ["output", "Output"],
  ["input", "Input"],
  ["error", "Error"],
  ["attempts", "Attempts"],
  ["logs", "Logs"],
  ["lineage", "Lineage"],
  ["why", "Why"],
  ["spans", "Trace"],
  ["artifacts", "Artifacts"],
];

/** A run and a call have no attempts and no reasons of their own, and a run came from nothing. */
const OF_ITEMS: readonly InspectorTab[] = ["attempts", "why"];
const OF_CALLS: readonly InspectorTab[] = ["lineage"];

export function InspectorPane(props: PaneProps): ReactElement {
  const { runId, view, revision, live } = props;
  const { call, item, tab, choose } = useSelection();
  const address = call !== undefined && item !== undefined ? `${runId}.${call}.${item}` : undefined;
  const detail = useItem(address, live.connection === "ended" ? "end" : revision);
  const run = useRun(runId, live.connection === "ended" ? live.view.seq : 0);
  const callView = call === undefined ? undefined : view.calls[call - 1];
  const failed = detail.data && /failed|abandoned|cancelled|retrying/.test(detail.data.status);
  const shown = tab ?? (failed ? "error" : "output");
  return (
    <section className="pane" aria-label="Inspector">
      <div className="tabs wrapped" role="tablist" aria-label="Inspector">
        {TABS.filter(
          ([name]) =>
            (address !== undefined || !OF_ITEMS.includes(name)) && (call !== undefined || !OF_CALLS.includes(name)),
        ).map(([name, text]) => (
          <button key={name} role="tab" aria-selected={shown === name} onClick={() => choose({ tab: name }, "move")}>
            {text}
            {name === "error" && (detail.data?.errors.length ?? 0) > 0 && (
              <span style={{ color: "var(--s-failed)" }}>{detail.data!.errors.length}</span>
            )}
          </button>
        ))}
      </div>
      <div className="pane-body inspector">
        <Suspense fallback={<Nothing>Loading</Nothing>}>
          {detail.error && address !== undefined ? (
            <Refusal error={detail.error} />
          ) : address !== undefined ? (
            detail.data ? (
              <ItemParts
                item={detail.data}
                tab={shown}
                view={view}
                runId={runId}
                revision={live.connection === "ended" ? "end" : revision}
              />
            ) : (
              <Nothing>Loading</Nothing>
            )
          ) : callView ? (
            <CallParts call={callView} view={view} runId={runId} tab={shown} revision={revision} />
          ) : (
            <RunParts {...props} detail={run.data} tab={shown} />
          )}
        </Suspense>
      </div>
    </section>
  );
}
