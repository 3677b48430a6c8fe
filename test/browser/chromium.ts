/**
 * A real Chromium without a window, and pages of it that notice what a page must never do.
 *
 * R1. It is looked for on this machine (CHROMIUM names one); where there is none, these tests are skipped and say so.
 * R2. A tab remembers what went wrong in it: errors nobody caught, requests to another host, dialogs, refused policies, and what
 *     it asked to be changed that pages do not ask for (asked.ts).
 * R3. Every wait is for a condition; on a slow machine a test takes longer and says the same.
 */
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { mayAsk } from "./asked.ts";
import { foundChromium } from "./found-chromium.ts";

const FOUND: string | undefined = foundChromium();

/** How long a condition may take; generous, for machines that do much else. */
export const PATIENCE_MS = 45_000;

export class Chromium {
  #browser: Browser | undefined;

  async start(): Promise<void> {
    this.#browser = await chromium.launch({
      executablePath: FOUND!,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
      timeout: PATIENCE_MS,
    });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
  }

  /** A browser that has never been here: nothing stored, nothing cached. */
  async tab(origin: string, options: BrowserContextOptions = {}): Promise<Tab> {
    const context = await this.#browser!.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: "dark",
      ...options,
    });
    context.setDefaultTimeout(PATIENCE_MS);
    return new Tab(await context.newPage(), new URL(origin).origin);
  }
}

export class Tab {
  readonly page: Page;
  /** R2. */
  readonly wrongs: string[] = [];
  /** Every request: method and address without the host. */
  readonly requests: string[] = [];

  constructor(page: Page, origin: string) {
    this.page = page;
    page.on("pageerror", (error) => this.wrongs.push(`error: ${error.message}`));
    page.on("dialog", (dialog) => {
      this.wrongs.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("console", (message) => {
      if (/content security policy/i.test(message.text())) this.wrongs.push(`policy: ${message.text()}`);
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      this.requests.push(`${request.method()} ${url.pathname}${url.search}`);
      if (!mayAsk(request.method(), url.pathname)) this.wrongs.push(`asked: ${request.method()} ${url.pathname}`);
      if (url.protocol.startsWith("http") && url.origin !== origin) this.wrongs.push(`request to ${url.origin}`);
    });
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}

/** Tests in a browser, with one browser for all of them; skipped where none is found (R1). */
export function inChromium(name: string, tests: (browser: Chromium) => void): void {
  const said =
    FOUND === undefined ? "skipped: no Chromium was found; install one, or name it in CHROMIUM" : "in Chromium";
  describe.runIf(FOUND !== undefined)(`${name}, ${said}`, { timeout: 180_000 }, () => {
    const browser = new Chromium();
    beforeAll(() => browser.start(), 120_000);
    afterAll(() => browser.stop(), 60_000);
    tests(browser);
  });
}
