/** Find anything: pages, workflows, recent runs, and what the page offers by key. */
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Dialog } from "radix-ui";
import { useMemo, type ReactElement } from "react";
import { useRuns, useWorkflows } from "../api/queries.ts";
import { ago, shortRun } from "./format.ts";
import { useKeyMap } from "./keys.ts";
import { StatusIcon } from "./status.tsx";

export function Palette({ onClose }: { readonly onClose: () => void }): ReactElement {
  const navigate = useNavigate();
  const runs = useRuns({});
  const workflows = useWorkflows();
  const keys = useKeyMap();
  const now = useMemo(() => Date.now(), []);
  const go = (act: () => void) => (): void => {
    onClose();
    act();
  };
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content className="dialog palette" aria-describedby={undefined}>
          <Dialog.Title className="visually-hidden">Find anything</Dialog.Title>
          <Command label="Find anything" loop>
            <Command.Input placeholder="A run id, a workflow, something to do" autoFocus />
            <Command.List>
              <Command.Empty>Nothing here has that name.</Command.Empty>
              <Command.Group heading="Do">
                {keys.map(({ keys: key, says, run }) => (
                  <Command.Item key={key + says} value={`${says} ${key}`} onSelect={go(run)}>
                    <span>{says}</span>
                    <kbd>{key === " " ? "Space" : key}</kbd>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Workflows">
                {(workflows.data?.workflows ?? []).map(({ name, title }) => (
                  <Command.Item
                    key={name}
                    value={`workflow ${name} ${title ?? ""}`}
                    onSelect={go(() => void navigate({ to: "/workflows/$name", params: { name } }))}
                  >
                    <span>{name}</span>
                    <span className="faint">{title}</span>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Runs">
                {(runs.data?.pages[0]?.runs ?? []).slice(0, 40).map((run) => (
                  <Command.Item
                    key={run.runId}
                    value={`run ${run.workflow} ${run.runId} ${run.status}`}
                    onSelect={go(() => void navigate({ to: "/runs/$runId", params: { runId: run.runId } }))}
                  >
                    <StatusIcon status={run.status} />
                    <span>{run.workflow}</span>
                    <code className="faint">{shortRun(run.runId)}</code>
                    <span className="faint">{ago(Date.parse(run.createdAt), now)}</span>
                  </Command.Item>
                ))}
              </Command.Group>
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
