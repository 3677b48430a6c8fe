/** Types of in-page.js, of which the browser gets the text. */

export interface Flaws {
  readonly wider: boolean;
  /** Text cut off without a sign of it. */
  readonly clipped: readonly string[];
  /** Pairs of texts that stand on each other. */
  readonly overlapping: readonly string[];
}

export interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

export interface Chosen {
  readonly vertex: string | undefined;
  readonly tabs: readonly string[];
  readonly pressed: readonly string[];
  readonly kind: string | undefined;
  readonly row: string | undefined;
  readonly at: string | undefined;
}

/** @param slack px that boxes may reach into each other */
export function findFlaws(slack: number): Flaws;
export function plantFlaws(): void;
export function runAxe(): Promise<readonly Violation[]>;
export function fontsAreThere(): Promise<void>;
export function noteTimers(): void;
export function firedTimers(): readonly string[];
export function chosenThings(): Chosen;
export function hasFocus(element: unknown): boolean;
export function scrollToTop(element: unknown): void;
export function hits(): number;
