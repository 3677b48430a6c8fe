/** The base configurations that a concept is trained on. */
export interface Base {
  readonly name: string;
  /** Neighbours on each side that the model sees, 0 to 3. */
  readonly radius: number;
  /** Hidden units; 0 is a straight line. */
  readonly hidden: number;
  /** Times that every sample is seen. */
  readonly epochs: number;
  /** How far a step goes. */
  readonly rate: number;
}

/** In the order in which they are trained; each costs more than the one before. */
export const BASES: readonly Base[] = [
  { name: "line", radius: 1, hidden: 0, epochs: 8, rate: 0.005 },
  { name: "small", radius: 1, hidden: 16, epochs: 14, rate: 0.012 },
  { name: "wide", radius: 2, hidden: 28, epochs: 16, rate: 0.008 },
];

/** What a proof is trained on: enough to see whether there is anything to learn. */
export const PROOF_BASE: Base = { name: "proof", radius: 1, hidden: 8, epochs: 6, rate: 0.01 };

/** @throws RangeError when no base has the name. */
export function baseNamed(name: string): Base {
  const base = BASES.find((one) => one.name === name);
  if (base === undefined)
    throw new RangeError(`No base is called "${name}". There are ${BASES.map((one) => one.name).join(", ")}.`);
  return base;
}
