/** In place of what begins runs: a file begins none. */
export function RunActions(): null {
  return null;
}
