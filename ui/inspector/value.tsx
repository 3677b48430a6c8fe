/** Recorded values, shown as text (inspector-pane.tsx, R1). */
import { lazy, type ReactElement } from "react";
import { useValue } from "../api/queries.ts";
import { bytes } from "../shell/format.ts";
import { Refusal } from "../shell/pane.tsx";

export const JsonView = lazy(async () => ({ default: (await import("./json-view.tsx")).JsonView }));

/** A recorded value, whole up to 256 KB; then its beginning, said to be one. */
export function Value({
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
