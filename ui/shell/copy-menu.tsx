import { Copy } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { useState, type ReactElement } from "react";

/** What is shown, as something to paste elsewhere. */
export function CopyMenu(props: {
  readonly runId: string;
  readonly workflow: string;
  readonly address?: string;
}): ReactElement {
  const [copied, setCopied] = useState("");
  const { runId, address } = props;
  const what = address ?? runId;
  const choices: readonly (readonly [name: string, text: () => string])[] = [
    [address === undefined ? "run id" : "address", () => what],
    ["link", () => window.location.href],
    ["CLI: show", () => `npx workgraph show ${what}`],
    ...(address === undefined
      ? ([
          ["CLI: resume", () => `npx workgraph resume ${runId}`],
          ["CLI: cancel", () => `npx workgraph cancel ${runId}`],
        ] as const)
      : ([["CLI: why", () => `npx workgraph why ${what}`]] as const)),
    ["cURL", () => `curl -s ${window.location.origin}/api/${address === undefined ? "runs" : "items"}/${what}`],
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
    [
      "brief for a coding agent",
      () =>
        [
          `A run of the workflow "${props.workflow}" is to be looked into: ${what}.`,
          `Read it: npx workgraph show ${what}`,
          `Its errors with source lines: npx workgraph errors ${runId}`,
          `Its source as it ran: npx workgraph source ${runId}`,
          `Correct the source, then execute only what changed: npx workgraph fork ${runId} --dry-run`,
        ].join("\n"),
    ],
  ];
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className="button quiet" title="Copy as">
        <Copy size={14} aria-hidden /> {copied === "" ? "Copy" : `copied ${copied}`}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4}>
          {choices.map(([name, text]) => (
            <DropdownMenu.Item
              key={name}
              className="menu-item"
              onSelect={() => {
                void navigator.clipboard.writeText(text());
                setCopied(name);
              }}
            >
              {name}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
