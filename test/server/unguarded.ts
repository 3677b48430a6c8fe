/**
 * A server without its defences: everybody is let in, bodies are read whatever they are, files are opened wherever they lead.
 * What the product refuses must be seen to succeed here, or the refusal would prove nothing.
 */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import type { Defences } from "../../src/server/defences.ts";
import { mediaTypeOf } from "../../src/server/files.ts";
import type { SocketLimits } from "../../src/server/listen.ts";

export const UNGUARDED: Defences = {
  admit: async () => ({ caller: { kind: "http", id: "anybody" }, access: "admin" }),
  async readJsonBody(request) {
    const text = Buffer.from(await request.arrayBuffer()).toString("utf8");
    try {
      const value = JSON.parse(text) as unknown;
      return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
    } catch {
      return {};
    }
  },
  async openBelow(folder, name) {
    try {
      const path = resolve(folder, decodedTwice(name).replaceAll("\\", "/").replace(/\0.*/, ""));
      const file = await open(path);
      const found = await file.stat();
      if (found.isFile()) return { path, sizeBytes: found.size, mediaType: mediaTypeOf(path), file };
      await file.close();
      return undefined;
    } catch {
      return undefined;
    }
  },
};

function decodedTwice(name: string): string {
  try {
    return decodeURIComponent(decodeURIComponent(name));
  } catch {
    return name;
  }
}

export const UNLIMITED: SocketLimits = {
  maxConnections: 10_000,
  stillMs: 0,
  maxHeaderSize: 1024 * 1024,
  headersTimeout: 0,
  requestTimeout: 0,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 100,
  requireHostHeader: false,
  insecureHTTPParser: true,
};
