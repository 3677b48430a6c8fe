/**
 * Secrets of webhooks: what a sender signs with.
 *
 * Owns: the folder `webhooks/` in the data folder, one file for each workflow. Leaves to triggers/signature.ts: signing.
 *
 * R1. A secret is shown once, when it is made. It is kept as it is: a signature cannot be checked with less.
 * R2. Its file is readable by its owner only (0600); one that others can read is refused, not used.
 * R3. A variable of the environment that a workflow names comes first, and then alone: what it names is not looked for elsewhere.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { commandLine } from "../model/command-line.ts";
import type { Project } from "../model/config.ts";
import type { WebhookDefinition } from "../model/trigger.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

/** Found by secret scanners, and by people in their own files. */
const PREFIX = "wgs_";
/** Shorter ones can be guessed. */
const LEAST_LENGTH = 16;
const MAX_FILE_BYTES = 4_096;

export interface SecretWish {
  readonly workflow: string;
  /** What becomes of a secret that there is. Default "refuse". */
  readonly existing?: "refuse" | "replace";
}

/** Makes a secret, and gives it. */
export async function createWebhookSecret(project: Project, wish: SecretWish): Promise<string> {
  const path = pathOf(project, wish.workflow);
  if (wish.existing !== "replace" && (await isThere(path))) {
    throw new WorkgraphError("WG6083", `the webhook of "${wish.workflow}" has a secret already`, {
      hint: `Whoever signs with it is refused once there is another: "${commandLine(`webhook secret ${wish.workflow} --replace`)}".`,
    });
  }
  await mkdir(join(project.dataDir, "webhooks"), { recursive: true, mode: 0o700 });
  const secret = PREFIX + randomBytes(32).toString("base64url");
  const draft = `${path}.new`;
  const file = await open(draft, "wx", 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw new WorkgraphError("WG6082", `"${draft}" cannot be made: ${cause.message}`, {
      hint: "Another process makes a secret now. When none does, remove that file.",
      cause,
    });
  });
  try {
    await file.writeFile(`${secret}\n`);
    await file.close();
    await chmod(draft, 0o600);
    await rename(draft, path);
    return secret;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

export interface SecretPlace {
  readonly from: "environment" | "file" | "none";
  readonly secret?: string;
}

/** R3. @throws WorkgraphError WG6082 when the file cannot be trusted. */
export async function webhookSecret(
  project: Project,
  of: { readonly workflow: string; readonly webhook: WebhookDefinition },
): Promise<SecretPlace> {
  const { secretEnv } = of.webhook;
  if (secretEnv !== undefined) {
    const secret = process.env[secretEnv];
    return secret === undefined || secret.length < LEAST_LENGTH ? { from: "none" } : { from: "environment", secret };
  }
  const path = pathOf(project, of.workflow);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return { from: "none" };
  // R2. Windows has no such bits.
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0) {
    throw new WorkgraphError("WG6082", `"${path}" can be read by others (mode ${(found.mode & 0o777).toString(8)})`, {
      hint: `Who could read it can sign. Make another: "${commandLine(`webhook secret ${of.workflow} --replace`)}".`,
    });
  }
  const secret = found.size > MAX_FILE_BYTES ? "" : (await readFile(path, "utf8")).trim();
  return secret.length < LEAST_LENGTH ? { from: "none" } : { from: "file", secret };
}

function pathOf(project: Project, workflow: string): string {
  return join(project.dataDir, "webhooks", `${workflow}.secret`);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
