/**
 * Named tokens: how programs prove who they are to a server of this project.
 *
 * Owns: the file `tokens.json` in the data folder. Leaves to server/gate.ts: what a token opens.
 *
 * R1. A token is shown once, when it is made. Kept is its SHA-256: it is 256 bits of randomness, so no slow hash is needed.
 * R2. The file is readable by its owner only (0600); one that others can read is refused, not used.
 * R3. Written whole, under another name first: a crash leaves the old file or the new one.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { nearestName } from "../base/nearest-name.ts";
import { commandLine } from "../model/command-line.ts";
import type { Project } from "../model/config.ts";
import type { Access } from "../model/operations/operation.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";
import { isoTime } from "./run-summary.ts";

export interface TokenEntry {
  readonly name: string;
  readonly access: Access;
  /** ISO 8601. */
  readonly createdAt: string;
}

interface StoredToken extends TokenEntry {
  /** SHA-256 of the token, lowercase hex. */
  readonly hash: string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** Found by secret scanners, and by people in their own files. */
const PREFIX = "wgt_";
const MAX_FILE_BYTES = 1_000_000;

export function newToken(): string {
  return PREFIX + randomBytes(32).toString("base64url");
}

function tokenHash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** In a time that says nothing about where they differ. */
export function isSameToken(given: string, known: string): boolean {
  return timingSafeEqual(tokenHash(given), tokenHash(known));
}

export async function createToken(
  project: Project,
  { name, access }: { readonly name: string; readonly access: Access },
): Promise<TokenEntry & { readonly token: string }> {
  if (!NAME.test(name)) {
    throw new WorkgraphError("WG6041", `"${name}" is no name of a token`, {
      hint: "Letters, digits, dots, dashes and underscores, at most 64, beginning with a letter or digit.",
    });
  }
  return changing(project, async (tokens) => {
    if (tokens.some((known) => known.name === name)) {
      throw new WorkgraphError("WG6041", `there is a token "${name}" already`, {
        hint: `Take another name, or "${commandLine(`token revoke ${name}`)}" first.`,
      });
    }
    const token = newToken();
    const entry: TokenEntry = { name, access, createdAt: isoTime(systemClock.now()) };
    const stored: StoredToken = { ...entry, hash: tokenHash(token).toString("hex") };
    return { tokens: [...tokens, stored], answer: { ...entry, token } };
  });
}

export async function revokeToken(project: Project, name: string): Promise<TokenEntry> {
  return changing(project, async (tokens) => {
    const found = tokens.find((known) => known.name === name);
    if (found === undefined) {
      const near = nearestName(
        name,
        tokens.map((known) => known.name),
      );
      throw new WorkgraphError("WG6042", `there is no token "${name}"`, {
        hint: near === undefined ? `"${commandLine("token list")}" lists them.` : `Did you mean "${near}"?`,
      });
    }
    return { tokens: tokens.filter((known) => known !== found), answer: entryOf(found) };
  });
}

export async function listTokens(project: Project): Promise<readonly TokenEntry[]> {
  return (await readTokens(project)).map(entryOf);
}

/** Who a token belongs to. Made and revoked tokens count at once, without a restart. */
export class TokenCheck {
  readonly #project: Project;
  #known: { readonly stamp: string; readonly tokens: readonly StoredToken[] } | undefined;

  constructor(project: Project) {
    this.#project = project;
  }

  /** @throws WorkgraphError WG6040 when the file cannot be trusted */
  async entryOf(token: string): Promise<TokenEntry | undefined> {
    const hash = tokenHash(token);
    const found = (await this.#tokens()).find(({ hash: known }) => timingSafeEqual(Buffer.from(known, "hex"), hash));
    return found === undefined ? undefined : entryOf(found);
  }

  async #tokens(): Promise<readonly StoredToken[]> {
    const found = await stat(pathOf(this.#project)).catch(() => undefined);
    const stamp = found === undefined ? "none" : `${found.mtimeMs}:${found.size}:${found.ino}`;
    if (this.#known?.stamp !== stamp) this.#known = { stamp, tokens: await readTokens(this.#project) };
    return this.#known.tokens;
  }
}

function entryOf({ name, access, createdAt }: StoredToken): TokenEntry {
  return { name, access, createdAt };
}

function pathOf(project: Project): string {
  return join(project.dataDir, "tokens.json");
}

async function readTokens(project: Project): Promise<readonly StoredToken[]> {
  const path = pathOf(project);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  // R2. Windows has no such bits.
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0) {
    throw new WorkgraphError("WG6040", `"${path}" can be read by others (mode ${(found.mode & 0o777).toString(8)})`, {
      hint: `Write: chmod 600 "${path}". Who could read it could not read the tokens, only replace them.`,
    });
  }
  try {
    if (found.size > MAX_FILE_BYTES) throw new TypeError("it is too large");
    const { tokens } = JSON.parse(await readFile(path, "utf8")) as { readonly tokens: readonly StoredToken[] };
    if (!tokens.every(isStored)) throw new TypeError("an entry has another shape");
    return tokens;
  } catch (cause) {
    throw new WorkgraphError("WG6040", `"${path}" cannot be read as tokens: ${(cause as Error).message}`, {
      hint: "Remove it and make the tokens again.",
      cause,
    });
  }
}

function isStored(value: StoredToken): boolean {
  return (
    typeof value.name === "string" &&
    ["read", "launch", "admin"].includes(value.access) &&
    typeof value.createdAt === "string" &&
    /^[0-9a-f]{64}$/.test(value.hash)
  );
}

/** R3. Two that change it at once: one of them is told. */
async function changing<T>(
  project: Project,
  change: (tokens: readonly StoredToken[]) => Promise<{ readonly tokens: readonly StoredToken[]; readonly answer: T }>,
): Promise<T> {
  await mkdir(project.dataDir, { recursive: true });
  const path = pathOf(project);
  const draft = `${path}.new`;
  const file = await open(draft, "wx", 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw new WorkgraphError("WG6040", `"${draft}" cannot be made: ${cause.message}`, {
      hint: "Another process changes the tokens now. When none does, remove that file.",
      cause,
    });
  });
  try {
    await file.close();
    const { tokens, answer } = await change(await readTokens(project));
    await writeFile(draft, `${JSON.stringify({ tokens }, null, 2)}\n`);
    await chmod(draft, 0o600);
    await rename(draft, path);
    return answer;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
