/**
 * Who has the port that we wanted.
 *
 * R1. A server of ours says so itself: of which project, and how to reach it. Any other process is named by its id, where the
 *     system tells (Linux, for processes of the same user).
 */
import { readdir, readFile, readlink } from "node:fs/promises";
import { commandLine } from "../model/command-line.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { PRODUCT, type Health } from "./health.ts";

const ASK_WITHIN_MS = 1_000;

export async function portInUse(address: string, port: number): Promise<WorkgraphError> {
  const ours = await healthAt(address, port);
  const other = commandLine("serve --port 0");
  if (ours !== undefined) {
    return new WorkgraphError(
      "WG6050",
      `port ${port} is in use by the workgraph server of project "${ours.project}" (pid ${ours.pid})`,
      {
        hint: `Use it: http://${address}:${port}/. Or take any free port: "${other}".`,
        details: { port, pid: ours.pid, project: ours.project },
      },
    );
  }
  const holder = await holderOf(port);
  const who = holder === undefined ? "another process" : `"${holder.name}" (pid ${holder.pid})`;
  return new WorkgraphError("WG6050", `port ${port} is in use by ${who}`, {
    hint: `End it, name another with --port, or take any free one: "${other}".`,
    details: { port, ...(holder === undefined ? {} : { pid: holder.pid }) },
  });
}

async function healthAt(address: string, port: number): Promise<Health | undefined> {
  try {
    const host = address.includes(":") ? `[${address}]` : address;
    const response = await fetch(`http://${host}:${port}/api/health`, { signal: AbortSignal.timeout(ASK_WITHIN_MS) });
    const health = (await response.json()) as Partial<Health>;
    return health.product === PRODUCT && typeof health.pid === "number" ? (health as Health) : undefined;
  } catch {
    return undefined;
  }
}

async function holderOf(port: number): Promise<{ readonly pid: number; readonly name: string } | undefined> {
  try {
    const inodes = await listeningInodes(port);
    if (inodes.size === 0) return undefined;
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const links = await readdir(`/proc/${pid}/fd`).catch(() => []);
      for (const fd of links) {
        const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ""))?.[1];
        if (inode === undefined || !inodes.has(inode)) continue;
        const name = (await readFile(`/proc/${pid}/comm`, "utf8")).trim();
        return { pid: Number(pid), name };
      }
    }
  } catch {
    // No /proc, or it may not be read: then nobody can tell.
  }
  return undefined;
}

const LISTENING = "0A";

async function listeningInodes(port: number): Promise<ReadonlySet<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const inodes = new Set<string>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const text = await readFile(table, "utf8").catch(() => "");
    for (const line of text.split("\n").slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${wanted}`) === true && fields[3] === LISTENING) inodes.add(fields[9] ?? "");
    }
  }
  return inodes;
}
