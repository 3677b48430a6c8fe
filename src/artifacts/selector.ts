/**
 * A name for a published folder, as people and nodes write it.
 *
 * Owns: reading the text. Leaves to find-artifact.ts: what it means here and now.
 *
 * R1. `workflow/name` and `workflow/name@latest`: of the newest run that published it. `workflow/name@X`: X is a run, the beginning
 *     of one, or a label. `@X`: the same, whatever it is called.
 * R2. Six or more hex digits, also behind `sha256:`: the beginning of a content hash.
 * R3. Anything else is the path of a folder: what has a second slash, begins with a dot or a slash, or has another shape.
 */
import { badArtifactName } from "../model/artifact-name.ts";
import { NAME_PATTERN } from "../model/ids.ts";
import { WorkgraphError } from "../model/workgraph-error.ts";

export type Selector =
  | { readonly kind: "name"; readonly workflow: string; readonly name: string; readonly at: string | undefined }
  | { readonly kind: "at"; readonly at: string }
  | { readonly kind: "hash"; readonly prefix: string }
  | { readonly kind: "path"; readonly path: string };

export function readSelector(text: string): Selector {
  const asked = text.trim();
  if (asked === "" || asked.includes("\0")) throw noSelector(text, "it is empty");
  if (/^@[^@/\\]+$/.test(asked)) return { kind: "at", at: known(asked.slice(1), text) };
  const hash = /^(sha256:)?([0-9a-f]{6,64})$/i.exec(asked);
  if (hash) return { kind: "hash", prefix: hash[2]!.toLowerCase() };
  if (asked.startsWith("sha256:")) throw noSelector(text, "a hash is 6 to 64 hex digits");
  const named = /^([^/\\@]+)\/([^/\\@]+)(?:@([^/\\@]*))?$/.exec(asked);
  if (named) {
    const [, workflow = "", name = "", at] = named;
    if (NAME_PATTERN.test(workflow) && badArtifactName(name) === undefined)
      return { kind: "name", workflow, name, at: at === undefined ? undefined : known(at, text) };
  }
  return { kind: "path", path: asked };
}

function known(at: string, text: string): string {
  const reason = badArtifactName(at);
  if (reason !== undefined) throw noSelector(text, `"${at}" is no run and no label: ${reason}`);
  return at;
}

function noSelector(text: string, reason: string): WorkgraphError {
  return new WorkgraphError("WG5115", `"${text}" names no artifact: ${reason}`, {
    hint: "Write workflow/name@latest, workflow/name@RUN, workflow/name@LABEL, @RUN, a sha256 prefix, or the path of a folder.",
  });
}
