/** Launching a workflow: its input as form or JSON, what it begins with, and the command that does the same. */
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState, type ReactElement } from "react";
import { hasToken, launch } from "../api/client.ts";
import type { Described } from "../workflows/described.ts";
import { Refusal } from "../shell/pane.tsx";
import { ArtifactPicker } from "./artifact-picker.tsx";
import { CommandLine } from "./command-line.tsx";
import { launchCommand, readTags } from "./command.ts";
import { InputEditor, inputText, readInput, type InputShape } from "./input-editor.tsx";
import { NoToken } from "./no-token.tsx";
import "./launch.css";

export function LaunchForm(props: {
  readonly workflow: Described;
  readonly shape: InputShape;
  readonly onShape: (shape: InputShape) => void;
}): ReactElement {
  const { workflow } = props;
  const navigate = useNavigate();
  const [text, setText] = useState(() => inputText(firstInput(workflow)));
  const [tagText, setTagText] = useState("");
  const [error, setError] = useState<Error | undefined>();
  const [busy, setBusy] = useState(false);
  const { value, wrong } = useMemo(() => readInput(text), [text]);
  const tags = readTags(tagText);
  const start = async (): Promise<void> => {
    if (value === undefined || busy || !hasToken()) return;
    setBusy(true);
    setError(undefined);
    try {
      const order = { input: value, ...(Object.keys(tags).length === 0 ? {} : { tags }) };
      const { runId } = await launch<{ readonly runId: string }>(`/api/workflows/${workflow.name}/runs`, order);
      await navigate({ to: "/runs/$runId", params: { runId }, search: {} });
    } catch (cause) {
      setError(cause as Error);
      setBusy(false);
    }
  };
  return (
    <section className="launch" aria-label="Launch">
      {workflow.warnings.map((warning) => (
        <p key={warning} className="wrong">
          {warning}
        </p>
      ))}
      <InputEditor
        schema={workflow.inputSchema}
        text={text}
        onChange={setText}
        shape={props.shape}
        onShape={props.onShape}
        onSubmit={() => void start()}
      />
      <ArtifactPicker
        workflow={workflow.name}
        fields={workflow.parameters.filter(({ type }) => /string|Artifact/.test(type)).map(({ name }) => name)}
        onFill={(values) => setText(inputText({ ...value, ...values }))}
      />
      <label className="form-field">
        <span>
          tags <span className="faint">optional; key=value, apart by commas</span>
        </span>
        <input className="field" value={tagText} onChange={(event) => setTagText(event.target.value)} />
      </label>
      {error && <Refusal error={error} />}
      <div className="launch-row">
        <button
          type="button"
          className="button primary"
          disabled={busy || wrong !== undefined || !hasToken()}
          onClick={() => void start()}
        >
          {busy ? "starting" : "Run"} <kbd>Ctrl ↵</kbd>
        </button>
        <NoToken />
      </div>
      {value !== undefined && (
        <CommandLine
          label="the same from a terminal"
          text={launchCommand({ target: workflow.target, input: value, tags })}
        />
      )}
    </section>
  );
}

/** What is required, with something of its type; what has a default is left to it. */
function firstInput({ parameters, example }: Described): unknown {
  if (example !== undefined) return example;
  return Object.fromEntries(
    parameters
      .filter(({ required }) => required)
      .map(({ name, type, choices }) => [name, choices?.[0] ?? emptyOf(type)] as const),
  );
}

function emptyOf(type: string): unknown {
  if (type.endsWith("[]") || type.startsWith("Array")) return [];
  switch (type) {
    case "number":
    case "integer":
      return 0;
    case "boolean":
      return false;
    case "object":
      return {};
    default:
      return type.startsWith("{") || type.startsWith("Record") ? {} : "";
  }
}
