/** Items, events, errors, logs or child runs of the run, or of the call that is chosen. */
import { Suspense, type ReactElement } from "react";
import { ErrorsList } from "../errors/errors-list.tsx";
import { EventsList } from "../events/events-list.tsx";
import { LogsList } from "../events/logs-list.tsx";
import { count, total } from "../shell/format.ts";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import type { ListName } from "../shell/search.ts";
import { ChildrenList } from "./children-list.tsx";
import { ItemsList } from "./items-list.tsx";
import "./list.css";

const LISTS: readonly (readonly [ListName, string])[] = [
  ["items", "Items"],
  ["events", "Events"],
  ["errors", "Errors"],
  ["logs", "Logs"],
  ["children", "Children"],
];

export function ListPane(props: PaneProps): ReactElement {
  const { view } = props;
  const { call, item, list = "items", choose } = useSelection();
  const hasChildren = view.calls.some(({ kind }) => kind === "subgraph");
  const chosen = call === undefined ? undefined : view.calls[call - 1];
  const figure: Readonly<Partial<Record<ListName, number>>> = {
    items: total(chosen ? chosen.counts : view.counts),
    events: view.seq,
    errors: view.errorTotal,
  };
  return (
    <section className="pane" aria-label="Lists">
      <div className="tabs" role="tablist" aria-label="Lists">
        {LISTS.filter(([name]) => name !== "children" || hasChildren || list === name).map(([name, text]) => (
          <button
            key={name}
            role="tab"
            aria-selected={list === name}
            onClick={() => choose({ list: name === "items" ? undefined : name })}
          >
            {text}
            {figure[name] !== undefined && <span className="faint">{count(figure[name])}</span>}
          </button>
        ))}
      </div>
      {chosen && (
        <div className="list-of">
          <span className="soft">of</span>
          <code className="cut">
            {chosen.node} · call {chosen.call}
            {item !== undefined && list !== "items" && list !== "children" ? ` · item ${item}` : ""}
          </code>
          <button aria-label="Leave this call" onClick={() => choose({ call: undefined, item: undefined })}>
            ×
          </button>
        </div>
      )}
      <div className="pane-body flush" role="tabpanel">
        <Suspense>
          {list === "items" && <ItemsList {...props} />}
          {list === "events" && <EventsList {...props} />}
          {list === "errors" && <ErrorsList {...props} />}
          {list === "logs" && <LogsList {...props} />}
          {list === "children" && <ChildrenList {...props} />}
        </Suspense>
      </div>
    </section>
  );
}
