/**
 * MCP over HTTP: one request, one answer, no session kept.
 *
 * R1. It stands behind the gate of the server: who asks and what they may do was decided there. Reading a body, with its limits, is the
 *     server's, too.
 * R2. What is not served over HTTP, because it names paths, is no tool here either.
 * R3. Nothing is said without being asked: there is no stream to open (GET) and no session to end (DELETE).
 */
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { OperationContext } from "../app/registry.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { createMcpServer } from "./server.ts";

export interface McpOverHttp {
  readonly packageVersion: string;
  /** JSON of a request, bounded. */
  readonly readBody: (request: Request) => Promise<unknown>;
}

/** @throws WorkgraphError WG6006 for another method than POST, and what `readBody` throws. */
export async function answerMcp(request: Request, context: OperationContext, of: McpOverHttp): Promise<Response> {
  if (request.method !== "POST") {
    throw new WorkgraphError("WG6006", "what is asked of MCP is sent", {
      hint: "It has POST.",
      details: { allow: "POST" },
    });
  }
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  const server = createMcpServer({
    packageVersion: of.packageVersion,
    way: "network",
    access: context.access,
    context: (signal) => ({ ...context, signal }),
  });
  const parsedBody = await of.readBody(request);
  await server.connect(transport);
  try {
    return await transport.handleRequest(request, { parsedBody });
  } finally {
    request.signal.addEventListener("abort", () => void server.close());
  }
}
