/**
 * How long the run would have taken with other limits, a graph break less, or a gather that waits for no whole set.
 *
 * R1. The server simulates; what it assumes is shown beside what it says.
 */
import type { ReactElement } from "react";
import type { RunView } from "../../src/model/view.ts";
import type { Prediction, Profile } from "../../src/model/profile.ts";
import { useWhatIf } from "../api/profile.ts";
import { CommandLine } from "../launch/command-line.tsx";
import { useSelection } from "../run/selection.ts";
import { duration } from "../shell/format.ts";
import { AwaitedAnswer } from "../shell/awaited.tsx";
import { changeText, limitOf, readChange, toggled, whatIfCommand, withLimit } from "./change.ts";

export function WhatIfView(props: {
  readonly runId: string;
  readonly run: RunView;
  readonly data: Profile;
  readonly seq: number;
}): ReactElement {
  const { run, data } = props;
  const { whatIf, choose } = useSelection();
  const change = readChange(whatIf);
  const prediction = useWhatIf(props.runId, props.seq, change);
  const ask = (next: typeof change): void => choose({ whatIf: changeText(next) }, "move");
  const awaited = breaksOf(run);
  const gathering = new Set(
    run.calls.filter(({ inputs }) => Object.values(inputs).some(isGathered)).map(({ node }) => node),
  );
  const nodes = data.nodes.filter(({ workflow }) => workflow === data.workflow);
  const isAsked = changeText(change) !== undefined;
  return (
    <div className="what-if">
      <table className="table">
        <thead>
          <tr>
            <th>node</th>
            <th className="number">seen at once</th>
            <th>limit</th>
            <th title="As if what was awaited of it had held nothing back">no break</th>
            <th title="As if its gather had waited for no whole set">no wait for its set</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map(({ node, peak }) => (
            <tr key={node}>
              <td>
                <code>{node}</code>
              </td>
              <td className="number">{peak}</td>
              <td>
                <input
                  className="field small"
                  type="number"
                  min={1}
                  max={10_000}
                  aria-label={`Limit of ${node}`}
                  placeholder="as it was"
                  value={limitOf(change, node) ?? ""}
                  onChange={({ target }) => ask(withLimit(change, node, Number(target.value) || undefined))}
                />
              </td>
              <td>
                {awaited.has(node) && (
                  <input
                    type="checkbox"
                    aria-label={`Without the graph break behind ${node}`}
                    checked={change.withoutBreaks.includes(node)}
                    onChange={() => ask({ ...change, withoutBreaks: toggled(change.withoutBreaks, node) })}
                  />
                )}
              </td>
              <td>
                {gathering.has(node) && (
                  <input
                    type="checkbox"
                    aria-label={`Without the wait of the gather of ${node}`}
                    checked={change.withoutGathers.includes(node)}
                    onChange={() => ask({ ...change, withoutGathers: toggled(change.withoutGathers, node) })}
                  />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <section className="what-if-answer" aria-live="polite" aria-label="What it would have been">
        {!isAsked ? (
          <p className="soft">
            Change a limit, or take a barrier away: the run is simulated out of its own log. It took{" "}
            {duration(data.durationMs)}.
          </p>
        ) : (
          <AwaitedAnswer of={prediction} doing="Simulating" before="hidden">
            {(found) => found && <Answer prediction={found} />}
          </AwaitedAnswer>
        )}
        {isAsked && <CommandLine label="the same in a terminal" text={whatIfCommand(props.runId, change)} />}
      </section>
    </div>
  );
}

function Answer({ prediction }: { readonly prediction: Prediction }): ReactElement {
  const { measuredMs, modelMs, predictedMs, assumptions, unfinished } = prediction;
  const by = predictedMs - modelMs;
  return (
    <>
      <p className="what-if-figure">
        <strong>{duration(predictedMs)}</strong>{" "}
        <span style={{ color: `var(${by > 0.5 ? "--s-failed" : "--s-completed"})` }}>
          {Math.abs(by) < 0.5 ? "no difference" : `${by < 0 ? "−" : "+"}${duration(Math.abs(by))}`}
        </span>{" "}
        <span className="soft">
          against {duration(modelMs)} as it was by the same simulation; measured were {duration(measuredMs)}
        </span>
      </p>
      <ul className="soft">
        {assumptions.map((text) => (
          <li key={text}>{text}</li>
        ))}
        {unfinished.length > 0 && (
          <li>
            Calls that do not close in the simulation, as the log does not tell all they waited for:{" "}
            {unfinished.join(", ")}.
          </li>
        )}
      </ul>
    </>
  );
}

/** Nodes whose delivery opened a segment. */
function breaksOf(run: RunView): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { edges } of run.calls) {
    for (const { kind, from } of edges) {
      const node = kind === "dashed" ? run.calls[from - 1]?.node : undefined;
      if (node !== undefined) found.add(node);
    }
  }
  return found;
}

function isGathered(input: RunView["calls"][number]["inputs"][string]): boolean {
  return "how" in input && input.how === "gather";
}
