/**
 * Everything about one item, one call, or the run.
 *
 * R1. Values and messages are hostile text: they are shown as text, never as markup.
 */
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, type ReactElement, type ReactNode } from "react";
import type { CallView, RunView } from "../../src/model/view.ts";
import { useItem, useRun, useValue } from "../api/queries.ts";
import { useLogTail } from "../api/log-tail.ts";
import type { ItemDetail, RunError } from "../api/answers.ts";
import { CopyMenu } from "../shell/copy-menu.tsx";
import { bytes, counted, duration, shortRun } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";
import { Status } from "../shell/status.tsx";
import type { PaneProps } from "../run/run-page.tsx";
import { useSelection } from "../run/selection.ts";
import type { InspectorTab } from "../shell/router.tsx";
import { ArtifactsPart } from "./artifacts.tsx";
import { AttemptsPart } from "./attempts.tsx";
import { LineagePart } from "./lineage.tsx";
import { WhyPart } from "./why.tsx";
import "./inspector.css";

/** The list of logs has all of them. */
const SHOWN_LINES = 500;

const JsonView = lazy(async () => ({ default: (await import("./json-view.tsx")).JsonView }));

const TABS: readonly (readonly [InspectorTab, string])[] = [
  ["output", "Output"],
  ["input", "Input"],
  ["error", "Error"],
  ["attempts", "Attempts"],
  ["logs", "Logs"],
  ["lineage", "Lineage"],
  ["why", "Why"],
  ["artifacts", "Artifacts"],
];

/** A run and a call have no attempts and no reasons of their own. */
const OF_ITEMS: readonly InspectorTab[] = ["attempts", "why"];

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
        {TABS.filter(([name]) => address !== undefined || !OF_ITEMS.includes(name)).map(([name, text]) => (
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

function ItemParts(props: {
  readonly item: ItemDetail;
  readonly tab: InspectorTab;
  readonly view: RunView;
  readonly runId: string;
  readonly revision: string;
}): ReactElement {
  const { item, tab, view, runId, revision } = props;
  const head = (
    <div className="inspector-head">
      <Status status={item.status} />
      <code>{item.path}</code>
      <span className="faint">{item.address}</span>
      {item.ms !== undefined && <span className="faint">{duration(item.ms)}</span>}
      {item.attempts > 1 && <span className="faint">{counted(item.attempts, "attempt")}</span>}
      {item.child && (
        <Link to="/runs/$runId" params={{ runId: item.child.runId }} title="down into the child run  (o)">
          child run {shortRun(item.child.runId)}
        </Link>
      )}
      <span className="grow" />
      <CopyMenu runId={runId} workflow={view.workflow} address={item.address} />
    </div>
  );
  switch (tab) {
    case "input":
      return (
        <>
          {head}
          {item.inputs.length === 0 && <Nothing>This item was given nothing.</Nothing>}
          {item.inputs.map((input) => (
            <Part key={input.param} title={input.param} said={input.from}>
              <JsonView value={"value" in input ? input.value : input.preview} />
            </Part>
          ))}
        </>
      );
    case "error":
      return (
        <>
          {head}
          {item.errors.length === 0 ? (
            <Nothing>Nothing went wrong here.</Nothing>
          ) : (
            item.errors.map((error) => <ErrorPart key={error.seq} error={error} />)
          )}
        </>
      );
    case "logs":
      return (
        <>
          {head}
          <Lines place={item.address} revision={revision} />
        </>
      );
    case "attempts":
      return (
        <>
          {head}
          <AttemptsPart address={item.address} startedAt={view.createdAt} revision={revision} />
        </>
      );
    case "lineage":
      return (
        <>
          {head}
          <LineagePart address={item.address} revision={revision} />
        </>
      );
    case "why":
      return (
        <>
          {head}
          <WhyPart address={item.address} revision={revision} />
        </>
      );
    case "artifacts":
      return (
        <>
          {head}
          <ArtifactsPart runId={runId} place={item.address} revision={revision} />
        </>
      );
    case "output":
      return (
        <>
          {head}
          {"value" in item ? (
            <JsonView value={(item as { readonly value?: unknown }).value} />
          ) : item.elements ? (
            <Part title={counted(item.size ?? item.elements.length, "element")}>
              <JsonView value={item.elements} />
            </Part>
          ) : item.preview === undefined ? (
            <Nothing>{item.status === "completed" ? "It gave nothing." : "It has given nothing so far."}</Nothing>
          ) : (
            <JsonView value={item.preview} />
          )}
        </>
      );
  }
}

function CallParts(props: {
  readonly call: CallView;
  readonly view: RunView;
  readonly runId: string;
  readonly tab: InspectorTab;
  readonly revision: string;
}): ReactElement {
  const { call, view, runId, tab, revision } = props;
  const place = `${runId}.${call.call}`;
  if (tab === "artifacts") return <ArtifactsPart runId={runId} place={place} revision={revision} />;
  if (tab === "logs") return <Lines place={place} revision={revision} />;
  return (
    <>
      <div className="inspector-head">
        <Status status={call.status} />
        <code>{call.node}</code>
        <span className="faint">
          {runId}.{call.call}
        </span>
        <span className="faint">{call.kind}</span>
      </div>
      <dl className="pairs">
        <Pair
          name="items"
          value={
            Object.entries(call.counts)
              .map(([status, number]) => `${number} ${status}`)
              .join(", ") || "none"
          }
        />
        <Pair name="retries" value={String(call.retries)} />
        <Pair name="busy" value={duration(call.busyMs)} />
        {call.startedAt !== undefined && call.endedAt !== undefined && (
          <Pair name="took" value={duration(call.endedAt - call.startedAt)} />
        )}
        {call.site && (
          <Pair
            name="made at"
            value={`${call.site.file}:${call.site.line}${call.site.functionName === undefined ? "" : ` in ${call.site.functionName}`}`}
          />
        )}
        {Object.entries(call.inputs).map(([param, input]) => (
          <Pair
            key={param}
            name={param}
            value={
              input.from === "call"
                ? `${input.how === "gather" ? "all of" : "each of"} ${view.calls[input.call - 1]?.node ?? ""} (call ${input.call})`
                : input.from === "list"
                  ? `${input.how === "gather" ? "all of" : "each of"} a list of ${input.size}`
                  : "a plain value"
            }
          />
        ))}
      </dl>
      <CallEdges call={call} view={view} runId={runId} />
    </>
  );
}

/** What it came from and what came from it, both ways. */
function CallEdges({
  call,
  view,
  runId,
}: {
  readonly call: CallView;
  readonly view: RunView;
  readonly runId: string;
}): ReactElement {
  const out = view.calls.flatMap((one) =>
    one.edges.filter((edge) => edge.from === call.call).map((edge) => ({ edge, other: one })),
  );
  const link = (other: number, text: ReactNode): ReactElement => (
    <Link
      to="/runs/$runId"
      params={{ runId }}
      search={(before) => ({ ...before, call: other, item: undefined }) as never}
    >
      {text}
    </Link>
  );
  return (
    <div className="edges">
      <h3>came from</h3>
      <ul>
        {call.edges.length === 0 && <li className="faint">nothing: its inputs are plain values</li>}
        {call.edges.map((edge, i) => (
          <li key={i}>
            {edge.kind === "dashed" ? (
              <span className="faint">after </span>
            ) : (
              <span className="faint">{edge.param} ← </span>
            )}
            {link(edge.from, <code>{`${view.calls[edge.from - 1]?.node ?? "?"} · ${edge.from}`}</code>)}
            {edge.modified && <span className="faint"> (modified on the way)</span>}
          </li>
        ))}
      </ul>
      <h3>read by</h3>
      <ul>
        {out.length === 0 && <li className="faint">nothing so far</li>}
        {out.slice(0, 200).map(({ edge, other }, i) => (
          <li key={i}>
            {link(other.call, <code>{`${other.node} · ${other.call}`}</code>)}
            <span className="faint">{edge.kind === "dashed" ? " made after it" : ` as ${edge.param ?? ""}`}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function RunParts(
  props: PaneProps & { readonly detail: ReturnType<typeof useRun>["data"]; readonly tab: InspectorTab },
): ReactElement {
  const { detail, tab } = props;
  if (!detail) return <Nothing>Loading</Nothing>;
  if (tab === "error") {
    const errors = detail.errors ?? [];
    return errors.length === 0 ? (
      <Nothing>Nothing went wrong in this run.</Nothing>
    ) : (
      <>
        {errors.map((error) => (
          <ErrorPart key={error.seq} error={error} />
        ))}
      </>
    );
  }
  const ended = props.live.connection === "ended";
  if (tab === "artifacts") return <ArtifactsPart runId={props.runId} place={props.runId} revision={props.revision} />;
  if (tab === "logs") return <Lines place={props.runId} revision={props.revision} />;
  return (
    <>
      {tab !== "input" && (
        <Part title="output of the run">
          {ended && props.live.status.startsWith("completed") ? (
            <Value address={props.runId} of="output" />
          ) : (
            <p className="faint">{ended ? "This run returned nothing." : "It has not ended."}</p>
          )}
        </Part>
      )}
      <Part title="input of the run">
        <Value address={props.runId} of="input" />
      </Part>
    </>
  );
}

/** A recorded value, whole up to 256 KB; then its beginning, said to be one. */
function Value({
  address,
  of,
}: {
  readonly address: string;
  readonly of: "input" | "output" | "result";
}): ReactElement {
  const value = useValue(address, of, "");
  if (value.error) return <Refusal error={value.error} />;
  if (!value.data) return <p className="faint">Loading</p>;
  const { text, truncated, length } = value.data;
  return (
    <>
      <JsonView value={truncated ? text : parsed(text)} />
      {truncated && (
        <p className="faint">
          the first {bytes(text.length)} of {bytes(length)}
        </p>
      )}
    </>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function Part(props: {
  readonly title: string;
  readonly said?: string | undefined;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <section className="part">
      <h3>
        {props.title}
        {props.said !== undefined && <span className="faint"> ← {props.said}</span>}
      </h3>
      {props.children}
    </section>
  );
}

function Pair({ name, value }: { readonly name: string; readonly value: string }): ReactElement {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function ErrorPart({ error }: { readonly error: RunError }): ReactElement {
  const { choose } = useSelection();
  const { site } = error;
  return (
    <article className="error">
      <h3>
        <code>{error.code}</code> {error.message}
      </h3>
      <p className="faint">
        {error.kind}
        {error.attempt === undefined ? "" : `, attempt ${error.attempt}`}
        {error.final ? "" : ", tried again"}
      </p>
      {error.hint !== undefined && <p>{error.hint}</p>}
      {site && (
        <button
          className="link at-source"
          onClick={() => choose({ file: site.file, line: site.line, left: undefined }, "move")}
        >
          show {site.file.slice(site.file.lastIndexOf("/") + 1)}:{site.line} in the source
        </button>
      )}
      {error.stack !== undefined && <pre>{error.stack}</pre>}
      {(error.causes ?? []).map((cause, i) => (
        <pre key={i} className="faint">{`caused by ${cause.name}: ${cause.message}`}</pre>
      ))}
    </article>
  );
}

/** What was logged there, as it comes. */
function Lines(props: { readonly place: string; readonly revision: string }): ReactElement {
  const { lines, isPending, error } = useLogTail(props.place, props.revision);
  if (error) return <Refusal error={error} />;
  if (lines.length === 0) return <Nothing>{isPending ? "Loading" : "Nothing was logged here."}</Nothing>;
  return (
    <ol className="lines">
      {lines.slice(-SHOWN_LINES).map((line) => (
        <li key={line.id}>
          <time className="faint">{line.time.slice(11, 23)}</time>
          <span className={`level-${line.level}`}>{line.level}</span>
          <code>
            {line.text}
            {line.fields === undefined ? "" : ` ${JSON.stringify(line.fields)}`}
          </code>
        </li>
      ))}
    </ol>
  );
}
