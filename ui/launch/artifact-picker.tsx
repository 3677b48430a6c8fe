/**
 * Beginning a launch with what another run published.
 *
 * R1. An artifact that says what this workflow takes fills in all of it (`next` of its manifest).
 * R2. Any other one goes, as a selector, into a field that is named by hand.
 */
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";
import { get } from "../api/client.ts";
import type { ArtifactEntry } from "../api/run-parts.ts";

interface Shown {
  readonly manifest: { readonly nextInputs?: Readonly<Record<string, Readonly<Record<string, unknown>>>> };
}

export function ArtifactPicker(props: {
  readonly workflow: string;
  /** Parameters that take text. */
  readonly fields: readonly string[];
  readonly onFill: (values: Readonly<Record<string, unknown>>) => void;
}): ReactElement | null {
  const { workflow, fields, onFill } = props;
  const [chosen, setChosen] = useState("");
  const [field, setField] = useState(fields[0] ?? "");
  const list = useQuery({
    queryKey: ["artifacts", "newest"],
    queryFn: async ({ signal }) =>
      (await get<{ readonly artifacts: readonly ArtifactEntry[] }>("/api/artifacts", { limit: 200 }, signal)).artifacts,
  });
  const shown = useQuery({
    queryKey: ["artifact", chosen],
    enabled: chosen !== "",
    queryFn: ({ signal }) => get<Shown>("/api/artifact", { selector: chosen, limit: 1 }, signal),
  });
  const there = (list.data ?? []).filter(({ present }) => present);
  if (there.length === 0) return null;
  const own = shown.data?.manifest.nextInputs?.[workflow];
  const canFill = chosen !== "" && !shown.isPending && (own !== undefined || field !== "");
  return (
    <fieldset className="form-group picker">
      <legend>From an artifact</legend>
      <select
        className="field"
        aria-label="Artifact"
        value={chosen}
        onChange={(event) => setChosen(event.target.value)}
      >
        <option value="">none</option>
        {there.map(({ selector, kind }) => (
          <option key={selector} value={selector}>
            {kind === undefined ? selector : `${selector} (${kind})`}
          </option>
        ))}
      </select>
      {chosen !== "" && shown.data && own === undefined && fields.length > 0 && (
        <label>
          <span className="soft">into</span>{" "}
          <select className="field" value={field} onChange={(event) => setField(event.target.value)}>
            {fields.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      {chosen !== "" && (
        <div className="launch-row">
          <button
            type="button"
            className="button"
            disabled={!canFill}
            onClick={() => onFill(own ?? { [field]: chosen })}
          >
            fill in
          </button>
          <span className="faint">
            {shown.isPending
              ? "reading its manifest"
              : own !== undefined
                ? `It says what ${workflow} takes: ${Object.keys(own).join(", ")}.`
                : fields.length > 0
                  ? `It says nothing about ${workflow}; its selector goes into the field.`
                  : `It says nothing about ${workflow}, which takes no text.`}
          </span>
        </div>
      )}
    </fieldset>
  );
}
