const APOLOGY = "this is a bug in workgraph";

/** States what must hold if our own code is right. What a user can get wrong is never asserted: it gets a coded error. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`${APOLOGY}: ${message}`);
}

/** Ends a `switch` over a union: the compiler proves it is not reached, this says so where the compiler was deceived. */
export function assertNever(value: never): never {
  throw new Error(`${APOLOGY}: unexpected ${describe(value)}`);
}

function describe(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
