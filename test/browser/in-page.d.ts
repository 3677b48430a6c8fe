/** Types of in-page.js, of which the browser gets the text. */

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

/**
 * Text that is cut off without a sign of it, stands on other text, or is too small; a page wider than its window.
 * @param of px that boxes of text may reach into each other, and the smallest size of text
 */
export function findFlaws(of: { readonly slack: number; readonly smallest: number }): readonly string[];
export function plantFlaws(): void;
export function runAxe(rule?: string): Promise<readonly Violation[]>;
export function atRest(patienceMs: number): Promise<void>;
export function noteTimers(): void;
export function firedTimers(): readonly string[];
export function chosenThings(): Chosen;
export function goTo(path: string): void;
export function hasFocus(element: unknown): boolean;
export function scrollToTop(element: unknown): void;
export function hits(): number;
