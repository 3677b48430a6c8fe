/** Types of in-page.js, of which the browser gets the text. */

export interface Noted {
  /** Ms since the page was asked for, by name. */
  readonly moments: Readonly<Record<string, number>>;
  /** Epoch ms at which a figure first said something else, and what. */
  readonly figures: readonly (readonly [at: number, text: string])[];
  /** Ms of each frame since the page was asked for. */
  readonly frames: readonly number[];
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

/**
 * Text that is cut off without a sign of it, stands on other text, or is too small; a page wider than its window.
 * @param of px that boxes of text may reach into each other, and the smallest size of text
 */
export function findFlaws(of: { readonly slack: number; readonly smallest: number }): readonly string[];
export function plantFlaws(): void;
export function runAxe(of: {
  readonly rule?: string;
  readonly without?: readonly string[];
}): Promise<readonly Violation[]>;
export function atRest(patienceMs: number): Promise<void>;
export function noteTimers(): void;
export function firedTimers(): readonly string[];
/** @param of by name: a selector and the text that has to be there; and the selector of a figure */
export function noteMoments(of: {
  readonly wanted: Readonly<Record<string, readonly [selector: string, text: string]>>;
  readonly figure?: string;
}): void;
export function notedMoments(): Noted;
export function chosenThings(): Chosen;
export function goTo(path: string): void;
export function hasFocus(element: unknown): boolean;
export function scrollToTop(element: unknown): void;
export function hits(): number;
