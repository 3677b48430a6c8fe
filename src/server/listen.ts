/**
 * The server on a socket of this machine.
 *
 * Owns: where it listens, what a connection may cost, and its end. Leaves to handler.ts: every request.
 *
 * R1. Without being told otherwise it listens where only this machine reaches it. Anywhere else everything needs a token.
 * R2. Slow, long and malformed requests end by themselves: headers within 10 s, the whole request within 30 s, 16 KB of headers,
 *     512 connections, 60 s without a byte. Two readings of one request are not tolerated: the parser is strict.
 * R3. Stopping takes no longer than the grace: streams are told, runs are interrupted (and can be resumed), then all is closed.
 */
import { createServer, type Server, type ServerOptions } from "node:http";
import { isIP, type AddressInfo } from "node:net";
import { networkInterfaces, userInfo } from "node:os";
import { getRequestListener } from "@hono/node-server";
import { systemClock } from "../base/clock.ts";
import { newToken } from "../app/tokens.ts";
import type { Workspace } from "../app/workspace.ts";
import { commandLine } from "../model/command-line.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { DEFENCES, type Defences } from "./defences.ts";
import { createHandler, LOOPBACK_NAMES, type Handler, type HandlerOptions } from "./handler.ts";
import { portInUse } from "./port-holder.ts";

export const DEFAULT_PORT = 4400;

export interface ServeOptions extends Omit<HandlerOptions, "host" | "reading" | "pageToken"> {
  /** Default DEFAULT_PORT; 0: any that is free. */
  readonly port?: number;
  /** IP address to listen on; default 127.0.0.1. */
  readonly address?: string;
  readonly remote?: "refused" | "allowed";
  /** Names and addresses under which a proxy or a network leads here. */
  readonly hostNames?: readonly string[];
}

/** What a connection may cost. */
export interface SocketLimits extends ServerOptions {
  readonly maxConnections: number;
  /** Ms without a byte in either direction, above which a connection is ended. Streams say more often that they are alive. */
  readonly stillMs: number;
}

export const SOCKET_LIMITS: SocketLimits = {
  maxConnections: 512,
  stillMs: 60_000,
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  // How often the two limits above are looked at.
  connectionsCheckingInterval: 1_000,
  requireHostHeader: true,
  insecureHTTPParser: false,
};

export interface RunningServer {
  readonly handler: Handler;
  readonly address: string;
  readonly port: number;
  /** Without the token. */
  readonly url: string;
  /** For a browser: the token is in the fragment, which is sent to nobody. */
  readonly pageUrl: string;
  readonly token: string;
  close(graceMs?: number): Promise<readonly string[]>;
}

const GRACE_MS = 8_000;
/** For streams to say their last word. */
const LAST_WORD_MS = 100;

/** @param parts for tests, which take defences away one by one; the product has no such choice */
export async function startServer(
  workspace: Workspace,
  options: ServeOptions = {},
  parts: { readonly defences: Defences; readonly socket: SocketLimits } = { defences: DEFENCES, socket: SOCKET_LIMITS },
): Promise<RunningServer> {
  const { address = "127.0.0.1", port = DEFAULT_PORT, remote = "refused", hostNames = [] } = options;
  refuseRemote(address, remote);
  const token = newToken();
  let handler: Handler | undefined;
  const listener = getRequestListener(
    async (request, { incoming }) =>
      // No request comes before `listen` below, and then the handler is there.
      handler!.fetch(request, { target: incoming.url ?? "", headers: incoming.rawHeaders }),
    { overrideGlobalObjects: false, hostname: address, errorHandler: () => new Response(null, { status: 400 }) },
  );
  const { maxConnections, stillMs, ...socket } = parts.socket;
  const server = createServer(socket, (incoming, outgoing) => void listener(incoming, outgoing));
  server.maxConnections = maxConnections;
  server.setTimeout(stillMs);
  const bound = await listen(server, address, port);
  const user = userName();
  handler = await createHandler(
    workspace,
    {
      ...options,
      host: { names: namesOf({ address, port: bound, hostNames }) },
      triggers: options.triggers ?? "fire",
      reading: isLoopback(address) ? "open" : "token",
      pageToken: { token, caller: { kind: "page", id: user } },
    },
    parts,
  );
  const url = `http://${isIP(address) === 6 ? `[${address}]` : address}:${bound}/`;
  return {
    handler,
    address,
    port: bound,
    url,
    pageUrl: `${url}#token=${token}`,
    token,
    close: (graceMs = GRACE_MS) => closeServer(server, handler, graceMs),
  };
}

function isLoopback(address: string): boolean {
  return address === "::1" || /^127\.\d+\.\d+\.\d+$/.test(address);
}

/** R1. */
function refuseRemote(address: string, remote: "refused" | "allowed"): void {
  if (isIP(address) === 0) {
    throw new WorkgraphError("WG5050", `"${address}" is no IP address to listen on`, {
      hint: "Write for example 127.0.0.1, ::1, or 0.0.0.0 for all.",
    });
  }
  if (isLoopback(address) || remote === "allowed") return;
  throw new WorkgraphError("WG6051", `others can reach "${address}"`, {
    hint: `If they shall: "${commandLine(`serve --address ${address} --allow-remote`)}". Everything then needs a token.`,
  });
}

function namesOf(of: {
  readonly address: string;
  readonly port: number;
  readonly hostNames: readonly string[];
}): ReadonlyMap<string, number | "any"> {
  const { address, port, hostNames } = of;
  const names = new Map<string, number | "any">(LOOPBACK_NAMES.map((name) => [name, port]));
  names.set(bracketed(address), port);
  if (address === "0.0.0.0" || address === "::") {
    for (const found of Object.values(networkInterfaces()).flat()) {
      if (found !== undefined) names.set(bracketed(found.address), port);
    }
  }
  for (const name of hostNames) names.set(name.toLowerCase(), "any");
  return names;
}

function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}

async function listen(server: Server, address: string, port: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host: address, port }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") throw await portInUse(address, port);
    throw new WorkgraphError("WG6050", `nothing can listen on ${address} port ${port}: ${(error as Error).message}`, {
      hint: "Ports below 1024 need rights; an address must be one of this machine's.",
      cause: error,
    });
  }
  return (server.address() as AddressInfo).port;
}

/** R3. */
async function closeServer(server: Server, handler: Handler | undefined, graceMs: number): Promise<readonly string[]> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const interrupted = (await handler?.close(graceMs)) ?? [];
  const timer = systemClock.setTimer(() => server.closeAllConnections(), LAST_WORD_MS);
  await closed;
  systemClock.clearTimer(timer);
  return interrupted;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user id that has no name.
    return String(process.getuid?.() ?? "unknown");
  }
}
