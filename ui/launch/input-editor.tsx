/** An input as fields or as JSON: two views of one text. */
import { lazy, Suspense, useMemo, type ReactElement } from "react";
import { Nothing } from "../shell/pane.tsx";
import { misfits, type JsonSchema } from "./schema-check.ts";

const SchemaForm = lazy(async () => ({ default: (await import("./schema-form.tsx")).SchemaForm }));

export type InputShape = "form" | "json";

export interface ReadInput {
  readonly value?: Readonly<Record<string, unknown>>;
  /** Why the text is no input. */
  readonly wrong?: string;
}

/** An input is a JSON object: parameters by name. Nothing at all is none of them. */
export function readInput(text: string): ReadInput {
  if (text.trim() === "") return { value: {} };
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return { value: value as Readonly<Record<string, unknown>> };
    return { wrong: "An input is an object: parameters by name, in braces." };
  } catch (error) {
    return { wrong: `This is not JSON: ${(error as Error).message}` };
  }
}

export function inputText(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

export function InputEditor(props: {
  readonly schema: JsonSchema | undefined;
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly shape: InputShape;
  readonly onShape: (shape: InputShape) => void;
  readonly onSubmit: () => void;
}): ReactElement {
  const { schema, text, shape } = props;
  const { value, wrong } = useMemo(() => readInput(text), [text]);
  const unfit = useMemo(() => (schema && value ? misfits(schema, value) : []), [schema, value]);
  const hasForm = schema !== undefined && Object.keys((schema["properties"] as object | undefined) ?? {}).length > 0;
  const drawn = hasForm ? shape : "json";
  return (
    <div
      className="input-editor"
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && wrong === undefined) props.onSubmit();
      }}
    >
      <div className="tabs" role="tablist" aria-label="Input as">
        {(["form", "json"] as const).map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            aria-selected={drawn === one}
            disabled={one === "form" && !hasForm}
            onClick={() => props.onShape(one)}
          >
            {one === "form" ? "Form" : "JSON"}
          </button>
        ))}
      </div>
      <div role="tabpanel" aria-label={drawn === "form" ? "Form" : "JSON"}>
        {drawn === "form" ? (
          value === undefined ? (
            <Nothing>{wrong}</Nothing>
          ) : (
            <Suspense fallback={<Nothing>Loading the form</Nothing>}>
              <SchemaForm
                schema={schema!}
                value={value}
                wrong={unfit}
                onChange={(changed) => {
                  const next = inputText(changed);
                  if (next !== inputText(value)) props.onChange(next);
                }}
              />
            </Suspense>
          )
        ) : (
          <textarea
            id="input"
            className="field code"
            aria-label="Input, as JSON"
            rows={Math.min(18, Math.max(4, text.split("\n").length + 1))}
            value={text}
            spellCheck={false}
            aria-invalid={wrong !== undefined}
            onChange={(event) => props.onChange(event.target.value)}
          />
        )}
      </div>
      {drawn === "json" && wrong !== undefined && <p className="wrong">{wrong}</p>}
      {drawn === "json" &&
        unfit.map(({ path, message }) => (
          <p key={path.join(".") + message} className="wrong">
            {path.length === 0 ? "" : <code>{path.join(".")}: </code>}
            {message}
          </p>
        ))}
    </div>
  );
}
