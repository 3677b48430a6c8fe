/**
 * Names around a published folder: what a folder, a label and a file inside may be called.
 *
 * Owns: the rules, as questions that give a reason. Leaves to artifacts/ and engines/: the error with its place.
 *
 * R1. Names of folders and labels become path segments, parts of selectors and of addresses on the web: letters, digits, `_`, `-`
 *     and single dots, at most 128, beginning with a letter or a digit.
 * R2. Names of files come from any tool: all of Unicode, but nothing that leaves the folder, hides, or cannot be made elsewhere.
 * R3. Two names that a file system may take for one (case, composed and decomposed accents) are twins: `foldName` gives both
 *     the same text.
 */

/** R1. */
const NAME: RegExp = /^[0-9A-Za-z][0-9A-Za-z_.-]{0,127}$/;
/** Windows gives these to devices, with any ending. */
const DEVICE: RegExp = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;
const CONTROL: RegExp = /[\u0000-\u001f\u007f]/;
const MAX_SEGMENT_BYTES = 255;
const MAX_PATH_BYTES = 1024;

/** Stands for the newest run in a selector, so it labels nothing. */
export const LATEST_LABEL = "latest";

/** Why a text is no name of an artifact or a label; undefined when it is one. */
export function badArtifactName(name: string): string | undefined {
  if (name === "") return "it is empty";
  if (name.includes("/") || name.includes("\\")) return "it is one name, not a path";
  if (name.length > 128) return `it has ${name.length} characters, more than 128`;
  if (!NAME.test(name)) return "it may have letters a-z, digits, `_`, `-` and `.`, and begins with a letter or a digit";
  if (name.includes("..") || name.endsWith(".")) return 'it has ".." or ends with "."';
  if (DEVICE.test(name)) return "Windows gives that name to a device";
  return undefined;
}

export function badLabel(label: string): string | undefined {
  return label.toLowerCase() === LATEST_LABEL
    ? `"${LATEST_LABEL}" stands for the newest run in every selector`
    : badArtifactName(label);
}

/** Why a text is no path of a file in an artifact; undefined when it is one. @param path relative, with `/` */
export function badFilePath(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "it is absolute";
  if (path.includes("\\")) return 'it has "\\"; folders are separated by "/"';
  if (CONTROL.test(path)) return "it has a control character";
  if (!path.isWellFormed()) return "it is no well-formed text";
  if (utf8Bytes(path) > MAX_PATH_BYTES) return `it is longer than ${MAX_PATH_BYTES} bytes`;
  for (const segment of path.split("/")) {
    const reason = badSegment(segment);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function badSegment(segment: string): string | undefined {
  if (segment === "") return "it has an empty part";
  if (segment === "." || segment === "..") return `it has the part "${segment}"`;
  if (segment.endsWith(".") || segment.endsWith(" ")) return "a part of it ends with a dot or a space";
  if (DEVICE.test(segment)) return `Windows gives the name "${segment}" to a device`;
  if (utf8Bytes(segment) > MAX_SEGMENT_BYTES) return `a part of it is longer than ${MAX_SEGMENT_BYTES} bytes`;
  return undefined;
}

function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** R3. Equal for names that some file system holds to be one. */
export function foldName(name: string): string {
  return name.normalize("NFC").toLowerCase().normalize("NFC");
}
