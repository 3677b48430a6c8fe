/**
 * Command lines of this package, as whoever reads them can type them.
 *
 * R1. What npx started is not on the PATH: started so, what is printed begins with npx.
 * R2. Only for what is shown now. What is recorded is read by others, who may have started theirs another way.
 */

/** @param words everything after the program's name, e.g. `show latest` */
export function commandLine(words: string): string {
  // In a browser there is no `process`.
  const byNpx = typeof process !== "undefined" && process.env["npm_command"] === "exec";
  return `${byNpx ? "npx " : ""}workgraph ${words}`;
}

/** A word as a shell takes it. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
