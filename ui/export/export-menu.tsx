/**
 * The run as a file: what kind, how far it is, and the file.
 *
 * R1. One at a time. It goes on while the reader looks elsewhere in the run, and ends when they leave its page.
 * R2. A file that was made is saved at once; it can be saved again while the server has it.
 */
import { Download, X } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useEffect, useRef, useState, type ReactElement } from "react";
import { ApiError, hasToken } from "../api/client.ts";
import { isCancelled, type OperationState } from "../api/operation.ts";
import { save } from "../api/save-file.ts";
import { Work } from "../shell/awaited.tsx";
import { bytes, count } from "../shell/format.ts";
import { useKeys } from "../shell/keys.ts";
import { CHOICES, makeFile, type RunFile, type RunFileChoice } from "./run-file.ts";
import "./export.css";

/** What became of the one that was asked for last. */
type Standing =
  | { readonly is: "made"; readonly choice: RunFileChoice; readonly file: RunFile }
  | { readonly is: "not made"; readonly choice: RunFileChoice; readonly error: Error }
  | { readonly is: "being made"; readonly choice: RunFileChoice; readonly state?: OperationState };

export function ExportMenu({ runId }: { readonly runId: string }): ReactElement {
  const [isOpen, setOpen] = useState(false);
  const [standing, setStanding] = useState<Standing>();
  const stop = useRef<AbortController>(undefined);
  useKeys([{ keys: "E", says: "export this run as a file", group: "Everywhere", run: () => setOpen(true) }]);
  // R1.
  useEffect(() => {
    setStanding(undefined);
    return () => stop.current?.abort();
  }, [runId]);

  const make = async (choice: RunFileChoice): Promise<void> => {
    stop.current?.abort();
    const own = (stop.current = new AbortController());
    const show = (now: Standing): void => {
      if (stop.current === own) setStanding(now);
    };
    show({ is: "being made", choice });
    try {
      const told = (state: OperationState): void => show({ is: "being made", choice, state });
      const file = await makeFile(runId, choice, { told, cancelled: own.signal });
      show({ is: "made", choice, file });
      await save(file.path, file.name);
    } catch (error) {
      show({ is: "not made", choice, error: error as Error });
    }
  };

  return (
    <>
      <DropdownMenu.Root open={isOpen} onOpenChange={setOpen}>
        <DropdownMenu.Trigger className="button quiet" title="Export as a file  (E)">
          <Download size={14} aria-hidden /> Export
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
            {CHOICES.map((choice) => (
              <DropdownMenu.Item
                key={choice.name}
                className="menu-item export-choice"
                disabled={!hasToken()}
                onSelect={() => void make(choice)}
              >
                <span>{choice.name}</span>
                <span className="faint">{choice.says}</span>
              </DropdownMenu.Item>
            ))}
            <DropdownMenu.Label className="export-note">
              {hasToken()
                ? "With values, logs and sources as they were recorded, and child runs."
                : "This tab has no token: open the address that workgraph dev printed to export from here."}
            </DropdownMenu.Label>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {standing && (
        <section className="export-standing" aria-label="Export">
          <Shown
            standing={standing}
            onCancel={() => stop.current?.abort()}
            onAgain={() => void make(standing.choice)}
            onClose={() => setStanding(undefined)}
          />
        </section>
      )}
    </>
  );
}

function Shown(props: {
  readonly standing: Standing;
  readonly onCancel: () => void;
  readonly onAgain: () => void;
  readonly onClose: () => void;
}): ReactElement {
  const { standing, onCancel, onAgain, onClose } = props;
  const { choice } = standing;
  if (standing.is === "being made") {
    const state = standing.state ?? { id: "", status: "running", elapsedMs: 0 };
    return <Work doing={`Exporting: ${choice.name}`} state={state} onCancel={onCancel} />;
  }
  const close = (
    <button type="button" className="button quiet" aria-label="close" title="close" onClick={onClose}>
      <X size={14} aria-hidden />
    </button>
  );
  if (standing.is === "not made") {
    const { error } = standing;
    return (
      <div className="work">
        <span role="alert">
          {isCancelled(error) ? `The export (${choice.name}) was cancelled.` : `Not exported: ${error.message}`}
        </span>
        {error instanceof ApiError && !isCancelled(error) && <span className="soft">{error.hint}</span>}
        <button type="button" className="button" onClick={onAgain}>
          export again
        </button>
        {close}
      </div>
    );
  }
  const { file } = standing;
  return (
    <div className="work">
      <span role="status">
        <code>{file.name}</code> <span className="soft">{bytes(file.sizeBytes)}, saved</span>
      </span>
      <LeftOut file={file} />
      <button type="button" className="button" onClick={() => void save(file.path, file.name)}>
        save again
      </button>
      {close}
    </div>
  );
}

function LeftOut({ file: { missing = [], leftOut = {} } }: { readonly file: RunFile }): ReactElement | null {
  const parts = [
    ...Object.entries(leftOut).flatMap(([what, number]) =>
      number > 0 ? [`${count(number)} ${WORDS[what] ?? what}`] : [],
    ),
    ...(missing.length > 0 ? [`${count(missing.length)} folders that are gone or were changed`] : []),
  ];
  return parts.length === 0 ? null : <span className="soft">left out: {parts.join(", ")}</span>;
}

const WORDS: Readonly<Record<string, string>> = {
  runs: "child runs",
  itemDetails: "items' details",
  logs: "log lines",
};
