/**
 * What is shown, as something to paste elsewhere.
 *
 * R1. A command that is copied reproduces what it names: with the whole input and the tags of the run.
 * R2. Cancelling belongs to the command line: the menu gives the command, and does nothing itself.
 */
import { Copy } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState, type ReactElement } from "react";
import type { ItemDetail, RunDetail, RunError, SourceFiles } from "../api/answers.ts";
import { get } from "../api/client.ts";
import type { ValueText } from "../api/queries.ts";
import { launchCommand } from "../launch/command.ts";
import { briefText } from "./brief.ts";

interface Place {
  readonly runId: string;
  /** Of an item. */
  readonly address?: string;
}

export function CopyMenu(props: Place): ReactElement {
  const [told, setTold] = useState("");
  const copy = async (name: string, text: () => string | Promise<string>): Promise<void> => {
    try {
      await navigator.clipboard.writeText(await text());
      setTold(`copied ${name}`);
    } catch (error) {
      setTold(`not copied: ${(error as Error).message}`);
    }
  };
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className="button quiet" title="Copy as">
        <Copy size={14} aria-hidden /> <span aria-live="polite">{told === "" ? "Copy" : told}</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          {choicesOf(props).map(([name, text]) => (
            <DropdownMenu.Item key={name} className="menu-item" onSelect={() => void copy(name, text)}>
              {name}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

type Choice = readonly [name: string, text: () => string | Promise<string>];

function choicesOf({ runId, address }: Place): readonly Choice[] {
  const what = address ?? runId;
  const path = `/api/${address === undefined ? "runs" : "items"}/${what}`;
  return [
    [address === undefined ? "run id" : "address", () => what],
    ["link", () => window.location.href],
    ["JSON", async () => JSON.stringify(await get<unknown>(path), null, 2)],
    ["CLI: show", () => `npx workgraph show ${what}`],
    ...(address === undefined
      ? ([
          ["CLI: launch the same", () => launchOf(runId)],
          ["CLI: fork", () => `npx workgraph fork ${runId}`],
          ["CLI: resume", () => `npx workgraph resume ${runId}`],
          ["CLI: cancel", () => `npx workgraph cancel ${runId}`],
          ["CLI: export as a page", () => `npx workgraph export ${runId} ${runId}.html --html`],
        ] as const)
      : ([
          ["CLI: why", () => `npx workgraph why ${what}`],
          ["CLI: lineage", () => `npx workgraph lineage ${what}`],
          ["CLI: run it again", () => `npx workgraph fork ${runId} --from ${what}`],
        ] as const)),
    ["cURL", () => `curl -s ${window.location.origin}${path}`],
    [
      "MCP call",
      () =>
        JSON.stringify({
          method: "tools/call",
          params:
            address === undefined
              ? { name: "runs_show", arguments: { run: runId } }
              : { name: "items_show", arguments: { item: address } },
        }),
    ],
    ["brief for a coding agent", () => briefOf({ runId, ...(address === undefined ? {} : { address }) })],
  ];
}

/** R1. */
async function launchOf(runId: string): Promise<string> {
  const [run, input] = await Promise.all([
    get<RunDetail>(`/api/runs/${runId}`),
    get<ValueText>(`/api/values/${runId}`, { of: "input", length: 262_144 }),
  ]);
  // A longer one is no command any more.
  if (input.truncated) return `npx workgraph rerun ${runId}`;
  return launchCommand({ target: run.workflow, input: JSON.parse(input.text), tags: run.tags });
}

async function briefOf({ runId, address }: Place): Promise<string> {
  const [run, item, listed, source, launch] = await Promise.all([
    get<RunDetail>(`/api/runs/${runId}`),
    address === undefined ? undefined : get<ItemDetail>(`/api/items/${address}`),
    get<{ readonly errors: readonly RunError[] }>(`/api/runs/${runId}/errors`, { limit: 50 }),
    get<SourceFiles>(`/api/runs/${runId}/source`),
    launchOf(runId),
  ]);
  return briefText({
    run,
    ...(item ? { item } : {}),
    errors: item?.errors ?? listed.errors,
    files: source.files,
    launch,
  });
}
