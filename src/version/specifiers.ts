/**
 * Specifiers that a bundle and its loader agree on. Small on purpose: a cold start loads this and not the bundler's side.
 */
export const PACKAGE_NAME = "agentic-workgraph";

/** Module that gives an `import.meta` for an author's file; the loader provides it. */
export const META_SPECIFIER = "workgraph:meta";

/** Prefix of a specifier that another file than the workflow's resolves: `workgraph-from:<that file>!<specifier>`. */
const FROM_PREFIX = "workgraph-from:";

/** Makes a specifier that the loader resolves from `importer`, a path relative to the folder of the workflow file. */
export function specifierFrom(importer: string, specifier: string): string {
  return `${FROM_PREFIX}${encodeURIComponent(importer)}!${specifier}`;
}

/** Takes such a specifier apart; any other is its own and comes from the workflow file. */
export function splitSpecifier(specifier: string): {
  readonly importer: string | undefined;
  readonly specifier: string;
} {
  if (!specifier.startsWith(FROM_PREFIX)) return { importer: undefined, specifier };
  const end = specifier.indexOf("!");
  return {
    importer: decodeURIComponent(specifier.slice(FROM_PREFIX.length, end)),
    specifier: specifier.slice(end + 1),
  };
}
