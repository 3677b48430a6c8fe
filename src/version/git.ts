/**
 * What git knows about a folder. Recorded beside a version for people; no hash depends on it.
 */
import { execFile } from "node:child_process";

export interface GitFacts {
  /** 40 or 64 hex digits; undefined before the first commit. */
  readonly commit: string | undefined;
  /** undefined when no branch is checked out. */
  readonly branch: string | undefined;
  /** Something tracked is changed, or a file is new and not ignored. */
  readonly dirty: boolean;
}

/** A repository on a sleeping network disk must not hold up a run. */
const TIMEOUT_MS = 2_000;

/** Facts of the repository around `folder`; undefined without repository, without git, or when git takes too long. */
export async function gitFacts(folder: string): Promise<GitFacts | undefined> {
  const status = await git(folder);
  if (status === undefined) return undefined;
  let commit: string | undefined;
  let branch: string | undefined;
  let dirty = false;
  for (const line of status.split("\n")) {
    if (line.startsWith("# branch.oid ")) commit = known(line.slice("# branch.oid ".length));
    else if (line.startsWith("# branch.head ")) branch = known(line.slice("# branch.head ".length));
    else if (line !== "" && !line.startsWith("#")) dirty = true;
  }
  return { commit, branch, dirty };
}

/** git writes "(initial)" and "(detached)" where there is none. */
function known(word: string): string | undefined {
  return word.startsWith("(") ? undefined : word;
}

function git(folder: string): Promise<string | undefined> {
  return new Promise((done) => {
    // One process gives all three facts. No optional locks: a status in the background must not disturb the author's own git.
    const args = ["--no-optional-locks", "-C", folder, "status", "--porcelain=v2", "--branch"];
    execFile("git", args, { timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024, windowsHide: true }, (error, stdout) => {
      done(error ? undefined : stdout);
    });
  });
}
