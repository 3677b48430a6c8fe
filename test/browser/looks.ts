/** What a person sees at a glance and a program has to be told: text that is cut off, text over text, a page wider than its window. */
import type { Page } from "playwright-core";

export interface Flaws {
  readonly wider: boolean;
  /** Text cut off without a sign of it. */
  readonly clipped: readonly string[];
  /** Pairs of texts that stand on each other. */
  readonly overlapping: readonly string[];
}

const SLACK_PX = 2;

export function flawsOf(page: Page): Promise<Flaws> {
  return page.evaluate((slack) => {
    const isSeen = (element: Element): boolean => {
      const style = getComputedStyle(element);
      return style.visibility === "visible" && Number(style.opacity) > 0 && !element.closest(".visually-hidden");
    };
    interface Box {
      readonly element: Element;
      readonly text: string;
      readonly left: number;
      readonly top: number;
      readonly right: number;
      readonly bottom: number;
    }
    const boxes: Box[] = [];
    const clipped: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.textContent?.trim() ?? "";
      const element = node.parentElement;
      if (text === "" || !element || /^(SCRIPT|STYLE|OPTION)$/.test(element.tagName) || !isSeen(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      // Text that is broken into lines is one box a line.
      for (const line of range.getClientRects()) {
        let { left, top, right, bottom } = line;
        let isTold = false;
        // What scrolls may hold more than it shows; what only hides must say so with an ellipsis.
        for (let box: Element | null = element; box && box !== document.body; box = box.parentElement) {
          const style = getComputedStyle(box);
          if (style.overflowX === "visible" && style.overflowY === "visible") continue;
          const edge = box.getBoundingClientRect();
          const isCut = right > edge.right + slack || left < edge.left - slack;
          isTold ||= style.textOverflow === "ellipsis" || /auto|scroll/.test(style.overflowX);
          const isDrawing = box.closest(".react-flow, .cm-editor") !== null;
          if (isCut && !isTold && !isDrawing) clipped.push(`"${text.slice(0, 40)}" in .${box.className}`);
          [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
          [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
        }
        if (right - left >= 1 && bottom - top >= 1) boxes.push({ element, text, left, top, right, bottom });
      }
    }
    const overlapping: string[] = [];
    for (const [i, a] of boxes.entries()) {
      for (const b of boxes.slice(i + 1)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across <= slack || down <= slack + 2) continue;
        if (a.element.contains(b.element) || b.element.contains(a.element)) continue;
        overlapping.push(`"${a.text.slice(0, 40)}" and "${b.text.slice(0, 40)}"`);
      }
    }
    return { wider: document.documentElement.scrollWidth > window.innerWidth, clipped, overlapping };
  }, SLACK_PX);
}
