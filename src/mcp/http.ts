/**
 * MCP over HTTP: one request, one answer, no session kept.
 *
 * R1. It stands behind the gate of the server: who asks and what they may do was decided there.
 * R2. What is not served over HTTP, because it names paths, is no tool here either.
 */
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import type { OperationContext } from "../app/registry.ts";
import { createMcpServer } from "./server.ts";

export async function answerMcp(
  request: Request,
  context: OperationContext,
  packageVersion: string,
): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  const server = createMcpServer({
    packageVersion,
    way: "network",
    access: context.access,
    context: (signal) => ({ ...context, signal }),
  });
  await server.connect(transport);
  try {
    return await transport.handleRequest(request);
  } finally {
    request.signal.addEventListener("abort", () => void server.close());
  }
}
