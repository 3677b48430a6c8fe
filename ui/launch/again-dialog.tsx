/**
 * A run made from a run: fork, rerun, resume. What is reused and what will execute is listed before anything starts.
 *
 * R1. The list is of what is chosen here now: it is made anew with every change, and the launch waits for it.
 * R2. The command below starts the same run.
 */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Dialog } from "radix-ui";
import { useEffect, useMemo, useState, type ReactElement } from "react";
import type { RunStatus } from "../../src/model/status.ts";
import { nodesOf, type RunView } from "../../src/model/view.ts";
import { get, hasToken, launch } from "../api/client.ts";
import { Refusal } from "../shell/pane.tsx";
import { CommandLine } from "./command-line.tsx";
import { againCommand, readTags, type AgainKind, type AgainOrder } from "./command.ts";
import { inputText, readInput } from "./input-editor.tsx";
import { NoToken } from "./no-token.tsx";
import { bodyOf, useForkPlan } from "./plan.ts";
import { ForkPlanView, RerunPlanView, ResumePlanView } from "./plan-view.tsx";
import "./launch.css";

const KINDS: Readonly<Record<AgainKind, { readonly name: string; readonly says: string }>> = {
  fork: { name: "Fork", says: "A new run that takes over every item whose code and inputs are what they were." },
  rerun: { name: "Rerun", says: "A new run with the same input, in which everything executes." },
  resume: { name: "Resume", says: "The same run goes on, with the code that it has." },
};
const RESUMABLE: readonly RunStatus[] = ["failed", "interrupted", "cancelled", "paused"];
/** Longer than this an input is edited elsewhere. */
const MAX_INPUT_LENGTH = 262_144;
const SETTLE_MS = 400;

export function AgainDialog(props: {
  readonly runId: string;
  readonly status: RunStatus;
  readonly view: RunView;
  readonly kind: AgainKind;
  readonly onKind: (kind: AgainKind) => void;
  readonly onClose: () => void;
}): ReactElement {
  const { runId, status, view, kind } = props;
  const navigate = useNavigate();
  const [code, setCode] = useState<AgainOrder["code"]>("current");
  const [from, setFrom] = useState<readonly string[]>([]);
  const [edited, setEdited] = useState<string | undefined>();
  const [tagText, setTagText] = useState("");
  const [error, setError] = useState<Error | undefined>();
  const [busy, setBusy] = useState(false);
  const read = useMemo(() => (edited === undefined ? {} : readInput(edited)), [edited]);
  const order: AgainOrder = {
    kind,
    run: runId,
    code,
    from,
    tags: readTags(tagText),
    ...(read.value === undefined ? {} : { input: read.value }),
  };
  const settled = useSettled(order);
  const plan = useForkPlan(read.wrong === undefined ? settled : undefined);
  const whyNot = refusal(kind, status);
  const isPlanned = kind !== "fork" || (plan.data !== undefined && !plan.isFetching && settled === order);
  const canStart =
    !busy && hasToken() && whyNot === undefined && read.wrong === undefined && (isPlanned || !!plan.error);

  const start = async (): Promise<void> => {
    if (!canStart) return;
    setBusy(true);
    setError(undefined);
    try {
      const answer = await launch<{ readonly runId: string }>(`/api/runs/${runId}/${kind}`, bodyOf(order));
      // A run that goes on is read from the beginning: its old connection had ended.
      if (kind === "resume") window.location.assign(`/runs/${runId}`);
      else await navigate({ to: "/runs/$runId", params: { runId: answer.runId }, search: {} });
    } catch (cause) {
      setError(cause as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog.Root open onOpenChange={props.onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          className="dialog again"
          aria-describedby={undefined}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void start();
          }}
        >
          <Dialog.Title asChild>
            <h2>Run {view.workflow} again</h2>
          </Dialog.Title>
          <div className="again-form">
            <div className="launch-row">
              <div className="segmented" role="group" aria-label="How">
                {(Object.keys(KINDS) as AgainKind[]).map((one) => (
                  <button key={one} type="button" aria-pressed={one === kind} onClick={() => props.onKind(one)}>
                    {KINDS[one].name}
                  </button>
                ))}
              </div>
              <span className="soft">{KINDS[kind].says}</span>
            </div>
            {kind !== "resume" && (
              <>
                <div className="again-row">
                  <span>code</span>
                  <div className="choices">
                    <Radio name="code" checked={code === "current"} onChoose={() => setCode("current")}>
                      of the file now
                    </Radio>
                    <Radio name="code" checked={code === "recorded"} onChoose={() => setCode("recorded")}>
                      pinned: that of this run
                    </Radio>
                  </div>
                </div>
                <div className="again-row">
                  <span>input</span>
                  <EditedInput runId={runId} text={edited} onChange={setEdited} wrong={read.wrong} />
                </div>
              </>
            )}
            {kind === "fork" && (
              <div className="again-row">
                <span>execute anyway</span>
                <div className="choices">
                  {nodesOf(view).map(({ node }) => (
                    <label key={node}>
                      <input
                        type="checkbox"
                        checked={from.includes(node)}
                        onChange={() =>
                          setFrom(from.includes(node) ? from.filter((one) => one !== node) : [...from, node])
                        }
                      />
                      {node}
                    </label>
                  ))}
                </div>
              </div>
            )}
            {kind !== "resume" && (
              <div className="again-row">
                <span>tags</span>
                <input
                  className="field"
                  aria-label="Tags: key=value, apart by commas"
                  placeholder="key=value, apart by commas"
                  value={tagText}
                  onChange={(event) => setTagText(event.target.value)}
                />
              </div>
            )}
            {whyNot !== undefined ? (
              <p className="soft">{whyNot}</p>
            ) : kind === "fork" ? (
              <section className="section" tabIndex={0} aria-label="Before it starts" aria-busy={plan.isFetching}>
                {plan.error ? (
                  <Refusal error={plan.error} />
                ) : plan.data ? (
                  <ForkPlanView plan={plan.data} />
                ) : (
                  <span className="soft">
                    {hasToken() ? "Looking what is reused and what executes" : "What is reused is told with a token."}
                  </span>
                )}
              </section>
            ) : (
              <section className="section" tabIndex={0} aria-label="Before it starts">
                {kind === "rerun" ? <RerunPlanView view={view} /> : <ResumePlanView view={view} />}
              </section>
            )}
            {error && <Refusal error={error} />}
            <div className="launch-row">
              <button type="button" className="button primary" disabled={!canStart} onClick={() => void start()}>
                {busy ? "starting" : KINDS[kind].name} <kbd>Ctrl ↵</kbd>
              </button>
              <Dialog.Close className="button">Close</Dialog.Close>
              <NoToken />
            </div>
            {whyNot === undefined && <CommandLine label="the same from a terminal" text={againCommand(order)} />}
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function refusal(kind: AgainKind, status: RunStatus): string | undefined {
  if (kind !== "resume" || RESUMABLE.includes(status)) return undefined;
  if (status === "running" || status === "queued") return `It is ${status}: there is nothing to go on with yet.`;
  return `It is ${status.replace("_", " ")}: a resume goes on with what failed, was interrupted, cancelled or paused. Fork it, or run it again.`;
}

function Radio(props: {
  readonly name: string;
  readonly checked: boolean;
  readonly onChoose: () => void;
  readonly children: string;
}): ReactElement {
  return (
    <label>
      <input type="radio" name={props.name} checked={props.checked} onChange={props.onChoose} />
      {props.children}
    </label>
  );
}

function EditedInput(props: {
  readonly runId: string;
  readonly text: string | undefined;
  readonly onChange: (text: string | undefined) => void;
  readonly wrong: string | undefined;
}): ReactElement {
  const recorded = useQuery({
    queryKey: ["input", props.runId],
    queryFn: ({ signal }) =>
      get<{ readonly text: string; readonly truncated: boolean }>(
        `/api/values/${props.runId}`,
        { of: "input", length: MAX_INPUT_LENGTH },
        signal,
      ),
    staleTime: Infinity,
  });
  if (recorded.error) return <span className="soft">{recorded.error.message}</span>;
  if (!recorded.data) return <span className="soft">reading it</span>;
  const { text, truncated } = recorded.data;
  if (props.text === undefined) {
    return (
      <div className="launch-row">
        <code className="cut recorded-input">{text.length > 400 ? `${text.slice(0, 400)}…` : text}</code>
        <button
          type="button"
          className="button"
          disabled={truncated}
          title={truncated ? "It is too long to be edited here; the command takes @file" : undefined}
          onClick={() => props.onChange(inputText(JSON.parse(text)))}
        >
          edit
        </button>
      </div>
    );
  }
  return (
    <div className="fields">
      <textarea
        className="field code"
        aria-label="Input, as JSON"
        rows={Math.min(12, Math.max(4, props.text.split("\n").length + 1))}
        value={props.text}
        spellCheck={false}
        aria-invalid={props.wrong !== undefined}
        onChange={(event) => props.onChange(event.target.value)}
      />
      {props.wrong !== undefined && <p className="wrong">{props.wrong}</p>}
      <button type="button" className="button" onClick={() => props.onChange(undefined)}>
        take the recorded one
      </button>
    </div>
  );
}

/** A value once it has not changed for a while; the same object until then. */
function useSettled(order: AgainOrder): AgainOrder {
  const key = JSON.stringify({ ...order, tags: {} });
  const [settled, setSettled] = useState({ key, order });
  useEffect(() => {
    if (settled.key === key) return;
    const timer = window.setTimeout(() => setSettled({ key, order }), SETTLE_MS);
    return () => window.clearTimeout(timer);
  }, [key, order, settled.key]);
  return settled.key === key ? order : settled.order;
}
