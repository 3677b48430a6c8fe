import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState, type ReactElement } from "react";
import { get, hasToken, launch } from "../api/client.ts";
import { PageHead } from "../shell/page-head.tsx";
import { Nothing, Refusal } from "../shell/pane.tsx";
import "./workflow.css";

interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly choices?: readonly unknown[];
  readonly typeText?: string;
}

interface Described {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly target: string;
  readonly version: string;
  readonly parameters: readonly Parameter[];
  readonly example?: unknown;
  readonly commandLine: string;
}

/** One workflow: what it takes, and launching it. */
export function WorkflowPage(): ReactElement {
  const { name } = useParams({ from: "/workflows/$name" });
  const described = useQuery({
    queryKey: ["workflow", name],
    queryFn: ({ signal }) => get<Described>(`/api/workflows/${name}`, {}, signal),
  });
  return (
    <>
      <PageHead title={name} said={described.data?.title ?? described.data?.description}>
        <Link to="/runs" search={{ workflow: name }} className="button">
          its runs
        </Link>
      </PageHead>
      <main className="workflow">
        {described.error && <Refusal error={described.error} />}
        {described.data ? (
          <LaunchForm key={name} workflow={described.data} />
        ) : (
          !described.error && <Nothing>Loading</Nothing>
        )}
      </main>
    </>
  );
}

function LaunchForm({ workflow }: { readonly workflow: Described }): ReactElement {
  const navigate = useNavigate();
  const [text, setText] = useState(() => JSON.stringify(firstInput(workflow), null, 2));
  const [error, setError] = useState<Error | undefined>();
  const [busy, setBusy] = useState(false);
  let input: unknown;
  let wrong: string | undefined;
  try {
    input = text.trim() === "" ? {} : JSON.parse(text);
  } catch (cause) {
    wrong = (cause as Error).message;
  }
  const start = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      const answer = await launch<{ readonly runId: string }>(`/api/workflows/${workflow.name}/runs`, { input });
      await navigate({ to: "/runs/$runId", params: { runId: answer.runId }, search: {} });
    } catch (cause) {
      setError(cause as Error);
      setBusy(false);
    }
  };
  return (
    <section className="launch">
      <h2>Launch</h2>
      <table className="table parameters">
        <thead>
          <tr>
            <th>parameter</th>
            <th>type</th>
            <th>default</th>
          </tr>
        </thead>
        <tbody>
          {workflow.parameters.map((one) => (
            <tr key={one.name}>
              <td>
                <code>{one.name}</code>
                {one.required ? "" : " (optional)"}
              </td>
              <td>
                <code className="soft">{one.typeText ?? one.type}</code>
              </td>
              <td>
                <code className="soft">{one.default === undefined ? "" : JSON.stringify(one.default)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <label htmlFor="input">Input, as JSON</label>
      <textarea
        id="input"
        className="field code"
        rows={Math.min(16, Math.max(4, text.split("\n").length + 1))}
        value={text}
        spellCheck={false}
        aria-invalid={wrong !== undefined}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && wrong === undefined) void start();
        }}
      />
      {wrong !== undefined && <p className="wrong">This is not JSON: {wrong}</p>}
      {error && <Refusal error={error} />}
      <div className="launch-row">
        <button
          className="button primary"
          disabled={busy || wrong !== undefined || !hasToken()}
          onClick={() => void start()}
        >
          {busy ? "starting" : "Run"} <kbd>Ctrl ↵</kbd>
        </button>
        {!hasToken() && (
          <span className="soft">
            This tab has no token: open the address that <code>workgraph dev</code> printed to launch from here.
          </span>
        )}
      </div>
      <p className="faint">
        The same from a terminal: <code>{workflow.commandLine}</code>
      </p>
    </section>
  );
}

function firstInput({ parameters, example }: Described): unknown {
  if (example !== undefined) return example;
  return Object.fromEntries(
    parameters
      .filter(({ required }) => required)
      .map(({ name, type }) => [name, { number: 0, boolean: false, "string[]": [], "number[]": [] }[type] ?? ""]),
  );
}
