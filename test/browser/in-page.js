/**
 * What runs inside the pages that are tested: the browser gets the text of each function, so each stands for itself.
 * It is plain JavaScript because nothing else of this repository may use what only a browser has; in-page.d.ts tells its types.
 */

export function findFlaws(slack) {
  const isSeen = (element) => {
    const style = getComputedStyle(element);
    return style.visibility === "visible" && Number(style.opacity) > 0 && !element.closest(".visually-hidden");
  };
  const boxes = [];
  const clipped = [];
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
      for (let box = element; box && box !== document.body; box = box.parentElement) {
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
  const overlapping = [];
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
}

/** Puts on the page what `findFlaws` and axe have to find. */
export function plantFlaws() {
  const add = (style, text) => {
    const element = document.createElement("div");
    element.style.cssText = style;
    element.textContent = text;
    document.querySelector("main").append(element);
  };
  add("position:fixed;top:300px;left:300px;width:40px;overflow:hidden;white-space:nowrap", "cut in the middle");
  add("position:fixed;top:500px;left:300px", "one text");
  add("position:fixed;top:503px;left:305px;color:#222;background:#000", "another text");
}

export async function runAxe() {
  const { violations } = await window.axe.run({ resultTypes: ["violations"] });
  return violations.map(({ id, impact, nodes }) => ({
    id,
    impact,
    nodes: nodes.map(({ target, failureSummary }) => ({ target: target.map(String), failureSummary })),
  }));
}

export async function fontsAreThere() {
  await document.fonts.ready;
}

/** Notes every timer and frame from now on that does something. */
export function noteTimers() {
  window.firedTimers = [];
  for (const name of ["setTimeout", "setInterval", "requestAnimationFrame"]) {
    const real = window[name].bind(window);
    window[name] = (run, ms) =>
      real((...of) => {
        window.firedTimers.push(`${name} ${ms ?? ""} ${String(run).slice(0, 80)}`);
        run(...of);
      }, ms);
  }
}

/** Those that did something since it was asked before. */
export function firedTimers() {
  return window.firedTimers.splice(0);
}

/** What is chosen, as the page tells it. */
export function chosenThings() {
  const texts = (selector) => [...document.querySelectorAll(selector)].map((one) => one.innerText.trim());
  return {
    vertex: texts("[data-chosen='true'] .vertex-name")[0],
    tabs: texts("[role=tab][aria-selected='true']"),
    pressed: texts("[aria-pressed='true']"),
    kind: document.querySelector("[aria-label='Kind of events']")?.value,
    row: texts("[role=row][aria-selected='true']")[0],
    at: document.querySelector("[role=slider]")?.getAttribute("aria-valuetext") ?? undefined,
  };
}

export function hasFocus(element) {
  return element === document.activeElement;
}

export function scrollToTop(element) {
  element.scrollTop = 0;
}

/** How often hostile text has become code. */
export function hits() {
  return window.hits ?? 0;
}
