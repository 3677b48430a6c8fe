/**
 * The command line of the MCP inspector, as a process per call.
 *
 * As published it looks for the package.json of the package it was cut out of, two folders above; here it is given one.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Json } from "./place.ts";

const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

export class Inspector {
  readonly #dir: string = mkdtempSync(join(tmpdir(), "workgraph-inspector-"));

  constructor() {
    const program = fileURLToPath(import.meta.resolve("@modelcontextprotocol/inspector-cli"));
    cpSync(dirname(program), join(this.#dir, "cli/build"), { recursive: true });
    writeFileSync(join(this.#dir, "package.json"), '{"name": "inspector", "version": "1.0.3", "type": "module"}');
    symlinkSync(MODULES, join(this.#dir, "node_modules"));
  }

  /** @param target what it connects to: a command line, or an address with --transport and --header */
  async call(target: readonly string[], words: readonly string[], cwd: string): Promise<Json> {
    const child = spawn(process.execPath, [join(this.#dir, "cli/build/index.js"), ...target, ...words], {
      cwd,
      env: { PATH: process.env["PATH"], HOME: cwd },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`the inspector ended with ${code}: ${stderr}${stdout}`);
    return JSON.parse(stdout) as Json;
  }

  async tool(
    at: { readonly target: readonly string[]; readonly cwd: string },
    name: string,
    args: Json,
  ): Promise<Json> {
    const given = Object.entries(args).flatMap(([key, value]) => [
      "--tool-arg",
      `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    ]);
    const answer = await this.call(at.target, ["--method", "tools/call", "--tool-name", name, ...given], at.cwd);
    return answer["structuredContent"] as Json;
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
