/** The files that differ between what two runs ran with, each beside its other. */
import { lazy, Suspense, type ReactElement } from "react";
import { useSource } from "../api/queries.ts";
import { counted } from "../shell/format.ts";
import { Nothing, Refusal } from "../shell/pane.tsx";

const TextMerge = lazy(async () => ({ default: (await import("./merge-view.tsx")).TextMerge }));

export function FilesDiff(props: {
  readonly beforeRun: string;
  readonly nowRun: string;
  readonly beforeLabel: string;
  readonly nowLabel: string;
}): ReactElement {
  const before = useSource(props.beforeRun);
  const now = useSource(props.nowRun);
  const error = before.error ?? now.error;
  if (error) return <Refusal error={error} />;
  if (!before.data || !now.data) return <Nothing>Loading</Nothing>;
  const texts = new Map(before.data.files.map(({ path, text }) => [path, text]));
  const paths = [...new Set([...texts.keys(), ...now.data.files.map(({ path }) => path)])].toSorted();
  const nowTexts = new Map(now.data.files.map(({ path, text }) => [path, text]));
  const differing = paths.filter((path) => texts.get(path) !== nowTexts.get(path));
  if (differing.length === 0) return <Nothing>All {counted(paths.length, "file")} are the same, byte by byte.</Nothing>;
  return (
    <>
      {differing.map((path) => (
        <section key={path} aria-label={path}>
          <h3>
            <code>{path}</code>{" "}
            <span className="soft">{!texts.has(path) ? "added" : !nowTexts.has(path) ? "removed" : "changed"}</span>
          </h3>
          <div className="merge-heads faint">
            <span>{props.beforeLabel}</span>
            <span>{props.nowLabel}</span>
          </div>
          <Suspense fallback={<Nothing>Loading</Nothing>}>
            <TextMerge
              before={texts.get(path) ?? ""}
              now={nowTexts.get(path) ?? ""}
              beforeLabel={`${path}, ${props.beforeLabel}`}
              nowLabel={`${path}, ${props.nowLabel}`}
            />
          </Suspense>
        </section>
      ))}
    </>
  );
}
