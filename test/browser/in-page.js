/**
 * What runs inside the pages that are tested: the browser gets the text of each function, so each stands for itself.
 * It is plain JavaScript because nothing else of this repository may use what only a browser has; in-page.d.ts tells its types.
 */

/** @param of px that boxes may reach into each other, and the smallest size of text */
export function findFlaws({ slack, smallest }) {
  const isSeen = (element) => {
    const style = getComputedStyle(element);
    return style.visibility === "visible" && Number(style.opacity) > 0 && !element.closest(".visually-hidden");
  };
  // What a drawing is zoomed by counts: the size is that on the screen.
  const scaleOf = (element) => (element ? new DOMMatrix(getComputedStyle(element).transform).a : 1);
  const sizeOf = (element) => {
    const size = Number.parseFloat(getComputedStyle(element).fontSize);
    if (element.getScreenCTM) return size * element.getScreenCTM().a;
    return size * scaleOf(element) * scaleOf(element.closest(".react-flow__viewport"));
  };
  const boxes = [];
  const clipped = [];
  const tiny = [];
  // What stands below a dialog is meant to be covered.
  const root = document.querySelector("[role=dialog]") ?? document.body;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
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
      let mayScroll = false;
      // What scrolls may hold more than it shows; what only hides must say so with an ellipsis.
      for (let box = element; box && box !== document.body && right > left; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (style.overflowX === "visible" && style.overflowY === "visible") continue;
        const edge = box.getBoundingClientRect();
        // Hidden from the eye on purpose: it is read aloud.
        if (edge.width <= 1) right = left;
        const isCut = right > edge.right + slack || left < edge.left - slack;
        isTold ||= style.textOverflow === "ellipsis" || /auto|scroll/.test(style.overflowX);
        mayScroll ||= /auto|scroll/.test(style.overflowY) || Number(style.webkitLineClamp) > 0;
        // A line is cut in its height when a part of it is seen.
        const isHalved = !mayScroll && bottom > edge.bottom + slack + 1 && top < edge.bottom - slack - 1;
        const isDrawing = box.closest(".react-flow, .cm-editor") !== null;
        if (((isCut && !isTold) || isHalved) && !isDrawing) {
          clipped.push(`"${text.slice(0, 40)}" in .${box.className}`);
        }
        [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
        [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
      }
      if (right - left < 1 || bottom - top < 1) continue;
      boxes.push({ element, text, left, top, right, bottom });
      if (sizeOf(element) < smallest - 0.05) tiny.push(`"${text.slice(0, 40)}" at ${sizeOf(element).toFixed(1)} px`);
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
  // Code, tables of data and drawings scroll sideways by themselves; anything else that has to is too wide.
  const sideways = [...document.querySelectorAll("body *")]
    .filter((box) => /auto|scroll/.test(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth + 1)
    .filter((box) => !box.matches("pre, textarea, .code, .cm-scroller, .table-preview, .sketch"))
    .map((box) => `.${box.className} by ${box.scrollWidth - box.clientWidth} px`);
  // Words that begin where their page does have lost the space around them.
  const page = document.querySelector(".page")?.getBoundingClientRect();
  const edges = boxes
    .filter(
      ({ element, left }) => page && Math.abs(left - page.left) < 3 && !element.closest(".react-flow, .cm-editor"),
    )
    .map(({ text }) => `"${text.slice(0, 40)}"`);
  const wider = document.documentElement.scrollWidth > window.innerWidth ? ["the page is wider than its window"] : [];
  const told = (name, texts) => texts.map((text) => `${name}: ${text}`);
  return [
    ...wider,
    ...told("scrolls sideways", sideways),
    ...told("at the edge", edges),
    ...told("cut", clipped),
    ...told("overlap", overlapping),
    ...told("tiny", tiny),
  ];
}

/** Puts on the page what `findFlaws` and axe have to find. */
export function plantFlaws() {
  const add = (style, text, parent = "main") => {
    const element = document.createElement("div");
    element.style.cssText = style;
    element.textContent = text;
    document.querySelector(parent).append(element);
  };
  add("position:fixed;top:300px;left:300px;width:40px;overflow:hidden;white-space:nowrap", "cut in the middle");
  add("position:fixed;top:350px;left:300px;height:9px;line-height:18px;overflow:hidden", "cut in its height");
  add("position:fixed;top:400px;left:300px;font-size:9px", "hardly to be read");
  add("position:fixed;top:440px;left:300px;transform:scale(0.5)", "zoomed until it is small");
  add("position:absolute;top:0;width:5000px;height:1px", "", "body");
  add("position:fixed;top:480px;left:300px;width:30px;overflow:auto;white-space:nowrap", "wider than its box");
  add("position:fixed;top:470px;left:45px", "without space before it");
  add("position:fixed;top:500px;left:300px", "one text");
  add("position:fixed;top:503px;left:305px;color:#222;background:#000", "another text");
}

/** @param rule the only rule that is looked at; none: all of them */
/** @param of only one rule; without what stands below some selectors */
export async function runAxe({ rule, without = [] }) {
  const only = rule === undefined ? {} : { runOnly: { type: "rule", values: [rule] } };
  const exclude = without.filter((selector) => document.querySelector(selector)).map((selector) => [selector]);
  const context = { include: [["body"]], exclude };
  const { violations } = await window.axe.run(exclude.length === 0 ? document : context, {
    resultTypes: ["violations"],
    ...only,
  });
  return violations.map(({ id, impact, nodes }) => ({
    id,
    impact,
    nodes: nodes.map(({ target, failureSummary }) => ({ target: target.map(String), failureSummary })),
  }));
}

/** Waits until nothing on the page is still being read or drawn for the first time. */
export async function atRest(patienceMs) {
  const READING =
    /(^|\n)(Loading|Comparing|reading it|Looking what is reused and what executes|Loading the form|Laying it out|Laying out .*)(\n|$)/;
  const isAtRest = () =>
    !READING.test(document.body.innerText) &&
    !document.querySelector("[aria-busy=true]") &&
    [...document.querySelectorAll(".react-flow")].every((one) => one.querySelector(".react-flow__node"));
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const until = performance.now() + patienceMs;
  for (let quiet = 0; quiet < 3;) {
    if (performance.now() > until) throw new Error(`the page is not at rest: ${document.body.innerText.slice(0, 300)}`);
    await frame();
    quiet = isAtRest() ? quiet + 1 : 0;
  }
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

/**
 * Notes from the beginning of the page on, frame by frame: when each selector was first there with each text, what a figure said and
 * since when, and how many frames there were.
 */
export function noteMoments({ wanted, figure }) {
  const noted = { moments: {}, figures: [], frames: [] };
  window.noted = noted;
  let last = "";
  const look = (now) => {
    noted.frames.push(now);
    for (const [name, [selector, text]] of Object.entries(wanted)) {
      if (name in noted.moments) continue;
      const found = [...document.querySelectorAll(selector)].some((one) => one.textContent.includes(text));
      if (found) noted.moments[name] = performance.now();
    }
    const said = figure === undefined ? "" : (document.querySelector(figure)?.textContent ?? "");
    if (said !== last) noted.figures.push([performance.timeOrigin + performance.now(), said]);
    last = said;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

export function notedMoments() {
  return window.noted;
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

/** Goes to another page of the same document, as a link does. */
export function goTo(path) {
  window.history.pushState({}, "", path);
  window.dispatchEvent(new PopStateEvent("popstate", { state: window.history.state }));
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
