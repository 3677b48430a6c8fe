/** `/mcp` for a server: what it takes, and its code when it is asked for the first time. */
import type { OperationContext } from "../app/registry.ts";
import { packageVersion } from "../app/package-version.ts";
import type { McpOverHttp } from "./http.ts";

/** @param readBody JSON of a request, bounded: the server's */
export function mcpMount(readBody: McpOverHttp["readBody"]): {
  readonly path: string;
  readonly handle: (request: Request, context: OperationContext) => Promise<Response>;
} {
  return {
    path: "/mcp",
    async handle(request, context) {
      const { answerMcp } = await import("./http.ts");
      return answerMcp(request, context, { packageVersion: await packageVersion(), readBody });
    },
  };
}
