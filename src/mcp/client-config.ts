/** What to write into the configuration of an MCP client, so that it starts this server for the project. */
import { WorkgraphError } from "../model/workgraph-error.ts";
import { nearestName } from "../base/nearest-name.ts";

export const CLIENTS = ["claude-code", "claude-desktop", "cursor", "vscode", "codex", "json"] as const;
export type Client = (typeof CLIENTS)[number];

const COMMAND = { command: "npx", args: ["workgraph", "mcp"] } as const;

/** @param root folder of the project, for clients that are not started in it */
export function clientConfig(client: string, root: string): string {
  switch (client as Client) {
    case "claude-code":
    case "cursor":
    case "json":
      return json({ mcpServers: { workgraph: COMMAND } });
    case "claude-desktop":
      return json({
        mcpServers: { workgraph: { ...COMMAND, args: ["--prefix", root, "workgraph", "mcp"], cwd: root } },
      });
    case "vscode":
      return json({ servers: { workgraph: { type: "stdio", ...COMMAND } } });
    case "codex":
      return `[mcp_servers.workgraph]\ncommand = "npx"\nargs = ["workgraph", "mcp"]\ncwd = ${JSON.stringify(root)}\n`;
    default: {
      const near = nearestName(client, CLIENTS);
      throw new WorkgraphError("WG6133", `"${client}" is no client that is known here`, {
        hint: near === undefined ? `Clients: ${CLIENTS.join(", ")}.` : `Did you mean "${near}"?`,
      });
    }
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
